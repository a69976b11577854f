"""Exercises on the screen and real torch together: what is written is judged by its run."""

from __future__ import annotations

from pathlib import Path

import pytest
from real_kernel import RealKernel
from sitting import Sitting, sitting, snippet
from textual.widgets import TextArea

from autograd_tutor.course import library
from autograd_tutor.course.model import Lesson, Step
from autograd_tutor.course.tasks import Exercise, Requirement
from autograd_tutor.recording.wire import Limits

COURSE = library.course_files()
ON_SCREEN = {
    "parameters", "dynamic-graph", "automatic-gradients", "inside-backward", "views", "vanishing",
}  # fmt: skip
"""Lessons whose exercises are done on the screen; `check` proves those of all without it."""

EXERCISES = [
    (path, step.id)
    for path in COURSE
    if library.load(path).id in ON_SCREEN
    for step in library.load(path).steps
    if step.exercise is not None
]


def made(**limits: float) -> Lesson:
    """A lesson whose only exercise is to multiply."""
    exercise = Exercise(
        solution="y = w * 2\n",
        check=(Requirement("y.tolist() == [2.0, 2.0]", "y is {y.tolist()}."),),
        hints=("Two times.",),
    )
    step = Step("exercise", "Twice", "Let y be 2w.", "y = w\n", exercise=exercise)
    setup = "import torch\nw = torch.ones(2, requires_grad=True)"
    return snippet("", steps=[step], setup=setup, limits=Limits(**limits))


async def write(sat: Sitting, code: str) -> None:
    """Write code in the place of what is in the editor, and run it."""
    await sat.press("e")
    await sat.until("Edit: ")
    sat.app.screen.query_one(TextArea).text = code
    await sat.press("f5")
    await sat.gone("Edit: ")


def shown(text: str) -> str:
    """A sentence of the judge as it stands on the screen: without backticks and line breaks."""
    return " ".join(text.replace("`", "").split())


@pytest.mark.parametrize(
    ("path", "step"), EXERCISES, ids=lambda value: getattr(value, "stem", value)
)
async def test_an_exercise_of_the_course_is_solved_and_knows_its_mistakes(
    path: Path, step: str, kernel: RealKernel
) -> None:
    lesson = library.load(path)
    ids = [each.id for each in lesson.steps]
    exercise = lesson.steps[ids.index(step)].exercise
    assert exercise is not None
    async with sitting(None, kernel=kernel) as sat:
        key = library.progress_key(lesson)
        for each in lesson.steps:
            for number in range(len(each.predictions)):
                sat.progress.note_skip(key, each.id, number)
        sat.app.show_lesson(lesson, step)
        await sat.until("Task: not solved yet.")
        await sat.until(lambda: not sat.app.screen.run.running)
        assert sat.outcome.startswith("Task: not solved yet.")
        for mistake in exercise.mistakes:
            await write(sat, mistake.like)
            await sat.until(lambda: sat.app.screen.run.trace.done)
            await sat.until("Not yet: ")
            verdict = sat.app.screen.run.trace.result.verdict
            assert verdict.mistake == mistake.id
            say = shown(verdict.say)
            await sat.until(lambda say=say: say in sat.outcome)
        await write(sat, exercise.solution)
        await sat.until("✓ Solved.")
        done = sat.progress.exercise(key, step)
        assert [each.mistake for each in done.tries] == [*(m.id for m in exercise.mistakes), ""]
        assert done.state == "solved"


async def test_an_error_and_a_syntax_error_are_shown_as_in_any_snippet(kernel: RealKernel) -> None:
    async with sitting(made(seconds=1.0), kernel=kernel) as sat:
        await write(sat, "y = w @ torch.ones(3)\n")
        await sat.until(lambda: "✗ Line 1: RuntimeError" in sat.outcome)
        await write(sat, "while True: pass\n")
        await sat.until(lambda: "✗ Line 1: TimeLimit: stopped after 1 s" in sat.outcome)
        await write(sat, "y = (\n")
        await sat.until(lambda: "SyntaxError" in sat.outcome)
        await write(sat, "y = w * 3\n")
        await sat.until("Not yet: y is [3.0, 3.0].")
        await sat.press("home", "right")
        await sat.until("▸ ● y")


HOSTILE = {
    "its own end": ("import os\nos._exit(3)\n", "exit status 3", "it is not judged"),
    "a kill": ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n", "✗", "not judged"),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_run_that_ends_without_a_result_has_no_verdict_and_says_so(
    name: str, kernel: RealKernel
) -> None:
    code, *words = HOSTILE[name]
    async with sitting(made(seconds=1.0), kernel=kernel) as sat:
        await write(sat, code)
        for word in words:
            await sat.until(lambda word=word: word in sat.outcome)
        await write(sat, "y = w * 2\n")
        await sat.until("✓ Solved.")


@pytest.mark.parametrize(
    "code",
    [
        "import builtins\nbuiltins.abs = builtins.all = builtins.list = None\ny = w * 3\n",
        "print('x' * 10 ** 7)\ny = w * 3\n",
        "for n in range(20_000): print(n)\ny = w * 3\n",
        "str = list = type = repr = None\ny = w * 3\n",
    ],
)
async def test_code_that_floods_or_replaces_builtins_is_judged(
    code: str, kernel: RealKernel
) -> None:
    async with sitting(made(), kernel=kernel) as sat:
        await write(sat, code)
        await sat.until("Not yet: y is [3.0, 3.0].")


async def test_a_lesson_that_cannot_judge_says_that_it_is_its_own_mistake(
    kernel: RealKernel,
) -> None:
    lesson = made()
    exercise = lesson.steps[0].exercise
    assert exercise is not None
    from dataclasses import replace

    broken = replace(exercise, check=(Requirement("y >", "no"),))
    lesson = replace(lesson, steps=(replace(lesson.steps[0], exercise=broken),))
    async with sitting(lesson, kernel=kernel) as sat:
        await write(sat, "y = w * 2\n")
        await sat.until("The lesson cannot judge all of your code, which is its own mistake:")
        await sat.until(lambda: "check 1 is no Python: invalid syntax." in sat.outcome)


async def test_the_goal_is_drawn_from_a_run_of_the_solution(kernel: RealKernel) -> None:
    from dataclasses import replace

    lesson = made()
    step = lesson.steps[0]
    assert step.exercise is not None
    goal = replace(step.exercise, goal="y", solution="secret = w * 2\ny = secret.exp().mean()\n")
    lesson = replace(lesson, steps=(replace(step, graph="y", exercise=goal),))
    async with sitting(lesson, kernel=kernel) as sat:
        await sat.until("goal: y")
        await sat.press("end")
        await sat.until("not the same yet")
        await sat.until("MeanBackward0")
        assert "secret" not in sat.text
        await write(sat, "y = (w * 5).exp().mean()\n")
        await sat.until("goal: y ✓ the same")
        await write(sat, "y = (w * 5).exp().sum()\n")
        await sat.until("goal: y not the same yet")
