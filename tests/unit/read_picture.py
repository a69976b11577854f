"""Reads a plot as a person does: what is drawn where, by the numbers at its axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from autograd_tutor.render.rows import Row

_BITS = {0x01: (0, 0), 0x02: (0, 1), 0x04: (0, 2), 0x40: (0, 3)} | {
    0x08: (1, 0), 0x10: (1, 1), 0x20: (1, 2), 0x80: (1, 3),
}  # fmt: skip
"""Column and row of each dot of a braille sign, as the Unicode standard has them."""

_ASCII = {"'": (0, 1), ".": (2, 3), ":": (0, 1, 2, 3)}
"""The rows of dots that a sign of ASCII stands for."""


class Read(NamedTuple):
    """A plot that was read back."""

    dots: dict[int, list[int]]
    """By column of dots from the left, the rows of dots from the top, in which there is one."""
    signs: dict[str, list[tuple[int, int]]]
    """By any other sign inside of the axes, the rows and columns of the cells where it stands."""
    axis: str
    """The axis below."""
    numbers: str
    """What stands below the axis."""
    ticks: list[tuple[int, float]]
    """The rows of cells with a number, and the numbers."""
    width: int

    def height_of(self, value: float, log: bool = False) -> float:
        """The row of dots, from the top, where a number is by what the axis says."""
        (low_row, low), *_, (high_row, high) = sorted(self.ticks, key=lambda each: each[1])
        if log:
            value, low, high = (math.log10(each) for each in (value, low, high))
        share = (value - low) / (high - low)
        return 4 * (low_row + share * (high_row - low_row)) + 1.5


def read(rows: Sequence[Row | str]) -> Read:
    """Read a plot, of braille or of ASCII; what stands below its numbers is left out."""
    lines = [row if isinstance(row, str) else row.text for row in rows]
    at = next(n for n, line in enumerate(lines) if line.lstrip()[:1] in ("└", "`"))
    edge = len(lines[at]) - len(lines[at].lstrip())
    dots: dict[int, list[int]] = {}
    signs: dict[str, list[tuple[int, int]]] = {}
    ticks = []
    for y, line in enumerate(lines[:at]):
        assert line[edge] in "│┤|+"
        if line[edge] in "┤+":
            ticks.append((y, float(line[:edge])))
        for x, sign in enumerate(line[edge + 1 :]):
            if 0x2800 < ord(sign) < 0x2900:
                for bit, (column, row) in _BITS.items():
                    if (ord(sign) - 0x2800) & bit:
                        dots.setdefault(2 * x + column, []).append(4 * y + row)
            elif sign in _ASCII:
                for column in (2 * x, 2 * x + 1):
                    dots.setdefault(column, []).extend(4 * y + row for row in _ASCII[sign])
            elif sign != " ":
                signs.setdefault(sign, []).append((y, x))
    axis = lines[at][edge + 1 :]
    return Read(dots, signs, axis, lines[at + 1][edge + 1 :], ticks, len(axis))
