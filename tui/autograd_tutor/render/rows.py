"""Rows of styled text: what every pane and the plain output are made of.

A row is a tuple of spans, a span a piece of text and the names of its styles (`render/styles.py`),
separated by spaces. Text in a row is clean: nothing in it can control a terminal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

Span = tuple[str, str]

_PIECE = re.compile(r"[^ ]+ *| +")
_CHARACTERS = 8
"""Characters that a cell holds at most: a letter and what is combined with it."""


class Row(NamedTuple):
    """One line. `base` is a style of the whole line, up to the edge of the pane."""

    spans: tuple[Span, ...] = ()
    base: str = ""

    @property
    def text(self) -> str:
        """The row without its styles."""
        return "".join(text for text, _ in self.spans)

    @property
    def width(self) -> int:
        """Width in terminal cells."""
        return cell_len("".join([text for text, _ in self.spans]))


Rows = Sequence[Row]


class Listing(NamedTuple):
    """The rows of a pane, the rows of it that should come into view, and its title if it has one.

    Of those `scroll_to`, the most important come last. Where not all rows fit, of the last `pinned`
    ones the first, their heading, and the end stay in view below the others.
    """

    rows: Rows
    scroll_to: Sequence[int] = ()
    title: str | None = None
    pinned: int = 0
    keys: Sequence[str | None] = ()
    """By row: what the learner can choose there and open, if anything."""


def row(*spans: Span | str, base: str = "") -> Row:
    """A row of spans; a plain string is a span without style."""
    return Row(tuple((s, "") if isinstance(s, str) else s for s in spans), base)


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same with neighbours of one style in one span: each costs time, and bytes."""
    return tuple(
        [
            ("".join([text for text, _ in same]), style)
            for style, same in groupby(spans, key=itemgetter(1))
        ]
    )


def edged(left: Row, right: Row, width: int) -> Row:
    """`left` and `right` at the edges of `width` cells; `left` gives way when both do not fit."""
    room = width - right.width
    if room <= 0:
        return clip(left, width)
    gap = room - left.width
    if gap < 1:
        left, gap = clip(left, max(0, room - 1)), 1
    return Row((*left.spans, (" " * gap, ""), *right.spans), left.base)


def clip(line: Row, width: int) -> Row:
    """The first `width` cells of a row, ending in `…` when something was cut."""
    if line.width <= width:
        return line
    if width < 1:
        return Row((), line.base)
    spans: list[Span] = []
    room = width - 1
    for text, style in line.spans:
        cells = cell_len(text)
        if cells > room:
            spans.append((set_cell_size(text, room), style))
            break
        spans.append((text, style))
        room -= cells
    spans.append(("…", "dim"))
    return Row(tuple(spans), line.base)


def elide(text: str, width: int, tail: int) -> str:
    """A text in `width` cells at most: its last `tail` cells and its beginning, `…` between."""
    if cell_len(text) <= width:
        return text
    return f"{_head(text, width - 1 - tail)}…{_head(text[::-1], tail)[::-1]}"


def wrap(spans: Iterable[Span], width: int, first: Row | None = None, indent: int = 0) -> list[Row]:
    """Break styled words into rows of at most `width` cells.

    `first` begins the first row, later ones begin with `indent` blanks. A word wider than a row is
    cut where the row ends.
    """
    rows: list[Row] = []
    line: list[Span] = list(first.spans) if first is not None else []
    used = Row(tuple(line)).width
    begun = False

    def finish() -> None:
        nonlocal line, used, begun
        rows.append(_trimmed(line))
        line = [(" " * indent, "")] if indent else []
        used, begun = indent, False

    for word in _words(spans):
        if not word:
            finish()
            continue
        if begun and used + cell_len("".join(text for text, _ in word).rstrip()) > width:
            finish()
        for piece, style in word:
            at, end = 0, len(piece.rstrip())
            while at < end and not _fits(piece, at, end, width - used):
                # Where a row is too narrow for one character, narrower pieces do not help.
                cut = _head(piece[at : at + _CHARACTERS * width], width - used)
                cut = cut or piece[at : at + int(not begun)]
                line.append((cut, style))
                at += len(cut)
                finish()
            piece = piece[at:]
            line.append((piece, style))
            used += cell_len(piece)
            begun = True
    if begun or not rows:
        rows.append(_trimmed(line))
    return rows


def _fits(text: str, begin: int, end: int, room: int) -> bool:
    """Whether this part fits into `room` cells. It may be very long: only its beginning counts."""
    most = _CHARACTERS * max(1, room)
    return end - begin <= most and cell_len(text[begin:end]) <= room


def _head(text: str, room: int) -> str:
    """As many whole characters as fit into `room` cells."""
    for end, character in enumerate(text):
        room -= cell_len(character)
        if room < 0:
            return text[:end]
    return text


def _trimmed(line: list[Span]) -> Row:
    """The row without the blanks at its end."""
    while line and not line[-1][0].strip() and len(line) > 1:
        line.pop()
    if line:
        line[-1] = (line[-1][0].rstrip(), line[-1][1])
    return Row(tuple(line))


def _words(spans: Iterable[Span]) -> Iterator[list[Span]]:
    """Cut spans at blanks into words, each with the blanks behind it; [] is a line break.

    What touches without a blank is one word, whatever its styles.
    """
    word: list[Span] = []
    for text, style in spans:
        for number, line in enumerate(text.split("\n")):
            if number:
                if word:
                    yield word
                yield (word := [])
            for piece in _PIECE.findall(line):
                if word and word[-1][0].endswith(" ") and not piece.startswith(" "):
                    yield word
                    word = []
                word = [*word, (piece, style)]
    if word:
        yield word
