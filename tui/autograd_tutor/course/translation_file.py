"""The translations beside a lesson's file: `01-parameters.de.yaml`, and `chapters.de.yaml`.

The latter has the names of the chapters of all lessons in the folder.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from autograd_tutor import language
from autograd_tutor.course import lesson_file
from autograd_tutor.course.model import Lesson
from autograd_tutor.course.problem import LessonError, Problem, quoted
from autograd_tutor.course.reading import read_bytes
from autograd_tutor.recording.printable import printable

CHAPTERS = "chapters"
"""What the file with the names of chapters is called, without the code and `.yaml`."""


def read(path: Path, languages: tuple[str, ...] = ()) -> Lesson:
    """The lesson in a file, in the first of these languages that it is there in; else as it is.

    Where `path` is a translation itself, its problems are raised; else a translation that has some
    is left out, and the lesson says so. Raises LessonError.
    """
    if original := original_of(path):
        code = language.code_in(path.name)
        lesson = _translated(lesson_file.read(original), path)
        return _with_chapter(lesson, (code,), strictly=True)
    lesson = lesson_file.read(path)
    if path.suffix != ".yaml" or not languages:
        return lesson
    if found := first_of(path, languages):
        try:
            lesson = _translated(lesson, found)
        except LessonError:
            lesson = replace(lesson, unfit_translation=printable(found.name))
    return _with_chapter(lesson, languages)


def original_of(path: Path) -> Path | None:
    """The lesson's file that this one is a translation of; None where it is none."""
    if not language.code_in(path.name):
        return None
    original = path.with_name(language.original_name(path.name))
    return original if os.path.isfile(original) else None


def is_lesson(name: str, names: Collection[str]) -> bool:
    """Whether a file of this name is one, by the names of all in its folder."""
    original = language.original_name(name)
    return original == name or not (original in names or original == f"{CHAPTERS}.yaml")


def first_of(path: Path, languages: tuple[str, ...]) -> Path | None:
    """The translation of a lesson's file into the first of these languages that has one."""
    names = (language.translated_name(path.name, code) for code in languages)
    return next((found for name in names if os.path.isfile(found := path.with_name(name))), None)


def chapters_file(path: Path, languages: tuple[str, ...]) -> Path | None:
    """The file with the names of chapters for the lesson in a file."""
    return first_of(path.with_name(f"{CHAPTERS}.yaml"), languages)


def beside(path: Path, languages: tuple[str, ...]) -> list[Path]:
    """The files of which its texts in these languages are made, besides the lesson's own."""
    found = (first_of(path, languages), chapters_file(path, languages))
    return [each for each in found if each is not None]


def languages_of(folder: Path) -> list[str]:
    """The languages that the chapters of a folder have names in."""
    found = translations_of(folder / f"{CHAPTERS}.yaml")
    return [language.code_in(path.name) for path in found]


def translations_of(path: Path) -> list[Path]:
    """All translations of a lesson's file, in the order of their codes."""
    try:
        names = sorted(os.listdir(path.parent))
    except OSError:
        return []
    own = (name for name in names if language.code_in(name) and name != path.name)
    return [path.with_name(name) for name in own if language.original_name(name) == path.name]


def _translated(lesson: Lesson, path: Path) -> Lesson:
    from autograd_tutor.course import translation  # English needs none

    return translation.read(read_bytes(path), path, lesson)


def _with_chapter(lesson: Lesson, languages: tuple[str, ...], strictly: bool = False) -> Lesson:
    """The lesson with the name of its chapter; `strictly`: it has to be there."""
    found = chapters_file(lesson.path, languages)
    names: dict[str, str] = {}
    if found is not None and lesson.chapter:
        from autograd_tutor.course import translation

        try:
            names = translation.read_chapters(read_bytes(found), found)
        except LessonError as error:
            return replace(lesson, gaps=(*error.problems, *lesson.gaps))
    if strictly and lesson.chapter and lesson.chapter not in names:
        name = language.translated_name(f"{CHAPTERS}.yaml", languages[0])
        message = f"the chapter {quoted(lesson.chapter)} has no name in this language"
        mend = f"write it into {name}, beside this file: {printable(lesson.chapter)}: …"
        gap = Problem(lesson.translation or lesson.path, 1, 1, message, mend)
        return replace(lesson, gaps=(gap, *lesson.gaps))
    return replace(lesson, chapter=names.get(lesson.chapter, lesson.chapter))
