"""Comparing a run with the one before it, with another seed, and two moments of one."""

from __future__ import annotations

import re

import pytest
from made import parameter, scalar, snapshot
from recordings import recorded
from sitting import PlayedKernel, Sitting, sitting, snippet
from textual.widgets import TextArea

from autograd_tutor.recording.model import Error
from autograd_tutor.recording.wire import Record, StepRequest


def counted(request: StepRequest) -> list[Record]:
    """A step of which `x` is as many as its code has characters, and `n` the number of its run."""
    moments = [
        snapshot(0),
        snapshot(1, tensors={"x": scalar(float(len(request.code)))}),
        snapshot(2, tensors={"w": parameter(1.0)}, values={"n": str(request.run)}, next_line=0),
    ]
    return recorded(moments)


def places(sat: Sitting) -> list[str]:
    """The moments of both sides."""
    return re.findall(r"(?:line \d+|start), moment \d+", sat.text)


async def edited(sat: Sitting) -> None:
    await sat.until("moment 0/2")
    await sat.press("end", "e")
    await sat.until("Edit: ")
    await sat.press("end", "0", "f5")
    await sat.until("Code (edited)")
    await sat.press("end")
    await sat.until("moment 2/2")


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 20)])
async def test_the_run_before_the_edit_stands_beside_the_one_after(size: tuple[int, int]) -> None:
    lesson = snippet("x = 1\nw = 2\n")
    async with sitting(lesson, kernel=PlayedKernel(counted), size=size) as sat:
        await edited(sat)
        await sat.press("c")
        await sat.until("the run before")
        assert places(sat) == ["line 2, moment 2"] * 2
        assert "-   1 x = 1" in sat.text
        assert "+   1 x = 10" in sat.text
        assert "by up to 1" in sat.text
        assert "Alike: 1 line, 1 value, 1 gradient" in sat.text
        await sat.press("home")
        await sat.until(lambda: places(sat) == ["start, moment 0"] * 2)
        await sat.press("right")
        await sat.until(lambda: places(sat) == ["line 1, moment 1"] * 2)
        await sat.press("q")
        await sat.until("moment 2/2")


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize(("code", "fails"), [("x = 1\nw = 2\n", 1), ("0\nw = 2\n", 0)])
async def test_a_run_that_failed_is_said_to(code: str, fails: int, width: int) -> None:
    """It has fewer moments than the other one, and is walked no further."""

    def failing(request: StepRequest) -> list[Record]:
        if request.code.startswith("0\n"):
            return counted(request)
        error = Error("NameError", "no y", 2, "")
        last = snapshot(2, event="error", error=error)
        return recorded([snapshot(0), snapshot(1), last], ok=False, error=error)

    kernel = PlayedKernel(failing)
    async with sitting(snippet(code), kernel=kernel, size=(width, 24)) as sat:
        await sat.until("moment 0/2")
        await sat.press("e")
        await sat.until("Edit: ")
        edited_code = "0\nw = 2\n" if fails else "x = y\nw = 2\n"
        sat.app.screen.query_one(TextArea).text = edited_code
        await sat.press("f5")
        await sat.until("Code (edited)")
        await sat.press("c")
        before = "the run before ✗ in line 2" if fails else "the run before "
        await sat.until(before)
        assert ("this run ✗ in line 2" in sat.text) is not bool(fails)


async def test_either_side_moves_alone() -> None:
    async with sitting(snippet("x = 1\nw = 2\n"), kernel=PlayedKernel(counted)) as sat:
        await edited(sat)
        await sat.press("c")
        await sat.until("both sides move")
        await sat.press("tab", "left")
        await sat.until(lambda: places(sat) == ["line 1, moment 1", "line 2, moment 2"])
        await sat.press("tab", "left", "left")
        await sat.until(lambda: places(sat) == ["line 1, moment 1", "start, moment 0"])
        await sat.press("left")
        await sat.until("There is no further moment in that direction.")


async def test_without_an_edit_two_moments_are_compared() -> None:
    async with sitting(snippet("x = 1\nw = 2\n"), kernel=PlayedKernel(counted)) as sat:
        await sat.until("moment 0/2")
        await sat.press("end", "c")
        await sat.until("the right side moves")
        await sat.until("line 1, moment 1")
        await sat.press("x")
        await sat.until("There is no run before this one")
        await sat.press("home")
        await sat.until("start, moment 0")
        await sat.press("c")
        await sat.until("moment 2/2")


async def test_another_seed_runs_and_is_compared() -> None:
    kernel = PlayedKernel(counted)
    async with sitting(snippet("x = 1\nw = 2\n"), kernel=kernel) as sat:
        await sat.until("moment 0/2")
        await sat.press("end", "c", "s")
        await sat.until("seed 1")
        await sat.until(lambda: places(sat) == ["line 2, moment 2"] * 2)
        assert "seed 0" in sat.text
        assert [seed for seed, *_ in kernel.started] == [0, 1]
        await sat.press("s")
        await sat.until("seed 2")
        assert "seed 1" in sat.text
        await sat.press("escape")
        await sat.until("This run has seed 2, the one before had 0.")


async def test_what_is_recorded_meanwhile_is_shown() -> None:
    kernel = PlayedKernel(counted, prompt=False)
    async with sitting(snippet("x = 1\nw = 2\n"), kernel=kernel) as sat:
        await sat.press("c")
        await sat.until("Nothing has been recorded yet.")
        kernel.play()
        await sat.until("start, moment 0")


async def test_help_tells_the_keys() -> None:
    async with sitting() as sat:
        await sat.until("moment 0/6")
        await sat.press("c", "?")
        await sat.until("Which side moves: both, left, right")
