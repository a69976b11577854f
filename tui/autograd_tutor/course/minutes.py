"""How long a lesson takes: an estimate by one rule for all, from its text, code and questions."""

from __future__ import annotations

from collections.abc import Iterable

from autograd_tutor.course.model import Step
from autograd_tutor.limits.lessons import (
    EXERCISE_SECONDS,
    LINE_SECONDS,
    QUESTION_SECONDS,
    SOLUTION_LINE_SECONDS,
    WORDS_PER_MINUTE,
)


def walking_minutes(steps: Iterable[Step]) -> int:
    """Whole minutes for the steps that explain: to read them, to walk them and to answer."""
    return _whole(sum(_seconds(step) for step in steps if step.exercise is None))


def exercise_minutes(steps: Iterable[Step]) -> int:
    """Whole minutes for the exercises."""
    return _whole(sum(_seconds(step) for step in steps if step.exercise is not None))


def _seconds(step: Step) -> float:
    if step.exercise is not None:
        lines = _lines(step.exercise.solution)
        return _reading(step.explain) + EXERCISE_SECONDS + SOLUTION_LINE_SECONDS * lines
    asked = sum(
        QUESTION_SECONDS + _reading(f"{each.ask} {each.because}") for each in step.predictions
    )
    return _reading(step.explain) + LINE_SECONDS * _lines(step.code) + asked


def _reading(text: str) -> float:
    """Seconds."""
    return 60 * len(text.split()) / WORDS_PER_MINUTE


def _lines(code: str) -> int:
    return sum(bool(line.strip()) for line in code.splitlines())


def _whole(seconds: float) -> int:
    return max(1, round(seconds / 60)) if seconds else 0
