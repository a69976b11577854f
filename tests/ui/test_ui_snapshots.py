"""Pictures of the screens, as a person has looked at them and found them good.

After a change that is meant: `pytest tests/ui/test_ui_snapshots.py --snapshot-update`, and look.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

import pytest
from sitting import PaintedApp, PlayedKernel, Sitting
from textual.pilot import Pilot

from autograd_tutor.course import library
from autograd_tutor.progress import Progress
from autograd_tutor.ui.start import Options
from autograd_tutor.ui.theme import LIGHT

Compare = Callable[..., bool]


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
    return PaintedApp(kernel, kernel.inbox, progress, opened, Options(theme=theme))


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
