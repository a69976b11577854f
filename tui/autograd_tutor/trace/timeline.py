"""A cursor over a trace: forward and back over calls, into them and out of them."""

from __future__ import annotations

from autograd_tutor.trace.model import Snapshot
from autograd_tutor.trace.trace import Trace


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
        """To the first snapshot inside what the current line called."""
        return self._go(self._into())

    def out(self) -> bool:
        """To the line that made the call the cursor is inside of."""
        return self._go(self._out())

    def first(self) -> bool:
        """To the start of the step."""
        return self._go(0)

    def last(self) -> bool:
        """To the last snapshot there is."""
        return self._go(len(self.trace) - 1)

    @property
    def can_enter(self) -> bool:
        """Whether the current line called something that was recorded."""
        return self._into() is not None

    @property
    def inside(self) -> bool:
        """Whether the cursor is inside a call."""
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

    def _into(self) -> int | None:
        if not self.trace.snapshots:
            return None
        depth, start = self._depth(self.index), self.index
        while start > 0 and self._depth(start - 1) > depth:
            start -= 1
        # What was called may have called further: its own lines are the least deep ones.
        return min(range(start, self.index), key=self._depth, default=None)

    def _out(self) -> int | None:
        if not self.trace.snapshots:
            return None
        depth = self._depth(self.index)
        later = range(self.index + 1, len(self.trace))
        return next((index for index in later if self._depth(index) < depth), None)
