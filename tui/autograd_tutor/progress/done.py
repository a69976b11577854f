"""How much of a lesson is done, from what was seen of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from autograd_tutor.progress.known import Seen


class Standing(NamedTuple):
    """How much of a lesson is done, and of how much."""

    done: int
    """Steps whose questions are settled and whose end was seen."""
    steps: int
    solved: int
    shown: int
    """Exercises that are not solved, and whose solution was looked at."""
    exercises: int
    settled: int
    questions: int

    @property
    def open_exercises(self) -> int:
        """How many exercises are neither solved nor shown."""
        return self.exercises - self.solved - self.shown

    @property
    def finished(self) -> bool:
        """Whether all of it is done; of a lesson in which there is nothing to do, it is not."""
        something = self.steps + self.exercises > 0
        return something and self.done == self.steps and not self.open_exercises


def open_questions(step: str, questions: int, seen: Seen) -> int:
    """How many of a step's questions were neither answered nor skipped."""
    return sum((step, number) not in seen.settled for number in range(questions))


def is_done(step: str, questions: int, seen: Seen) -> bool:
    """Whether a step is: its questions are settled, and its end was seen."""
    return step in seen.finished and not open_questions(step, questions, seen)


def standing(questions: Mapping[str, int], exercises: Collection[str], seen: Seen) -> Standing:
    """How much of a lesson is done. What was seen of steps that are gone counts for nothing.

    `questions`: how many each step asks, by its id; `exercises`: the ids of other steps.
    """
    steps, asked = questions.items(), sum(questions.values())
    return Standing(
        done=sum(is_done(step, number, seen) for step, number in steps),
        steps=len(questions),
        solved=sum(step in seen.solved for step in exercises),
        shown=sum(step in seen.shown for step in exercises),
        exercises=len(exercises),
        settled=asked - sum(open_questions(step, number, seen) for step, number in steps),
        questions=asked,
    )
