"""A recording on the screen: walked like a live run, with no kernel behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import passes
from sitting import Sitting, sitting, snippet

from autograd_tutor.course.saved import origin_of
from autograd_tutor.course.target import Target
from autograd_tutor.playing.saved_run import SavedRun
from autograd_tutor.progress import Progress
from autograd_tutor.recording.trace import Recording
from autograd_tutor.recording.wire import RunEnded, SetupFailed

FIXED = "This is a saved recording: its code cannot be edited or run again here."


@asynccontextmanager
async def opened(*, whole: bool = True) -> AsyncIterator[Sitting]:
    """A recording of a pass; unless it is `whole`, it ends before the pass does."""
    recording = Recording(origin_of(snippet(passes.TWICE_CODE), "2.13.0"))
    recording.begin(0, passes.TWICE_CODE)
    for record in passes.twice()[: None if whole else 4]:
        assert not isinstance(record, SetupFailed)
        recording.add(record)
    if not whole:
        recording.end = RunEnded("exit", 3, 0.5)
    async with sitting(SavedRun(Target(snippet(passes.TWICE_CODE), recording))) as sat:
        await sat.until("· start · moment 0/")
        yield sat
        assert sat.kernel.started == []


async def test_its_lines_and_nodes_are_walked() -> None:
    async with opened() as sat:
        await sat.press(*["right"] * 4, "i", "right")
        await sat.until("backward 1 of 1 · node 2 of 5")
        assert "Made up · recording" in sat.headline
        await sat.press("o", "end")
        await sat.until("line 5/5 · moment 10/10")


async def test_editing_and_running_again_say_why_not() -> None:
    async with opened() as sat:
        assert "e edit" not in sat.keys
        for key in ("e", "f5"):
            await sat.press("right")
            await sat.gone(FIXED)
            await sat.press(key)
            await sat.until(FIXED)


async def test_a_recording_that_was_cut_says_where_it_ends() -> None:
    async with opened(whole=False) as sat:
        await sat.until(
            lambda: sat.outcome.startswith("✗ The snippet ended its process with exit status 3.")
        )
        assert "still running" not in sat.text
        await sat.press("end", "end")
        await sat.until("Nothing was recorded after this.")
        await sat.press("right")
        await sat.until("Nothing was recorded after this.")
        assert "F5" not in sat.keys


async def test_no_progress_comes_of_it() -> None:
    progress = Progress.open()
    async with opened() as sat:
        await sat.press("end")
        await sat.until("moment 10/10")
    assert progress.last_bookmark() is None


async def test_q_leads_to_the_course() -> None:
    async with opened() as sat:
        await sat.press("q")
        await sat.until("Opened file")
        await sat.press("down")
        await sat.until("A parameter, its square")


async def test_it_is_in_the_list_and_opened_where_it_was_left() -> None:
    async with opened() as sat:
        await sat.press("right", "right", "q")
        await sat.until("Opened file")
        assert "▶   Made up  1 step" in sat.text
        await sat.press("/", *"only step", "enter")
        await sat.until("line 2/5 · moment 2/10")
        assert "Made up · recording" in sat.headline
