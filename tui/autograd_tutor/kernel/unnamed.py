"""Leaves that no variable stands for any more, but that a graph or an optimizer still holds."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any

from autograd_tutor.limits import MOST_UNNAMED


class UnnamedLeaves:
    """Calls such a leaf `earlier w`, or `unnamed leaf` if it never had a name. Holds none alive."""

    def __init__(self) -> None:
        self._leaves: dict[str, weakref.ref[Any]] = {}

    def add_to(self, tensors: dict[str, Any]) -> None:
        """Put those that are still there, and that have no name again, behind `tensors`."""
        if not self._leaves:
            return
        named = {id(tensor) for tensor in tensors.values()}
        for name, leaf in list(self._leaves.items()):
            tensor = leaf()
            if tensor is None or id(tensor) in named:
                del self._leaves[name]
            else:
                tensors[name] = tensor

    def adopt(self, leaf: Any, had: str | None) -> str | None:
        """The name of a leaf from now on, which `had` another or none; None if there are many."""
        if len(self._leaves) >= MOST_UNNAMED:
            return None
        # The local of a call that has returned is no name that a learner could look for.
        first = f"earlier {had}" if had is not None and "()." not in had else "unnamed leaf"
        names = (first if number == 1 else f"{first} ({number})" for number in count(1))
        name = next(name for name in names if name not in self._leaves)
        self._leaves[name] = weakref.ref(leaf)
        return name

    def lost(
        self,
        before: Mapping[str, weakref.ref[Any]],
        names: Iterable[str],
        now: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Adopt leaves that `names` stood for `before` and nothing in `now` stands for."""
        gone = {name: leaf() for name in names if (leaf := before.get(name)) is not None}
        if not gone:
            return {}
        named = {id(tensor) for tensor in now.values()}
        found: dict[str, Any] = {}
        for name, leaf in gone.items():
            if leaf is not None and id(leaf) not in named:
                named.add(id(leaf))
                adopted = self.adopt(leaf, name)
                if adopted is not None:
                    found[adopted] = leaf
        return found
