"""What lists show of the course, beside its files: the first list need not read thirty of them.

A line of JSON a file. What is there of a file counts only while the file is as it was then; of
steps it holds the titles, not the text that a search goes through.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
from msgspec import Struct

from autograd_tutor.course.learning_path import LearningPath
from autograd_tutor.course.lesson_file import lesson_id
from autograd_tutor.course.summary import Summary

FILE_NAME = "index.jsonl"


class Entry(Struct, frozen=True, omit_defaults=True):
    """What one version of a file holds: a lesson, or the paths."""

    file: str
    checksum: int
    summary: Summary | None = None
    """Without id and folder, which are those of the file."""
    paths: tuple[LearningPath, ...] = ()


def load(folder: Path) -> dict[str, Entry]:
    """What the folder's index has, by the names of the files; nothing where it is unfit."""
    try:
        data = (folder / FILE_NAME).read_bytes()
        entries = msgspec.json.Decoder(Entry, dec_hook=_as_path).decode_lines(data)
    except (OSError, msgspec.MsgspecError):
        return {}
    return {entry.file: entry for entry in entries}


def fits(entry: Entry, path: Path) -> bool:
    """Whether the file is still the one that the entry is about."""
    try:
        return checksum(path) == entry.checksum
    except OSError:
        return False


def summary(entry: Entry, path: Path) -> Summary | None:
    """The summary of a lesson's file as it is now, if the entry is about that."""
    if entry.summary is None or not fits(entry, path):
        return None
    return replace(entry.summary, id=lesson_id(path), path=path)


def lines(summaries: Iterable[Summary], paths_file: Path, paths: Sequence[LearningPath]) -> bytes:
    """The index of a course."""
    entries = [*map(_entry, summaries)]
    if paths:
        entries.append(Entry(paths_file.name, checksum(paths_file), paths=tuple(paths)))
    return b"".join(msgspec.json.encode(each, enc_hook=str) + b"\n" for each in entries)


def checksum(path: Path) -> int:
    """Tells versions of a file of the course apart, whose bytes nobody forges."""
    return zlib.crc32(path.read_bytes())


def _entry(lesson: Summary) -> Entry:
    titles = tuple([replace(each, parts=()) for each in lesson.passages])
    short = replace(lesson, id="", path=Path(lesson.path.name), passages=titles)
    return Entry(lesson.path.name, checksum(lesson.path), short)


def _as_path(kind: type, value: object) -> Path:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise TypeError("no path")
