"""A heat map: a matrix of coloured cells with its indices, and the legend that says what they mean.

Where there is room, a cell is as many characters as its number takes, or a block of them; else one
character stands for one number, or its halves for two.
"""

from __future__ import annotations

from typing import NamedTuple

from autograd_tutor.analysis.heat import NAN, POSITIVE, Cells, Scale, bounds, reduced, scale_of
from autograd_tutor.analysis.heat_map import HeatMap, Missing, slices
from autograd_tutor.messages import _
from autograd_tutor.recording.number_text import short_number_text
from autograd_tutor.render.heat import (
    NONFINITE,
    SPIKE_SIGN,
    Marks,
    cell_span,
    nonfinite_sign,
    spike_style,
)
from autograd_tutor.render.heat_legend import LEGEND, legend_rows
from autograd_tutor.render.rows import Listing, Row, Span, clip, merged, row, wrap
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.tensor_words import TENSOR_SIGNS, shape_and_type

_BESIDE = 72
"""Cells from which on it does."""
_NUMBER = 9
"""Characters of a cell that can have its number in it."""
_HIGHEST, _WIDEST = 3, 12
"""Characters of the largest cell."""
_HALF = "▀"
_HEAD_ROWS, _LEGEND_ROWS = 3, 7
"""Rows above the matrix, and below it where the legend does not stand beside."""

WHY_NOT = {
    Missing.EMPTY: _("It has no elements."),
    Missing.NO_NUMBERS: _(
        "Its numbers cannot be read: it is sparse, quantized, without values, or "
        "not in the memory of the CPU."
    ),
    Missing.NOT_NOW: _(
        "It is large, and at this moment no picture of it was recorded: of what "
        "changes often there is one of the 1st, 2nd, 4th, 8th, … change, and of the "
        "end of the step."
    ),
}


class Grid(NamedTuple):
    """Cells, and how many characters each takes; `halves`: two rows of cells in one of text."""

    cells: Cells
    wide: int
    high: int
    halves: bool = False


def heat_map_listing(
    found: HeatMap,
    width: int,
    height: int,
    marks: Marks = Marks.COLOURS,
) -> Listing:
    """A heat map in `width` × `height` characters, as far as a matrix of its shape can be."""
    head = [_heading(found, width), Row()]
    title = _("Heat map · {name}").format(name=sanitize_line(found.name))
    if found.cells is None or found.missing is not None:
        why = WHY_NOT[found.missing or Missing.NO_NUMBERS]
        return Listing([*head, *wrap([(why, "")], width)], title=title)
    beside, labels = width >= _BESIDE, label_width(found.cells.height)
    grid = grid_of(found.cells, width, height, marks)
    scale = scale_of(grid.cells)
    matrix = _matrix_rows(grid, scale, marks, labels)
    legend = legend_rows(found, grid.cells, scale, marks, LEGEND if beside else width)
    if not beside:
        return Listing([*head, *matrix, Row(), *legend], title=title)
    across = labels + grid.cells.columns * grid.wide
    return Listing([*head, *_side_by_side(matrix, legend, across + 2)], title=title)


def _heading(found: HeatMap, width: int) -> Row:
    """Name, index and shape; where there is room, how many matrices there are."""
    sign, style = TENSOR_SIGNS[found.tensor.kind]
    count = slices(found.tensor)
    spans: list[Span] = [(f"{sign} ", style), (sanitize_line(found.name), f"{style} strong")]
    if found.at:
        index = "".join(f"{at}, " for at in found.at)
        spans.append((f"[{index}:, :]", "strong"))
    spans.append((f"  {shape_and_type(found.tensor)}", "dim"))
    whole = row(
        *spans, (_("  one of {count:,} matrices").format(count=count) if found.at else "", "dim")
    )
    return whole if whole.width <= width else clip(row(*spans), width)


def label_width(rows: int) -> int:
    """Characters before the cells of a row, of a matrix with so many rows."""
    return len(f"{rows - 1:,}") + 1


def room_for(rows: int, width: int, height: int) -> tuple[int, int]:
    """Lines and characters in a line for the cells of a matrix with so many rows."""
    beside = width >= _BESIDE
    room = width - label_width(rows) - (LEGEND + 2 if beside else 0)
    return max(1, height - _HEAD_ROWS - (0 if beside else _LEGEND_ROWS)), max(1, room)


