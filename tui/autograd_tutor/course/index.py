"""What lists show of the course, beside its files: the first list need not read thirty of them.

A line of JSON a file; one index for each language that the course is there in. What is there of a
file counts only while the file is as it was then; of steps it holds the titles, not the text that a
search goes through.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
from msgspec import Struct

from autograd_tutor import language
from autograd_tutor.course import translation_file
from autograd_tutor.course.learning_path import LearningPath
from autograd_tutor.course.lesson_file import lesson_id
from autograd_tutor.course.summary import Summary

FILE_NAME = "index.jsonl"
"""What it is called in English; in another language with its code, as `index.de.jsonl`."""


class Entry(Struct, frozen=True, omit_defaults=True):
    """What one version of a file holds: a lesson, or the paths."""

    file: str
    checksum: int
    summary: Summary | None = None
    """Without id and folder, which are those of the file."""
    paths: tuple[LearningPath, ...] = ()


def load(folder: Path) -> dict[str, Entry]:
    """What the folder's index has, by the names of the files; nothing where it is unfit.

    It is that in the first of the learner's languages that has one.
    """
    codes = (code for code in language.chosen() if os.path.isfile(folder / file_name(code)))
    try:
        data = (folder / file_name(next(codes, ""))).read_bytes()
        entries = msgspec.json.Decoder(Entry, dec_hook=_as_path).decode_lines(data)
    except (OSError, msgspec.MsgspecError):
        return {}
    return {entry.file: entry for entry in entries}


def file_name(code: str) -> str:
    """What the index in a language is called; ``: English."""
    stem, suffix = FILE_NAME.split(".")
    return ".".join((stem, code, suffix)) if code else FILE_NAME


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
    """Tells versions of a file of the course apart, whose bytes nobody forges.

    So it does of the files that its texts in the learner's language are from.
    """
    found = zlib.crc32(path.read_bytes())
    for each in translation_file.beside(path, language.chosen()):
        found = zlib.crc32(each.read_bytes(), found)
    return found


def _entry(lesson: Summary) -> Entry:
    titles = tuple([replace(each, parts=()) for each in lesson.passages])
    short = replace(lesson, id="", path=Path(lesson.path.name), passages=titles)
    return Entry(lesson.path.name, checksum(lesson.path), short)


def _as_path(kind: type, value: object) -> Path:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise TypeError("no path")
