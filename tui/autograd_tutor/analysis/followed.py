"""Scalars that are followed over a step: every number that a name has stood for, in order."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from autograd_tutor.analysis.scalars import number_of, scalar
from autograd_tutor.analysis.trace_cache import cached_per_trace
from autograd_tutor.limits.interface import LEAST_FOLLOWED, MOST_FOLLOWED
from autograd_tutor.recording.trace import Trace


def followed(trace: Trace, index: int, name: str) -> Sequence[float | None]:
    """What a scalar was up to snapshot `index`, each time it was made or changed.

    Of more than MOST_FOLLOWED the newest; nothing of a name that had fewer than LEAST_FOLLOWED.
    None stands for a time when the name stood for something else.
    """
    found = _followed(trace)
    found.go_on(trace)
    moments, values = found.by_name.get(name, ([], []))
    end = bisect_right(moments, index)
    return values[max(0, end - MOST_FOLLOWED) : end] if end >= LEAST_FOLLOWED else ()


class _Followed:
    """By name, the snapshots at which there was another number, and the numbers."""

    def __init__(self) -> None:
        self.by_name: dict[str, tuple[list[int], list[float | None]]] = {}
        self._identities: dict[str, int | None] = {}
        self._next = 0

    def go_on(self, trace: Trace) -> None:
        """Take in what has been recorded since; nothing is looked at twice."""
        for index in range(self._next, len(trace)):
            snapshot = trace.snapshots[index]
            for name, tensor in snapshot.tensors.items():
                self._add(index, name, scalar(tensor), tensor.identity)
            for name, text in snapshot.values.items():
                self._add(index, name, number_of(text), None)
        self._next = len(trace)

    def _add(self, index: int, name: str, value: float | None, identity: int | None) -> None:
        known = self.by_name.get(name)
        if known is None:
            if value is not None:
                self.by_name[name] = [index], [value]
        elif known[1][-1] != value or identity != self._identities.get(name):
            known[0].append(index)
            known[1].append(value)
        self._identities[name] = identity


@cached_per_trace(most=64)
def _followed(_trace: Trace) -> _Followed:
    return _Followed()
