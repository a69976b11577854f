"""The size of a gradient, seen at a glance: a bar with a step for each power of ten."""

from __future__ import annotations

import math

from autograd_tutor.render.rows import Span
from autograd_tutor.render.tensors import BARS

WIDTH = 10
"""Cells of the bar, a blank, the number, and a blank."""

SAME = 3
"""The bar (from 0) of a gradient of the size that the pass began with."""


def size_spans(size: float | None, first: float | None) -> list[Span]:
    """A bar and a number in WIDTH cells; `first` is the size that the pass began with.

    Each step of the bar is a power of ten, from a thousandth of `first` to ten thousand times it.
    """
    if size is None:
        return [(" " * WIDTH, "")]
    text = size_text(size).ljust(WIDTH - 2)
    if not math.isfinite(size):
        return [("! ", "failure"), (text, "failure strong")]
    level = bar_level(size, first)
    if level is None:
        return [("  ", ""), (text, "dim")]
    heat = "dim" if level < SAME - 1 else "grad strong" if level > SAME + 1 else "grad"
    return [(f"{BARS[level]} ", heat), (text, heat)]


def bar_level(size: float, first: float | None) -> int | None:
    """Which bar, from 0 to 7; None for a gradient that is zero."""
    if size == 0:
        return None
    if first is None or not 0 < first < math.inf:
        first = 1.0
    tens = math.log10(size) - math.log10(first)
    return max(0, min(len(BARS) - 1, SAME + round(tens)))


def size_text(size: float) -> str:
    """Three digits, in at most 7 characters."""
    if not math.isfinite(size) or size == 0 or 0.001 <= size < 100_000:
        return f"{size:.0f}" if 1000 <= size < 100_000 else f"{size:.3g}"
    return f"{size:.1e}"
