"""Something is tried in the last step of a lesson: those before it run as ever, hardly recorded."""

from __future__ import annotations

from pathlib import Path

from autograd_tutor.course.model import Lesson, Step
from autograd_tutor.course.tasks import Exercise, Prediction, Requirement
from autograd_tutor.course.trials import trial, with_quick_steps
from autograd_tutor.recording.plots import Plot
from autograd_tutor.recording.wire import Limits

ASKED = Prediction("?", "number", "a")
STEPS = (
    Step("a", "A", "", "a = 1", expect=("a",), plot=Plot(curve=("a",)), predictions=(ASKED,)),
    Step("b", "B", "", "b = 1", raises="ValueError", predictions=(ASKED,)),
)
EXERCISES = tuple(
    Step(
        name,
        name,
        "",
        "y = 1",
        exercise=Exercise("y = 2", (Requirement("y == 2", "no"),), (), forbid=(("data", "no"),)),
    )
    for name in ("exercise", "exercise-2")
)
LESSON = Lesson(
    "made", Path("made"), "Made", "", "", (*STEPS, *EXERCISES), limits=Limits(seconds=3)
)


def test_an_exercise_runs_after_the_steps_and_without_the_others() -> None:
    tried = trial(LESSON, EXERCISES[1], "y = data")
    assert [each.id for each in tried.steps] == ["a", "b", "exercise-2"]
    requests = [tried.request(1, index) for index in range(3)]
    assert [each.code for each in requests] == ["a = 1", "b = 1", "y = data"]
    assert [each.limits for each in requests[:2]] == [Limits(seconds=3, snapshots=2)] * 2
    assert requests[2].limits == Limits(seconds=3)
    assert [each.judge is not None for each in requests] == [False, False, True]
    assert requests[1].raises == "ValueError"
    assert not any(each.expect or each.plot or each.questions for each in requests)
    exercise = tried.steps[2].exercise
    assert exercise is not None
    assert exercise.forbid == ()


def test_the_last_step_is_as_it_was() -> None:
    last = with_quick_steps(LESSON.without_exercises).steps[-1]
    assert last == STEPS[1]
    assert with_quick_steps(LESSON).request(1, 1).questions == ()
