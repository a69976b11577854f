"""The moments of a step at which NaN or inf comes up: where it is, and was not just before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from autograd_tutor.analysis.trace_cache import cached_per_trace
from autograd_tutor.recording.model import Snapshot, Tensor
from autograd_tutor.recording.nonfinite import nonfinite
from autograd_tutor.recording.trace import State, Trace


class FirstMoments(NamedTuple):
    """The snapshots of a step after which the first NaN, the first inf is there; None: no such.

    None also where there was one before the step.
    """

    nan: int | None
    inf: int | None


def first_moments(trace: Trace, index: int) -> FirstMoments:
    """The first NaN and the first inf of the step up to snapshot `index`."""
    if not trace.snapshots:
        return FirstMoments(None, None)
    search = _search(trace)
    search.go_on(trace.snapshots, index + 1)
    firsts = [None if kind in search.before else search.found[kind][:1] for kind in _KINDS]
    return FirstMoments(*(at[0] if at and at[0] <= index else None for at in firsts))


def nonfinite_moments(trace: Trace) -> Mapping[str, Sequence[int]]:
    """By kind, `nan` and `inf`, the moments at which it comes up: in a variable or in a pass."""
    search = _search(trace)
    search.go_on(trace.snapshots, len(trace))
    return search.found


_KINDS = ("nan", "inf")


class _Search:
    """How far the snapshots of a trace were searched; nothing is looked at twice."""

    def __init__(self, base: State) -> None:
        self.found: dict[str, list[int]] = {kind: [] for kind in _KINDS}
        self._held = {name: _kinds_of(tensor) for name, tensor in base.tensors.items()}
        """By name what it holds; of a pass, by its number, what arrived or was sent in it."""
        self._in_passes: dict[int, frozenset[str]] = {}
        self.before = frozenset[str]().union(*self._held.values())
        """What there was before the step."""
        self._next = 0

    def go_on(self, snapshots: Sequence[Snapshot], stop: int) -> None:
        for at in range(self._next, min(stop, len(snapshots))):
            for kind in self._new(snapshots[at]):
                self.found[kind].append(at)
        self._next = max(self._next, min(stop, len(snapshots)))

    def _new(self, snapshot: Snapshot) -> frozenset[str]:
        """What comes up in a snapshot."""
        found = _NOTHING
        for name, tensor in snapshot.tensors.items():
            kinds = _kinds_of(tensor)
            found |= kinds - self._held.get(name, _NOTHING)
            self._held[name] = kinds
        backward = snapshot.backward
        if backward is not None:
            seen = self._in_passes.get(backward.call, _NOTHING)
            kinds = _kinds((*backward.grad_outputs, *backward.grad_inputs))
            self._in_passes[backward.call] = seen | kinds
            found |= kinds - seen
        return found


_NOTHING: frozenset[str] = frozenset()


@cached_per_trace(most=64)
def _search(trace: Trace) -> _Search:
    return _Search(trace.state(-1))


def _kinds_of(tensor: Tensor) -> frozenset[str]:
    return _kinds((tensor, tensor.grad, tensor.tangent))


def _kinds(tensors: Iterable[Tensor | None]) -> frozenset[str]:
    """`nan`, `inf`: which of them are in the tensors."""
    kinds = _NOTHING
    for found in map(nonfinite, tensors):
        if found is not None:
            kinds |= {kind for kind in _KINDS if getattr(found, kind)}
    return kinds
