"""The rows of tensors and gradients: chosen, opened, folded, sorted."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from made import parameter, scalar, snapshot, tensor
from played_kernel import Answer
from real_kernel import RealKernel, torch_lesson
from recordings import recorded
from sitting import PlayedKernel, Sitting, sitting, snippet

from autograd_tutor.course.model import Lesson, Step
from autograd_tutor.recording.model import Snapshot

SIZES = [(60, 20), (80, 24), (120, 40), (200, 50)]

GRID = tensor(*[n * 0.25 - 4 for n in range(64)], shape=(8, 8))

MOMENTS = [
    snapshot(0),
    snapshot(1, tensors={"grid": GRID}),
    snapshot(2, tensors={"w": parameter(3.0, 4.0, grad=tensor(0.5, -0.5))}, values={"n": "1"}),
]
CODE = "grid = make()\nw = torch.ones(2)\n"


def played(*moments: Snapshot) -> PlayedKernel:
    return PlayedKernel(lambda _: recorded(list(moments)))


def row_with(sat: Sitting, pane: str, text: str) -> str:
    return next(line for line in sat.pane(pane) if text in line)


@pytest.mark.parametrize("size", SIZES)
async def test_enter_opens_a_tensor_on_the_whole_screen_and_back(size: tuple[int, int]) -> None:
    async with sitting(snippet(CODE), kernel=played(*MOMENTS), size=size) as sat:
        await sat.press("end", "3")
        await sat.until("w  ")
        before = sat.shown()
        await sat.press("j", "j")
        await sat.press("enter")
        await sat.until("3 Tensors · grid")
        assert sat.shown() == ["tensors"]
        shown = " ".join(" ".join(sat.pane("tensors")).split())
        assert "(8, 8) no grad, float32, cpu, requires_grad=False" in shown
        assert "made by line 1" in shown
        assert "Enter tensors" in sat.keys
        await sat.press("enter")
        await sat.until(lambda: sat.shown() == before)
        assert sat.focused == "tensors"


@pytest.mark.parametrize("key", ["q", "escape", "z", "enter", "2"])
async def test_what_closes_a_tensor(key: str) -> None:
    async with sitting(snippet(CODE), kernel=played(*MOMENTS)) as sat:
        await sat.press("end", "3", "enter")
        await sat.until("3 Tensors · w")
        await sat.press(key)
        await sat.until(lambda: len(sat.shown()) == 5)
        assert "· w" not in sat.frame("tensors")
        assert sat.focused == ("code" if key == "2" else "tensors")


@pytest.mark.parametrize("pane", ["3", "5"])
async def test_the_next_step_begins_with_its_explanation_whatever_was_open(pane: str) -> None:
    steps = [Step(f"s{n}", f"Title {n}", "Look at this.", CODE) for n in (1, 2)]
    lesson = replace(snippet(CODE), steps=tuple(steps))
    async with sitting(lesson, kernel=played(*MOMENTS), size=(80, 24)) as sat:
        await sat.press("end", pane, "enter")
        await sat.until("3 Tensors · w")
        await sat.press("N")
        await sat.until("Title 2")
        assert sorted(sat.shown()) == ["code", "explanation"]
        assert sat.focused == "explanation"


async def test_numbers_have_indices_and_scroll() -> None:
    async with sitting(snippet(CODE), kernel=played(*MOMENTS), size=(60, 20)) as sat:
        await sat.press("right", "3", "enter")
        await sat.until("3 Tensors · grid")
        await sat.press(*["j"] * 18)
        await sat.until("values")
        rows = sat.pane("tensors")
        heading = 1 + next(at for at, line in enumerate(rows) if line.startswith("values"))
        assert rows[heading].rstrip("…").split() == ["0", "1", "2", "3", "4", "5"]
        first = sat.pane("tensors")[heading + 1].split()
        assert first[:3] == ["0", "-4.0000", "-3.7500"]
        await sat.press(*["j"] * 30)
        await sat.until(lambda: "10.8 ████" in "".join(sat.pane("tensors")))


async def test_stepping_goes_on_in_the_open_tensor() -> None:
    moments = [snapshot(n, tensors={"x": scalar(float(n * n))}) for n in range(6)]
    async with sitting(snippet("x = 1\n"), kernel=played(*moments)) as sat:
        await sat.press("right", "3", "enter")
        await sat.until("3 Tensors · x")
        for n in range(2, 5):
            await sat.press("right")
            await sat.until(lambda n=n: f"moment {n}/5" in sat.headline)
            values = sat.pane("tensors").index("values  norm " + str(n * n))
            assert sat.pane("tensors")[values + 1] == f"{n * n}."
        shown = sat.pane("tensors")
        assert shown[shown.index("how it changed") + 1].strip() == "▁▁▃▅█"
        assert shown[shown.index("moments") + 1].split() == ["moment", "4,", "line", "4", "16"]


async def test_a_gradient_opens_its_tensor_with_the_gradient_beside_it() -> None:
    async with sitting(snippet(CODE), kernel=played(*MOMENTS)) as sat:
        await sat.press("end", "5", "enter")
        await sat.until("3 Tensors · w")
        (heading,) = [line for line in sat.pane("tensors") if line.startswith("values")]
        assert ".grad  norm 0.7071" in heading
        await sat.press("q")
        await sat.until(lambda: len(sat.shown()) == 5)
        assert sat.focused == "gradients"


STEPS = tuple(
    Step(f"s{n}", f"Step {n}", "About `b`." if n else "", f"a{n} = 1\n") for n in range(2)
)


def two_steps() -> PlayedKernel:
    first = [
        snapshot(0),
        snapshot(1, tensors={name: tensor(1.0) for name in "abc"}, values={"k": "1", "l": "2"}),
    ]
    second = [snapshot(0, step=1), snapshot(1, step=1, tensors={"new": tensor(2.0)})]
    answer: Answer = lambda request: recorded(second if request.step else first)  # noqa: E731
    return PlayedKernel(answer)


async def test_what_earlier_steps_have_made_is_folded_until_enter() -> None:
    lesson = Lesson("two", snippet("x").path, "Two", "", "", STEPS)
    async with sitting(lesson, kernel=two_steps()) as sat:
        await sat.press("end")
        await sat.until("moment 1/1")
        await sat.press("N", "end", "3")
        await sat.until("▸ ○ new")
        rows = sat.pane("tensors")
        assert rows[:3] == [
            "▸ ○ new  (1,)  [2]",
            "  ○ b    (1,)  [1]",
            "  ■ 4 from earlier steps  a, c, k, l",
        ]
        await sat.press("j", "j")
        await sat.until("Enter unfold")
        await sat.press("enter")
        await sat.until("Enter fold")
        assert [row.split()[:2] for row in sat.pane("tensors")[3:7]] == [
            ["○", "a"], ["○", "c"], ["k", "="], ["l", "="],
        ]  # fmt: skip
        await sat.press("enter")
        await sat.gone("k = 1")


GRADS = {
    "small": tensor(0.001, 0.0),
    "none": None,
    "large": tensor(30.0, 40.0),
    "zero": tensor(0.0, 0.0),
    "bad": tensor(math.nan, 1.0),
    "mid": tensor(0.3, 0.4),
}
TABLE = snapshot(0, tensors={n: parameter(1.0, 1.0, grad=grad) for n, grad in GRADS.items()})


def names(sat: Sitting) -> list[str]:
    rows = [line for line in sat.pane("gradients") if "∇" in line]
    return [line.split("∇ ")[1].split(".")[0].split()[0] for line in rows]


@pytest.mark.parametrize("size", SIZES)
async def test_s_sorts_gradients_by_size_and_back(size: tuple[int, int]) -> None:
    async with sitting(snippet("x"), kernel=played(TABLE), size=size) as sat:
        await sat.press("5")
        await sat.until("s by size")
        assert names(sat) == list(GRADS)
        await sat.press("s")
        await sat.until("The largest .grad first.")
        assert names(sat) == ["bad", "large", "mid", "small", "zero", "none"]
        bars = [line.count("█") for line in sat.pane("gradients") if "∇" in line]
        assert bars[1:4] == [8, 6, 4]
        await sat.press("s")
        await sat.until("s by size")
        assert names(sat) == list(GRADS)


async def test_a_key_jumps_to_what_is_none_zero_or_nan() -> None:
    async with sitting(snippet("x"), kernel=played(TABLE)) as sat:
        await sat.press("5")
        await sat.until("! None, 0, NaN")
        for name in ("none", "zero", "bad", "none"):
            await sat.press("exclamation_mark")
            await sat.rest()
            pane = sat.app.screen.query_one("#gradients")
            assert pane.chosen_name == name  # type: ignore[attr-defined]


TRAINING = """\
w = torch.tensor([1.0, 2.0], requires_grad=True)
for turn in range(6):
    loss = (w * w).sum()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
        w.grad = None
"""


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_a_training_loop_on_torch(kernel: RealKernel, size: tuple[int, int]) -> None:
    async with sitting(torch_lesson(TRAINING), kernel=kernel, size=size) as sat:
        await sat.until("· start ·")
        await sat.press("end")
        await sat.until("moment 62/62")
        await sat.press("3")
        await sat.until(lambda: "turn = 5" in "".join(sat.pane("tensors")))
        assert "▁▂▄▅▇█" in row_with(sat, "tensors", "turn")
        assert any(sign in row_with(sat, "tensors", "loss") for sign in "█▇▆")
        await sat.press("left", "left", "5")
        await sat.until(lambda: "∇ w" in "".join(sat.pane("gradients")))
        assert "1.465" in row_with(sat, "gradients", "∇ w")
        await sat.press("enter")
        await sat.until("3 Tensors · w")
        await sat.until("backward 6")
