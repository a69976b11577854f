"""A note as a row of the table `place`, under a key that no lesson has.

Earlier programs take a file with any other table or column for damaged, and set it aside. A row of
`place` they leave as it is, and carry over: so they and this program can use one file in turns.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import msgspec
from msgspec import Meta

from autograd_tutor.limits.progress import MOST_COUNTED
from autograd_tutor.progress.known import Bookmark, Known
from autograd_tutor.progress.notes import KINDS, Key, Note, join

_Number = Annotated[int, Meta(ge=0, le=MOST_COUNTED)]
_UNREADABLE = (msgspec.MsgspecError, UnicodeError, RecursionError)
_Parts = tuple[str, str, _Number, _Number]


def known_from(rows: Iterable[Bookmark], finished: Iterable[tuple[str, str]]) -> Known:
    """What rows of `place`, oldest first, and of `finished` hold."""
    bookmarks: list[Bookmark] = []
    notes: list[tuple[Key, Note]] = []
    for row in rows:
        found = note_of(row)
        if found is None:
            bookmarks.append(row)
        else:
            notes.append(found)
    return Known(bookmarks, finished, notes)


def row_of(key: Key, note: Note) -> Bookmark:
    """The row that holds a note. Earlier programs drop rows with an empty step."""
    return Bookmark(_name(key), key.step or "-", key.number, _text(note))


def note_of(row: Bookmark) -> tuple[Key, Note] | None:
    """The note in a row; None for a bookmark, and for what later programs write."""
    kind, _, parts = row.lesson.partition("/")
    if kind not in KINDS:
        return None
    try:
        key = Key(kind, *msgspec.json.decode(parts, type=_Parts))
    except _UNREADABLE:
        return None
    if _name(key) != row.lesson:
        return None  # or one note could stand in two rows
    note = _note(kind, row.moment)
    return None if note is None else (key, note)


def merged(stored: str | None, key: Key, note: Note) -> str:
    """The text that a row has to hold: a note, what the row holds, and fields of later programs."""
    known = _note(key.kind, stored) if stored is not None else None
    text = _text(note if known is None else join(known, note))
    if stored is None or known is None:
        return text
    try:
        old = msgspec.json.decode(stored)
    except _UNREADABLE:  # in a field that is none of ours
        return text
    both = {**old, **msgspec.json.decode(text)}
    return stored if both == old else msgspec.json.encode(both).decode()


def _name(key: Key) -> str:
    return f"{key.kind}/{msgspec.json.encode(key[1:]).decode()}"


def _text(note: Note) -> str:
    return msgspec.json.encode(note).decode()


def _note(kind: str, text: str) -> Note | None:
    """What can be read of a note, field by field where one is not as it should be."""
    try:  # joined with nothing: in order, each time once
        return join(KINDS[kind](), msgspec.json.decode(text, type=KINDS[kind]))
    except _UNREADABLE:
        pass
    try:
        fields = msgspec.json.decode(text)
    except _UNREADABLE:
        return None
    if not isinstance(fields, dict):
        return None
    note: Note = KINDS[kind]()
    for name, value in fields.items():
        try:
            note = join(note, msgspec.convert({name: value}, KINDS[kind]))
        except (msgspec.MsgspecError, RecursionError):
            continue
    return note
