"""What a terminal shows, cell by cell, so that only what differs is sent to it.

Textual begins every piece of text with all of its style and ends it with none, and what is painted
anew has mostly been there before. Over a slow line every byte counts.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rich.cells import cell_len

from autograd_tutor.ui import sgr
from autograd_tutor.ui.sgr import PLAIN, Sgr

_TOKEN = re.compile(
    # Mostly a text with its style before it and the end of all styles behind it.
    r"(?:\x1b\[(?P<style>[\d;]*)m)?(?P<text>[^\x00-\x1f\x7f-\x9f]+)(?P<reset>\x1b\[0?m)?"
    r"|\x1b\[(?P<y>\d+);(?P<x>\d+)H|\x1b\[(?P<only_style>[\d;]*)m|(?P<line>\n)"
    r"|(?P<mark>\x1b\[\?2026[hl])"
)
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"
"""Around an update that is to be seen as a whole."""

Cell = tuple[str, Sgr]
"""A character and its style."""

_KEPT = 4096


class ShownCells:
    """The cells of a terminal, and where and how it writes next, as far as they are known.

    What it does not understand it passes on, and knows nothing from then on.
    """

    def __init__(self) -> None:
        self._columns = 0
        self._begun = False
        """Whether the beginning of an update is still to be sent, with the first thing in it."""
        self._holding = False
        """Whether an update has begun and not ended: it is sent as a whole."""
        self._out: list[str] = []
        self.forget()

    def forget(self, columns: int | None = None) -> None:
        """Something else may be shown by now, in so many columns if that is given."""
        self._columns = self._columns if columns is None else columns
        self._rows: dict[int, list[Cell | None]] = {}
        self._at: tuple[int, int] | None = None
        """Where the terminal writes next, x and y from 0."""
        self._style: Sgr | None = None
        """What it writes with."""
        self._to: tuple[int, int] | None = None
        """Where what comes in is to be written."""
        self._to_style = PLAIN

    def update(self, data: str) -> str:
        """What is to be sent instead of `data` to the same effect."""
        at = 0
        while at < len(data):
            token = _TOKEN.match(data, at)
            if token is None or not self._take(token):
                self._catch_up()
                self._out.append(data[at:])
                self.forget()
                break
            at = token.end()
        else:
            if self._holding:
                return ""
            self._settle()
        out, self._out = "".join(self._out), []
        return out

    def _catch_up(self) -> None:
        """Bring the terminal to where it would be if all had been passed on."""
        self._start()
        if self._to is not None:
            self._go(*self._to)
        if self._style is not None:
            self._out.append(sgr.change(self._style, self._to_style))

    def _take(self, token: re.Match[str]) -> bool:
        """Take in a part of the data; whether it is understood."""
        if text := token["text"]:
            understood = self._take_style(token["style"]) and self._take_text(text)
            if token["reset"] and understood:
                self._to_style = PLAIN
            return understood
        if token["y"]:
            self._to = int(token["x"]) - 1, int(token["y"]) - 1
        elif token["line"]:
            self._to = self._to and (0, self._to[1] + 1)
        elif token["mark"] == _BEGIN:
            self._begun = self._holding = True
        elif token["mark"]:
            self._end()
        else:
            return self._take_style(token["only_style"])
        return True

    def _take_style(self, numbers: str | None) -> bool:
        style = self._to_style if numbers is None else sgr.after(self._to_style, numbers)
        self._to_style = style or self._to_style
        return style is not None

    def _settle(self) -> None:
        """Leave the cursor where a person types; at the top left nobody does, nor sees it."""
        if self._to is not None and self._to != (0, 0):
            self._go(*self._to)

    def _end(self) -> None:
        self._settle()
        if not self._begun:
            self._out.append(_END)
        self._begun = self._holding = False

    def _take_text(self, text: str) -> bool:
        if self._to is None:
            return False
        x, y = self._to
        size = cell_len(text)
        end = x + size
        if end > self._columns:
            return False
        row = self._row(y)
        self._to = end, y
        if len(text) != size or not _one_cell_each(text):
            self._write_as_it_is(text, x, y, row, end)
            return True
        cells = _cells(text, self._to_style)
        if row[x:end] != cells:
            start = x
            while start < end:
                while start < end and row[start] == cells[start - x]:
                    start += 1
                stop = start
                while stop < end and row[stop] != cells[stop - x]:
                    stop += 1
                if start < stop:
                    row[start:stop] = cells[start - x : stop - x]
                    self._write(text[start - x : stop - x], start, y)
                start = stop
        return True

    def _write_as_it_is(self, text: str, x: int, y: int, row: list[Cell | None], end: int) -> None:
        """Terminals do not agree on how wide such a text is, and what half of it would be."""
        self._at = None
        self._go(x, y)
        self._out += [sgr.change(self._style, self._to_style), text]
        self._style, self._at = self._to_style, None
        row[max(0, x - 1) : end + 1] = [None] * len(row[max(0, x - 1) : end + 1])

    def _write(self, text: str, x: int, y: int) -> None:
        """Write a text of one style, where each character takes a cell."""
        self._go(x, y)
        style, now, end = self._to_style, self._style, x + len(text)
        if now is not None and text[0] == " " and sgr.on_blank(now) == sgr.on_blank(style):
            letters = text.lstrip(" ")
            self._out.append(" " * (len(text) - len(letters)))
            text = letters
        if text:
            self._out += [sgr.change(now, style), text]
            self._style = style
        # After the last column terminals do not agree on where they are.
        self._at = (end, y) if end < self._columns else None

    def _go(self, x: int, y: int) -> None:
        """Move to a cell, if need be: by writing once more what is shown, where that is shorter."""
        if self._at == (x, y):
            return
        self._start()
        move = _move(self._at, x, y)
        if self._at is not None and self._at[1] == y and 0 < x - self._at[0] <= len(move):
            text = self._as_written_now(self._row(y)[self._at[0] : x])
            if text is not None and len(text.encode()) <= len(move):
                move = text
        self._out.append(move)
        self._at = x, y

    def _as_written_now(self, cells: list[Cell | None]) -> str | None:
        """The text of cells, if the style is that in which the terminal writes."""
        style = self._style
        if style is None:
            return None
        blank = " ", sgr.on_blank(style)
        for cell in cells:
            if cell is None or (cell[1] != style and cell != blank):
                return None
        return "".join([cell[0] for cell in cells if cell])

    def _row(self, y: int) -> list[Cell | None]:
        return self._rows.setdefault(y, [None] * self._columns)

    def _start(self) -> None:
        if self._begun:
            self._out.append(_BEGIN)
            self._begun = False


def _move(before: tuple[int, int] | None, x: int, y: int) -> str:
    """The shortest sequence that moves the cursor to a cell."""
    moves = [f"\x1b[{y + 1};{x + 1}H"]
    if x == 0:
        moves.append(f"\x1b[{y + 1}H" if y else "\x1b[H")
    if before is not None and before[1] == y:
        by = x - before[0]
        letter = "C" if by > 0 else "D"
        moves.append(f"\x1b[{'' if abs(by) == 1 else abs(by)}{letter}")
    if before is not None and before[0] == x:
        by = y - before[1]
        letter = "B" if by > 0 else "A"
        moves.append(f"\x1b[{'' if abs(by) == 1 else abs(by)}{letter}")
    return min(moves, key=len)


@lru_cache(_KEPT)
def _cells(text: str, style: Sgr) -> list[Cell]:
    blank = " ", sgr.on_blank(style)
    return [blank if character == " " else (character, style) for character in text]


@lru_cache(_KEPT)
def _one_cell_each(text: str) -> bool:
    return text.isascii() or all(cell_len(character) == 1 for character in text)
