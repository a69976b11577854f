"""Pictures of the screens, as a person has looked at them and found them good.

After a change that is meant: `pytest tests/ui/test_ui_snapshots.py --snapshot-update`, and look.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import asked
import exercises
import passes
import pytest
from made import parameter, result_of, snapshot, tensor
from msgspec.structs import replace
from recordings import recorded
from sitting import Answer, PaintedApp, PlayedKernel, Sitting, snippet
from textual.pilot import Pilot

from autograd_tutor.course import library
from autograd_tutor.progress import Progress
from autograd_tutor.recording.model import Snapshot
from autograd_tutor.ui.options import Options
from autograd_tutor.ui.theme import LIGHT

Compare = Callable[..., bool]

EXPLAINED = """\
Two ways lead from the loss to `h`: at once, and over a product.

> A node waits until **all** of its users have sent their part.
"""
AT_H = (*["right"] * 4, "i", "right", "right", "right")
"""To the node of `h`."""


@pytest.fixture
def progress() -> Iterator[Progress]:
    """A learner who has seen one step."""
    opened = Progress.open()
    opened.finish("squares", "forward")
    yield opened
    opened.close()


def app(progress: Progress, lesson: str | None = "squares", theme: str | None = None) -> PaintedApp:
    kernel = PlayedKernel()
    opened = library.find(lesson) if lesson is not None else None
    return PaintedApp(lambda: kernel, kernel.inbox, progress, opened, Options(theme=theme))


def inside(progress: Progress, answer: Answer = passes.twice, **options: Any) -> PaintedApp:
    """The lesson of a single pass."""
    kernel = PlayedKernel(answer)
    opened = snippet(passes.TWICE_CODE, explain=EXPLAINED)
    return PaintedApp(lambda: kernel, kernel.inbox, progress, opened, Options(**options))


def after(text: str, *keys: str) -> Callable[[Pilot[None]], Awaitable[None]]:
    """Press keys and wait for a text, before the picture is taken."""

    async def run(pilot: Pilot[None]) -> None:
        assert isinstance(pilot.app, PaintedApp)
        sat = Sitting(pilot.app, pilot, PlayedKernel(), pilot.app._progress)
        await sat.until("? help")
        await sat.press(*keys)
        await sat.until(text)
        await sat.rest()

    return run


def test_a_lesson_dark(snap_compare: Compare, progress: Progress) -> None:
    keys = after("moment 6/6", "end")
    assert snap_compare(app(progress), terminal_size=(120, 40), run_before=keys)


def test_a_lesson_light(snap_compare: Compare, progress: Progress) -> None:
    keys = after("line 5/6", "right", "right", "right", "3")
    assert snap_compare(app(progress, theme=LIGHT), terminal_size=(120, 40), run_before=keys)


def test_a_gradient_arrives(snap_compare: Compare, progress: Progress) -> None:
    keys = after("None → ", "N", "right")
    assert snap_compare(app(progress), terminal_size=(120, 40), run_before=keys)


def test_a_lesson_in_a_small_terminal(snap_compare: Compare, progress: Progress) -> None:
    keys = after("SumBackward0", "end", "4")
    assert snap_compare(app(progress), terminal_size=(80, 24), run_before=keys)


def test_the_course(snap_compare: Compare, progress: Progress) -> None:
    keys = after("A parameter, its square")
    assert snap_compare(app(progress, None), terminal_size=(120, 40), run_before=keys)


def test_help(snap_compare: Compare, progress: Progress) -> None:
    keys = after("Signs", "?", *["pagedown"] * 3)
    assert snap_compare(app(progress), terminal_size=(120, 40), run_before=keys)


def test_the_glossary_dark(snap_compare: Compare, progress: Progress) -> None:
    keys = after("all others", *AT_H, "d", "down")
    assert snap_compare(inside(progress), terminal_size=(120, 40), run_before=keys)


def test_an_entry_of_the_glossary_light(snap_compare: Compare, progress: Progress) -> None:
    keys = after("A bias of 3 numbers", "d", *"broadcasting", "enter")
    assert snap_compare(inside(progress, theme=LIGHT), terminal_size=(80, 24), run_before=keys)


def test_inside_a_pass_dark(snap_compare: Compare, progress: Progress) -> None:
    keys = after("node 4 of 5", *AT_H)
    assert snap_compare(inside(progress), terminal_size=(120, 40), run_before=keys)


def test_inside_a_pass_light(snap_compare: Compare, progress: Progress) -> None:
    keys = after("node 5 of 5", *AT_H, "right", "4")
    assert snap_compare(inside(progress, theme=LIGHT), terminal_size=(120, 40), run_before=keys)


def test_inside_a_pass_ascii(snap_compare: Compare, progress: Progress) -> None:
    keys = after("node 4 of 5", *AT_H)
    assert snap_compare(inside(progress, ascii_only=True), terminal_size=(120, 40), run_before=keys)


def test_inside_a_pass_in_a_small_terminal(snap_compare: Compare, progress: Progress) -> None:
    keys = after("node 4 of 5", *AT_H)
    assert snap_compare(inside(progress), terminal_size=(80, 24), run_before=keys)


def test_a_nodes_own_view(snap_compare: Compare, progress: Progress) -> None:
    keys = after("saved in the forward pass", *AT_H, "4", "enter")
    assert snap_compare(inside(progress), terminal_size=(120, 40), run_before=keys)


def test_a_pass_that_failed(snap_compare: Compare, progress: Progress) -> None:
    keys = after("RuntimeError", "end")
    app = inside(progress, passes.failed)
    assert snap_compare(app, terminal_size=(120, 40), run_before=keys)


def tensors_app(theme: str | None = None, ascii_only: bool = False) -> PaintedApp:
    """A matrix, parameters with gradients of very different sizes, a loss that is followed."""
    kernel = PlayedKernel(lambda _: recorded(tensor_moments()))
    lesson = snippet("for turn in range(9):\n    step()\n", explain="Gradients of all sizes.")
    options = Options(theme=theme, ascii_only=ascii_only)
    return PaintedApp(lambda: kernel, kernel.inbox, Progress.open(), lesson, options)


def tensor_moments() -> list[Snapshot]:
    """Nine turns in which the loss falls."""
    matrix = tensor(*[math.sin(n / 5) * n / 9 for n in range(96)], shape=(8, 12))
    grads = {"scale": [2e-5] * 4, "shift": [0.0] * 4, "head": [math.nan, 1.0, 2.0, 3.0]}
    leaves = {name: parameter(1.0, -1.0, 0.5, 2.0, grad=tensor(*g)) for name, g in grads.items()}
    grad = tensor(*[math.cos(n / 3) for n in range(96)], shape=(8, 12))
    weight = replace(matrix, kind="parameter", requires_grad=True, grad=grad)
    first = snapshot(0, tensors={"weight": weight, **leaves, "free": parameter(1.0)})
    return [
        first,
        *(
            snapshot(n, tensors={"loss": result_of(1, 4 / n, identity=n)}, values={"turn": f"{n}"})
            for n in range(1, 10)
        ),
    ]


def test_rows_of_tensors_and_gradients_dark(snap_compare: Compare) -> None:
    keys = after("moment 9/9", "end", "3")
    assert snap_compare(tensors_app(), terminal_size=(160, 40), run_before=keys)


def test_rows_of_tensors_and_gradients_light(snap_compare: Compare) -> None:
    keys = after("moment 9/9", "end", "5", "s")
    assert snap_compare(tensors_app(LIGHT), terminal_size=(160, 40), run_before=keys)


def test_a_tensors_own_view_dark(snap_compare: Compare) -> None:
    keys = after("Tensors · weight", "end", "3", "j", "j", "enter")
    assert snap_compare(tensors_app(), terminal_size=(120, 40), run_before=keys)


def test_a_tensors_own_view_light(snap_compare: Compare) -> None:
    keys = after("Tensors · weight", "end", "5", "enter")
    assert snap_compare(tensors_app(LIGHT), terminal_size=(120, 40), run_before=keys)


def exercise_app(progress: Progress, **fields: Any) -> PaintedApp:
    """An exercise whose goal is a graph, with a first hint."""
    kernel = PlayedKernel(exercises.graphs)
    code, solution = exercises.GOAL_STARTER, exercises.GOAL_SOLUTION
    opened = exercises.lesson(code=code, solution=solution, goal="y", pieces=True, **fields)
    return PaintedApp(lambda: kernel, kernel.inbox, progress, opened, Options())


def test_an_exercise_that_is_not_solved_yet(snap_compare: Compare, progress: Progress) -> None:
    keys = after("Not yet: y has no exp.", "H", "e", "end", "#", "f5")
    assert snap_compare(exercise_app(progress), terminal_size=(120, 40), run_before=keys)


def test_an_exercise_in_a_small_terminal(snap_compare: Compare, progress: Progress) -> None:
    keys = after("Hint. What is a + b?", "H", "H")
    assert snap_compare(exercise_app(progress), terminal_size=(80, 24), run_before=keys)


def test_lines_to_be_put_in_order(snap_compare: Compare, progress: Progress) -> None:
    keys = after("Space put down", "H", "j", "space")
    app = exercise_app(progress, hints=())
    assert snap_compare(app, terminal_size=(80, 24), run_before=keys)


def test_a_solution_beside_ones_own_code(snap_compare: Compare, progress: Progress) -> None:
    keys = after("The sum is what is left.", "H", "H", "H")
    app = exercise_app(progress, hints=())
    assert snap_compare(app, terminal_size=(80, 24), run_before=keys)


def asking_app(kind: str, theme: str | None = None) -> PaintedApp:
    """A lesson that asks a question of this kind."""
    prediction, answer, _, _ = asked.KINDS[kind]
    kernel = PlayedKernel(lambda request: asked.answered(request, answer))
    opened = asked.lesson(prediction)
    return PaintedApp(lambda: kernel, kernel.inbox, Progress.open(), opened, Options(theme=theme))


def test_a_question_dark(snap_compare: Compare) -> None:
    keys = after("Try once more.", "right", "1", "u", "enter", "3")
    assert snap_compare(asking_app("several"), terminal_size=(120, 40), run_before=keys)


def test_a_question_that_is_answered_light(snap_compare: Compare) -> None:
    keys = after("Right.", "right", *"31415", "enter")
    assert snap_compare(asking_app("number", LIGHT), terminal_size=(80, 24), run_before=keys)
