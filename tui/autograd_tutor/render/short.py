"""A tensor in short: what stands of it on a row of its own, in the cells that there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from autograd_tutor.analysis.summaries import Summary, summary
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.nonfinite import nonfinite
from autograd_tutor.recording.number_text import number_text
from autograd_tutor.recording.tensor_text import ELLIPSIS, one_line, text_inside
from autograd_tutor.render.nonfinite_words import mark
from autograd_tutor.render.rows import Row, Span, elide
from autograd_tutor.render.sanitize import sanitize_line

Strip = Callable[[Tensor, int], Sequence[Span]]
"""Draws the elements of a tensor in a number of cells; nothing where none are known."""

LEAST_STRIP, MOST_STRIP = 6, 16
"""Cells of a strip."""


def short_spans(tensor: Tensor, room: int, style: str, strip: Strip) -> list[Span]:
    """Its numbers where all fit into `room` cells, else cells and what they range over.

    What does not fit of that is left out whole. NaN and inf come first.
    """
    marks = mark(nonfinite(tensor), behind="  ")
    if tensor.shape == () and marks:
        marks = marks[:1]  # the number says the rest
        style = "failure strong"
    room -= Row(tuple(marks)).width
    numbers = whole_numbers(tensor, room)
    if numbers is not None:
        return [*marks, (numbers, style)]
    found = summary(tensor)
    if found is None:
        printed = sanitize_line(" ".join(text_inside(tensor).split()))
        return [*marks, (elide(printed, room, room // 3), style)] if room > 2 else marks
    return [*marks, *_cells_and_range(tensor, found, room, style, strip)]


@lru_cache(maxsize=1024)
def whole_numbers(tensor: Tensor, room: int) -> str | None:
    """All elements in at most `room` cells; None where they do not fit, or are not known."""
    if tensor.raw is None:
        return None
    line = one_line(tensor, max(1, room))
    return None if ELLIPSIS in line or len(line) > room else line


def summary_texts(found: Summary) -> list[str]:
    """The most important first."""
    of_sample = " of a sample" if found.sampled else ""
    return [
        f"{number_text(found.least)} to {number_text(found.greatest)}",
        f"norm {number_text(found.norm)}{of_sample}",
        f"mean {number_text(found.mean)}",
    ]


def _cells_and_range(
    tensor: Tensor, found: Summary, room: int, style: str, strip: Strip
) -> list[Span]:
    texts = []
    left = room - LEAST_STRIP
    for text in summary_texts(found):
        if len(text) + 2 > left:
            break
        texts.append(text)
        left -= len(text) + 2
    cells = min(MOST_STRIP, left + LEAST_STRIP)
    drawn = list(strip(tensor, cells)) if cells > 0 else []
    if texts:
        drawn += [("  " if drawn else "", ""), (texts[0], style)]
        drawn += [(f"  {text}", "dim") for text in texts[1:]]
    return drawn
