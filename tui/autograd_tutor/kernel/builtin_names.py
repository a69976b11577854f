"""Keeps the builtins as the recorder needs them, whatever a snippet does to its own.

Nothing here looks up a builtin while a snippet's changes are in place.
"""

from __future__ import annotations

import builtins
from typing import Any

from autograd_tutor.limits.interface import MOST_LISTED

_CURRENT = vars(builtins)
_INTACT = dict(_CURRENT)
_MISSING = object()


class BuiltinNames:
    """The builtins that snippets of a run have deleted or replaced."""

    def __init__(self) -> None:
        self._changes: dict[str, Any] = {}

    @property
    def changed(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(self._changes)

    def hand_over(self) -> None:
        """A snippet runs: give it what the one before it has left."""
        for name, value in self._changes.items():
            if value is _MISSING:
                _CURRENT.pop(name, None)
            else:
                _CURRENT[name] = value

    def take_back(self) -> None:
        """The snippet is over: restore what the recorder needs. What was added stays."""
        self._changes = {}
        for name, value in _INTACT.items():
            current = _CURRENT.get(name, _MISSING)
            if current is not value:
                self._changes[name] = current
                _CURRENT[name] = value


def listed(names: tuple[str, ...]) -> str:
    """The first of the names, those that people use before others, and how many there are more."""
    shown = sorted(names, key=lambda name: (name.startswith("_"), name))[:MOST_LISTED]
    left_out = len(names) - len(shown)
    return ", ".join(shown) + (f" and {left_out} more" if left_out else "")
