"""The course on the screen: what a step's explanation names is in view, whole, at its end."""

from __future__ import annotations

import re

import pytest
from real_kernel import RealKernel
from sitting import Sitting, sitting

from autograd_tutor.course import library
from autograd_tutor.course.model import Lesson
from autograd_tutor.playing.walk import Walk
from autograd_tutor.ui.lesson_screen import LessonScreen

COURSE = [library.load(path).shown for path in library.course_files()]
"""Without what they ask: all of each step can be seen at once."""
QUOTED = re.compile(r"`([^`\n]+)`")


def walk_of(sat: Sitting) -> Walk:
    screen = sat.app.screen
    assert isinstance(screen, LessonScreen)
    return screen.walk


def missing(sat: Sitting, names: set[str]) -> set[str]:
    """The names that are not in view whole, each on a row that is not cut off."""
    rows = [line for line in sat.pane("tensors") if not line.endswith("…")]
    return {
        name
        for name in names
        if not any(re.search(rf"(?:^|\s){re.escape(name)}(?:\s|$)", row) for row in rows)
    }


@pytest.mark.parametrize("lesson", COURSE, ids=lambda lesson: lesson.id)
async def test_what_an_explanation_names_is_in_view_at_the_end_of_its_step(
    kernel: RealKernel, lesson: Lesson
) -> None:
    checked = 0
    async with sitting(lesson, kernel=kernel, size=(120, 40)) as sat:
        for number, step in enumerate(lesson.steps):
            await sat.until(lambda n=number: f"step {n + 1}/{len(lesson.steps)}" in sat.headline)
            await sat.until(lambda: walk_of(sat).trace.done)
            await sat.press("end")
            await sat.until(lambda: walk_of(sat).timeline.index == len(walk_of(sat).trace) - 1)
            state = walk_of(sat).trace.state(len(walk_of(sat).trace) - 1)
            named = set(QUOTED.findall(step.explain)) & {*state.tensors, *state.values}
            await sat.until(lambda names=named: not missing(sat, names))
            checked += len(named)
            await sat.press("N")
    assert checked >= len(lesson.steps) // 2
