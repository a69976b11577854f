"""Leaves that no variable stands for any more, but that a graph or an optimizer still holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any

from autograd_tutor.kernel.own_references import Reference
from autograd_tutor.kernel.wrapped_tensors import unwrap
from autograd_tutor.limits.kernel import MOST_UNNAMED
from autograd_tutor.recording.local_names import is_local


class UnnamedLeaves:
    """Calls such a leaf `earlier w`, or `unnamed leaf` if it never had a name.

    One that a transform of torch.func has made is `argument x at level 1`. Holds none alive.
    """

    def __init__(self) -> None:
        self._leaves: dict[str, Reference[Any]] = {}
        self._former: dict[int, tuple[Reference[Any], str]] = {}
        """By id() of a leaf that has lost its name: the leaf, and the name."""

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

    def adopt(self, leaf: Any, had: str | None = None) -> str | None:
        """The name of a leaf from now on; None if there are many already.

        `had`: the name that it had until now, if it had one.
        """
        if len(self._leaves) >= MOST_UNNAMED:
            return None
        known = self._former.get(id(leaf))
        had = known[1] if known is not None and known[0]() is leaf else had
        # The local of a call that has returned is no name that a learner could look for.
        is_known = had is not None and not is_local(had)
        first = f"earlier {had}" if is_known else _argument(leaf, had) or "unnamed leaf"
        names = (first if number == 1 else f"{first} ({number})" for number in count(1))
        name = next(name for name in names if name not in self._leaves)
        self._leaves[name] = Reference(leaf)
        return name

    def lost(
        self, before: Mapping[str, Reference[Any]], names: Iterable[str], now: Mapping[str, Any]
    ) -> Iterator[tuple[str, Any]]:
        """Leaves that `names` stood for `before` and nothing in `now` stands for, by these."""
        gone = {name: leaf() for name in names if (leaf := before.get(name)) is not None}
        named = {id(tensor) for tensor in now.values()} if gone else set()
        for name, leaf in gone.items():
            if leaf is not None and id(leaf) not in named:
                named.add(id(leaf))
                self._note_name(leaf, name)
                yield name, leaf

    def _note_name(self, leaf: Any, name: str) -> None:
        if len(self._former) >= MOST_UNNAMED:
            self._former = {k: each for k, each in self._former.items() if each[0]() is not None}
        self._former[id(leaf)] = Reference(leaf), name


def _argument(leaf: Any, local: str | None) -> str | None:
    """What a leaf is called that stands for an argument of a transformed function; None of others.

    There are no other leaves inside of a transform: torch lets no code there make one.
    """
    behind = unwrap(leaf)
    if behind is None:
        return None
    name = "argument" if local is None else f"argument {local.rpartition('().')[2]}"
    level = behind.wrappers[0].level
    return f"{name} of a transform that has ended" if level is None else f"{name} at level {level}"
