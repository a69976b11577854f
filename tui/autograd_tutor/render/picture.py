"""A plot in cells: curves of dots, axes with round numbers, and marks that move over them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from autograd_tutor.render import signs
from autograd_tutor.render.dots import ACROSS, DOWN, Dots, braille
from autograd_tutor.render.plot_scale import Scale
from autograd_tutor.render.rows import Row, merged

Cell = tuple[str, str]
"""A character and its style."""

LEAST_WIDTH, LEAST_HEIGHT = 20, 5
"""Cells of the smallest picture in which one can see anything, with its axes."""

_BLANK: Cell = (" ", "")


class Line(NamedTuple):
    """A curve in shares of the picture: (across, up) of each point, None where it is outside.

    `None` in the place of a point breaks the line.
    """

    points: Sequence[tuple[float, float] | None]
    style: str
    letter: str = ""
    """What stands on it here and there, so that one knows it from others without colours."""


class Mark(NamedTuple):
    """A sign at a point, in shares; `up` None: on the axis below."""

    across: float
    up: float | None
    sign: str
    style: str


class Frame(NamedTuple):
    """The axes of a picture."""

    width: int
    """Cells of all of it."""
    height: int
    """Rows of all of it, two of which are the axis across and its numbers."""
    across: Scale
    up: Scale
    unit: str = ""
    """What the numbers across are, in a word."""


class Picture:
    """What stays of a plot while marks move over it."""

    def __init__(self, frame: Frame, lines: Sequence[Line], marks: Sequence[Mark] = ()) -> None:
        self._frame = frame
        self._texts = frame.up.texts()
        self._margin = max(map(len, self._texts)) + 1
        self._columns = max(1, frame.width - self._margin - 1)
        self._height = max(1, frame.height - 2)
        self._cells = self._drawn(lines)
        self._axis = self._with_ticks()
        for mark in marks:
            self._put(mark, self._cells, self._axis)
        self._left = self._left_edge()

    def rows(self, marks: Sequence[Mark] = (), at: tuple[float, str] | None = None) -> list[Row]:
        """The rows, with these marks; `at`: a place across, and the text that says what it is."""
        cells: dict[tuple[int, int], Cell] = dict(self._cells)
        axis = list(self._axis)
        if at is not None:
            column = self._column(at[0])
            axis[column] = ("┴", "current") if axis[column][1] != "failure strong" else axis[column]
        for mark in marks:
            self._put(mark, cells, axis)
        margin = (" " * self._margin, "")
        rows = [self._row(y, cells) for y in range(self._height)]
        rows.append(_joined([margin, ("└", "dim"), *axis]))
        rows.append(_joined([margin, _BLANK, *self._numbers(at)]))
        return rows

    def _row(self, y: int, cells: dict[tuple[int, int], Cell]) -> Row:
        return _joined([*self._left[y], *(cells.get((y, x), _BLANK) for x in range(self._columns))])

    def _column(self, across: float) -> int:
        return min(self._columns - 1, max(0, self._dot(across, None)[0] // ACROSS))

    def _dot(self, across: float, up: float | None) -> tuple[int, int]:
        width, height = ACROSS * self._columns - 1, DOWN * self._height - 1
        return round(across * width), round((1 - (up or 0.0)) * height)

    def _put(self, mark: Mark, cells: dict[tuple[int, int], Cell], axis: list[Cell]) -> None:
        column = self._column(mark.across)
        if mark.up is None:
            axis[column] = mark.sign, mark.style
        elif 0 <= mark.up <= 1:
            cells[self._dot(0, mark.up)[1] // DOWN, column] = mark.sign, mark.style

    def _drawn(self, lines: Sequence[Line]) -> dict[tuple[int, int], Cell]:
        """The cells of all lines; where they meet, the first is on top."""
        cells: dict[tuple[int, int], Cell] = {}
        bits: dict[tuple[int, int], int] = {}
        letters: dict[tuple[int, int], Cell] = {}
        for number, line in enumerate(lines):
            drawn = self._dots_of(line)
            for cell, own in drawn.cells.items():
                bits[cell] = bits.get(cell, 0) | own
                style = cells[cell][1] if cell in cells else line.style
                cells[cell] = braille(bits[cell]), style
            if line.letter:
                for cell in _spread(drawn, number, len(lines)):
                    letters.setdefault(cell, (line.letter, f"{line.style} strong"))
        return cells | letters

    def _dots_of(self, line: Line) -> Dots:
        drawn = Dots(self._columns, self._height)
        last: tuple[int, int] | None = None
        for point in _thinned(line.points, ACROSS * self._columns - 1):
            if point is None:
                last = None
                continue
            here = self._dot(*point)
            drawn.line(*(last or here), *here)
            last = here
        return drawn

    def _left_edge(self) -> list[list[Cell]]:
        """Left of the curves, the numbers of the axis that goes up."""
        edge = [[(" " * self._margin, "dim"), ("│", "dim")] for _ in range(self._height)]
        for tick, text in zip(self._frame.up.ticks, self._texts, strict=True):
            share = self._frame.up.share(tick)
            if share is not None:
                row = self._dot(0, share)[1] // DOWN
                edge[row] = [(f"{text:>{self._margin - 1}} ", "dim"), ("┤", "dim")]
        return edge

    def _with_ticks(self) -> list[Cell]:
        axis: list[Cell] = [("─", "dim")] * self._columns
        for tick in self._frame.across.ticks:
            share = self._frame.across.share(tick)
            if share is not None and 0 <= share <= 1:
                axis[self._column(share)] = ("┬", "dim")
        return axis

    def _numbers(self, at: tuple[float, str] | None) -> list[Cell]:
        """The numbers below the axis: that of `at` in any case, the others where there is room."""
        cells: list[Cell] = [_BLANK] * self._columns
        across = self._frame.across
        texts = across.texts()
        if at is not None:
            label = f"{self._frame.unit} {at[1]}".lstrip()
            self._write(cells, self._column(at[0]), f" {label} ", "current")
        for tick, text in zip(across.ticks, texts, strict=True):
            share = across.share(tick)
            if share is not None and 0 <= share <= 1:
                self._write(cells, self._column(share), text, "dim")
        return cells

    def _write(self, cells: list[Cell], middle: int, text: str, style: str) -> None:
        start = max(0, min(middle - len(text) // 2, len(cells) - len(text)))
        around = cells[max(0, start - 1) : start + len(text) + 1]
        if all(cell == _BLANK for cell in around):
            cells[start : start + len(text)] = [(sign, style) for sign in text]


def _joined(cells: Iterable[Cell]) -> Row:
    """A row of cells; what has one style is one span."""
    spans = list(merged(cells))
    while spans and not spans[-1][0].strip() and not spans[-1][1]:
        spans.pop()
    return Row(tuple(spans))


def _thinned(
    points: Sequence[tuple[float, float] | None], last: int
) -> Iterable[tuple[float, float] | None]:
    """Of many points those that one sees: the first, least, greatest and last of each column."""
    if len(points) <= 4 * last:
        return points
    found: list[tuple[float, float] | None] = []
    for _, group in groupby(points, key=lambda p: None if p is None else round(p[0] * last)):
        here = [each for each in group if each is not None]
        if not here:
            found.append(None)
            continue
        heights = [up for _, up in here]
        seen = {0, heights.index(min(heights)), heights.index(max(heights)), len(here) - 1}
        found += [here[number] for number in sorted(seen)]
    return found


def _spread(drawn: Dots, number: int, of: int) -> Iterable[tuple[int, int]]:
    """Some cells of a curve in which its letter stands, apart from those of others."""
    gap = max(4, drawn.width // (4 * of))
    by_column: dict[int, int] = {}
    for row, column in drawn.cells:
        by_column[column] = min(row, by_column.get(column, row))
    for column in range(2 + number * gap, drawn.width, of * gap):
        if column in by_column:
            yield by_column[column], column


def is_too_small(width: int, height: int) -> bool:
    """Whether there is no room for a picture."""
    return width < LEAST_WIDTH or height < LEAST_HEIGHT


NONFINITE = signs.NONFINITE, "failure strong"
"""Sign and style of what is no number."""
