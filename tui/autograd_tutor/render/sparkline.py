"""Numbers over time in one row of cells, `▇▅▃▂▁`: what became of a scalar, at a glance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median_low

from autograd_tutor.render import signs
from autograd_tutor.render.rows import Span, merged

_FLAT = "▄"


def sparkline(
    values: Sequence[float | None], cells: int, at: int | None = None, style: str = ""
) -> tuple[Span, ...]:
    """The numbers in order in at most `cells` cells, one for each where they fit.

    Where a cell stands for several, it shows the one farthest from the cell before, so that no
    spike is lost. NaN and infinities are `!`, None is a gap, and the cell of `values[at]` is marked
    as current.
    """
    cells = min(cells, len(values))
    if cells < 1:
        return ()
    shown = _reduced(values, cells)
    finite = [value for value in shown if value is not None and math.isfinite(value)]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    marked = None if at is None else at * cells // len(values)
    return merged(
        (_sign(value, low, high), _style(value, number == marked, style))
        for number, value in enumerate(shown)
    )


def _reduced(values: Sequence[float | None], cells: int) -> list[float | None]:
    """One value for each cell: of its share of the values, evenly cut."""
    shown: list[float | None] = []
    last: float | None = None
    for cell in range(cells):
        start, end = (-(-edge * len(values) // cells) for edge in (cell, cell + 1))
        share = [value for value in values[start:end] if value is not None]
        odd = next((value for value in share if not math.isfinite(value)), None)
        if odd is not None or not share:
            shown.append(odd)
            continue
        last = _farthest(share, median_low(share) if last is None else last)
        shown.append(last)
    return shown


def _farthest(share: Sequence[float], place: float) -> float:
    return max(share, key=lambda value: abs(value / 2 - place / 2))


def _sign(value: float | None, low: float, high: float) -> str:
    if value is None:
        return " "
    if not math.isfinite(value):
        return signs.NONFINITE
    span = high / 2 - low / 2  # halves: the difference of two large numbers is infinite
    if not span:
        return _FLAT
    level = int((value / 2 - low / 2) / span * len(signs.BARS))
    return signs.BARS[min(len(signs.BARS) - 1, level)]


def _style(value: float | None, is_current: bool, style: str) -> str:
    own = "failure strong" if value is not None and not math.isfinite(value) else style
    return f"{own} current".strip() if is_current else own
