"""What holds at each moment of a step, kept as what changed and when."""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping
from operator import itemgetter
from typing import Generic, TypeVar

from autograd_tutor.recording.evidence import Evidence, Kept, Modes, Optimizer

V = TypeVar("V")


class History(Generic[V]):
    """Every value a set of names ever had, so that any moment can be looked up without a copy."""

    def __init__(self, base: Mapping[str, V]) -> None:
        self._moments: dict[str, list[int]] = {name: [-1] for name in base}
        self._values: dict[str, list[V | None]] = {name: [value] for name, value in base.items()}
        self._by_root: dict[str, list[str]] = {}
        """The names by the variable that they begin with."""
        for name in base:
            self._by_root.setdefault(root_of(name), []).append(name)

    def end(self, index: int, name: str) -> None:
        """A name that has a value has none from a moment on."""
        if self.get(index, name) is not None:
            self.set(index, name, None)

    def set(self, index: int, name: str, value: V | None) -> None:
        """A name has this value from a moment on, which is no earlier than the last one given."""
        if name not in self._moments:
            self._by_root.setdefault(root_of(name), []).append(name)
        self._moments.setdefault(name, []).append(index)
        self._values.setdefault(name, []).append(value)

    def get(self, index: int, name: str) -> V | None:
        """The value of a name at a moment; None where it has none."""
        moments = self._moments.get(name)
        if not moments:
            return None
        last = bisect_right(moments, index) - 1
        return self._values[name][last] if last >= 0 else None

    def backwards(self, index: int, name: str) -> Iterator[tuple[int, V | None]]:
        """Since when each value is there that a name has had by a moment, the last one first."""
        moments, values = self._moments.get(name, []), self._values.get(name, [])
        for at in range(bisect_right(moments, index) - 1, -1, -1):
            yield moments[at], values[at]

    def forwards(self, name: str) -> list[tuple[int, V | None]]:
        """All values that a name has had, and since when each."""
        return list(zip(self._moments.get(name, ()), self._values.get(name, ()), strict=True))

    @property
    def names(self) -> Collection[str]:
        """All names that there ever were."""
        return self._moments.keys()

    def at(self, index: int) -> dict[str, V]:
        """All names that have a value at a moment."""
        return self._at(index, self._moments)

    def at_root(self, index: int, root: str) -> dict[str, V]:
        """Those of them that begin with a variable, in their order."""
        return self._at(index, self._by_root.get(root, ()))

    def _at(self, index: int, names: Iterable[str]) -> dict[str, V]:
        found = ((name, self.get(index, name)) for name in names)
        return {name: value for name, value in found if value is not None}

    def __contains__(self, name: str) -> bool:
        return name in self._moments


def root_of(name: str) -> str:
    """What a recorded name begins with: `net` of `net.0.weight`, `f` of `f().x`."""
    found = _ROOT.match(name)
    return found[0] if found is not None else ""


_ROOT = re.compile(r"[^.\[(]*")


class EvidenceHistory:
    """Modes, optimizers, training flags and aliases at each snapshot of a step."""

    def __init__(self, before: EvidenceHistory | None = None) -> None:
        """`before`: that of the step before, which has ended."""
        end = sys.maxsize
        self._modes = [(-1, Modes() if before is None else before.modes(end))]
        self.optimizers: History[Optimizer] = History(before.optimizers.at(end) if before else {})
        self.training: History[bool] = History(before.training.at(end) if before else {})
        self.aliases: History[str] = History(before.aliases.at(end) if before else {})

    def modes(self, index: int) -> Modes:
        """The modes right after a snapshot (-1: before the step)."""
        return self._modes[bisect_right(self._modes, index, key=itemgetter(0)) - 1][1]

    def add(self, index: int, evidence: Evidence) -> None:
        """Take what a snapshot says to have changed."""
        if evidence.modes is not None:
            self._modes.append((index, evidence.modes))
        kinds = (self.optimizers, self.training, self.aliases)
        for name in (*evidence.gone, *evidence.optimizers, *evidence.training, *evidence.aliases):
            for kind in kinds:
                kind.end(index, name)
        for name, optimizer in evidence.optimizers.items():
            self.optimizers.set(index, name, optimizer)
        for name, trains in evidence.training.items():
            self.training.set(index, name, trains)
        for name, other in evidence.aliases.items():
            self.aliases.set(index, name, other)


def by_node(kept: Iterable[Kept]) -> dict[int, tuple[Kept, ...]]:
    """What each node keeps. In tuples, which the garbage collector need not follow."""
    found: dict[int, list[Kept]] = {}
    for each in kept:
        found.setdefault(each.node, []).append(each)
    return {node: tuple(values) for node, values in found.items()}
