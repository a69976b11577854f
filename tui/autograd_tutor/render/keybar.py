"""The line at the bottom: the keys that matter now, or why the last one did nothing."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from autograd_tutor.messages import _
from autograd_tutor.render.rows import Row, Span, clip, row, wrap
from autograd_tutor.render.sanitize import sanitize_line

PINNED = 2
"""So many keys at the end of the line, the way out and help usually, are never left out."""


MOST_NOTICE_ROWS = 3
"""Rows that say what went wrong: the panes need the rest."""


def keybar(keys: Sequence[tuple[str, str, bool]], width: int) -> Row:
    """Keys and what they do; those marked True stand out. What does not fit is left out whole.

    A blank key keeps the cells of one that comes and goes, where there is room for all.
    """
    chosen: list[Span] = []
    pieces = [(f" {key}", f" {does} ", stands_out) for key, does, stands_out in keys]
    if sum(len(key) + len(does) for key, does, _ in pieces) > width:
        pieces = [piece for piece in pieces if piece[0].strip()]
    shown, pinned = [], pieces[-PINNED:]
    room = width - sum(len(key) + len(does) for key, does, _ in pinned)
    for piece in pieces[:-PINNED]:
        size = len(piece[0]) + len(piece[1])
        if size <= room:
            shown.append(piece)
            room -= size
    shown += pinned
    for key, does, stands_out in shown:
        chosen += [(key, "key"), (does, "strong" if stands_out else "")]
    return Row(tuple(chosen), "bar")


def notice_rows(text: str, width: int, most: int, style: str = "failure strong") -> list[Row]:
    """A failure in as many rows as it takes, at most MOST_NOTICE_ROWS, nor `most`, but one.

    Of a sentence that is none, `style` is another one.
    """
    if not text:
        return []
    most = max(1, min(most, MOST_NOTICE_ROWS))
    rows = wrap([(text, style)], max(2, width - 1), row((" ", style)), 3)
    if len(rows) > most:
        rest = " ".join(line.text.strip() for line in rows[most - 1 :])
        margin = " " if most == 1 else "   "
        rows[most - 1 :] = [clip(row((margin + rest, style)), width)]
    return [line._replace(base="bar") for line in rows]


def notice(text: str, failure: bool) -> Row:
    """A sentence for the learner."""
    return row((f" {text}", "failure strong" if failure else "strong"), base="bar")


def prompt_row(text: str, cursor: int, hint: str, width: int) -> Row:
    """A line that is being typed, with the cursor in it; as long as it is empty, a hint."""
    head = _(" go to ")
    room = max(1, width - len(head) - 1)
    spans: list[Span] = [(head, "key")]
    if not text:
        return clip(Row((*spans, (" ", "current"), (f" {hint}", "dim")), "bar"), width)
    text, cursor = sanitize_line(text), len(sanitize_line(text[:cursor]))
    before = text[:cursor]
    while cell_len(before) > room:
        before = before[1:]
    at, behind = text[cursor : cursor + 1] or " ", text[cursor + 1 :]
    spans += [(before, "strong"), (at, "current"), (behind, "strong")]
    return clip(Row(tuple(spans), "bar"), width)
