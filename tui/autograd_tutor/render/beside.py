"""Two texts of code beside each other, or where that is too narrow below each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import NamedTuple

from autograd_tutor.messages import _
from autograd_tutor.render import signs
from autograd_tutor.render.explanation import explanation_listing
from autograd_tutor.render.highlight import highlighted, wrapped_code
from autograd_tutor.render.rows import Listing, Row, Span, row

HEADS = _("Your code"), _("A solution")

_LEAST_SIDE = 30
"""Cells of a side from which on both have room."""
_GAP = 2


def beside_listing(code: str, solution: str, then: str, width: int) -> Listing:
    """The learner's code and a solution, like lines in like rows; below them what `then` says."""
    side = (width - _GAP) // 2
    rows = list(
        _side_by_side(code, solution, side)
        if side >= _LEAST_SIDE
        else _one_below_the_other(code, solution, width)
    )
    if then.strip():
        rows += [Row(), *explanation_listing("", then, width).rows[2:]]
    return Listing(rows)


def _side_by_side(code: str, solution: str, side: int) -> Iterator[Row]:
    yield _row([row((HEADS[0], "title"))], [row((HEADS[1], "title"))], side)[0]
    yield Row()
    for left, right, differs in _pairs(code, solution):
        yield from _row(_line(left, differs, side), _line(right, differs, side), side)


def _one_below_the_other(code: str, solution: str, width: int) -> Iterator[Row]:
    pairs = _pairs(code, solution)
    for at, head in enumerate(HEADS):
        if at:
            yield Row()
        yield row((head, "title"))
        yield Row()
        for pair in pairs:
            yield from _line(pair[:2][at], pair.differs, width)


Spans = Sequence[Span]


class _Pair(NamedTuple):
    """Lines that stand beside each other."""

    left: Spans | None
    right: Spans | None
    differs: bool


def _pairs(code: str, solution: str) -> list[_Pair]:
    """The lines of both sides; None where a side has none for that of the other."""
    left, right = highlighted(code.rstrip()), highlighted(solution.rstrip())
    ours, theirs = ([Row(line).text for line in side] for side in (left, right))
    matcher = SequenceMatcher(None, ours, theirs, autojunk=False)
    return [
        _Pair(here, there, tag != "equal")
        for tag, a, b, c, d in matcher.get_opcodes()
        for here, there in zip_longest(left[a:b], right[c:d])
    ]


def _line(spans: Spans | None, differs: bool, width: int) -> list[Row]:
    if spans is None:
        return []
    sign = (f"{signs.CHANGED} ", "changed") if differs else ("  ", "")
    return wrapped_code(sign, spans, width)


def _row(left: Sequence[Row], right: Sequence[Row], side: int) -> list[Row]:
    """The rows of one line of either side."""
    rows = []
    for here, there in zip_longest(left, right, fillvalue=Row()):
        gap = " " * (side + _GAP - here.width)
        rows.append(Row((*here.spans, (gap, ""), *there.spans)))
    return rows
