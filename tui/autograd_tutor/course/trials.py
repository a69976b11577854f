"""Lessons as they run to try something in their last step; little is recorded of those before."""

from __future__ import annotations

from dataclasses import replace

from msgspec import structs

from autograd_tutor.course.model import Lesson, Step

_FEWEST_SNAPSHOTS = 2
"""The first moment and the last one."""


def trial(lesson: Lesson, exercise: Step, code: str) -> Lesson:
    """The lesson's own steps, then the exercise with this code; its forbidden names are allowed."""
    assert exercise.exercise is not None
    allowed = replace(exercise.exercise, forbid=())
    own = [each for each in lesson.steps if each.exercise is None]
    tried = replace(exercise.with_code(code), exercise=allowed)
    return with_quick_steps(replace(lesson, steps=(*own, tried)))


def with_quick_steps(lesson: Lesson) -> Lesson:
    """The same variables in the last step, in less time: those before it go unrecorded."""
    limits = structs.replace(lesson.limits, snapshots=_FEWEST_SNAPSHOTS)
    *before, last = lesson.steps
    quick = [replace(each, predictions=(), expect=(), plot=None, limits=limits) for each in before]
    return replace(lesson, steps=(*quick, last))
