"""What is kept of a lesson in the learner's progress, as on the screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from autograd_tutor.course.model import Step
from autograd_tutor.playing.walk import Walk
from autograd_tutor.progress import Progress
from autograd_tutor.progress.done import is_done


class Guessed(NamedTuple):
    """An answer that is still to be noted: the learner may say yet whether it was a guess."""

    step: str
    number: int
    right: bool
    tries: int
    sure: bool | None


class Kept:
    """The progress in one lesson."""

    def __init__(self, progress: Progress, key: str | None, again: bool = False) -> None:
        """`key`: what it is stored under; None of a recording, of which nothing is kept.

        `again`: what was settled is asked again.
        """
        self.progress = progress
        self.key = key
        self._again = again
        self.guessed: Guessed | None = None

    def settled(self) -> Mapping[str, frozenset[int]]:
        """The numbers of the questions that were answered or skipped, by the ids of steps."""
        return {} if self.key is None or self._again else self.progress.settled(self.key)

    def done(self, step: Step) -> bool:
        """Whether a step is done: seen to its end and answered, or solved, or looked up."""
        if self.key is None:
            return False
        seen = self.progress.seen(self.key)
        if step.exercise is not None:
            return step.id in seen.solved | seen.shown
        return is_done(step.id, len(step.predictions), seen)

    def visit(self, walk: Walk) -> None:
        """Note where the learner is, and whether the step's end was seen."""
        if self.key is None:
            return
        run = walk.run
        step = run.lesson.steps[run.step]
        self.progress.visit(self.key, step.id, run.step, walk.moment)
        if walk.finished:
            self.progress.finish(self.key, step.id)

    def skip(self, step: str, number: int) -> None:
        """Note that a question was skipped."""
        if self.key is not None:
            self.progress.note_skip(self.key, step, number)

    def flush(self) -> None:
        """Note the last answer for good."""
        guessed, self.guessed = self.guessed, None
        if guessed is not None and self.key is not None:
            step, number, right, tries, sure = guessed
            self.progress.note_guess(self.key, step, number, right=right, sure=sure, tries=tries)
