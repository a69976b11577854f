"""Where something stands in a lesson's file."""

from __future__ import annotations

from typing import NamedTuple


class Location(NamedTuple):
    """Where a piece of text begins in a lesson's file, both counted from 1.

    `exact`: the text stands in the file line by line, so that locations inside it are known.
    """

    line: int = 1
    column: int = 1
    exact: bool = True

    def at(self, line: int, column: int = 1) -> Location:
        """Where in the file a line and column of the text are; if unknown, where that begins."""
        if not self.exact:
            return self
        return Location(self.line + line - 1, self.column + column - 1)

    def after(self, text: str, offset: int) -> Location:
        """Where in the file the character at this offset of the text is."""
        before = text[:offset].split("\n")
        return self.at(len(before), len(before[-1]) + 1)
