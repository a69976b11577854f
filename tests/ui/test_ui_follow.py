"""Functions of other files on the screen: their code, their lines, their name."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from made import node, result, snapshot
from passes import ended, made, ran, scalar
from sitting import Sitting, sitting, snippet

from autograd_tutor.course.saved import origin_of
from autograd_tutor.course.target import Target
from autograd_tutor.playing.saved_run import SavedRun
from autograd_tutor.recording.followed import Followed, Unfollowed
from autograd_tutor.recording.model import Root
from autograd_tutor.recording.trace import Recording
from autograd_tutor.recording.wire import ResultRecord, SnapshotRecord

CODE = "w = leaf()\nloss = double(w)\nloss.backward()\n"
NET = (
    "import torch\n\n\ndef double(x):\n    # twice as much\n    y = x * 2\n    return y\n"
    + "\n" * 4
)
FIRST = 5
"""How many lines come before those of NET: four of the step, with the empty last one, and one."""
W = scalar(3.0, kind="leaf", requires_grad=True)
LOSS = made(6.0, by=1, name="MulBackward0", shape=())
MOMENTS = (
    snapshot(0, next_line=1),
    snapshot(1, tensors={"w": W}, next_line=2),
    snapshot(
        2,
        line=FIRST + 6,
        next_line=FIRST + 7,
        depth=1,
        function="double",
        tensors={"double().y": LOSS},
        nodes=(
            node(1, "MulBackward0", 2, variable="y", line=FIRST + 6, shape=()),
            node(2, "AccumulateGrad", variable="w", line=FIRST + 6, shape=()),
        ),
        followed=(Followed("pkg/net.py", "pkg.net", NET),),
    ),
    snapshot(3, line=FIRST + 7, next_line=0, depth=1, function="double"),
    snapshot(4, line=2, next_line=3, tensors={"loss": LOSS}, gone=("double().y",)),
    ran(5, 1, scalar(1.0), scalar(2.0), line=3),
    ran(6, 2, scalar(2.0), line=3, leaf="w"),
    snapshot(7, line=3, next_line=0, passes=(ended(2, Root("loss", 1, 0, scalar(1.0))),)),
)


@asynccontextmanager
async def opened(unfollowed: tuple[Unfollowed, ...] = ()) -> AsyncIterator[Sitting]:
    recording = Recording(origin_of(snippet(CODE), "2.13.0"))
    recording.begin(0, CODE)
    for each in MOMENTS:
        recording.add(SnapshotRecord(each))
    recording.add(ResultRecord(result(snapshots=8, nodes=2, unfollowed=unfollowed)))
    async with sitting(SavedRun(Target(snippet(CODE), recording))) as sat:
        await sat.until("· start · moment 0/7")
        yield sat


async def test_the_pane_has_the_code_of_the_function_that_one_is_in() -> None:
    async with opened() as sat:
        assert "2 Code ─" in sat.frame("code")
        await sat.press("right", "i")
        await sat.until("in double · line 6/7 of pkg/net.py · moment 2/7")
        assert "2 Code of pkg/net.py ─" in sat.frame("code")
        assert sat.pane("code")[3:7] == [
            "4   def double(x):",
            "5       # twice as much",
            "6 ▶     y = x * 2",
            "7 ›     return y",
        ]
        assert "`y = x * 2` made `y`" in sat.text
        await sat.press("o")
        await sat.until("· line 2/3 · moment 4/7")
        assert "2 Code ─" in sat.frame("code")
        assert sat.pane("code")[1].startswith("2 ▶ loss = double(w)")


async def test_in_a_pass_the_line_that_made_the_node_is_shown_in_its_file() -> None:
    async with opened() as sat:
        await sat.press("right", "right", "right", "i")
        await sat.until("backward 1 of 1 · node 1 of 2")
        assert "2 Code of pkg/net.py ─" in sat.frame("code")
        assert sat.pane("code")[5] == "6 ●     y = x * 2   made MulBackward0"
        await sat.press("4", "enter")
        await sat.until("made by line 6 of pkg/net.py: ")


async def test_a_line_that_is_asked_for_is_one_of_the_file_that_is_shown() -> None:
    async with opened() as sat:
        await sat.press("right", "i", "g", ":", "7", "enter")
        await sat.until("line 7/7 of pkg/net.py")
        await sat.press("g", ":", "8", "enter")
        await sat.until("There is no line 8: the code has lines 1 to 7.")
        await sat.press("o", "g", ":", "1", "enter")
        await sat.until("· line 1/3 · moment 1/7")


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (200, 60)])
async def test_it_fits_every_terminal(size: tuple[int, int]) -> None:
    async with opened() as sat:
        await sat.resize(*size)
        await sat.press("right", "i")
        await sat.until("y = x * 2")
        await sat.press("o", "right", "i", "right", "o", "home")
        await sat.until("w = leaf()")


async def test_what_was_not_stepped_into_is_said_at_the_end() -> None:
    async with opened((Unfollowed("nowhere", "unimported"),)) as sat:
        await sat.press("end")
        await sat.until(
            lambda: sat.outcome == "Nothing has imported nowhere, which --follow names."
        )
