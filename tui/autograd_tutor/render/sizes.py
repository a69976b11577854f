"""The size of a gradient, seen at a glance: a bar with a step for each power of ten."""

from __future__ import annotations

import math

from autograd_tutor.analysis.norms import powers_below
from autograd_tutor.messages import _
from autograd_tutor.recording.nonfinite import NonFinite
from autograd_tutor.recording.number_text import short_number_text
from autograd_tutor.render import signs
from autograd_tutor.render.nonfinite_words import short_text
from autograd_tutor.render.rows import Span

WIDTH = 10
"""Cells of the bar, a blank, the number, and a blank."""

LONG_BAR = 4
"""Cells of the bar where there is room to see a power of ten at a glance: it is half a cell."""


def size_spans(
    size: float | None,
    largest: float | None,
    found: NonFinite | None = None,
    number: float | None = None,
    cells: int = 1,
) -> list[Span]:
    """A bar of so many `cells`, one or LONG_BAR, and a number: WIDTH cells with a bar of one.

    `largest` is that of the pass, which has the full bar.

    Each step of the bar below that is a power of ten. Where NaN or inf is `found`, that stands
    there instead. A gradient of a single element shows its `number`, with its sign.
    """
    if found is not None and found.any:
        text = short_text(found).ljust(WIDTH - 3 + cells)
        return [(f"{signs.NONFINITE} ", "failure"), (text, "failure strong")]
    if size is None:
        return [(" " * (WIDTH - 1 + cells), "")]
    text = size_text(size if number is None else number).ljust(WIDTH - 2)
    if not math.isfinite(size):
        odd = (text + " " * (cells - 1), "failure strong")
        return [(f"{signs.NONFINITE} ", "failure"), odd]
    level = bar_level(size, largest)
    if level is None:
        return [(" " * (cells + 1), ""), (text, "dim")]
    heat = "dim" if level < 3 else "grad strong" if level > 5 else "grad"
    bar = signs.BARS[level] if cells == 1 else long_bar(len(signs.BARS) - 1 - level, cells, 1)
    return [(f"{bar:{cells}} ", heat), (text, heat)]


def long_bar(powers: int, cells: int, halves: int) -> str:
    """In so many `cells` the largest; so many `halves` of one less for each power of ten below."""
    left = max(halves, 2 * cells - halves * powers)
    return "█" * (left // 2) + "▌" * (left % 2)


def bar_level(size: float, largest: float | None) -> int | None:
    """Which bar, from 0 to 7; None for a gradient that is zero.

    One below the full bar from a tenth of the largest on, two from a hundredth, and so forth.
    """
    powers = powers_below(size, largest)
    top = len(signs.BARS) - 1
    return None if powers is None else max(0, min(top, top - powers))


def share_text(part: int, whole: int, room: int = 7) -> str:
    """`3 of 12`, `12/128` or `40%`: the first that fits into `room` characters, 4 or more."""
    for text in (_("{part} of {whole}").format(part=part, whole=whole), f"{part}/{whole}"):
        if len(text) <= room:
            return text
    return f"{100 * part // whole}%"


def size_text(size: float) -> str:
    """As any number, in at most 7 characters."""
    return short_number_text(size, WIDTH - 3)
