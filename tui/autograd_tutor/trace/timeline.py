"""A cursor over a trace: forward and back over calls and backward passes, into them and out."""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple

from autograd_tutor.trace.model import Backward, Snapshot
from autograd_tutor.trace.trace import Trace


class Walk(NamedTuple):
    """Where in a backward pass the cursor is; all counts from 1."""

    call: int
    calls: int
    """How many passes of the step are known."""
    place: int
    """Which of its recorded nodes ran last."""
    nodes: int
    function: str = "backward"
    """`backward` or `grad`; the first as long as the pass has not ended."""


class Timeline:
    """Where in a trace the learner is.

    A snapshot is the state *after* its line, so what a line called lies right before it, deeper.
    Every move returns whether the cursor moved.
    """

    def __init__(self, trace: Trace, index: int = 0) -> None:
        self.trace = trace
        self.index = index

    @property
    def snapshot(self) -> Snapshot | None:
        """The snapshot under the cursor; None while nothing has been recorded."""
        if not self.trace.snapshots:
            return None
        return self.trace.snapshots[self.index]

    @property
    def previous(self) -> int:
        """The index to compare the state with: where going back would lead, -1 at first."""
        target = self._back()
        return self.index - 1 if target is None else target

    def forward(self) -> bool:
        """To the next line at this depth, or at a lesser one where the function ends."""
        return self._go(self._forward())

    def back(self) -> bool:
        """To the line before at this depth, or at a lesser one where the function began."""
        return self._go(self._back())

    def into(self) -> bool:
        """To the first snapshot inside what the current line called, or the next one calls."""
        target = self._into(self.index)
        return self._go(self._into_next() if target is None else target)

    def out(self) -> bool:
        """To the line that made the call, or asked for the pass, that the cursor is inside of."""
        return self._go(self._out())

    def first(self) -> bool:
        """To the start of the step; inside a backward pass, to its first node."""
        return self._go(self._ends()[0])

    def last(self) -> bool:
        """To the last snapshot there is; inside a backward pass, to its last node.

        Of a pass that raised, the end is where it did.
        """
        return self._go(self._ends()[1])

    def newest(self) -> bool:
        """To the last snapshot there is, out of any pass."""
        return self._go(len(self.trace) - 1)

    @property
    def inside_of(self) -> Snapshot | None:
        """The first snapshot inside what the current line called; None if it called nothing."""
        return self._at(self._into(self.index))

    @property
    def inside_of_next(self) -> Snapshot | None:
        """The same of the line that comes next, where `into` would enter that."""
        return self._at(self._into_next()) if self._into(self.index) is None else None

    @property
    def can_enter(self) -> bool:
        """Whether `into` leads anywhere."""
        return self.inside_of is not None or self.inside_of_next is not None

    @property
    def backward(self) -> Backward | None:
        """The node of a backward pass that has just run; None outside of one."""
        snapshot = self.snapshot
        return None if snapshot is None else snapshot.backward

    @property
    def walk(self) -> Walk | None:
        """Where in a backward pass the cursor is; None outside of one."""
        backward = self.backward
        if backward is None:
            return None
        steps = self.trace.walks[backward.call]
        calls = max(*self.trace.walks, *self.trace.passes, 0)
        ended = self.trace.passes.get(backward.call)
        function = "backward" if ended is None else ended.function
        place = bisect_left(steps, self.index) + 1
        return Walk(backward.call, calls, place, len(steps), function)

    @property
    def inside(self) -> bool:
        """Whether the cursor is inside a call or a backward pass."""
        snapshot = self.snapshot
        return snapshot is not None and snapshot.depth > 0

    def _go(self, target: int | None) -> bool:
        if target is None or not 0 <= target < len(self.trace) or target == self.index:
            return False
        self.index = target
        return True

    def _depth(self, index: int) -> int:
        return self.trace.snapshots[index].depth

    def _forward(self) -> int | None:
        later = range(self.index + 1, len(self.trace))
        depth = self._depth(self.index) if self.trace.snapshots else 0
        return next((index for index in later if self._depth(index) <= depth), None)

    def _back(self) -> int | None:
        if not self.trace.snapshots:
            return None
        depth = self._depth(self.index)
        earlier = range(self.index - 1, -1, -1)
        return next((index for index in earlier if self._depth(index) <= depth), None)

    def _at(self, index: int | None) -> Snapshot | None:
        return None if index is None else self.trace.snapshots[index]

    def _ends(self) -> tuple[int, int]:
        backward = self.backward
        if backward is None:
            return 0, len(self.trace) - 1
        steps = self.trace.walks[backward.call]
        ended = self.trace.passes.get(backward.call)
        raised = self._out() if ended is not None and ended.failed is not None else None
        return steps[0], steps[-1] if raised is None else raised

    def _into(self, index: int) -> int | None:
        if not self.trace.snapshots:
            return None
        depth, start = self._depth(index), index
        while start > 0 and self._depth(start - 1) > depth:
            start -= 1
        # What was called may have called further: its own lines are the least deep ones.
        return min(range(start, index), key=self._depth, default=None)

    def _into_next(self) -> int | None:
        """Into the line that comes next, if that has come to its end."""
        inside = range(self.index + 1, self._forward() or 0)
        return min(inside, key=self._depth, default=None)

    def _out(self) -> int | None:
        if not self.trace.snapshots:
            return None
        depth = self._depth(self.index)
        later = range(self.index + 1, len(self.trace))
        return next((index for index in later if self._depth(index) < depth), None)
