"""A lesson as a list shows it, and as a search goes through it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from autograd_tutor.course.lesson_file import lesson_id
from autograd_tutor.course.minutes import exercise_minutes, walking_minutes
from autograd_tutor.course.model import Lesson
from autograd_tutor.course.numbering import Numbered, numbered
from autograd_tutor.course.passage import Passage, passage
from autograd_tutor.course.problem import Problem
from autograd_tutor.recording.printable import printable

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
    """Those that explain: exercises are not among them."""
    own: bool
    """From the learner's own folder, not from the course."""
    problem: Problem | None = None
    """Why the lesson cannot be opened; its title is then its file's name."""
    passages: tuple[Passage, ...] = ()
    """The text of each step and exercise, to be searched."""
    asks: tuple[tuple[bool, ...], ...] = ()
    """Of each of these its questions: whether each can be asked again with other numbers."""
    exercises: tuple[str, ...] = ()
    """The ids of those that are exercises."""
    needs: tuple[str, ...] = ()
    """The ids of lessons that come first."""
    minutes: int = 0
    """An estimate for its steps; exercises are not among them."""
    exercise_minutes: int = 0

    @property
    def unread(self) -> bool:
        """Whether its file is still to be read: nothing but its name is known."""
        return self.problem is None and not self.steps and not self.exercises

    @property
    def partial(self) -> bool:
        """Whether its file says more: it is still to be read, or no text of its steps is known."""
        return self.problem is None and not any(each.parts for each in self.passages)

    @property
    def questions(self) -> dict[str, int]:
        """How many questions each step asks, by its id; exercises are not among them."""
        asks = dict(zip((each.id for each in self.passages), self.asks, strict=False))
        ids = (each.id for each in self.passages if each.id not in self.exercises)
        return {step: len(asks.get(step, ())) for step in ids}

    def numbered(self, index: int) -> Numbered:
        """The number of the step or exercise at `index` (from 0), for people."""
        return numbered([each.id in self.exercises for each in self.passages], index)


def summary_of(lesson: Lesson, own: bool) -> Summary:
    """The summary of a lesson."""
    exercises = tuple([step.id for step in lesson.steps if step.exercise is not None])
    return Summary(
        id=lesson.id,
        path=lesson.path,
        title=lesson.title,
        summary=lesson.summary,
        chapter=lesson.chapter or (OWN_CHAPTER if own else ""),
        steps=len(lesson.steps) - len(exercises),
        own=own,
        passages=tuple([passage(step) for step in lesson.steps]),
        asks=tuple(
            [tuple([bool(each.again) for each in step.predictions]) for step in lesson.steps]
        ),
        exercises=exercises,
        needs=lesson.needs,
        minutes=walking_minutes(lesson.steps),
        exercise_minutes=exercise_minutes(lesson.steps),
    )


def unread(path: Path, own: bool, problem: Problem | None = None) -> Summary:
    """The summary of a file that is still to be read, or that cannot be."""
    return Summary(
        id=lesson_id(path),
        path=path,
        title=printable(path.name),
        summary=problem.message if problem is not None else "",
        chapter=OWN_CHAPTER if own else "",
        steps=0,
        own=own,
        problem=problem,
    )
