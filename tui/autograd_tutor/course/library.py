"""The lessons there are: those of the course, the learner's own, and any file by its path."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from autograd_tutor import language
from autograd_tutor.course import translation_file
from autograd_tutor.course.lesson_file import lesson_id as lesson_id
from autograd_tutor.course.model import Lesson
from autograd_tutor.course.problem import UnknownLesson, nearest
from autograd_tutor.limits.lessons import READ_SECONDS
from autograd_tutor.recording.recognition import SUFFIX

OWN_FOLDER_VARIABLE = "AUTOGRAD_TUTOR_LESSONS"
"""Names the folder of the learner's own lessons, instead of the usual one."""

_PATHS_FILE = "paths.yaml"
"""In the course's folder, what is no lesson."""


def bundled_folder() -> Path:
    """The folder of the course: inside the installed package or, in a checkout, beside `tui/`."""
    here = Path(__file__).resolve()
    packaged = here.parents[1] / "lessons"
    return packaged if packaged.is_dir() else here.parents[3] / "lessons"


def paths_file() -> Path:
    """The file of the paths through the course; it need not exist.

    In another language it is one of its own, `paths.de.yaml`, with the same ids in the same order.
    """
    file = bundled_folder() / _PATHS_FILE
    return translation_file.first_of(file, codes) or file if (codes := language.chosen()) else file


def own_folder() -> Path:
    """The folder of the learner's own lessons; it need not exist."""
    named = os.environ.get(OWN_FOLDER_VARIABLE)
    if named:
        return Path(os.path.expanduser(named))
    from platformdirs import user_data_path

    return user_data_path("autograd-tutor", appauthor=False) / "lessons"


Languages = tuple[str, ...] | None
"""Those to look for, the best first; None: those that the learner has chosen."""


def load(path: Path, seconds: float = READ_SECONDS, languages: Languages = None) -> Lesson:
    """The lesson in a file, `.yaml` or `.py`. Raises LessonError with all its problems.

    Files of the course are read at once; any other is read in a process that has so many seconds.
    The file may be a translation of the lesson.
    """
    if not in_course(path):
        return load_apart(path, seconds, languages)
    codes = language.chosen() if languages is None else languages
    found = version(path, codes)  # before it is read: what changes meanwhile is another version
    return replace(translation_file.read(path, codes), version=found)


def load_apart(path: Path, seconds: float = READ_SECONDS, languages: Languages = None) -> Lesson:
    """As `load`, but any file is read in a process, which leaves this one to what it does."""
    from autograd_tutor.course import reading_process

    codes = language.chosen() if languages is None else languages
    found = version(path, codes)
    return replace(reading_process.read(path, seconds, codes), version=found)


def in_course(path: Path) -> bool:
    """Whether it is a file of the course, which is as trusted as the program."""
    return path.parent == bundled_folder()


def changed(lesson: Lesson) -> bool:
    """Whether the lesson's file is no longer as it was read."""
    return version(lesson.path) != lesson.version


def lesson_files(folder: Path) -> list[Path]:
    """The lessons' `.yaml` files in a folder, by their names; none if it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            names = {entry.name for entry in entries if entry.name.endswith(".yaml")}
    except OSError:
        return []
    lessons = [name for name in sorted(names) if translation_file.is_lesson(name, names)]
    if os.path.realpath(folder) == str(bundled_folder()):
        lessons = [name for name in lessons if name != _PATHS_FILE]
    return [folder / name for name in lessons if not name.startswith(".")]


def files() -> list[Path]:
    """The files of all lessons, in order: the course's, then the learner's own."""
    return [path for path, _ in all_files()]


def course_files() -> list[Path]:
    """The files of the course, in order."""
    return lesson_files(bundled_folder())


def find(target: str) -> Lesson:
    """The lesson that a person means: an id, or the path of a `.yaml` or `.py` file.

    Raises UnknownLesson for an id that no lesson has, LessonError for a file with problems.
    """
    return load(locate(target))


def locate(target: str) -> Path:
    """The file that a person means: of the lesson with this id, or by its path.

    Raises UnknownLesson where it is no path, and an id that no lesson has.
    """
    path = os.path.expanduser(target)
    there = os.path.exists(path)
    if not (_is_path(target) and there):
        for found in named(target):
            return found
    if _is_path(target) or there:
        return Path(path)
    known = tuple(dict.fromkeys(lesson_id(path) for path in files()))
    raise UnknownLesson(target, _beside(target) or nearest(target, known))


def named(name: str) -> Iterator[Path]:
    """The files of lessons with this id or file name. By it, the first of them is opened."""
    return (path for path in files() if name in (lesson_id(path), path.stem, path.name))


def progress_key(lesson: Lesson) -> str:
    """What the progress in a lesson is stored under, and `find` finds the lesson again by.

    The id for a lesson of the library; for any other file its path, whatever its id may be.
    """
    return lesson.id if is_listed(lesson) else os.path.realpath(lesson.path)


def is_listed(lesson: Lesson) -> bool:
    """Whether the lesson is the one of the library that has its id."""
    known = next((file for file, _ in all_files() if lesson_id(file) == lesson.id), None)
    # Not resolve, which raises where links go round in a circle.
    return known is not None and os.path.realpath(known) == os.path.realpath(lesson.path)


def all_files() -> Iterator[tuple[Path, bool]]:
    """The files of all lessons, and whether they are the learner's own."""
    for path in course_files():
        yield path, False
    for path in lesson_files(own_folder()):
        yield path, True


def _is_path(target: str) -> bool:
    suffixed = target.lower().endswith((".yaml", ".yml", ".py", SUFFIX))
    return suffixed or os.sep in target or target.startswith((".", "~"))


def _beside(target: str) -> str | None:
    """A file here with this name and an ending, which may be meant."""
    named = (f"{target}{suffix}" for suffix in (".py", ".yaml", SUFFIX))
    return next((name for name in named if target and os.path.isfile(name)), None)


def version(path: Path, languages: Languages = None) -> tuple[int, ...]:
    """What differs when a lesson's file, or the right to read it, has changed; empty where there
    is none.

    So it does when a translation has changed that the lesson would be read with.
    """
    codes = language.chosen() if languages is None else languages
    if language.code_in(path.name) and (original := translation_file.original_of(path)):
        path, codes = original, (language.code_in(path.name),)
    found = _version(path)
    if not (codes and found):
        return found
    return sum(map(_version, translation_file.beside(path, codes)), found)


def _version(path: Path) -> tuple[int, ...]:
    try:
        info = os.stat(path)
    except (OSError, ValueError):
        return ()
    return info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns
