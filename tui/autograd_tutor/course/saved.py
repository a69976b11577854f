"""A lesson as a recording keeps it, and back."""

from __future__ import annotations

import platform
import time
from pathlib import Path
from typing import TypeVar

from msgspec import convert
from msgspec.structs import astuple

from autograd_tutor import __version__
from autograd_tutor.course.location import Location
from autograd_tutor.course.model import Lesson, Locations, Step
from autograd_tutor.recording.printable import printable
from autograd_tutor.recording.saved_lesson import (
    Origin,
    SavedLesson,
    SavedLocations,
    SavedStep,
)

T = TypeVar("T")


def origin_of(
    lesson: Lesson, torch: str, codes: tuple[str, ...] | None = None, sandboxed: bool = False
) -> Origin:
    """What is to be said of a run that begins now in `torch`; `codes`: where they were edited."""
    return Origin(
        lesson=to_saved(lesson),
        codes=codes if codes is not None else tuple([step.code for step in lesson.steps]),
        torch=torch,
        python=platform.python_version(),
        program=__version__,
        recorded=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        sandboxed=sandboxed,
    )


def to_saved(lesson: Lesson) -> SavedLesson:
    """The lesson as it goes into a file: of its path the last part alone."""
    steps = [
        _as(
            SavedStep,
            step,
            locations=_as(SavedLocations, step.locations),
            # Of a script it is not kept that it is one.
            findings=step.findings if step.file is None else step.marks_findings,
        )
        for step in lesson.steps
    ]
    name = printable(lesson.path.name)
    return _as(SavedLesson, lesson, id=printable(lesson.id), file=name, steps=tuple(steps))


def from_saved(saved: SavedLesson, path: Path) -> Lesson:
    """The lesson that was recorded, for readers; `path` is that of the recording."""
    steps = [
        _as(Step, step, locations=convert(astuple(step.locations), Locations))
        for step in saved.steps
    ]
    at = Location(*saved.setup_location)
    return _as(Lesson, saved, path=path, steps=tuple(steps), setup_location=at)


def _as(kind: type[T], source: object, **given: object) -> T:
    """`source` as `kind`: what both have a field for, and what is given in its place."""
    names = [name for name in kind.__annotations__ if hasattr(source, name)]
    return kind(**{name: getattr(source, name) for name in names} | given)
