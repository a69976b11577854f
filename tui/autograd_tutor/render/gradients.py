"""The gradients pane: a table of every `.grad`, one row a tensor that can have one."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from rich.cells import cell_len

from autograd_tutor.analysis.gradient_table import GradientRow
from autograd_tutor.analysis.named import GRAD
from autograd_tutor.analysis.norms import grad_norm, powers_below
from autograd_tutor.limits.interface import (
    LEAST_NAME_CELLS,
    MOST_OPEN,
    MOST_OPEN_LINES,
    MOST_WRITTEN_CHARACTERS,
)
from autograd_tutor.messages import _
from autograd_tutor.recording import numbers, tensor_text
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.nonfinite import nonfinite
from autograd_tutor.recording.number_text import short_number_text
from autograd_tutor.render import signs
from autograd_tutor.render.nonfinite_words import short_text
from autograd_tutor.render.rows import Listing, Row, Span, elide, row, wrap
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.short import whole_numbers
from autograd_tutor.render.short_names import short_name
from autograd_tutor.render.sizes import long_bar
from autograd_tutor.render.tensor_words import own_shape_and_type

BAR_CELLS, _LEAST_BAR = 8, 3
"""Of the largest `.grad`, with and without room; each power of ten below it takes one."""

MARGIN = 4
GAP = "  "
NUMBER_CELLS = 7
"""Cells of a number: with more digits it would say no more."""

_OPEN_ALL = 3
"""So few rows are all open."""


class _Column(NamedTuple):
    title: str
    cell: Callable[[GradientRow], list[Span]]
    right: bool = False
    needs_title: bool = False
    """Whether its numbers say nothing without one."""


def gradients_listing(
    found: Sequence[GradientRow], width: int = 80, most: int = MOST_OPEN_LINES
) -> Listing:
    """The table in `width` cells: columns that do not fit are left out, the least important first.

    Below a row that is open stand the numbers, of which at most `most` lines.
    """
    if not found:
        return Listing(wrap([(_("No tensor here can receive a gradient."), "dim")], width))
    names, suffix, was = _name_cells(found, width - MARGIN - len(GAP))
    columns = _fitting(found, width - MARGIN - names, was)
    shown = tuple(sanitize_line(each.grad.name) + suffix for each in found)
    rows = _heading(found, names, columns)
    keys: list[str | None] = [None] * len(rows)
    fresh: list[int] = []
    watched = sum(each.watched for each in found)
    for each, name in zip(found, shown, strict=True):
        is_open = len(found) <= _OPEN_ALL or (each.watched and watched <= MOST_OPEN)
        below = _numbers(each, width, columns, most) if is_open else []
        if each.grad.differs:
            fresh += [len(rows), len(rows) + len(below)]
        rows += [_row(each, short_name(name, shown, names, names // 2), names, columns), *below]
        keys += [each.grad.name, *[None] * len(below)]
    return Listing(rows, fresh[::-1], keys=keys)


def _heading(
    found: Sequence[GradientRow], names: int, columns: Sequence[tuple[_Column, int]]
) -> list[Row]:
    """The titles of the columns, where there are norms or ratios: numbers speak for themselves."""
    norms = any(each.grad.now is not None and not _is_single(each.grad.now) for each in found)
    if not norms and not any(column.needs_title for column, _ in columns):
        return []
    titles = [
        column.title.rjust(size) if column.right else column.title.ljust(size)
        for column, size in columns
    ]
    return [row((" " * (MARGIN + names) + GAP + GAP.join(titles).rstrip(), "dim"))]


def _size_cells(found: Sequence[GradientRow], was: bool) -> int:
    return max(Row(tuple(_size_spans(each, was))).width for each in found)


def _name_cells(found: Sequence[GradientRow], room: int) -> tuple[int, str, bool]:
    """Cells of the names, what stands behind each, and whether there is room for sizes before.

    Behind each stands .grad, where all of these fit. There is `room` for the names, for sizes and
    for bars, which matter more than the end of a long name; what a size was matters less.
    """
    for was in (True, False):
        most = max(LEAST_NAME_CELLS // 2, room - _size_cells(found, was) - len(GAP) - BAR_CELLS)
        for suffix in (GRAD, ""):
            longest = max(cell_len(sanitize_line(each.grad.name)) + len(suffix) for each in found)
            if longest <= most:
                return longest, suffix, was
    return most, "", False


def _fitting(found: Sequence[GradientRow], room: int, was: bool) -> list[tuple[_Column, int]]:
    """The columns that fit, and their widths."""
    sizes = [each.size for each in found if each.size is not None and math.isfinite(each.size)]
    largest = max(sizes, default=None)
    bar = max(_LEAST_BAR, min(BAR_CELLS, room - _size_cells(found, was) - 2 * len(GAP)))
    chosen = []
    for column in (
        _Column(_size_title(found), lambda each: _size_spans(each, was), right=True),
        _Column("", lambda each: _bar_spans(each, largest, bar)),
        _Column(
            _("shape"), lambda each: [(own_shape_and_type(each.grad.now or each.tensor), "dim")]
        ),
        _Column(_("ratio"), lambda each: [(_number(each.ratio), "")], True, True),
        _Column(_("update"), lambda each: [(_number(each.update), "")], True, True),
    ):
        size = max(Row(tuple(column.cell(each))).width for each in found)
        if not size:
            continue
        size = max(size, len(column.title))
        if room < len(GAP) + size:
            break
        room -= len(GAP) + size
        chosen.append((column, size))
    return chosen


def _size_title(found: Sequence[GradientRow]) -> str:
    single = {_is_single(each.grad.now) for each in found if each.grad.now is not None}
    return _("value") if single == {True} else _("norm")


def _is_single(grad: Tensor | None) -> bool:
    return (
        grad is not None and numbers.elements(grad) is not None and math.prod(grad.shape or ()) == 1
    )


def _row(each: GradientRow, name: str, names: int, columns: Sequence[tuple[_Column, int]]) -> Row:
    fresh = each.grad.differs
    spans: list[Span] = [
        (f"{signs.CHANGED} " if fresh else "  ", "changed" if fresh else ""),
        (f"{signs.GRAD} ", "grad"),
        (name + " " * (names - cell_len(name)), "grad changed" if fresh else "grad"),
    ]
    for column, size in columns:
        cell = column.cell(each)
        blank = " " * (size - Row(tuple(cell)).width)
        spans += [(GAP + blank, ""), *cell] if column.right else [(GAP, ""), *cell, (blank, "")]
    return Row(tuple(span for span in spans if span[0]))


def _size_spans(each: GradientRow, was: bool) -> list[Span]:
    """The size at this moment; where it changed, and there is room, what it `was` before that."""
    grad = each.grad
    now = _size_text(grad.now), _size_style(each)
    if not grad.differs or not was:
        return [now]
    return [(_size_text(grad.was), "dim"), (f" {signs.ARROW} ", "grad"), now]


def _size_text(grad: Tensor | None) -> str:
    """The number itself of a single element, with its sign; the norm of several."""
    if grad is None:
        return "None"
    found = nonfinite(grad)
    if found is not None:
        return f"{signs.NONFINITE} {short_text(found)}"
    if _is_single(grad):
        return (whole_numbers(grad, MOST_WRITTEN_CHARACTERS) or "?").strip("[]")
    size = grad_norm(grad)
    return "?" if size is None else short_number_text(size, NUMBER_CELLS)


def _size_style(each: GradientRow) -> str:
    if each.grad.now is None:
        return "strong"
    return "failure strong" if each.is_odd else "grad strong" if each.grad.differs else "grad"


def _bar_spans(each: GradientRow, largest: float | None, most: int) -> list[Span]:
    """As many cells as there are at `most`; one less for each power of ten below the largest."""
    if each.size is None or not math.isfinite(each.size):
        return []
    powers = powers_below(each.size, largest)
    if powers is None:
        return []
    bar = long_bar(powers, most, 2)
    return [(bar, "dim" if len(bar) < most // 3 else "grad")]


def _number(value: float | None) -> str:
    return "" if value is None else short_number_text(value, NUMBER_CELLS)


def _numbers(
    each: GradientRow, width: int, columns: Sequence[tuple[_Column, int]], most: int
) -> list[Row]:
    """What it was, an arrow, what it is: in one line where that fits, else below each other."""
    grad, room = each.grad, width - MARGIN
    if grad.now is None or _is_single(grad.now):
        return []
    now = whole_numbers(grad.now, room)
    style = "strong" if grad.differs else ""
    if now is None:
        return [row("    ", (line, style)) for line in _lines(grad.now, room, most)]
    was = "None" if grad.was is None else whole_numbers(grad.was, room)
    if grad.differs and was is not None and len(was) + len(now) + 3 <= room:
        return [row("    ", (was, "dim"), (f" {signs.ARROW} ", "grad"), (now, style))]
    before = [row("    ", (was, "dim"))] if grad.differs and was not in (None, "None") else []
    arrow: list[Span] = [("  ", ""), (f"{signs.ARROW} ", "grad")] if before else [("    ", "")]
    return [*before, row(*arrow, (now, style))]


def _lines(grad: Tensor, room: int, most: int) -> Sequence[str]:
    """The numbers in lines, if they are few; of what has none, what it prints."""
    if grad.stats is not None:
        return ()
    if numbers.elements(grad) is None:
        printed = sanitize_line(" ".join(tensor_text.text_inside(grad).split()))
        return (elide(printed, room, room // 3),)
    lines = tensor_text.values(grad, room).split("\n")
    return lines if len(lines) <= most else ()
