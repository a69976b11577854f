"""The turns of a step's loops: which a moment is in, and where each begins."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from autograd_tutor.analysis.loops import Loop, find_loops
from autograd_tutor.analysis.trace_cache import cached_per_trace
from autograd_tutor.recording.local_names import local_prefix
from autograd_tutor.recording.model import Snapshot
from autograd_tutor.recording.trace import Trace
from autograd_tutor.recording.window import LeftOut


class Gap(NamedTuple):
    """Turns of a loop that were not recorded, right before a moment."""

    first: int
    last: int
    header: int


class LoopRun:
    """One time that a loop ran."""

    def __init__(self, loop: Loop, function: str, parent: Turn | None) -> None:
        self.loop = loop
        self.function = function
        """In which it is; empty for the step itself."""
        self.parent = parent
        """The turn of another loop that it is part of, also where that one calls a function."""
        self.turns: list[int] = []
        """The moment with which each turn begins: the loop's header has run."""
        self.numbers: list[int] = []
        """Their numbers, from 1: turns that were not recorded are counted, too."""
        self.total = 0
        """How many turns have begun."""
        self.ended = False

    def begin_turn(self, moment: int, number: int = 0) -> None:
        """The next turn begins with a moment; `number`: where there were others in between."""
        self.total = number or self.total + 1
        self.turns.append(moment)
        self.numbers.append(self.total)


class Turn(NamedTuple):
    """A turn of a loop that is recorded, the `recorded`-th of it."""

    run: LoopRun
    recorded: int

    @property
    def number(self) -> int:
        """Which turn of the loop it is, from 1."""
        return self.run.numbers[self.recorded - 1]

    @property
    def begins(self) -> int:
        """The moment with which it begins."""
        return self.run.turns[self.recorded - 1]

    @property
    def way(self) -> tuple[Turn, ...]:
        """The turns of loops that this one is part of, the outermost first, and itself."""
        turns = [self]
        while (parent := turns[-1].run.parent) is not None:
            turns.append(parent)
        return tuple(reversed(turns))


class _Frame:
    """A running function, or the step itself, and its loops that are on, the outermost first."""

    def __init__(self, depth: int, function: str, outer: Turn | None) -> None:
        self.depth = depth
        self.function = function
        self.outer = outer
        self.runs: list[LoopRun] = []

    @property
    def turn(self) -> Turn | None:
        """The turn that it is in, or that its call is part of."""
        return Turn(self.runs[-1], len(self.runs[-1].turns)) if self.runs else self.outer


class Turns:
    """The turns of the snapshots that were looked at so far."""

    def __init__(self) -> None:
        self.at: list[Turn | None] = []
        """By snapshot the innermost turn that it is part of."""
        self.runs: list[LoopRun] = []
        """In the order in which they began."""
        self.over: dict[int, LoopRun] = {}
        """By snapshot the run of which it is the end: its header had no further turn."""
        self.gaps: dict[int, Gap] = {}
        """By snapshot the turns before it that were not recorded."""
        self._loops: Mapping[int, Loop] = {}
        self._frames: list[_Frame] = []
        """Each deeper than the one before."""
        self._on: dict[int, list[LoopRun]] = {}
        """Of each loop, by its header, the runs that are on, the outermost first."""

    def take(self, snapshots: Sequence[Snapshot], loops: Mapping[int, Loop]) -> None:
        """Look at those that were not looked at before, of which these are all loops."""
        self._loops = loops
        for snapshot in snapshots[len(self.at) :] if self._loops else ():
            self._take(snapshot)

    def _take(self, snapshot: Snapshot) -> None:
        if snapshot.backward is not None:
            around = bisect_left(self._frames, snapshot.depth, key=lambda each: each.depth)
            self.at.append(self._frames[around - 1].turn if around else None)
            return
        frame = self._frame(snapshot.depth, snapshot.function)
        loop = self._loops.get(snapshot.line) if snapshot.event == "line" else None
        if snapshot.left_out is not None:
            self._catch_up(frame, snapshot.left_out, snapshot)
        if loop is not None and not snapshot.raised:
            self._header(frame, loop, snapshot)
        self.at.append(frame.turn)
        coming = snapshot.next_line
        while frame.runs and not frame.runs[-1].loop.header <= coming <= frame.runs[-1].loop.last:
            self._end(frame)
        if not coming:
            self._frames.pop()

    def _frame(self, depth: int, function: str) -> _Frame:
        frames = self._frames
        while frames and (
            frames[-1].depth > depth
            or (frames[-1].depth == depth and frames[-1].function != function)
        ):
            while frames[-1].runs:
                self._end(frames[-1])
            frames.pop()
        if not frames or frames[-1].depth < depth:
            frames.append(_Frame(depth, function, frames[-1].turn if frames else None))
        return frames[-1]

    def _catch_up(self, frame: _Frame, left_out: LeftOut, snapshot: Snapshot) -> None:
        """Count the turns before this moment that were not recorded."""
        loop = self._loops.get(left_out.loop)
        if loop is None:
            return
        on = self._on.get(loop.header)
        run = on[0] if on else None
        begins = snapshot.line == loop.header and loop.holds(snapshot.next_line)
        first = 1 if run is None else run.total + 1
        last = left_out.turn if left_out.ended else left_out.turn - 1
        if first <= last:
            self.gaps[len(self.at)] = Gap(first, last, loop.header)
        if left_out.ended:
            if run is not None:
                run.total = left_out.turn
            return
        if run is None:
            run = self._begin(frame, loop)
        if begins:
            run.total = left_out.turn - 1
        elif left_out.turn > run.total:
            run.begin_turn(len(self.at), left_out.turn)

    def _header(self, frame: _Frame, loop: Loop, snapshot: Snapshot) -> None:
        index = len(self.at)
        begins_turn = loop.holds(snapshot.next_line)
        if frame.runs and frame.runs[-1].loop is loop:
            if not begins_turn:
                self.over[index] = self._end(frame)
                return
        elif begins_turn:
            self._begin(frame, loop)
        if begins_turn:
            frame.runs[-1].begin_turn(index)

    def _begin(self, frame: _Frame, loop: Loop) -> LoopRun:
        """A run of a loop begins in the innermost frame."""
        run = LoopRun(loop, frame.function, frame.turn)
        self.runs.append(run)
        frame.runs.append(run)
        self._on.setdefault(loop.header, []).append(run)
        return run

    def _end(self, frame: _Frame) -> LoopRun:
        """The innermost run of the innermost frame has ended."""
        run = frame.runs.pop()
        run.ended = True
        self._on[run.loop.header].pop()
        return run


