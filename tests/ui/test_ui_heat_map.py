"""The heat map that fills the screen: which tensor, which matrix, and what the run is asked for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from made import snapshot, tensor
from msgspec.structs import replace
from played_kernel import PlayedKernel
from real_kernel import RealKernel, torch_lesson
from recordings import recorded
from sitting import sitting, snippet

from autograd_tutor.client import RunRecord
from autograd_tutor.course.target import Target
from autograd_tutor.playing.saved_run import SavedRun
from autograd_tutor.recording import file
from autograd_tutor.recording.model import Stats
from autograd_tutor.recording.picture import Looked, Picture
from autograd_tutor.recording.wire import Record, StepRequest
from autograd_tutor.ui.options import Options

CODE = "conv = torch.arange(600.0).reshape(8, 3, 5, 5)\nw = torch.zeros(40, 50)\nw[3, 4] = -5.0\n"

LARGE = tensor(
    *[0.0] * 2000, shape=(40, 50), raw=None,
    stats=Stats(2000, 2000, 0.0, 1.0, 0.5, 0.3, 25.0, 0, 0, (2000,)),
)  # fmt: skip
PICTURE = Picture(1, 2, 40, 50, 1.0, b"\x7f\x81", b"\xff\xff")


def played(request: StepRequest) -> list[Record]:
    """A large tensor with a picture, then the same changed, without one; a small one at last."""
    moments = [
        snapshot(0),
        snapshot(1, tensors={"w": LARGE}, pictures={"w": PICTURE}),
        snapshot(2, tensors={"w": replace(LARGE, stats=replace(LARGE.stats, max=9.0))}, line=2),
        snapshot(3, tensors={"m": tensor(1.0, -1.0, shape=(1, 2))}, line=3),
    ]
    return recorded(moments)


async def test_matrix_after_matrix_and_tensor_after_tensor(kernel: RealKernel) -> None:
    async with sitting(torch_lesson(CODE), kernel=kernel) as sat:
        await sat.press("end")
        await sat.until("moment 3/3")
        await sat.press("m")
        await sat.until("Heat map · w")
        await sat.until("-5        0")
        await sat.press("up")
        await sat.until("conv[0, 0, :, :]  (8, 3, 5, 5)  one of 24 matrices")
        await sat.press("left")
        await sat.until("This is the first matrix.")
        await sat.press("right", "right", "right", "right")
        await sat.until("conv[1, 1, :, :]")
        await sat.until(" 124 ")
        await sat.press("end")
        await sat.until("conv[7, 2, :, :]")
        await sat.press("right")
        await sat.until("This is the last matrix.")
        await sat.press("up")
        await sat.until("There is no further tensor")
        await sat.press("question_mark")
        await sat.until("Next matrix")
        await sat.press("escape")
        await sat.until("conv[7, 2, :, :]")
        await sat.press("q")
        await sat.until("moment 3/3")


async def test_the_run_is_asked_for_what_is_still_there(kernel: RealKernel) -> None:
    async with sitting(torch_lesson(CODE), kernel=kernel) as sat:
        await sat.press("right", "right")
        await sat.until("moment 2/3")  # w is zero here, and was recorded so
        await sat.press("m")
        await sat.until("Heat map · w")
        await sat.until("recorded in 8 bits a cell")
        await sat.press("escape", "right", "m")
        await sat.until("-5        0")
        await sat.gone("8 bits")


async def test_a_moment_without_a_picture_says_so() -> None:
    async with sitting(snippet("a\nb\nc"), kernel=PlayedKernel(played)) as sat:
        await sat.press("right")
        await sat.until("moment 1/3")
        await sat.press("m")
        await sat.until("8 bits a cell")
        await sat.press("escape", "right", "m")
        await sat.until("at this moment no picture of it was recorded")


async def test_what_the_run_answers_replaces_the_picture() -> None:
    kernel = PlayedKernel(played)
    async with sitting(snippet("a\nb\nc"), kernel=kernel) as sat:
        await sat.press("end")
        await sat.until("moment 3/3")
        await sat.press("m")
        await sat.until("Heat map · m")
        await sat.press("up")
        await sat.until("no picture")
        await sat.until(lambda: len(kernel.looks) == 1)
        exact = bytes(8), bytes(8)
        answer = Picture(1, 1, 40, 50, 0.0, *exact)
        kernel.report(RunRecord(kernel.run, Looked(kernel.looks[0].number, answer)))
        await sat.until("each cell 40×50 elements")
        await sat.press("down", "up")
        await sat.until("each cell 40×50 elements")
        assert len(kernel.looks) == 1


async def test_a_saved_recording_shows_the_pictures_it_has(
    kernel: RealKernel, tmp_path: Path
) -> None:
    path = tmp_path / "saved.agt"
    async with sitting(torch_lesson(CODE), kernel=kernel) as sat:
        await sat.press("end")
        await sat.until("moment 3/3")
        file.save(sat.app.screen.run.recording, path)
    loaded = file.load(path)
    assert loaded.origin is not None
    run = SavedRun(Target(torch_lesson(CODE), loaded))
    async with sitting(run) as sat:
        await sat.press("end")
        await sat.until("moment 3/3")
        await sat.press("m")
        await sat.until("recorded in 8 bits a cell")
        await sat.until("-5        0")


async def test_nothing_to_map() -> None:
    async with sitting() as sat:
        await sat.until("moment 0/6")
        await sat.press("m")
        await sat.until("nothing to map")


async def test_another_theme_has_other_colours_of_the_same_order(kernel: RealKernel) -> None:
    found = []
    for theme in ("tutor-dark", "tutor-light"):
        lesson = torch_lesson("m = torch.tensor([[-2.0, 2.0]])")
        async with sitting(lesson, kernel=kernel, options=Options(theme=theme)) as sat:
            await sat.press("end")
            await sat.until("moment 1/1")
            await sat.press("m")
            await sat.until("Heat map · m")
            row = next(line for line in sat.lines if re.search(r"│ 0  .*-2 .* 2 ", line))
            y = sat.lines.index(row)
            buffer = sat.app.terminal.buffer[y]
            found.append((buffer[row.index("-2")].bg, buffer[row.index(" 2 ") + 1].bg))
    (dark_blue, dark_orange), (light_blue, light_orange) = found
    assert (dark_blue, dark_orange) == ("ace0fe", "fad18a")
    assert (light_blue, light_orange) == ("1d438c", "7c2802")


async def test_the_chosen_tensor_is_the_one_that_is_mapped(kernel: RealKernel) -> None:
    async with sitting(torch_lesson(CODE), kernel=kernel) as sat:
        await sat.press("end")
        await sat.until("moment 3/3")
        await sat.press("3")
        pane = sat.app.screen.query_one("#tensors")
        for name, key in (("w", "down"), ("conv", "up"), ("w", "up")):
            await sat.until(lambda name=name: pane.chosen_name == name)
            await sat.press("m")
            await sat.until(f"Heat map · {name}")
            await sat.press("q")
            await sat.until("moment 3/3")
            await sat.press(key)


async def test_the_headline_says_where_one_is() -> None:
    async with sitting(snippet("a\nb\nc"), kernel=PlayedKernel(played)) as sat:
        await sat.press("right")
        await sat.until("line 1/3 · moment 1/3")
        await sat.press("m")
        await sat.until("Heat map · w")
        assert "line 1/3 · moment 1/3" in sat.lines[0]


@pytest.mark.parametrize("key", ["q", "escape", "enter", "m"])
async def test_what_closes_it(key: str) -> None:
    async with sitting(snippet("a\nb\nc"), kernel=PlayedKernel(played)) as sat:
        await sat.press("right")
        await sat.until("moment 1/3")
        await sat.press("m")
        await sat.until("Heat map · w")
        await sat.press(key)
        await sat.gone("Heat map · w")
        await sat.until("Code")


async def test_keys_have_names_of_ascii_where_there_is_no_more() -> None:
    options = Options(ascii_only=True)
    async with sitting(snippet("a\nb\nc"), kernel=PlayedKernel(played), options=options) as sat:
        await sat.press("right")
        await sat.until("moment 1/3")
        await sat.press("m")
        await sat.until("Up Down tensor")
        await sat.press("pagedown", "pageup")
        await sat.until("Esc back")
