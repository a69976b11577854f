"""A canvas of braille dots, two across and four down in each cell of a terminal."""

from __future__ import annotations

ACROSS, DOWN = 2, 4

_BLANK = 0x2800
_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""By row and column inside of a cell, as Unicode has them."""


class Dots:
    """`width` × `height` cells; dots count from the upper left corner."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self.cells: dict[tuple[int, int], int] = {}
        """The bits of each cell, by row and column, in which there are any."""

    def dot(self, x: int, y: int) -> None:
        """Set a dot; one that is outside does nothing."""
        if 0 <= x < ACROSS * self.width and 0 <= y < DOWN * self.height:
            cell = y // DOWN, x // ACROSS
            self.cells[cell] = self.cells.get(cell, 0) | _BITS[y % DOWN][x % ACROSS]

    def line(self, x: int, y: int, to_x: int, to_y: int) -> None:
        """Set all dots from one to another, of which one may be outside."""
        steps = max(abs(to_x - x), abs(to_y - y))
        if not steps:
            self.dot(x, y)
        for step in range(steps + 1 if steps else 0):
            self.dot(
                x + (2 * step * (to_x - x) + steps) // (2 * steps),
                y + (2 * step * (to_y - y) + steps) // (2 * steps),
            )


def braille(bits: int) -> str:
    """The sign of a cell."""
    return chr(_BLANK + bits)


def braille_as_ascii() -> dict[str, str]:
    """For each sign what stands for it in ASCII: whether its dots are above, below, or both."""
    upper, lower = 0x01 | 0x08 | 0x02 | 0x10, 0x04 | 0x20 | 0x40 | 0x80
    return {
        braille(bits): ":" if bits & upper and bits & lower else "'" if bits & upper else "."
        for bits in range(1, 256)
    } | {braille(0): " "}
