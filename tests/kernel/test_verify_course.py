"""Steps of lessons are checked: what they compute is right, but where it is wrong on purpose."""

from __future__ import annotations

from pathlib import Path
from queue import SimpleQueue

import pytest

from autograd_tutor.analysis.checked import worst_of
from autograd_tutor.client import Kernel, KernelEvent
from autograd_tutor.course import target as targets
from autograd_tutor.course.asked import NOTHING
from autograd_tutor.playing.verification import Verification
from autograd_tutor.recording.checks import Check
from autograd_tutor.render.checked_rows import checked_rows

LESSONS = Path(__file__).parents[2] / "lessons"
STEPS = {
    "03-leaves": (1,),  # a graph of the step before
    "05-automatic-gradients": (2,),
    "17-views": (4,),
    "25-function": (4,),
    "28-forward-mode": (2, 3),
}
WRONG = {"25-function": {4}}


@pytest.mark.parametrize("name", STEPS)
def test_what_a_lesson_computes(name: str) -> None:
    found = NOTHING.of_target(targets.find(str(LESSONS / f"{name}.yaml"))).lesson
    assert found is not None
    lesson, events = found.shown, SimpleQueue[list[KernelEvent]]()
    with Kernel(events.put) as kernel:
        verification = Verification(lesson, kernel, STEPS[name], Check())
        while not verification.done:
            for event in events.get():
                verification.take(event)

    wrong = {each.step for each in verification.results if worst_of(each.checked) == "differs"}
    assert wrong == WRONG.get(name, set()), [
        row.text for each in verification.results for row in checked_rows(each.checked, 1)
    ]
    assert not any(each.checked.problem in ("died", "time") for each in verification.results)
