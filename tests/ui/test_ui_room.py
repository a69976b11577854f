"""Panes share the screen by what the open step has to show."""

from __future__ import annotations

import pytest
from made import parameter, snapshot, tensor
from played_kernel import READY
from recordings import FORWARD, recorded, squares
from sitting import PlayedKernel, Sitting, sitting, snippet
from textual.geometry import Region

from autograd_tutor.course.model import Lesson, Step

SMALL = [(80, 24), (60, 20)]
LARGE = [(120, 40), (200, 50)]
PLAIN = "a = 1\nb = a + 1\nprint(b)\n"


def region(sat: Sitting, name: str) -> Region:
    return sat.app.screen.query_one(f"#{name}").region


def steps(*explanations: str) -> Lesson:
    """A lesson with a step for each of these explanations."""
    made = [
        Step(f"s{at}", f"Title {at}", text, "w = one()\nloss = (w * w).sum()\n")
        for at, text in enumerate(explanations)
    ]
    return snippet("", steps=tuple(made))


def plain() -> PlayedKernel:
    """A step with numbers, and neither a graph nor gradients."""
    values = {"a": "1"}, {"b": "2"}, {}
    moments = [snapshot(at, values=each) for at, each in enumerate(values, 1)]
    return PlayedKernel(lambda _: recorded([snapshot(0), *moments]))


# Explanations


@pytest.mark.parametrize("size", [*SMALL, *LARGE])
async def test_without_an_explanation_its_pane_gives_its_room_to_the_code(
    size: tuple[int, int],
) -> None:
    async with sitting(snippet(PLAIN, explain=""), kernel=plain(), size=size) as sat:
        await sat.until("moment 0/3")
        assert "explanation" not in sat.shown()
        code = region(sat, "code")
        if size == (200, 50):
            assert code.bottom - code.y == max(each.bottom for each in _regions(sat)) - code.y
            assert code.y == min(each.y for each in _regions(sat))
        else:
            assert code.width == size[0]
        assert "2 Code · Only step" in sat.text
        await sat.press("1")
        await sat.until("This step has no explanation.")
        assert sat.focused == "code"
        assert "explanation" not in sat.shown()
        await sat.press("tab", "tab", "tab", "tab")
        await sat.until(lambda: sat.focused == "code")  # round all the others


def _regions(sat: Sitting) -> list[Region]:
    return [region(sat, name) for name in sat.shown()]


@pytest.mark.parametrize("size", [*SMALL, *LARGE])
async def test_the_explanation_comes_and_goes_with_the_steps(size: tuple[int, int]) -> None:
    lesson = steps("First text.", " \n ", "Third text.")
    async with sitting(lesson, kernel=PlayedKernel(squares), size=size) as sat:
        await sat.until("First text.")
        await sat.press("N")
        await sat.until("step 2/3")
        await sat.until(lambda: "explanation" not in sat.shown())
        assert "2 Code · Title 1" in sat.text
        await sat.press("N")
        await sat.until("Third text.")
        assert "2 Code ─" in sat.text
        await sat.press("P")
        await sat.until(lambda: "explanation" not in sat.shown())


# Panes that stay empty


@pytest.mark.parametrize("size", LARGE)
async def test_a_pane_that_stays_empty_is_narrow_and_says_why(size: tuple[int, int]) -> None:
    async with sitting(snippet(PLAIN), kernel=plain(), size=size) as sat:
        await sat.until("moment 0/3")
        if size == (120, 40):
            await sat.until(lambda: region(sat, "graph").width == 22)
            assert region(sat, "gradients").width == 22
            assert region(sat, "tensors").width == 120 - 44
        assert "recorded" in " ".join(sat.pane("graph"))
        assert "gradient" in " ".join(sat.pane("gradients"))
        await sat.press("4")
        await sat.until(lambda: sat.focused == "graph")


async def test_as_long_as_nobody_knows_what_comes_no_pane_is_narrow() -> None:
    kernel = PlayedKernel(prompt=False)
    async with sitting(snippet(PLAIN), kernel=kernel) as sat:
        kernel.report(READY)
        first, *others = recorded([snapshot(0), snapshot(1, values={"a": "1"})])
        kernel.record(first)
        await sat.until("still running")
        assert region(sat, "graph").width == region(sat, "gradients").width == 40
        kernel.record(*others)
        await sat.until(lambda: region(sat, "graph").width == 22)


