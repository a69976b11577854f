"""A key paints each pane at most once, whatever it does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import passes
import pytest
import recordings
from msgspec.structs import replace
from sitting import PlayedKernel, Sitting, sitting, snippet

from autograd_tutor.course.model import Lesson, Step
from autograd_tutor.recording.wire import Record, ResultRecord, SnapshotRecord, StepRequest
from autograd_tutor.ui.pane import Pane

PANES = ("explanation", "code", "tensors", "graph", "gradients")
OF_A_MOMENT = PANES[1:]
IN_THE_PASS = (*["right"] * 4, "i")


class Painted:
    """How often each pane was laid out and painted since the last key."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.paints: Counter[str] = Counter()
        self.layouts: Counter[str] = Counter()
        self._count(patch, "_paint", self.paints)
        self._count(patch, "_scroll_to_listing", self.layouts)  # once for each layout

    def _count(self, patch: pytest.MonkeyPatch, name: str, found: Counter[str]) -> None:
        original: Callable[[Pane], None] = getattr(Pane, name)

        def counted(pane: Pane) -> None:
            found[pane.id or ""] += 1
            original(pane)

        patch.setattr(Pane, name, counted)

    def clear(self) -> None:
        self.paints.clear()
        self.layouts.clear()


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> Painted:
    return Painted(monkeypatch)


def lesson() -> Lesson:
    """Two steps with a pass each, the second with a graph that can be folded."""
    codes = (passes.TWICE_CODE, passes.DEEP_CODE)
    steps = tuple(Step(f"s{n}", f"Step {n}", "Explained.", code) for n, code in enumerate(codes))
    return snippet("", steps=steps)


def answer(request: StepRequest) -> list[Record]:
    if request.step == 0:
        return passes.twice()
    return [of_step(record, request.step) for record in passes.deep()]


def of_step(record: Record, step: int) -> Record:
    match record:
        case SnapshotRecord(moment):
            return SnapshotRecord(replace(moment, step=step))
        case ResultRecord(ended):
            return ResultRecord(replace(ended, step=step))
        case _:
            raise AssertionError(record)


async def opened(sat: Sitting) -> None:
    """Both steps recorded, the first one open."""
    await sat.until("· start ·")
    await sat.press("N")
    await sat.until("step 2/2 · start · moment 0/19")
    await sat.press("P")
    await sat.until("step 1/2 · start")
    await sat.rest()


async def once(sat: Sitting, painted: Painted, key: str, *panes: str) -> None:
    """Press a key, which paints these panes once and no other."""
    painted.clear()
    await sat.press(key)
    await sat.rest()
    assert painted.paints == dict.fromkeys(panes, 1), key
    assert max(painted.layouts.values(), default=0) <= 1, key


async def test_a_walk_through_lines_and_nodes(painted: Painted) -> None:
    async with sitting(lesson(), kernel=PlayedKernel(answer)) as sat:
        await opened(sat)
        for key in (*IN_THE_PASS, "right", "left", "end", "home", "o", "left", "end", "home"):
            await once(sat, painted, key, *OF_A_MOMENT)


async def test_a_key_that_leads_nowhere_paints_no_pane(painted: Painted) -> None:
    async with sitting(lesson(), kernel=PlayedKernel(answer)) as sat:
        await opened(sat)
        for key in ("left", "home", "i", "o", "P"):
            await once(sat, painted, key)


async def test_steps_that_are_recorded(painted: Painted) -> None:
    async with sitting(lesson(), kernel=PlayedKernel(answer)) as sat:
        await opened(sat)
        for key in ("N", "P", "N", "P"):
            await once(sat, painted, key, *PANES)


async def test_a_step_that_is_yet_to_be_recorded(painted: Painted) -> None:
    kernel = PlayedKernel(answer, prompt=False)
    async with sitting(lesson(), kernel=kernel) as sat:
        kernel.play()
        await sat.until("· start ·")
        await once(sat, painted, "N", *PANES)
        painted.clear()
        kernel.play()
        await sat.until("moment 0/19")
        await sat.rest()
        assert painted.paints == dict.fromkeys(OF_A_MOMENT, 1)


async def test_another_drawing_of_the_graph(painted: Painted) -> None:
    async with sitting(lesson(), kernel=PlayedKernel(answer)) as sat:
        await opened(sat)
        await sat.press("N", "right")
        await sat.rest()
        for key in ("t", "t", "f", "f"):
            await once(sat, painted, key, "graph")
        await once(sat, painted, "4", "graph", "code")  # the frame of the one that has the focus
        for key in ("f", "j", "f", "t", "j", "enter", "enter", "enter", "t"):
            await once(sat, painted, key, "graph")


async def test_zoom(painted: Painted) -> None:
    async with sitting(lesson(), kernel=PlayedKernel(answer)) as sat:
        await opened(sat)
        await once(sat, painted, "z", "code")
        await once(sat, painted, "right", "code")
        await once(sat, painted, "z", *PANES)
        assert "Explained." in sat.text
        await sat.press("4")
        await sat.rest()
        await once(sat, painted, "z", "graph")
        await once(sat, painted, "z", *PANES)
        assert "Explained." in sat.text


@pytest.mark.parametrize(
    ("before", "after", "panes"),
    [
        ((120, 40), (140, 45), PANES),
        ((120, 40), (80, 24), ("explanation", "code")),
        ((80, 24), (120, 40), PANES),
        ((80, 24), (60, 20), ("explanation", "code")),
    ],
    ids=["large", "to-small", "to-large", "small"],
)
async def test_another_size(
    painted: Painted, before: tuple[int, int], after: tuple[int, int], panes: tuple[str, ...]
) -> None:
    async with sitting(lesson(), kernel=PlayedKernel(answer), size=before) as sat:
        await opened(sat)
        painted.clear()
        await sat.resize(*after)
        await sat.rest()
        assert painted.paints == dict.fromkeys(panes, 1)


async def test_a_small_screen(painted: Painted) -> None:
    async with sitting(lesson(), kernel=PlayedKernel(answer), size=(80, 24)) as sat:
        await opened(sat)
        await once(sat, painted, "right", "code")
        await sat.press("right", "right", "right")
        await sat.rest()
        await once(sat, painted, "i", "code", "gradients")
        await once(sat, painted, "t", "graph")


async def test_a_step_that_fails(painted: Painted) -> None:
    """The line for what went wrong takes a row from the panes."""
    async with sitting(snippet(passes.TWICE_CODE), kernel=PlayedKernel(passes.failed)) as sat:
        await sat.until("· start ·")
        await once(sat, painted, "end", *OF_A_MOMENT)


async def test_a_line_for_what_went_wrong_that_comes_with_another_step(
    painted: Painted,
) -> None:
    def answer(request: StepRequest) -> list[Record]:
        if request.step == 0:
            return recordings.plain(request)
        return [of_step(record, request.step) for record in passes.failed()]

    async with sitting(lesson(), kernel=PlayedKernel(answer)) as sat:
        await sat.until("· start ·")
        await sat.press("N")
        await sat.until("This step fails in line 4")
        await sat.press("P")
        await sat.until("step 1/2 · start")
        await once(sat, painted, "N", *PANES)
        await once(sat, painted, "P", *PANES)