@cached_per_trace(most=64)
def _turns(trace: Trace) -> Turns:
    return Turns()


def turns_of(trace: Trace) -> Turns:
    """The turns of all that is recorded; nothing is looked at twice."""
    turns = _turns(trace)
    turns.take(trace.snapshots, find_loops(trace.source))
    return turns


class Place(NamedTuple):
    """A moment's place in a loop."""

    number: int
    total: int | None
    """How many turns there are; None where there may be more than are recorded."""
    variable: str | None
    """What the loop goes through, by the name of its first variable that is a plain value."""
    value: str
    """The text of that variable."""
    header: int
    """The line of the loop."""


def places(trace: Trace, index: int) -> tuple[Place, ...]:
    """Which turns a moment is part of, those of the outermost loop first."""
    turns = turns_of(trace).at
    turn = turns[index] if index < len(turns) else None
    return () if turn is None else tuple([_place(trace, index, each) for each in turn.way])


def total(trace: Trace, run: LoopRun) -> int | None:
    """How many turns a run of a loop has; None where there may be more than are recorded."""
    whole = trace.result is not None and trace.result.truncated is None
    return run.total if run.ended or whole else None


def _place(trace: Trace, index: int, turn: Turn) -> Place:
    run = turn.run
    prefix = local_prefix(run.function) if run.function else ""
    for name in run.loop.names:
        value = trace.value(index, prefix + name)
        if value is not None:
            return Place(turn.number, total(trace, run), name, value, run.loop.header)
    return Place(turn.number, total(trace, run), None, "", run.loop.header)


def turn_from(trace: Trace, index: int, way: Sequence[int]) -> int | None:
    """Where a turn begins, given by its number, or by those of the loops around it before its own.

    In a loop, of that one; else of the next that has so many turns, or of the first of the step.
    """
    turns = turns_of(trace)
    turn = turns.at[index] if index < len(turns.at) else None
    around = () if turn is None else turn.way
    for run in [*(each.run for each in around), *_runs_from(turns.runs, index)]:
        found = _follow(turns.runs, run, way)
        if found is not None:
            return found
    return None


def _runs_from(runs: Iterable[LoopRun], index: int) -> list[LoopRun]:
    """Those that begin after a moment, then the others; outermost loops before inner ones."""
    return sorted(
        runs, key=lambda run: (run.parent is not None, run.turns[0] <= index, run.turns[0])
    )


def _follow(runs: Sequence[LoopRun], run: LoopRun, way: Sequence[int]) -> int | None:
    number, inner = way[0], way[1:]
    if number not in run.numbers:
        return None
    turn = Turn(run, run.numbers.index(number) + 1)
    if not inner:
        return turn.begins
    found = (_follow(runs, each, inner) for each in runs if each.parent == turn)
    return next((index for index in found if index is not None), None)


def most_turns(trace: Trace) -> int:
    """How many turns the longest loop of the step has."""
    return max((run.total for run in turns_of(trace).runs), default=0)