def grid_of(cells: Cells, width: int, height: int, marks: Marks = Marks.COLOURS) -> Grid:
    """The largest cells for which all have room; cells that stand for several where none do."""
    lines, room = room_for(cells.height, width, height)
    rows, columns = cells.rows, cells.columns
    if rows <= lines and columns <= room:
        high = min(_HIGHEST, lines // rows)
        widest = room // columns
        wide = max(1, min(2 * high, widest))
        if widest >= _NUMBER:
            wide = min(max(wide, _NUMBER), _WIDEST)
        return Grid(cells, wide, min(high, max(1, (wide + 1) // 2)))
    halves = marks is Marks.COLOURS
    cells = reduced(cells, 2 * lines if halves else lines, room)
    wide = max(1, min(room // cells.columns, cells.rows // cells.columns, _WIDEST))
    return Grid(cells, wide, 1, halves)


def _matrix_rows(grid: Grid, scale: Scale, marks: Marks, labels: int) -> list[Row]:
    """The column indices, then each row of cells with its index before it."""
    cells = grid.cells
    tops = [top for top, _ in bounds(cells.height, cells.rows)]
    step = 2 if grid.halves else 1
    rows = [_column_labels(grid, labels)]
    for at in range(0, cells.rows, step):
        blank: Span = (" " * labels, "")
        label: Span = (f"{tops[at]:,}".rjust(labels - 1) + " ", "dim")
        label = label if at // step % _label_every(grid) == 0 else blank
        if grid.halves:
            rows.append(row(label, *_half_row(grid, at, scale)))
            continue
        block = [row(blank, *_cell_row(grid, at, scale, marks, with_text=False))] * grid.high
        block[(grid.high - 1) // 2] = row(label, *_cell_row(grid, at, scale, marks))
        rows += block
    return rows


def _label_every(grid: Grid) -> int:
    return 1 if grid.high > 1 or grid.cells.rows <= 20 else 4


def _column_labels(grid: Grid, labels: int) -> Row:
    """The index of a cell's first column, above its left edge, wherever there is room."""
    text, end = " " * labels, labels + grid.cells.columns * grid.wide
    for at, (left, _unused) in enumerate(bounds(grid.cells.width, grid.cells.columns)):
        start = labels + at * grid.wide
        fits = start >= len(text) + 2 and start + len(f"{left:,}") <= end
        if at == 0 or fits:
            text = text.ljust(start) + f"{left:,}"
    return row((text, "dim"))


def _cell_row(
    grid: Grid, at: int, scale: Scale, marks: Marks, with_text: bool = True
) -> list[Span]:
    """A row of characters of a row of cells: the one with their numbers, if these fit, or not."""
    cells = grid.cells
    spans = []
    for index in range(at * cells.columns, (at + 1) * cells.columns):
        text, style = cell_span(cells, index, scale, marks, grid.wide)
        if grid.wide >= _NUMBER and not with_text and marks is Marks.SIGNS:
            text = text[1:] + " "
        if grid.wide >= _NUMBER and with_text:
            text, style = _with_number(cells, index, scale, marks, (text, style))
        spans.append((text, style))
    return list(merged(spans))


def _with_number(cells: Cells, at: int, scale: Scale, marks: Marks, span: Span) -> Span:
    """The cell with its number in it."""
    text, style = span
    mark = cells.marks[at] if cells.marks else 0
    if mark and cells.exact:
        word = "nan" if mark & NAN else "inf" if mark & POSITIVE else "-inf"
        return word.center(len(text)), style
    if mark:
        return nonfinite_sign(mark).center(len(text)), style
    spike = SPIKE_SIGN if text.startswith(SPIKE_SIGN) else ""
    number = short_number_text(cells.means[at], len(text) - 1 - len(spike))
    if marks is not Marks.SIGNS and not spike:
        style = f"ink{scale.level(cells.means[at]):+d}"
    return f"{spike}{number}".center(len(text)), style


def _half_row(grid: Grid, at: int, scale: Scale) -> list[Span]:
    """Two rows of cells in one: the upper is the upper half of each character."""
    cells = grid.cells
    spans = []
    for column in range(cells.columns):
        upper = at * cells.columns + column
        lower = upper + cells.columns if at + 1 < cells.rows else None
        spans.append(_half_span(cells, upper, lower, scale, grid.wide))
    return list(merged(spans))


def _half_span(cells: Cells, upper: int, lower: int | None, scale: Scale, wide: int) -> Span:
    """A sign of one half is that of both: it needs a whole character."""
    last = upper if lower is None else lower
    if cells.marks and (mark := cells.marks[upper] | cells.marks[last]):
        return nonfinite_sign(mark) * wide, NONFINITE
    above, below = scale.level(cells.means[upper]), scale.level(cells.means[last])
    if max(cells.largest[upper], cells.largest[last]) > scale.spike:
        return SPIKE_SIGN * wide, spike_style(cells, max(above, below, key=abs))
    if lower is None:
        return _HALF * wide, f"upper{above:+d}"
    if above == below:
        return " " * wide, f"heat{above:+d}"
    return _HALF * wide, f"upper{above:+d} heat{below:+d}"


def _side_by_side(left: list[Row], right: list[Row], column: int) -> list[Row]:
    """The second rows beside the first, from a column on."""
    rows = []
    for at in range(max(len(left), len(right))):
        line = left[at] if at < len(left) else Row()
        if at < len(right):
            gap = " " * (column - line.width)
            line = Row((*line.spans, (gap, ""), *right[at].spans))
        rows.append(line)
    return rows
