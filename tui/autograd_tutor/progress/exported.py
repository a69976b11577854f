"""Progress as one JSON file, to be taken to another computer, and merged there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import chain
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

from autograd_tutor.limits.progress import LARGEST_EXPORT, MOST_COUNTED, MOST_KEY_CHARACTERS
from autograd_tutor.messages import _
from autograd_tutor.progress.known import Bookmark, Known, names_lesson
from autograd_tutor.progress.notes import KINDS, Key, Note, join

FORMAT = 1
"""Of the file; one of a later format is refused."""

_KEPT = "progress"
_PLURAL = {
    "question": "questions",
    "exercise": "exercises",
    "lesson": "lessons",
    "review": "reviews",
    "path": "paths",
}
_FIELDS = {
    "question": ("lesson", "step", "number"),
    "exercise": ("lesson", "step"),
    "lesson": ("lesson",),
    "review": ("lesson", "step", "number", "after"),
    "path": ("lesson",),
}
"""The fields of each kind's key."""

_Name = Annotated[str, Meta(min_length=1, max_length=MOST_KEY_CHARACTERS)]
_Number = Annotated[int, Meta(ge=0, le=MOST_COUNTED)]
_T = TypeVar("_T")
_UNREADABLE = (msgspec.MsgspecError, RecursionError, TypeError, ValueError)


class NotExported(Exception):
    """The bytes are not progress that can be taken in; the text is what is wrong with them."""


class _Head(Struct, rename={"program": "autograd-tutor"}):
    program: str
    format: Annotated[int, Meta(ge=1)]


class _Place(Struct):
    lesson: _Name
    step: _Name
    position: _Number
    moment: Annotated[str, Meta(max_length=MOST_KEY_CHARACTERS)] = ""


class _Finished(Struct):
    lesson: _Name
    step: _Name


class _Key(Struct):
    lesson: _Name
    step: Annotated[str, Meta(max_length=MOST_KEY_CHARACTERS)] = ""
    number: _Number = 0
    after: _Number = 0


def to_bytes(known: Known) -> bytes:
    """All that is known, but not what later programs keep, nor what was forged in the file."""
    entries: dict[str, list[dict[str, object]]] = {
        "places": [each._asdict() for each in known.bookmarks.values()],
        "finished": [{"lesson": lesson, "step": step} for lesson, step in sorted(known.rows)],
    }
    for kind, name in _PLURAL.items():
        keys = sorted(key for key in known.notes if key.kind == kind)
        entries[name] = [_entry(key, known.notes[key]) for key in keys]
    content: dict[str, object] = {"autograd-tutor": _KEPT, "format": FORMAT}
    for name, every in entries.items():
        content[name] = [each for each in every if _can_be_read(name, each)]
    return msgspec.json.format(msgspec.json.encode(content)) + b"\n"


def from_bytes(data: bytes) -> Known:
    """What the bytes hold, all of it. Raises NotExported."""
    if len(data) > LARGEST_EXPORT:
        raise NotExported(
            _("it is larger than {largest_export} MiB").format(
                largest_export=LARGEST_EXPORT // 2**20
            )
        )
    try:
        head = msgspec.json.decode(data, type=_Head)
        content = msgspec.json.decode(data, type=dict[str, object])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise NotExported(_("it is not progress that autograd-tutor has exported")) from None
    if head.program != _KEPT:
        raise NotExported(_("it is not progress that autograd-tutor has exported"))
    if head.format > FORMAT:
        raise NotExported(_("it is of a newer autograd-tutor; update this one"))
    places = _entries(content, "places", _place)
    finished = _entries(content, "finished", _finished)
    every = [_entries(content, name, partial(_keyed, kind)) for kind, name in _PLURAL.items()]
    return Known(places, finished, chain(*every))


def _entry(key: Key, note: Note) -> dict[str, object]:
    fields: dict[str, object] = msgspec.to_builtins(note)
    return {**{name: getattr(key, name) for name in _FIELDS[key.kind]}, **fields}


def _can_be_read(name: str, entry: object) -> bool:
    """Whether it comes in again; what stands in a forged file might not."""
    try:
        _READERS[name](entry)
    except _UNREADABLE:
        return False
    return True


def _entries(content: dict[str, object], name: str, read: Callable[[object], _T]) -> list[_T]:
    entries = content.get(name, [])
    if not isinstance(entries, list):
        raise NotExported(_("its {name} are no list").format(name=name))
    found = []
    for number, each in enumerate(entries, 1):
        try:
            found.append(read(each))
        except _UNREADABLE:
            raise NotExported(
                _("its {name} are damaged: entry {number}").format(name=name, number=number)
            ) from None
    return found


def _place(entry: object) -> Bookmark:
    found = msgspec.convert(entry, _Place)
    if not names_lesson(found.lesson):
        raise ValueError(found.lesson)
    return Bookmark(found.lesson, found.step, found.position, found.moment)


def _finished(entry: object) -> tuple[str, str]:
    found = msgspec.convert(entry, _Finished)
    return found.lesson, found.step


def _keyed(kind: str, entry: object) -> tuple[Key, Note]:
    found = msgspec.convert(entry, _Key)
    named = {name: getattr(found, name) for name in _FIELDS[kind]}
    note = msgspec.convert(entry, KINDS[kind])
    return Key(kind, **named), join(KINDS[kind](), note)


_READERS: dict[str, Callable[[object], object]] = {
    "places": _place,
    "finished": _finished,
    **{name: partial(_keyed, kind) for kind, name in _PLURAL.items()},
}
