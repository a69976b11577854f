"""The lessons there are: those of the course, the learner's own, and any file by its path."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from autograd_tutor.course import format1
from autograd_tutor.course.model import Lesson
from autograd_tutor.course.passage import Passage, passage
from autograd_tutor.course.problem import (
    LessonError,
    Problem,
    UnknownLesson,
    nearest,
    quoted,
)
from autograd_tutor.course.reading import read_bytes
from autograd_tutor.limits import MOST_SUMMARIES
from autograd_tutor.recording.printable import printable
from autograd_tutor.recording.recognition import SUFFIX

OWN_FOLDER_VARIABLE = "AUTOGRAD_TUTOR_LESSONS"
"""Names the folder of the learner's own lessons, instead of the usual one."""

OWN_CHAPTER = "Your lessons"
"""The chapter of own lessons whose file names none."""

OPENED_CHAPTER = "Opened file"
"""Where a file that is not in the library stands in the list while it is open."""


@dataclass(frozen=True)
class Summary:
    """One lesson as a list shows it."""

    id: str
    path: Path
    title: str
    summary: str
    chapter: str
    steps: int
    own: bool
    """From the learner's own folder, not from the course."""
    problem: Problem | None = None
    """Why the lesson cannot be opened; its title is then its file's name."""
    passages: tuple[Passage, ...] = ()
    """The text of each step, to be searched."""


def bundled_folder() -> Path:
    """The folder of the course: inside the installed package or, in a checkout, beside `tui/`."""
    here = Path(__file__).resolve()
    packaged = here.parents[1] / "lessons"
    return packaged if packaged.is_dir() else here.parents[3] / "lessons"


def own_folder() -> Path:
    """The folder of the learner's own lessons; it need not exist."""
    named = os.environ.get(OWN_FOLDER_VARIABLE)
    if named:
        return Path(named).expanduser()
    from platformdirs import user_data_path

    return user_data_path("autograd-tutor", appauthor=False) / "lessons"


def lesson_id(path: Path) -> str:
    """A file's name without the number before it and the suffix: `01-parameters.yaml` gives
    `parameters`."""
    return re.sub(r"^\d+[-_. ]+(?=.)", "", path.stem)


def load(path: Path) -> Lesson:
    """The lesson in a file, `.yaml` or `.py`. Raises LessonError with all its problems."""
    version = _version(path)  # before it is read: what changes meanwhile is another version
    return replace(_read(path), version=version)


def changed(lesson: Lesson) -> bool:
    """Whether the lesson's file is no longer as it was read."""
    return _version(lesson.path) != lesson.version


def _read(path: Path) -> Lesson:
    suffix = path.suffix.lower()
    data = read_bytes(path)
    if suffix == ".py":
        from autograd_tutor.course import script

        return script.read(data, path, lesson_id(path))
    if suffix == ".yaml":
        return format1.read(data, path, lesson_id(path))
    message = f"a file ending in {quoted(suffix)}" if suffix else "a file without an ending"
    mend = "lessons end in .yaml, scripts in .py: rename it"
    raise LessonError((Problem(path, 1, 1, f"{message} is no lesson", mend),))


def lesson_files(folder: Path) -> list[Path]:
    """The `.yaml` files of a folder, in the order of their names; none if it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if entry.name.endswith(".yaml")]
    except OSError:
        return []
    return [folder / name for name in sorted(names) if not name.startswith(".")]


def files() -> list[Path]:
    """The files of all lessons, in order: the course's, then the learner's own."""
    return [path for path, _ in _all_files()]


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
    return _key(lesson)


def _key(lesson: Lesson) -> str:
    path = lesson.path.resolve()
    known = next((file for file, _ in _all_files() if lesson_id(file) == lesson.id), None)
    return lesson.id if known is not None and known.resolve() == path else str(path)


def summaries(opened: Lesson | None = None) -> tuple[Summary, ...]:
    """Every lesson in order: the course's, then the learner's own; broken ones with the reason.

    A file is parsed the first time and when it has changed. `opened` comes before them, unless it
    is one of them; its id is then its progress key.
    """
    found: dict[str, Summary] = {}
    listed: list[Summary] = []
    if opened is not None and (key := _key(opened)) != opened.id:
        path, version = opened.path, _version(opened.path)
        known = _summary(path, False, version) if opened.version else _of_lesson(opened, False)
        listed.append(replace(known, id=key, chapter=OPENED_CHAPTER))
    for path, own in _all_files():
        summary = _summary(path, own, _version(path))
        first = found.setdefault(summary.id, summary)
        if first is not summary:
            message = f"its id {quoted(summary.id)} is taken by {printable(first.path.name)}"
            clash = Problem(path, 1, 1, message, "rename one of the two files")
            summary = _broken(path, own, clash)
        listed.append(summary)
    return tuple(listed)


def _all_files() -> Iterator[tuple[Path, bool]]:
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


def _version(path: Path) -> tuple[int, ...]:
    """What differs when a file, or the right to read it, has changed; empty where there is none."""
    try:
        info = os.stat(path)
    except (OSError, ValueError):
        return ()
    return info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns


@lru_cache(maxsize=MOST_SUMMARIES)
def _summary(path: Path, own: bool, _version: tuple[int, ...]) -> Summary:
    """The summary of one version of a file."""
    try:
        lesson = load(path)
    except LessonError as error:
        return _broken(path, own, error.problems[0])
    return _of_lesson(lesson, own)


def _of_lesson(lesson: Lesson, own: bool) -> Summary:
    return Summary(
        id=lesson.id,
        path=lesson.path,
        title=lesson.title,
        summary=lesson.summary,
        chapter=lesson.chapter or (OWN_CHAPTER if own else ""),
        steps=len(lesson.steps),
        own=own,
        passages=tuple([passage(step) for step in lesson.steps]),
    )


def _broken(path: Path, own: bool, problem: Problem) -> Summary:
    return Summary(
        id=lesson_id(path),
        path=path,
        title=printable(path.name),
        summary=problem.message,
        chapter=OWN_CHAPTER if own else "",
        steps=0,
        own=own,
        problem=problem,
    )
