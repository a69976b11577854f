"""Pictures of the screens, as a person has looked at them and found them good.

After a change that is meant: `pytest tests/ui/test_ui_snapshots.py --snapshot-update`, and look.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import passes
import pytest
from sitting import Answer, PaintedApp, PlayedKernel, Sitting, snippet
from textual.pilot import Pilot

from autograd_tutor.course import library
from autograd_tutor.progress import Progress
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
    keys = after("Signs", "?", "pagedown")
    assert snap_compare(app(progress), terminal_size=(120, 40), run_before=keys)


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
