"""Numbers over time on the screen: the view that a key opens, and a lesson's own plot."""

from __future__ import annotations

from statistics import median

import pytest
from made import ended, parameter, result, root, scalar, snapshot, tensor
from msgspec.structs import replace
from read_picture import Read, read
from sitting import PlayedKernel, Sitting, sitting, snippet

from autograd_tutor.course.model import Lesson, Step
from autograd_tutor.recording.model import Snapshot
from autograd_tutor.recording.plots import Plot, PlottedFunction
from autograd_tutor.recording.wire import Record, ResultRecord, SnapshotRecord, StepRequest
from autograd_tutor.ui.options import Options

TURNS = 12
CODE = "for turn in range(12):\n    loss = w * w\n    loss.backward()\n    w = w - 0.1 * w.grad\n"
SQUARE = Plot(function="lambda t: t ** 2", at="w", low=-2.0, high=2.0)
MADE = {"kind": "intermediate", "is_leaf": False, "requires_grad": True}


def moments() -> list[Snapshot]:
    """A loop in which `w` halves from 2 with each turn, and `loss` is its square."""
    found = [snapshot(0)]

    def then(line: int, **changes: object) -> None:
        found.append(snapshot(len(found), line=line, next_line=1, **changes))

    for turn in range(TURNS):
        w = 2.0 / 2**turn
        then(1, values={"turn": str(turn)})
        then(2, tensors={"w": parameter(w), "loss": scalar(w * w, **MADE)})
        then(3, tensors={"w": parameter(w, grad=tensor(2 * w))})
    found[-1] = replace(found[-1], passes=(ended(root(1, "loss")),))
    return found


def plotted() -> PlottedFunction:
    places = [-2 + number / 50 for number in range(201)]
    at = sorted(2.0 / 2**turn for turn in range(TURNS))
    return PlottedFunction(
        tuple((place, place**2, 2 * place) for place in places),
        tuple((place, place**2, 2 * place) for place in at),
    )


def answer(request: StepRequest) -> list[Record]:
    made = moments()
    drawn = plotted() if request.plot is not None and request.plot.function else None
    ending = result(snapshots=len(made), plotted=drawn)
    return [*(SnapshotRecord(each) for each in made), ResultRecord(ending)]


def lesson(plot: Plot | None = None, watch: tuple[str, ...] = ()) -> Lesson:
    step = Step("only", "Only step", "Explained.", CODE, watch=watch, plot=plot)
    return snippet(CODE, steps=(step,))


def kernel() -> PlayedKernel:
    return PlayedKernel(answer)


def picture(sat: Sitting) -> Read:
    return read(sat.pane("picture"))


async def test_v_opens_the_curve_of_what_the_newest_pass_began_at() -> None:
    async with sitting(lesson(), kernel=kernel()) as sat:
        await sat.until("moment 0/")
        await sat.press("v")
        await sat.until("Over time")
        assert sat.shown() == ["picture"]
        assert "● loss" in sat.text
        assert len(picture(sat).dots) > 100


@pytest.mark.parametrize("key", ["v", "enter", "q", "escape", "z"])
async def test_a_key_closes_it_and_all_is_as_before(key: str) -> None:
    async with sitting(lesson(), kernel=kernel()) as sat:
        await sat.until("moment 0/")
        await sat.press("3")
        before = sat.shown()
        await sat.press("v")
        await sat.until("Over time")
        await sat.press(key)
        await sat.until(lambda: sat.shown() == before)
        assert sat.focused == "tensors"


@pytest.mark.parametrize("key", ["1", "5", "tab", "shift+tab"])
async def test_a_key_for_a_pane_leads_out_of_it(key: str) -> None:
    async with sitting(lesson(), kernel=kernel()) as sat:
        await sat.until("moment 0/")
        await sat.press("v")
        await sat.until("Over time")
        await sat.press(key)
        await sat.until(lambda: len(sat.shown()) == 5)
        assert sat.focused != "picture"


async def test_the_moment_moves_on_the_curve() -> None:
    async with sitting(lesson(), kernel=kernel()) as sat:
        await sat.until("moment 0/")
        await sat.press("v")
        await sat.until("Over time")
        await sat.press(*["right"] * 5)
        await sat.until("moment 5/")
        seen = picture(sat)
        assert " moment 5 " in seen.numbers
        assert seen.axis.index("┴") == pytest.approx(5 / 36 * seen.width, abs=1)
        assert "● loss  1" in sat.text
        await sat.press("end")
        await sat.until("moment 36/36")
        assert picture(sat).numbers.endswith("moment 36")
        await sat.press("home")
        await sat.until("loss  no value")


