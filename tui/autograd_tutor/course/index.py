"""What lists show of the course, beside its files: the first list need not read thirty of them.

A line of JSON a lesson. It counts only while the lesson's files are as they were then; of steps it
has the titles, not the text that a search goes through.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
from msgspec import Struct

from autograd_tutor.course.learning_path import LearningPath
from autograd_tutor.course.lesson_file import lesson_id
from autograd_tutor.course.summary import Summary

FILE_NAME = "index.jsonl"


Paths = tuple[LearningPath, ...]
Names = tuple[str, ...]
"""Of the files that something is read from, all in one folder."""


class Entry(Struct, frozen=True, omit_defaults=True):
    """What was read from one version of some files: a lesson, or the paths."""

    files: Names
    checksum: int
    summary: Summary | None = None
    """Without id and folder, which are those of the first file."""
    paths: tuple[LearningPath, ...] = ()


def load(folder: Path) -> dict[Names, Entry]:
    """What the folder's index has, by the names of the files; nothing where it is unfit."""
    try:
        data = (folder / FILE_NAME).read_bytes()
        entries = msgspec.json.Decoder(Entry, dec_hook=_as_path).decode_lines(data)
    except (OSError, msgspec.MsgspecError, RecursionError):
        return {}
    return {entry.files: entry for entry in entries}


def entry_of(index: Mapping[Names, Entry], sources: Sequence[Path]) -> Entry | None:
    """What the index has of these files, if they are still as they were then."""
    entry = index.get(_names(sources))
    try:
        return entry if entry is not None and entry.checksum == checksum(sources) else None
    except OSError:
        return None


def summary_in(entry: Entry, path: Path) -> Summary | None:
    """The summary of a lesson in the entry of its file."""
    return entry.summary and replace(entry.summary, id=lesson_id(path), path=path)


def line(sources: Sequence[Path], *, lesson: Summary | None, paths: Paths = ()) -> bytes:
    """The line of the index on a lesson, or on paths, and the files that it was read from."""
    if lesson is not None:
        titles = tuple([replace(each, parts=()) for each in lesson.passages])
        lesson = replace(lesson, id="", path=Path(lesson.path.name), passages=titles)
    entry = Entry(_names(sources), checksum(sources), lesson, paths)
    return msgspec.json.encode(entry, enc_hook=str) + b"\n"


def checksum(sources: Sequence[Path]) -> int:
    """Tells versions of files of the course apart, whose bytes nobody forges."""
    found = 0
    for path in sources:
        found = zlib.crc32(path.read_bytes(), found)
    return found


def _names(sources: Sequence[Path]) -> Names:
    return tuple([path.name for path in sources])


def _as_path(kind: type, value: object) -> Path:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise TypeError("no path")
