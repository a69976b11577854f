"""A lesson as a recording keeps it, and back."""

from __future__ import annotations

import platform
import time
from pathlib import Path

from autograd_tutor import __version__
from autograd_tutor.course.model import Lesson, Location, Locations, Step
from autograd_tutor.recording.printable import printable
from autograd_tutor.recording.saved_lesson import (
    Origin,
    SavedLesson,
    SavedLocations,
    SavedStep,
)


def origin_of(lesson: Lesson, torch: str, codes: tuple[str, ...] | None = None) -> Origin:
    """What is to be said of a run that begins now in `torch`; `codes`: where they were edited."""
    return Origin(
        lesson=to_saved(lesson),
        codes=codes if codes is not None else tuple([step.code for step in lesson.steps]),
        torch=torch,
        python=platform.python_version(),
        program=__version__,
        recorded=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    )


def to_saved(lesson: Lesson) -> SavedLesson:
    """The lesson as it goes into a file: of its path the last part alone."""
    return SavedLesson(
        id=printable(lesson.id),
        file=printable(lesson.path.name),
        title=lesson.title,
        summary=lesson.summary,
        chapter=lesson.chapter,
        steps=tuple([_saved_step(step) for step in lesson.steps]),
        seed=lesson.seed,
        setup=lesson.setup,
        setup_location=lesson.setup_location,
        limits=lesson.limits,
    )


def from_saved(saved: SavedLesson, path: Path) -> Lesson:
    """The lesson that was recorded, for readers; `path` is that of the recording."""
    return Lesson(
        id=saved.id,
        path=path,
        title=saved.title,
        summary=saved.summary,
        chapter=saved.chapter,
        steps=tuple([_step(step) for step in saved.steps]),
        seed=saved.seed,
        setup=saved.setup,
        setup_location=Location(*saved.setup_location),
        limits=saved.limits,
    )


def _saved_step(step: Step) -> SavedStep:
    at = step.locations
    return SavedStep(
        id=step.id,
        title=step.title,
        explain=step.explain,
        code=step.code,
        graph=step.graph,
        watch=step.watch,
        expect=step.expect,
        raises=step.raises,
        locations=SavedLocations(at.step, at.code, at.graph, at.raises, at.watch, at.expect),
        first_line=step.first_line,
    )


def _step(saved: SavedStep) -> Step:
    at = saved.locations
    return Step(
        id=saved.id,
        title=saved.title,
        explain=saved.explain,
        code=saved.code,
        graph=saved.graph,
        watch=saved.watch,
        expect=saved.expect,
        raises=saved.raises,
        first_line=saved.first_line,
        locations=Locations(
            step=Location(*at.step),
            code=Location(*at.code),
            graph=Location(*at.graph),
            raises=Location(*at.raises),
            watch=tuple([Location(*each) for each in at.watch]),
            expect=tuple([Location(*each) for each in at.expect]),
        ),
    )
