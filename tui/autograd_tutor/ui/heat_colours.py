"""The colours of heat maps: blue below 0, orange above, and at 0 the side of the background.

Blue and orange stay apart for every kind of colour blindness. Neighbouring levels are equally far
from each other in OKLab, so that equal steps of a number look equal.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from rich.color import Color
from rich.style import Style

from autograd_tutor.analysis.heat import LEVELS


class Ramp(NamedTuple):
    """The colours from 0 on: below and above it, each of LEVELS."""

    zero: Color
    below: tuple[Color, ...]
    above: tuple[Color, ...]

    def at(self, level: int) -> Color:
        """The colour of a level, from -LEVELS to LEVELS."""
        if not level:
            return self.zero
        return (self.above if level > 0 else self.below)[abs(level) - 1]


def _true(zero: str, below: str, above: str) -> Ramp:
    """Hexadecimal numbers, separated by blanks."""
    sides = [tuple(Color.parse(f"#{each}") for each in side.split()) for side in (below, above)]
    return Ramp(Color.parse(f"#{zero}"), *sides)


def _numbered(zero: int, below: tuple[int, ...], above: tuple[int, ...]) -> Ramp:
    """Numbers of the palette of 256 colours that all terminals have alike from 16 on."""
    sides = [tuple(map(Color.from_ansi, side)) for side in (below, above)]
    return Ramp(Color.from_ansi(zero), *sides)


_DARK = (
    "252629",
    "2e3643 334761 375880 366aa0 307dc0 1d91e1 21a6f8 51bbff 82cefe ace0fe",
    "40322b 5a3e2d 754b2d 8f5828 aa671d c37707 d88a08 e3a243 efb968 fad18a",
)
_LIGHT = (
    "eeeeed",
    "cedfeb afcfe7 91bfe4 73aee1 569cdd 3989d9 2a77cb 2665b6 2254a1 1d438c",
    "e7dacc e0c5aa dab089 d49a68 ce8246 c76a1d b85601 a34604 903701 7c2802",
)
_DARK_256 = (
    234,
    (17, 18, 24, 25, 31, 32, 39, 75, 117, 153),
    (52, 58, 94, 130, 136, 172, 179, 215, 221, 223),
)
_LIGHT_256 = (
    255,
    (189, 153, 110, 74, 68, 32, 26, 25, 24, 18),
    (223, 216, 180, 173, 137, 166, 130, 94, 88, 52),
)


@lru_cache(maxsize=4)
def ramp(dark: bool, many: bool) -> Ramp:
    """The colours on a dark or light ground; `many`: as many as one likes, else 256."""
    if many:
        return _true(*(_DARK if dark else _LIGHT))
    return _numbered(*(_DARK_256 if dark else _LIGHT_256))


@lru_cache(maxsize=4)
def heat_styles(dark: bool, many: bool) -> dict[str, Style]:
    """What the names of `render.styles.HEAT` look like."""
    found: dict[str, Style] = {}
    colours = ramp(dark, many)
    ground, front = (Color.from_ansi(16), Color.from_ansi(231))[:: 1 if dark else -1]
    for level in range(-LEVELS, LEVELS + 1):
        colour = colours.at(level)
        ink = ground if abs(level) > LEVELS * 0.6 else front
        found[f"heat{level:+d}"] = Style(bgcolor=colour)
        found[f"upper{level:+d}"] = Style(color=colour)
        found[f"ink{level:+d}"] = Style(color=ink, bgcolor=colour, bold=True)
    return found
