"""Tables in explanations: columns side by side where there is room, else cells as a list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

from rich.cells import cell_len

from autograd_tutor.render.rows import Row, Span, row, wrap

Cell = Sequence[Span]

_BETWEEN = " │ "
_NARROWEST = 4
"""Cells of a column, on the average, below which columns side by side are not read."""


class Table(NamedTuple):
    """Cells row by row; each row has one for every column."""

    header: Sequence[Cell]
    body: Sequence[Sequence[Cell]]
    alignments: Sequence[str]
    """Of each column: `left`, `center` or `right`."""


def table_rows(table: Table, width: int) -> Iterator[Row]:
    """The table in rows of at most `width` cells. What is too wide for its column is wrapped."""
    columns = len(table.header)
    room = width - cell_len(_BETWEEN) * (columns - 1)
    if room < _NARROWEST * columns:
        yield from _below_each_other(table, width)
        return
    header = [_styled(cell, "strong") for cell in table.header]
    widths = _widths([header, *table.body], room)
    yield from _side_by_side(header, widths, table.alignments)
    yield row(("─┼─".join("─" * each for each in widths), "dim"))
    for cells in table.body:
        yield from _side_by_side(cells, widths, table.alignments)


def _widths(rows: Sequence[Sequence[Cell]], room: int) -> list[int]:
    """How wide each column is: as its widest cell, or less, at best as its widest word."""
    texts = [
        ["".join(text for text, _ in cell) for cell in column] for column in zip(*rows, strict=True)
    ]
    whole = [max(1, *(cell_len(s) for t in column for s in t.split("\n"))) for column in texts]
    words = [
        max(1, *(cell_len(s) for t in column for s in (t.split() or [""]))) for column in texts
    ]
    widths = words
    while sum(widths) > room:
        widths[widths.index(max(widths))] -= 1
    while sum(widths) < min(room, sum(whole)):
        lacking = [most - now for most, now in zip(whole, widths, strict=True)]
        widths[lacking.index(min(filter(None, lacking)))] += 1
    return widths


def _side_by_side(
    cells: Sequence[Cell], widths: Sequence[int], alignments: Sequence[str]
) -> Iterator[Row]:
    columns = [wrap(cell, width) for cell, width in zip(cells, widths, strict=True)]
    for lines in zip_longest(*columns, fillvalue=Row()):
        spans: list[Span] = []
        for line, width, alignment in zip(lines, widths, alignments, strict=True):
            spans += [(_BETWEEN, "dim")] if spans else []
            spans += _aligned(line, width, alignment)
        yield Row(tuple(spans[:-1] if not spans[-1][0].strip() else spans))


def _aligned(line: Row, width: int, alignment: str) -> list[Span]:
    left = {"left": 0, "center": (width - line.width) // 2}.get(alignment, width - line.width)
    return [(" " * left, ""), *line.spans, (" " * (width - line.width - left), "")]


def _below_each_other(table: Table, width: int) -> Iterator[Row]:
    """Every cell behind the name of its column, and a blank row between the table's rows."""
    for number, cells in enumerate(table.body):
        if number:
            yield Row()
        for name, cell in zip(table.header, cells, strict=True):
            yield from wrap([*_styled(name, "strong"), (": ", ""), *cell], width, indent=2)
    if not table.body:
        yield from wrap([span for cell in table.header for span in (*cell, (" ", ""))], width)


def _styled(cell: Cell, style: str) -> list[Span]:
    return [(text, f"{names} {style}".strip()) for text, names in cell]
