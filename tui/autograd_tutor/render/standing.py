"""How far the learner is in a lesson, for lists on the screen and without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd_tutor.messages import _, plural
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
            _("exercise open")
            if stands.exercises == 1
            else _("{left} of {exercises} exercises open").format(
                left=left, exercises=stands.exercises
            )
        )
    if stands.shown:
        return (
            _("solution seen")
            if stands.shown == 1
            else _("{shown} solutions seen").format(shown=stands.shown)
        )
    return (
        plural("exercise solved", "exercises solved", stands.exercises) if stands.exercises else ""
    )


def step_done(lesson: Summary, step: str, seen: Seen) -> bool:
    """Whether a step is done, or an exercise solved or its solution looked at."""
    if step in lesson.exercises:
        return step in seen.shown or step in seen.solved
    return is_done(step, lesson.questions[step], seen)
