"""The end of the program, whatever it is in the middle of."""

from __future__ import annotations

import pytest
from sitting import COURSE, READY, sitting

from autograd_tutor.ui.lesson_screen import LessonScreen


@pytest.mark.parametrize("action", ["edit", "search", "help", "app.command_palette"])
async def test_a_screen_that_a_key_opens_at_the_end(action: str) -> None:
    """It is not put together any more, and nothing is said of that."""
    async with sitting() as sat:
        await sat.until("moment 0/6")
        sat.app.exit()
        sat.app.call_later(sat.app.screen.run_action, action)
        await sat.end()
        assert sat.app.return_code == 0


@pytest.mark.parametrize("name", ["01-squares.yaml", None])
async def test_another_screen_that_is_to_come_at_the_end(name: str | None) -> None:
    """Likewise a lesson, or the course."""
    async with sitting() as sat:
        await sat.until("moment 0/6")
        sat.app.exit()
        if name is None:
            sat.app.call_later(sat.app.on_lesson_screen_left, LessonScreen.Left(COURSE))
        else:
            sat.app.call_later(sat.app.open_lesson, COURSE / name)
        await sat.end()
        assert sat.app.return_code == 0


async def test_what_is_reported_after_the_end_reaches_no_application(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The kernel ends after the application, whose event loop is gone by then."""
    reached: list[object] = []
    async with sitting() as sat:
        await sat.until("moment 0/6")
    monkeypatch.setattr(sat.app, "post_message", reached.append)
    sat.kernel.report(READY)
    assert not reached
