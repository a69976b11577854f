"""A cursor over a trace: forward and back over calls and backward passes, into them and out."""

from __future__ import annotations

from bisect import bisect_left
from typing import Literal, NamedTuple

from autograd_tutor.recording.model import Backward, Snapshot
from autograd_tutor.recording.trace import Trace


class PassPosition(NamedTuple):
    """Where in a backward pass the cursor is; all counts from 1."""

    call: int
    calls: int
    """How many passes of the step are known."""
    node: int
    """Which of its recorded nodes ran last."""
    nodes: int
    function: str = "backward"
    """`backward` or `grad`; the first as long as the pass has not ended."""


class Timeline:
    """Where in a trace the learner is.

    A snapshot is the state *after* its line, so what a line called lies right before it, deeper.
    If that is a pass and the lines of a function, the two are walked apart. Every move returns
    whether the cursor moved.
    """

    def __init__(self, trace: Trace, index: int = 0) -> None:
        self.trace = trace
        self.index = index
        self._left_pass = False
        """Whether `out` has just led from a pass to here."""

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
        return self.index - 1 if target is None or target > self.index else target

    def forward(self) -> bool:
        """To the next line at this depth, or at a lesser one where the function ends.

        Inside a pass, to the node that ran next; from the last one to the next pass that the same
        line asked for, or else to that line.
        """
        return self.go(self._forward())

    def back(self) -> bool:
        """To the line before at this depth, or at a lesser one where the function began.

        Inside a pass, to the node that ran before; from the first one to the pass before that the
        same line asked for, or else to the line before that one.
        """
        return self.go(self._back())

    def into(self) -> bool:
        """To the first snapshot inside what the current line called, or the next one calls.

        Where that is both a pass and a function, into the pass; into the function, if `out` has
        just led out of the pass. While an exception is on its way out or being handled, a line that
        called nothing stands for the one that raised it.
        """
        target = self._into(self.entered)
        return self.go(self._into_next() if target is None else target)

    def into_unfinished(self) -> bool:
        """To the first snapshot inside what the line that comes next called, which has no end yet.

        That is as `into` does it once the line has come to its end.
        """
        if self._forward() is not None or not self.trace.snapshots:
            return False
        return self.go(self._entrance(range(self.index + 1, len(self.trace)), lines_first=False))

    def out(self) -> bool:
        """To the line that made the call, or asked for the pass, that the cursor is inside of."""
        inside_pass = self.backward is not None
        moved = self.go(self._out())
        self._left_pass = moved and inside_pass
        return moved

    def first(self) -> bool:
        """To the start of the step; inside a backward pass, to its first node."""
        return self.go(self._ends()[0])

    def last(self) -> bool:
        """To the last snapshot there is; inside a backward pass, to its last node.

        Of a pass that raised, the end is where it did.
        """
        return self.go(self._ends()[1])

    def newest(self) -> bool:
        """To the last snapshot there is, out of any pass."""
        return self.go(len(self.trace) - 1)

    @property
    def inside_of(self) -> Snapshot | None:
        """The first snapshot inside what the current line called; None if it called nothing."""
        return self._at(self._into(self.entered))

    @property
    def entered(self) -> int:
        """The snapshot of the line that `into` enters: this one, or one that raised before it."""
        found: int | None = self.index
        while found is not None and self.trace.snapshots and self._into(found) is None:
            found = self.trace.snapshots[found].failure
        return self.index if found is None else found

    @property
    def inside_of_next(self) -> Snapshot | None:
        """The same of the line that comes next, where `into` would enter that."""
        return self._at(self._into_next()) if self._into(self.entered) is None else None

    @property
    def pass_before(self) -> Snapshot | None:
        """The last line before this moment, in the same function, that asked for a pass."""
        index: int | None = self.index
        while index is not None and self.trace.snapshots and not self._is_node(index):
            inside = self._at(self._into(index))
            if index != self.index and inside is not None and inside.backward is not None:
                return self._at(index)
            index = self._line_before(index, self._depth(index))
        return None

    @property
    def can_enter(self) -> bool:
        """Whether `into` leads anywhere."""
        return self.inside_of is not None or self.inside_of_next is not None

    @property
    def knows_next(self) -> bool:
        """Whether the moment after this one is recorded, and so all that `into` could lead to."""
        return self._forward() is not None

    @property
    def enters_rest(self) -> bool:
        """Whether `into` leads to a function since the pass of the same line has been left."""
        inside = self.inside_of
        return self._left_pass and inside is not None and inside.backward is None

    @property
    def backward(self) -> Backward | None:
        """The node of a backward pass that has just run; None outside of one."""
        snapshot = self.snapshot
        return None if snapshot is None else snapshot.backward

    @property
    def pass_position(self) -> PassPosition | None:
        """Where in a backward pass the cursor is; None outside of one."""
        backward = self.backward
        if backward is None:
            return None
        steps = self.trace.pass_snapshots[backward.call]
        calls = max(*self.trace.pass_snapshots, *self.trace.passes, 0)
        ended = self.trace.passes.get(backward.call)
        function = "backward" if ended is None else ended.function
        node = bisect_left(steps, self.index) + 1
        return PassPosition(backward.call, calls, node, len(steps), function)

    @property
    def inside(self) -> bool:
        """Whether the cursor is inside a call or a backward pass."""
        snapshot = self.snapshot
        return snapshot is not None and snapshot.depth > 0

    def go(self, target: int | None) -> bool:
        """To any snapshot there is."""
        if target is None or not 0 <= target < len(self.trace) or target == self.index:
            return False
        self.index = target
        self._left_pass = False
        return True

    def _depth(self, index: int) -> int:
        return self.trace.snapshots[index].depth

    def _is_node(self, index: int) -> bool:
        return self.trace.snapshots[index].backward is not None

    def _forward(self) -> int | None:
        if not self.trace.snapshots:
            return None
        if self.backward is not None:
            node = self._node(1)
            return self._out() if node is None else node
        depth = self._depth(self.index)
        for index in range(self.index + 1, len(self.trace)):
            if self._depth(index) < depth or self._is_line_at(index, depth):
                return index
        return None

    def _back(self) -> int | None:
        if not self.trace.snapshots:
            return None
        if self.backward is None:
            return self._line_before(self.index, self._depth(self.index))
        node = self._node(-1)
        if node is not None:
            return node
        line = self._out()
        depth = self._depth(self.index) - 1 if line is None else self._depth(line)
        return self._line_before(self.index, depth)

    def _line_before(self, before: int, depth: int) -> int | None:
        """Where the line at this depth that comes last, or one at a lesser depth, is."""
        for index in range(before - 1, -1, -1):
            if self._depth(index) < depth or self._is_line_at(index, depth):
                return index
        return None

    def _is_line_at(self, index: int, depth: int) -> bool:
        return self._depth(index) == depth and not self._is_node(index)

    def _node(self, by: Literal[1, -1]) -> int | None:
        """The next node (-1: the one before) in the passes that one line asked for."""
        backward = self.backward
        assert backward is not None
        steps = self.trace.pass_snapshots[backward.call]
        at = bisect_left(steps, self.index) + by
        if 0 <= at < len(steps):
            return steps[at]
        passes = self._passes_beside(steps)
        at = passes.index(steps) + by
        if not 0 <= at < len(passes):
            return None
        return passes[at][0 if by > 0 else -1]

    def _passes_beside(self, steps: list[int]) -> list[list[int]]:
        """The passes that the same line asked for, that of `steps` among them, as they began."""
        depth = self._depth(steps[0])
        start = end = steps[0]
        while start > 0 and self._depth(start - 1) >= depth:
            start -= 1
        while end < len(self.trace) and self._depth(end) >= depth:
            end += 1
        found = [
            each
            for each in self.trace.pass_snapshots.values()
            if start <= each[0] < end and self._depth(each[0]) == depth
        ]
        return sorted(found)

    def _at(self, index: int | None) -> Snapshot | None:
        return None if index is None else self.trace.snapshots[index]

    def _ends(self) -> tuple[int, int]:
        backward = self.backward
        if backward is None:
            return 0, len(self.trace) - 1
        steps = self.trace.pass_snapshots[backward.call]
        ended = self.trace.passes.get(backward.call)
        raised = self._out() if ended is not None and ended.failed is not None else None
        return steps[0], steps[-1] if raised is None else raised

    def _into(self, index: int) -> int | None:
        if not self.trace.snapshots:
            return None
        depth, start = self._depth(index), index
        while start > 0 and self._depth(start - 1) > depth:
            start -= 1
        return self._entrance(range(start, index), lines_first=self._left_pass)

    def _into_next(self) -> int | None:
        """Into the line that comes next, if that has come to its end."""
        depth = self._depth(self.index) if self.trace.snapshots else 0
        end = self.index + 1
        while end < len(self.trace) and self._depth(end) > depth:
            end += 1
        if end != self._forward():
            return None
        return self._entrance(range(self.index + 1, end), lines_first=False)

    def _entrance(self, inside: range, *, lines_first: bool) -> int | None:
        """The first node of what one line called; the first line, if preferred or alone."""
        # What was called may have called further: its own lines are the least deep ones.
        least = min(map(self._depth, inside), default=0)
        own = [index for index in inside if self._depth(index) == least]
        return min(own, key=lambda index: self._is_node(index) is lines_first, default=None)

    def _out(self) -> int | None:
        if not self.trace.snapshots:
            return None
        depth = self._depth(self.index)
        later = range(self.index + 1, len(self.trace))
        return next((index for index in later if self._depth(index) < depth), None)
