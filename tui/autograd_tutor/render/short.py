"""A tensor in short: what stands of it on a row of its own, in the cells that there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial

from autograd_tutor.analysis.summaries import Summary, summary
from autograd_tutor.messages import _
from autograd_tutor.recording import numbers
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.nonfinite import nonfinite
from autograd_tutor.recording.number_text import number_text
from autograd_tutor.recording.picture import Picture
from autograd_tutor.recording.tensor_text import ELLIPSIS, one_line, text_inside
from autograd_tutor.render.heat import Marks, tensor_strip
from autograd_tutor.render.nonfinite_words import mark, short_text
from autograd_tutor.render.rows import Row, Span, elide
from autograd_tutor.render.sanitize import sanitize_line

LEAST_STRIP, MOST_STRIP = 4, 16
"""Cells of a strip."""


def short_spans(
    tensor: Tensor,
    room: int,
    style: str = "",
    marks: Marks = Marks.COLOURS,
    picture: Picture | None = None,
) -> list[Span]:
    """Its numbers where all fit into `room` cells, else coloured cells and what they range over.

    What does not fit of that is left out whole. NaN and inf come first. The cells of a large tensor
    are those of its `picture`.
    """
    odd, style = _marks(tensor, room, style)
    room -= Row(tuple(odd)).width
    written = whole_numbers(tensor, room)
    if written is not None:
        return [*odd, (written, style)]
    found = summary(tensor)
    if found is not None:
        drawn = partial(tensor_strip, tensor, marks=marks, picture=picture)
        return [*odd, *_cells_and_range(drawn, found, room, style)]
    if odd and (tensor.raw is not None or tensor.stats is not None):
        return odd  # none is finite
    printed = sanitize_line(" ".join(text_inside(tensor).split()))
    return [*odd, (elide(printed, room, room // 3), style)] if room > 2 else odd


def _marks(tensor: Tensor, room: int, style: str) -> tuple[list[Span], str]:
    """What is said of NaN and inf, shortly where there is no room, and how the numbers look."""
    found = nonfinite(tensor)
    if found is None:
        return [], style
    odd = mark(found, behind="  ")
    if tensor.shape == ():
        return odd[:1], "failure strong"  # the number says the rest
    if Row(tuple(odd)).width > room + 2:
        odd[1] = (f"{short_text(found)}  ", "failure strong")
    return odd, style


@lru_cache(maxsize=1024)
def whole_numbers(tensor: Tensor, room: int) -> str | None:
    """All elements in at most `room` cells; None where they do not fit, or are not known."""
    if numbers.elements(tensor) is None:
        return None
    line = one_line(tensor, max(1, room))
    return None if ELLIPSIS in line or len(line) > room else line


def _cells_and_range(
    strip: Callable[[int], Sequence[Span]], found: Summary, room: int, style: str
) -> list[Span]:
    texts: list[str] = []
    left = room - LEAST_STRIP
    for text in summary_texts(found):
        if len(text) + 2 > left:
            continue
        texts.append(text)
        left -= len(text) + 2
    cells = min(MOST_STRIP, left + LEAST_STRIP)
    drawn = [*strip(cells)] if cells > 0 else []
    if texts:
        drawn += [("  " if drawn else "", ""), (texts[0], style)]
        drawn += [(f"  {text}", "dim") for text in texts[1:]]
    return drawn


def summary_texts(found: Summary) -> list[str]:
    """What there is to say of many numbers, the most important first."""
    of_sample = _(" of a sample") if found.sampled else ""
    return [
        _("{least} to {greatest}").format(
            least=number_text(found.least), greatest=number_text(found.greatest)
        ),
        _("norm {norm}{of_sample}").format(norm=number_text(found.norm), of_sample=of_sample),
        _("mean {mean}").format(mean=number_text(found.mean)),
    ]