async def test_another_curve_is_chosen_shown_and_hidden() -> None:
    async with sitting(lesson(), kernel=kernel()) as sat:
        await sat.until("moment 0/")
        await sat.press("end", "v")
        await sat.until("Over time")
        assert "▶ ● loss  9.5367e-07" in sat.text
        await sat.press("j")
        await sat.until("▶ ◆ w  0.001  not shown")
        await sat.press("x")
        await sat.until(lambda: "▶ b w" in sat.text and sat.text.count("not shown") == 2)
        assert {"a", "b"} <= picture(sat).signs.keys()
        await sat.press("x")
        await sat.until(lambda: sat.text.count("not shown") == 3)
        await sat.press("k", "x")
        await sat.until("None of these curves is shown.")


async def test_the_logarithmic_scale_and_back() -> None:
    async with sitting(lesson(), kernel=kernel()) as sat:
        await sat.until("moment 0/")
        await sat.press("v")
        await sat.until("y log scale")
        linear = picture(sat)
        await sat.press("y")
        await sat.until("Over time, log scale")
        logarithmic = picture(sat)
        assert max(value for _, value in logarithmic.ticks) == 10.0
        assert logarithmic.dots != linear.dots
        await sat.press("y")
        await sat.until("y log scale")
        assert picture(sat) == linear


async def test_keys_of_the_picture_say_what_they_are_for() -> None:
    async with sitting(lesson(), kernel=kernel()) as sat:
        await sat.until("moment 0/")
        for key in ("x", "y"):
            await sat.press(key)
            await sat.until("v shows numbers over time; this key is for what is drawn there.")
            await sat.press("right")


async def test_where_nothing_has_changed_that_is_said() -> None:
    async with sitting("squares") as sat:
        await sat.until("moment 0/")
        await sat.press("v")
        await sat.until("No number in this step has changed yet")


class TestALessonsPlot:
    async def test_a_function_stands_below_the_gradients_and_its_key_behind_the_title(self) -> None:
        async with sitting(lesson(SQUARE), kernel=kernel()) as sat:
            await sat.until("moment 0/")
            assert "Only step  v: function, tangent" in sat.pane("explanation")[0]
            await sat.press(*["right"] * 2)
            await sat.until("◆ w = 2  value 4")
            assert "∇ tangent: slope 4" in "\n".join(sat.pane("gradients"))
            await sat.press("]")
            await sat.until("◆ w = 1  value 1")
            assert "∇ tangent: slope 2" in "\n".join(sat.pane("gradients"))

    async def test_v_shows_it_large_and_then_the_curves(self) -> None:
        async with sitting(lesson(SQUARE), kernel=kernel()) as sat:
            await sat.until("moment 0/")
            await sat.press(*["right"] * 5, "v")
            await sat.until("Function and tangent")
            seen = read(sat.pane("picture"))
            ((row, column),) = seen.signs["◆"]
            assert column == pytest.approx(0.75 * seen.width, abs=1)
            assert 4 * row == pytest.approx(seen.height_of(1.0), abs=6)
            await sat.press("v")
            await sat.until("Over time")
            await sat.press("v")
            await sat.until(lambda: len(sat.shown()) == 5)

    async def test_a_curve_stands_there_too(self) -> None:
        async with sitting(lesson(Plot(curve=("loss", "w"))), kernel=kernel()) as sat:
            await sat.until("moment 0/")
            assert "Only step  v: loss, w" in sat.pane("explanation")[0]
            await sat.press("end")
            await sat.until("a loss")
            assert "b w" in "\n".join(sat.pane("gradients"))

    async def test_the_run_is_asked_for_it(self) -> None:
        played = kernel()
        async with sitting(lesson(SQUARE), kernel=played) as sat:
            await sat.until("moment 0/")
        assert played.requests[0].plot == SQUARE


SIZES = [(60, 20), (80, 24), (120, 40), (200, 50)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("ascii_only", [False, True])
async def test_at_every_size_the_picture_is_whole(size: tuple[int, int], ascii_only: bool) -> None:
    options = Options(ascii_only=ascii_only)
    async with sitting(lesson(SQUARE), kernel=kernel(), size=size, options=options) as sat:
        await sat.until("moment 0/")
        await sat.press(*["right"] * 5, "v")
        await sat.until("tangent: slope 2")
        for title in ("Function and tangent", "Over time"):
            await sat.until(title)
            seen = read(sat.pane("picture"))
            assert seen.width > size[0] - 20
            assert len(seen.dots) > size[0]
            assert len(seen.ticks) >= 2
            assert not any(line.endswith(("…", "~")) for line in sat.pane("picture"))
            await sat.press("v")


async def test_moving_on_a_curve_writes_few_bytes() -> None:
    async with sitting(lesson(), kernel=kernel()) as sat:
        await sat.until("moment 0/")
        await sat.press(*["right"] * 5, "v")
        await sat.until("Over time")
        written = []
        for moment in range(6, 24):
            before = sat.app.bytes_painted
            await sat.press("right")
            await sat.until(f"moment {moment}/")
            written.append(sat.app.bytes_painted - before)
        assert median(written) <= 2000
        assert max(written) <= 2500
