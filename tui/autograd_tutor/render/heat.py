"""Cells of a tensor as coloured characters: the strip of a row, and what heat maps are made of.

A cell's colour says its number, in a style `heat+3` (background) or `upper-2` (the upper half of a
character). Where a terminal has no colours for that, in `Marks.SIGNS`, characters say it: letters
below 0 and signs above, the heavier the larger.
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache

from autograd_tutor.analysis.heat import (
    LEVELS,
    NAN,
    Cells,
    Scale,
    flat_cells,
    picture_cells,
    reduced,
    scale_of,
)
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.picture import Picture
from autograd_tutor.render.rows import Span, merged

BELOW = "vcoamW"
ABOVE = ".:+*#@"
"""Characters for numbers below and above 0, by size."""
NAN_SIGN, INF_SIGN, SPIKE_SIGN = "N", "∞", "^"
"""NaN; an infinity; a number that is much larger than all others."""


NONFINITE = "failure strong current"
"""The style of the first two."""


class Marks(Enum):
    """What says how large a number is."""

    COLOURS = "colours"
    """Colours of characters and of their upper halves: for terminals with 256 or more."""
    WHOLE = "whole"
    """The same without halves, for which ASCII has no character."""
    SIGNS = "signs"
    """Characters: for 16 colours, which then say the sign, and for none."""


@lru_cache(maxsize=1024)
def tensor_strip(
    tensor: Tensor, width: int, marks: Marks = Marks.COLOURS, picture: Picture | None = None
) -> tuple[Span, ...]:
    """The strip of a tensor, of a large one from its `picture`; nothing without either."""
    cells = flat_cells(tensor)
    if cells is None and picture is not None:
        cells = picture_cells(picture)
    return () if cells is None else tuple(strip(cells, width, marks))


def strip(cells: Cells, width: int, marks: Marks = Marks.COLOURS) -> list[Span]:
    """All cells in one row of at most `width` characters, each of several where they do not fit.

    Row after row, without a border between them. Neighbours of one colour are one span.
    """
    count = cells.rows * cells.columns
    elements = cells.height * cells.width
    line = cells._replace(rows=1, columns=count, height=1, width=elements)
    line = reduced(line, 1, width)
    scale = scale_of(line)
    return list(merged([cell_span(line, at, scale, marks) for at in range(line.columns)]))


def cell_span(cells: Cells, at: int, scale: Scale, marks: Marks, wide: int = 1) -> Span:
    """The cell at an index, `wide` characters wide."""
    level = scale.level(cells.means[at])
    if cells.marks and cells.marks[at]:
        return nonfinite_sign(cells.marks[at]) * wide, NONFINITE
    if cells.largest[at] > scale.spike:
        style = spike_style(cells, level) if marks is not Marks.SIGNS else level_style(level)
        return SPIKE_SIGN * wide, style
    if marks is not Marks.SIGNS:
        return " " * wide, f"heat{level:+d}"
    return level_sign(level) * wide, level_style(level)


def spike_style(cells: Cells, level: int) -> str:
    """The style of a spike: its own colour, but where the level is a mean, which hides it."""
    return f"ink{level:+d}" if cells.exact else "strong current"


def level_sign(level: int) -> str:
    """The character of a level."""
    if not level:
        return " "
    signs = BELOW if level < 0 else ABOVE
    return signs[-(-abs(level) * len(signs) // LEVELS) - 1]


def level_style(level: int) -> str:
    """The style of such a character, for terminals with 16 colours."""
    return "" if not level else "below" if level < 0 else "above"


def nonfinite_sign(mark: int) -> str:
    """The sign of a cell with NaN, else of one with infinities."""
    return NAN_SIGN if mark & NAN else INF_SIGN
