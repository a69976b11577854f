"""How far the learner is in a lesson, for lists on the screen and without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd_tutor.progress.done import Standing, is_done, standing

if TYPE_CHECKING:
    from autograd_tutor.course.summary import Summary
    from autograd_tutor.progress import Seen


def standing_of(lesson: Summary, seen: Seen) -> Standing:
    """How much of a lesson is done."""
    return standing(lesson.questions, lesson.exercises, seen)


def exercise_words(stands: Standing) -> str:
    """`exercise open`, `exercise solved`, `solution seen`; nothing where there is none."""
    if left := stands.open_exercises:
        return (
            "exercise open"
            if stands.exercises == 1
            else f"{left} of {stands.exercises} exercises open"
        )
    if stands.shown:
        return "solution seen" if stands.shown == 1 else f"{stands.shown} solutions seen"
    return f"exercise{'s' * (stands.exercises > 1)} solved" if stands.exercises else ""


def step_done(lesson: Summary, step: str, seen: Seen) -> bool:
    """Whether a step is done, or an exercise solved or its solution looked at."""
    if step in lesson.exercises:
        return step in seen.shown or step in seen.solved
    return is_done(step, lesson.questions[step], seen)