async def test_one_that_fills_up_later_in_the_step_has_its_room_from_the_start() -> None:
    async with sitting() as sat:
        await sat.until("moment 0/6")
        assert "No operation has been recorded yet." in sat.text
        before = _regions(sat)
        assert region(sat, "graph").width == region(sat, "gradients").width == 40
        await sat.press("end")
        await sat.until("squared  MulBackward0")
        assert _regions(sat) == before


# Small terminals


@pytest.mark.parametrize("size", SMALL)
@pytest.mark.parametrize("name", ["Tensors", "Graph", "Gradients"])
async def test_a_new_step_opens_on_its_explanation_and_names_what_it_speaks_of(
    size: tuple[int, int], name: str
) -> None:
    number = {"Tensors": 3, "Graph": 4, "Gradients": 5}[name]
    lesson = steps("Nothing to look at.", f"See the pane {name}, and then all others.")
    async with sitting(lesson, kernel=PlayedKernel(squares), size=size) as sat:
        await sat.until("Nothing to look at.")
        assert f"{number} {name}" not in sat.keys
        await sat.press("5" if number != 5 else "4", "2")
        await sat.until(lambda: "explanation" not in sat.shown())
        await sat.press("N")
        await sat.until("See the pane")
        assert sorted(sat.shown()) == ["code", "explanation"]
        assert sat.pane("explanation")[0] == "Title 1"
        await sat.until(lambda: f" {number} {name} " in sat.keys)
        await sat.press(str(number))
        await sat.until(lambda: sat.focused == name.lower())
        assert sorted(sat.shown()) == sorted(["code", name.lower()])
        await sat.until(lambda: f" {number} {name} " not in sat.keys)


async def test_what_the_learner_has_chosen_stays_within_a_step() -> None:
    async with sitting(steps("One."), kernel=PlayedKernel(squares), size=(80, 24)) as sat:
        await sat.until("One.")
        await sat.press("3", "right", "right", "end", "home")
        await sat.until("step 1/1 · start")
        assert sorted(sat.shown()) == ["code", "tensors"]


async def test_where_all_panes_are_in_view_none_is_named() -> None:
    lesson = steps("See the pane Graph.")
    async with sitting(lesson, kernel=PlayedKernel(squares), size=(120, 40)) as sat:
        await sat.until("See the pane Graph.")
        assert "4 Graph" not in sat.keys


# Large terminals


async def test_a_large_terminal_has_text_and_code_on_the_left_and_the_rest_on_the_right() -> None:
    async with sitting(size=(200, 50)) as sat:
        await sat.press("end")
        await sat.until("moment 6/6")
        at = {name: region(sat, name) for name in sat.shown()}
        assert at["explanation"].x == at["code"].x == 0
        assert at["explanation"].bottom == at["code"].y
        right = at["code"].right
        assert at["tensors"].x == at["graph"].x == right
        assert at["tensors"].right == at["gradients"].right == 200
        assert at["tensors"].bottom == at["graph"].y == at["gradients"].y
        assert sum(each.area for each in at.values()) == 200 * (
            at["graph"].bottom - at["tensors"].y
        )


@pytest.mark.parametrize("name", ["tensors", "graph"])
async def test_a_larger_terminal_shows_more_of_what_was_recorded(name: str) -> None:
    many = {f"t{at}": tensor(float(at)) for at in range(40)} | {"w": parameter(1.0)}
    kernel = PlayedKernel(lambda _: recorded([*FORWARD[:-1], snapshot(6, line=6, tensors=many)]))
    rows = []
    for size in LARGE:
        async with sitting("squares", kernel=kernel, size=size) as sat:
            await sat.press("end")
            await sat.until("moment 6/6")
            rows.append(region(sat, name).area)
    assert rows[1] > 1.5 * rows[0]


async def test_a_terminal_that_grows_or_shrinks_changes_the_layout() -> None:
    async with sitting(size=(120, 40)) as sat:
        await sat.until("moment 0/6")
        rows = _regions(sat)
        await sat.resize(200, 50)
        await sat.until(lambda: region(sat, "tensors").y == region(sat, "explanation").y)
        await sat.resize(80, 24)
        await sat.until(lambda: sorted(sat.shown()) == ["code", "explanation"])
        await sat.resize(120, 40)
        await sat.until(lambda: _regions(sat) == rows)
