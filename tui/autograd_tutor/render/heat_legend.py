"""The legend of a heat map: what colours and signs mean, and what is left out."""

from __future__ import annotations

import math

from autograd_tutor.analysis.heat import LEVELS, NAN, Cells, Scale
from autograd_tutor.analysis.heat_map import HeatMap
from autograd_tutor.messages import _
from autograd_tutor.recording.number_text import number_text
from autograd_tutor.recording.numbers import is_complex
from autograd_tutor.render.heat import (
    INF_SIGN,
    NAN_SIGN,
    NONFINITE,
    SPIKE_SIGN,
    Marks,
    level_sign,
    level_style,
)
from autograd_tutor.render.rows import Row, Span, merged, row, wrap

LEGEND = 30
"""Cells of the legend where it stands beside the matrix."""


def legend_rows(found: HeatMap, cells: Cells, scale: Scale, marks: Marks, width: int) -> list[Row]:
    """The bar of colours and what is to be known; beside the matrix each in a row of its own."""
    rows = [_bar(scale, marks), _ends(scale)]
    used, texts = _signs_used(cells, scale), _explained(found, cells, scale, marks)
    if width > LEGEND:
        spans = [span for each in used for span in (*each, ("  ", ""))]
        signs = wrap(spans, width) if spans else []
        return [*rows, *signs, *wrap([("; ".join(texts), "dim")], width)]
    for sign, meaning in used:
        rows += wrap([meaning], width, row(sign), 2)
    for text in texts:
        rows += wrap([(text, "dim")], width, indent=2)
    return rows


def _levels(scale: Scale) -> range:
    """The levels that the numbers of a scale can have."""
    return range(-LEVELS if scale.negative else 0, (LEVELS if scale.positive else 0) + 1)


def _bar(scale: Scale, marks: Marks) -> Row:
    """Every colour of the scale, from the least number to the greatest."""
    if marks is not Marks.SIGNS:
        return row(*[(" ", f"heat{level:+d}") for level in _levels(scale)])
    return row(*merged([(level_sign(level), level_style(level)) for level in _levels(scale)]))


def _ends(scale: Scale) -> Row:
    """What the ends of the bar, and 0, stand for; below them."""
    limit, zero = number_text(scale.limit), number_text(abs(scale.zero))
    width = len(_levels(scale))
    if not scale.limit:
        return row("0")
    if scale.negative and scale.positive:
        left, right = f"-{limit}", limit
        middle = "0".center(width - 2 * max(len(left), len(right)))
        text = f"{left}{middle:>{max(1, width // 2 + 1 - len(left))}}".ljust(width - len(right))
        return row((f"{text}{right}", ""))
    sign = "-" if scale.negative and limit != "0" else ""
    near = f"{sign}{zero}" if scale.zero else "0"
    ends = (f"{sign}{limit}", near) if scale.negative else (near, limit)
    return row((f"{ends[0]}{' ' * max(1, width - len(ends[0]) - len(ends[1]))}{ends[1]}", ""))


def _explained(found: HeatMap, cells: Cells, scale: Scale, marks: Marks) -> list[str]:
    """What a cell stands for, and what was left out."""
    tensor = found.tensor
    lines = []
    if marks is Marks.SIGNS and scale.negative:
        lines.append(_("letters: below 0; signs: above"))
    if not cells.exact:
        lines.append(_("each cell {cells}: their mean").format(cells=_block(cells)))
    if is_complex(tensor.dtype):
        lines.append(_("of complex numbers the magnitude"))
    if found.at is None:
        rest = "1" if len(tensor.shape or ()) == 2 else f"1–{len(tensor.shape or ()) - 1}"
        lines.append(_("down: dimension 0; along: dimensions {rest}, flattened").format(rest=rest))
    if found.rounded:
        lines.append(_("recorded in 8 bits a cell"))
    if found.sampled:
        lines.append(_("from a sample of the elements"))
    if scale.limit < scale.largest and cells.exact:
        lines.append(
            _("the last colour: |x| from {limit} on").format(limit=number_text(scale.limit))
        )
    lines.append(_("greatest |x| {largest}").format(largest=number_text(scale.largest)))
    return lines


def _block(cells: Cells) -> str:
    """How many elements a cell stands for: `16×12 elements`."""
    down, along = cells.height / cells.rows, cells.width / cells.columns
    about = "" if down.is_integer() and along.is_integer() else _("about ")
    return _("{about}{down}×{along} elements").format(
        about=about, down=math.ceil(down), along=math.ceil(along)
    )


def _signs_used(cells: Cells, scale: Scale) -> list[tuple[Span, Span]]:
    """The signs in the matrix, each with what it means."""
    marks, found = set(cells.marks), list[tuple[Span, Span]]()
    if any(mark & NAN for mark in marks):
        found.append(((NAN_SIGN, NONFINITE), (_(" NaN"), "")))
    if any(mark & ~NAN for mark in marks):
        found.append(((INF_SIGN, NONFINITE), (_(" inf or -inf"), "")))
    if max(cells.largest, default=0.0) > scale.spike:
        found.append(
            (
                (SPIKE_SIGN, "strong"),
                (_(" an |x| > {spike}").format(spike=number_text(scale.spike)), ""),
            )
        )
    return found
