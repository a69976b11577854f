"""Keeps the modules and functions that a lesson has made for its learner, whatever he assigns."""

from __future__ import annotations

from collections.abc import Collection
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

_OWN = (FunctionType, type)
_KEPT = (ModuleType, BuiltinFunctionType, *_OWN)


class Protected:
    """The modules, functions and classes among the variables of a run."""

    def __init__(self, variables: dict[str, Any]) -> None:
        self.variables = variables
        self._of_setup: Collection[str] = ()
        self._kept: dict[str, Any] = {}
        self.names: Collection[str] = ()
        """All names that there were when the step began."""

    def note_setup(self) -> None:
        """The lesson's setup has run: what it has made is not the learner's to change."""
        self._of_setup = frozenset(self.variables)

    def begin(self) -> None:
        """A step begins: these are kept as they are now."""
        self.names = frozenset(self.variables)
        self._kept = {
            name: value for name, value in self.variables.items() if issubclass(type(value), _KEPT)
        }

    def restore(self) -> None:
        """Give those back to which the step has assigned something else.

        But a function or class of an earlier step may be written anew.
        """
        for name, value in self._kept.items():
            now = self.variables.get(name)
            is_fixed = name in self._of_setup or issubclass(type(value), ModuleType)
            if now is not value and (is_fixed or not issubclass(type(now), _OWN)):
                self.variables[name] = value
