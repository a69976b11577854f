"""A terminal that knows what the application paints with, and nothing else.

It is many times quicker than a full emulator (the end-to-end tests have one) and strict: anything
but text, its looks and places is an error.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from rich.cells import cell_len

_PIECE = re.compile(
    r"\x1b\[(?P<row>\d+);(?P<column>\d+)H"
    r"|\x1b\[(?P<look>[\d;]*)m"
    r"|(?P<newline>\n)"
    r"|(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
    r"|(?P<other>.)",
    re.DOTALL,
)
_COLOUR = re.compile(r"(?:^|;)(?P<layer>[34])8;(?:2;(\d+);(\d+);(\d+)|5;(\d+))")


class Cell(NamedTuple):
    """What stands in a cell (nothing, where a wide character covers it) and how it looks."""

    data: str = " "
    look: str = ""
    """The parameters of the escape sequence that set it, as in ECMA-48: `1;38;2;255;0;0`."""

    @property
    def fg(self) -> str:
        """The colour: six hexadecimal digits, `number 7` of a palette, or `default`."""
        return self._colour("3")

    @property
    def bg(self) -> str:
        """The colour behind."""
        return self._colour("4")

    @property
    def bold(self) -> bool:
        return "1" in self._codes()

    @property
    def reverse(self) -> bool:
        return "7" in self._codes()

    def _codes(self) -> list[str]:
        """The parameters, less those of colours out of more than sixteen."""
        return _COLOUR.sub("", self.look).split(";")

    def _colour(self, layer: str) -> str:
        for found in _COLOUR.finditer(self.look):
            if found["layer"] == layer:
                red, green, blue, number = found.groups()[1:]
                if number:
                    return f"number {number}"
                return f"{int(red):02x}{int(green):02x}{int(blue):02x}"
        bright = {"3": "9", "4": "10"}[layer]
        for code in self._codes():
            if len(code) > 1 and code[:-1] in (layer, bright) and code[-1] in "01234567":
                return f"number {int(code[-1]) + 8 * (code[:-1] == bright)}"
        return "default"


STALE = Cell("¿")
"""What is left over from before the terminal got another size."""


class Terminal:
    """Cells that are painted on."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns = columns
        self.rows = rows
        self.buffer = [[Cell()] * columns for _ in range(rows)]

    @property
    def lines(self) -> list[str]:
        """The text of every row."""
        return ["".join([cell.data for cell in row]) for row in self.buffer]

    def resize(self, columns: int, rows: int) -> None:
        """Take another size; everything has to be painted anew."""
        self.columns = columns
        self.rows = rows
        self.buffer = [[STALE] * columns for _ in range(rows)]

    def feed(self, painted: str) -> None:
        """Take in what was painted. Raises AssertionError where that is out of order."""
        x = y = 0
        look = ""
        for found in _PIECE.finditer(painted):
            match found.lastgroup:
                case "column":
                    x, y = int(found["column"]) - 1, int(found["row"]) - 1
                case "look":
                    look = "" if found["look"] == "0" else found["look"]
                case "newline":
                    y += 1
                case "text":
                    x = self._draw(x, y, found["text"], look)
                case _:
                    raise AssertionError(f"{found[0]!r} was painted in {painted!r}")

    def _draw(self, x: int, y: int, text: str, look: str) -> int:
        cells: list[Cell] = []
        if text.isascii():
            cells = [Cell(character, look) for character in text]
        else:
            for character in text:
                size = cell_len(character)
                if size:
                    cells += [Cell(character, look), Cell("", look)][:size]
                else:
                    at = -2 if cells[-1].data == "" else -1
                    cells[at] = Cell(cells[at].data + character, look)
        if y >= self.rows or x >= self.columns:
            return x  # painted for the size before, in the moment in which it changes
        cells = cells[: self.columns - x]
        row, end = self.buffer[y], x + len(cells)
        if row[x].data == "":
            row[x - 1] = Cell(" ", row[x - 1].look)  # half of a wide character is none
        if end < self.columns and row[end].data == "":
            row[end] = Cell(" ", row[end].look)
        row[x:end] = cells
        return end
