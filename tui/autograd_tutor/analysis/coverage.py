"""How much of a run there is to look for mistakes in: what failed, and what was not recorded."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from autograd_tutor.analysis.turns import turns_of
from autograd_tutor.recording.followed import Place
from autograd_tutor.recording.trace import Trace


class LeftOut(NamedTuple):
    """What ran in a step and was not recorded."""

    step: int
    loop: int | Place = 0
    """The line of the loop whose turns they are; 0: lines that no loop counts."""
    turns: int = 0
    passes: int = 0
    """Backward passes among it."""


class Coverage(NamedTuple):
    """What there is to be known of how much was recorded."""

    failed: tuple[int, ...]
    """The steps that failed, or did not come to their end."""
    cut_off: tuple[int, ...]
    """Those of which the recording has ended before they did."""
    left_out: tuple[LeftOut, ...]
    is_empty: bool
    """Whether not one line was recorded."""

    @property
    def is_whole(self) -> bool:
        """Whether all of it ran, and was recorded."""
        return not (self.failed or self.cut_off or self.left_out or self.is_empty)


def coverage(traces: Collection[Trace]) -> Coverage:
    """How much of these steps was recorded."""
    return Coverage(
        tuple(each.step for each in traces if each.result is None or not each.result.ok),
        tuple(
            each.step
            for each in traces
            if each.result is not None and each.result.truncated not in (None, "output")
        ),
        tuple(left for each in traces for left in _left_out(each)),
        not any(snapshot.line for each in traces for snapshot in each.snapshots),
    )


def _left_out(trace: Trace) -> Iterator[LeftOut]:
    by_loop: dict[int, tuple[int, int]] = {}
    gaps = turns_of(trace).gaps
    for index, snapshot in enumerate(trace.snapshots):
        if snapshot.left_out is None:
            continue
        gap = gaps.get(index)
        turns, passes = by_loop.get(gap.header if gap else 0, (0, 0))
        turns += gap.last - gap.first + 1 if gap else 0
        by_loop[gap.header if gap else 0] = turns, passes + snapshot.left_out.passes
    for header, (turns, passes) in by_loop.items():
        yield LeftOut(trace.step, trace.place(header) if header else 0, turns, passes)
