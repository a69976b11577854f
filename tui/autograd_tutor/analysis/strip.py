"""A whole step in one row of cells: what happens where, and where turns of loops begin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import NamedTuple

from autograd_tutor.analysis.nonfinite_moments import nonfinite_moments
from autograd_tutor.analysis.trace_cache import cached_per_trace
from autograd_tutor.analysis.turns import LoopRun, turns_of
from autograd_tutor.recording.trace import Trace


class Mark(IntEnum):
    """What a moment is; of those that share a cell, the greatest counts."""

    LINE = 0
    TURN = 1
    """A turn of a loop begins."""
    PASS = 2
    """A node of a backward pass has run."""
    NONFINITE = 3
    """NaN or inf comes up."""
    FAILURE = 4
    """A line has raised an exception."""


class Label(NamedTuple):
    """The number of a turn of an outermost loop, to be written from the cell on where it begins."""

    cell: int
    number: int


class Strip(NamedTuple):
    """The cells of a step, from left to right, and the numbers of turns on them."""

    marks: Sequence[Mark]
    labels: Sequence[Label]


class Scale(NamedTuple):
    """How moments are put into cells: one in each where they fit.

    While more are recorded, a cell takes 2, 4, 8, … of them: what has been drawn mostly stays.
    """

    moments: int
    cells: int
    is_whole: bool

    def cell(self, moment: int) -> int:
        """The cell of a moment."""
        if self.moments <= self.cells:
            return moment
        if self.is_whole:
            return moment * self.cells // self.moments
        return moment // (1 << (-(-self.moments // self.cells) - 1).bit_length())


def scale_of(trace: Trace, cells: int) -> Scale:
    """The scale of a step in so many cells, at least one."""
    return Scale(len(trace), max(1, cells), trace.done)


def strip(trace: Trace, scale: Scale) -> Strip:
    """The step as it is at that scale, as far as it is recorded."""
    return _strip(trace, scale)


@cached_per_trace(most=4)
def _strip(trace: Trace, scale: Scale) -> Strip:
    marks = [Mark.LINE] * (scale.cell(scale.moments - 1) + 1 if scale.moments else 0)
    for moment, mark in _marked(trace):
        cell = scale.cell(moment)
        marks[cell] = max(marks[cell], mark)
    return Strip(marks, list(_labels(trace, scale, marks)))


def _marked(trace: Trace) -> Iterator[tuple[int, Mark]]:
    """The moments that are more than a line that has run."""
    for nodes in trace.pass_snapshots.values():
        yield from ((node, Mark.PASS) for node in nodes)
    for run in turns_of(trace).runs:
        yield from ((turn, Mark.TURN) for turn in run.turns)
    for moments in nonfinite_moments(trace).values():
        yield from ((moment, Mark.NONFINITE) for moment in moments)
    for moment, snapshot in enumerate(trace.snapshots):
        if snapshot.raised or snapshot.error is not None:
            yield moment, Mark.FAILURE


def _labels(trace: Trace, scale: Scale, marks: Sequence[Mark]) -> Iterator[Label]:
    free = 0
    for run in turns_of(trace).runs:
        if run.parent is not None:
            continue
        for recorded in _numbered(run, scale):
            number = run.numbers[recorded - 1]
            cell = scale.cell(run.turns[recorded - 1])
            end = cell + len(str(number))
            vital = max(marks[cell:end], default=Mark.LINE) >= Mark.NONFINITE
            if cell >= free and end <= len(marks) and not vital:
                yield Label(cell, number)
                free = end + 1


def _numbered(run: LoopRun, scale: Scale) -> Iterator[int]:
    """Which of the recorded turns are numbered: as many as have room, in round steps."""
    count = len(run.turns)
    cells = scale.cell(run.turns[-1]) - scale.cell(run.turns[0]) + 1
    room = len(str(run.numbers[-1])) + 2
    every = next(each for each in _round_steps() if count <= each or each * cells >= room * count)
    yield 1
    yield from range(every if every > 1 else 2, count + 1, every)


def _round_steps() -> Iterator[int]:
    """1, 2, 5, 10, 20, 50, …"""
    power = 1
    while True:
        yield from (power, 2 * power, 5 * power)
        power *= 10
