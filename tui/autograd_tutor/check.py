"""Validates lessons and runs them, and gathers all that is wrong with them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from autograd_tutor.checking.proof import problems_of
from autograd_tutor.course import library, translation_file
from autograd_tutor.course import target as targets
from autograd_tutor.course.model import Lesson
from autograd_tutor.course.problem import LessonError, Problem, UnknownLesson, quoted
from autograd_tutor.course.target import Target
from autograd_tutor.messages import _
from autograd_tutor.playing.playthrough import Playthrough
from autograd_tutor.recording.printable import printable
from autograd_tutor.recording.recognition import RecordingError, is_recording


def run(
    paths: Sequence[str | os.PathLike[str]] = (), sandbox: bool | None = None
) -> tuple[int, list[Problem]]:
    """Check the lessons with these ids, files and folders, by default all that are listed.

    `sandbox`: whether they run in one; None: those that somebody else wrote. Raises NoSandbox.
    Returns how many files were checked, and their problems in the order of file and line.
    Each run's time is bounded by its lesson's limits. To be called on the main thread.
    """
    problems: list[Problem] = []
    asked = _with_translations(_files(paths, problems))
    by_file: dict[Path, list[Problem]] = {
        path: [] for lesson, own in asked.items() for path in (lesson, *own)
    }
    for clash in _clashes(path for path in asked if not is_recording(path)):
        by_file[clash.path].append(clash)
    found: list[tuple[Target, list[Lesson]]] = []
    playable: list[Path] = []
    for path, own in asked.items():
        try:
            target = targets.load(path, languages=())
        except LessonError as error:
            by_file[path] += error.problems
        except RecordingError as error:
            by_file[path].append(Problem(path, 1, 1, error.flaw, error.mend))
        else:
            playable.append(path)
            found.append((target, list(_translated(own, by_file))))
    for path, more in zip(playable, _examine(found, sandbox), strict=True):
        for problem in more:
            # Those of a recording name the lesson's file, and stand where the recording does.
            by_file[problem.path if problem.path in asked[path] else path].append(problem)
    for each in by_file.values():
        problems += sorted(each)
    return sum(path.is_file() for path in by_file), list(dict.fromkeys(problems))


def _with_translations(files: Iterable[Path]) -> dict[Path, list[Path]]:
    """The lessons' files, each with those of its translations that are to be checked.

    All of them, where the lesson is meant; where translations are, these.
    """
    asked: dict[Path, list[Path]] = {}
    for path in files:
        original = translation_file.original_of(path)
        found = [path] if original else translation_file.translations_of(path)
        own = asked.setdefault(original or path, [])
        own += [each for each in found if each not in own]
    return asked


def _translated(paths: Iterable[Path], by_file: dict[Path, list[Problem]]) -> Iterator[Lesson]:
    """The lesson in other languages, where the translation can be read."""
    for path in paths:
        try:
            yield library.load(path)
        except LessonError as error:
            by_file[path] += error.problems


def examine(found: Iterable[Target], tasks: bool = True) -> list[Problem]:
    """Play the lessons and gather what goes wrong, lesson by lesson. On the main thread only.

    `tasks`: also prove their exercises and the questions of their reviews, each in runs of its own.
    """
    lessons = ((target, ()) for target in found)
    return [problem for problems in _examine(lessons, None, tasks) for problem in problems]


def _examine(
    found: Iterable[tuple[Target, Iterable[Lesson]]],
    sandbox: bool | None = None,
    tasks: bool = True,
) -> Iterator[list[Problem]]:
    """The problems of each lesson, and of its translations, when it is played."""
    with Playthrough(sandbox) as playthrough:
        for target, translations in found:
            yield problems_of(target, playthrough, tasks, translations)


def _files(paths: Sequence[str | os.PathLike[str]], problems: list[Problem]) -> Iterator[Path]:
    """The lessons' files without duplicates, as asked for; those of a folder ordered by name."""
    seen: set[str] = set()
    meant = [path for each in paths for path in _meant(each, problems)]
    for path in meant if paths else _listed():
        if not path.is_dir():
            found = [path]
        else:
            found = list(_in_folder(path))
            if not found:
                message = _("there is no lesson in this folder")
                problems.append(Problem(path, 1, 1, message, _("a lesson's file ends in .yaml")))
        for file in found:
            real = os.path.realpath(file)
            if real not in seen:
                seen.add(real)
                yield file


def _listed() -> list[Path]:
    """The course and the learner's own lessons."""
    return [library.bundled_folder(), *library.lesson_files(library.own_folder())]


def _meant(target: str | os.PathLike[str], problems: list[Problem]) -> list[Path]:
    """The file or folder of this path, or all lessons with this id: of two, one has the problem."""
    if not isinstance(target, str):
        return [Path(target)]
    try:
        found = library.locate(target)
    except UnknownLesson as unknown:
        message = _("there is no lesson, file or folder of this name")
        problems.append(Problem(Path(target), 1, 1, message, unknown.mend))
        return []
    named = list(library.named(target))
    return named if found in named else [found]


def _in_folder(folder: Path) -> Iterator[Path]:
    for root, folders, _unused in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from library.lesson_files(Path(root))


def _clashes(files: Iterable[Path]) -> Iterator[Problem]:
    """A problem for every file whose id belongs to another one in its folder, or in the list."""
    listed = {_real(path): path for path in library.files()}
    first: dict[tuple[Path | None, str], Path] = {}
    for path in listed:
        first.setdefault((None, library.lesson_id(path)), path)
    for path in files:
        lesson_id, real = library.lesson_id(path), _real(path)
        other = first.setdefault((None if real in listed else real.parent, lesson_id), real)
        if other != real:
            message = _("its id {lesson_id} is taken by {name}").format(
                lesson_id=quoted(lesson_id), name=printable(other.name)
            )
            yield Problem(path, 1, 1, message, _("rename one of the two files"))


def _real(path: Path) -> Path:
    """The path without the ways there are to write that of its folder."""
    return Path(os.path.realpath(path.parent), path.name)
