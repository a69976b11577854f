"""Before a question is answered, no key shows what it is about."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from asked import NUMBER, SECRET, answered, card, lesson, on_card
from sitting import PlayedKernel, Sitting, sitting
from textual.binding import Binding

from autograd_tutor.course.model import Lesson
from autograd_tutor.course.passage import passage
from autograd_tutor.ui.lesson_screen import LessonScreen

HIDDEN = f"{SECRET}"
OF_LINE = replace(NUMBER, because=f"Because it is {HIDDEN}.", wrong=((HIDDEN[:-1], HIDDEN),))
OF_NODE = replace(OF_LINE, line=0, node="SumBackward0")
OF_END = replace(OF_LINE, line=0)
ASKED = {"line": OF_LINE, "node": OF_NODE, "end": OF_END}

LEAVE = {"q", "escape"}
"""They lead to the course."""
ANSWER = {"s", "enter"}
"""They settle the question."""

KEYS = sorted(
    {
        key
        for binding in LessonScreen.BINDINGS
        if isinstance(binding, Binding)
        for key in binding.key.split(",")
    }
    - LEAVE
    - ANSWER
)
OTHERS = [*"06789adruwyA-.(", "backspace", "delete", "ctrl+l"]
"""Keys that do something else while the question is open, or nothing."""

JUMPS = [
    "9999", "5", ":4", ":3", "nan", "secret > 3", "secret", "w.grad is None",
    "w.grad is not None", "w.sum() > 5", "turn 2", "secret == 0",
]  # fmt: skip
"""What one types at the prompt of `g`."""


def withheld(kind: str) -> Lesson:
    """A lesson with the number in all that comes after the question."""
    return lesson(ASKED[kind], then=f"As you saw, it is {HIDDEN}.", more=2)


def played(kind: str) -> PlayedKernel:
    """A kernel; before the node has run, line 2 has made another number already."""
    total = 7 if kind == "node" else SECRET
    return PlayedKernel(partial(answered, total=total))


async def come(sat: Sitting, kind: str) -> None:
    """To the question."""
    await sat.until("? help")
    if kind == "node":
        await sat.press("right", "right", "right", "i")
    await sat.press("end")
    await sat.until(on_card(sat, "What is secret?"))


async def look(sat: Sitting, key: str) -> None:
    """Nothing gives the number away; whatever screen is open is left again."""
    await sat.rest()
    assert HIDDEN not in sat.text, f"after {key}"
    for _ in range(6):
        if isinstance(sat.app.screen, LessonScreen) and not sat.app.screen._answering:
            break
        await sat.press("escape")
        await sat.rest()
        assert HIDDEN not in sat.text, f"after {key} and Esc"
    assert isinstance(sat.app.screen, LessonScreen)


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
@pytest.mark.parametrize("kind", ASKED)
async def test_no_key_shows_it(kind: str, size: tuple[int, int]) -> None:
    async with sitting(withheld(kind), kernel=played(kind), size=size) as sat:
        await come(sat, kind)
        for key in (*KEYS, *OTHERS):
            await sat.press(key)
            await look(sat, key)
        await sat.until(lambda: sat.app.screen.query("#question") is not None)
        assert not sat.progress.settled("/made")


@pytest.mark.parametrize("kind", ASKED)
async def test_no_two_keys_show_it(kind: str) -> None:
    """What opens a view, and then every key in it."""
    async with sitting(withheld(kind), kernel=played(kind)) as sat:
        await come(sat, kind)
        for first in ("v", "c", "m", "z", "tab", "t", "slash"):
            for key in ("right", "end", "down", "tab", "v", "x", "y", "m", "n", "enter"):
                if key == "enter" and first == "slash":
                    continue  # it opens what was found: another lesson
                await sat.press(first, key)
                await look(sat, f"{first} {key}")
                while len(sat.app.screen_stack) > 2:
                    await sat.press("escape")
                    await sat.rest()


@pytest.mark.parametrize("kind", ASKED)
async def test_no_jump_shows_it(kind: str) -> None:
    async with sitting(withheld(kind), kernel=played(kind)) as sat:
        await come(sat, kind)
        for text in JUMPS:
            await sat.press("g", *text, "enter")
            await look(sat, text)
        assert "What is secret?" in card(sat)


async def test_no_mouse_and_no_resize_shows_it() -> None:
    async with sitting(withheld("line"), kernel=played("line")) as sat:
        await come(sat, "line")
        for size in ((80, 24), (200, 60), (40, 12), (120, 40)):
            await sat.resize(*size)
            await look(sat, f"{size}")
        for name in ("explanation", "code", "tensors", "graph", "gradients"):
            await sat.pilot.click(f"#{name}")
            await look(sat, f"a click on {name}")
        await sat.pilot.click("#strip", offset=(4, 0))
        await look(sat, "a click on the strip")


async def test_the_palette_and_the_search_do_not_show_it() -> None:
    async with sitting(withheld("line"), kernel=played("line")) as sat:
        await come(sat, "line")
        await sat.press("slash", *"saw")
        await sat.rest()
        assert HIDDEN not in sat.text
        await sat.press("escape")
        await sat.rest()
        for command in ("Step 2", "End of the step", "curves", "Next step", "Compare"):
            await sat.press("ctrl+p")
            await sat.until(lambda: len(sat.app.screen_stack) > 2)
            await sat.press(*["space" if each == " " else each for each in command], "enter")
            await sat.rest()
            await look(sat, f"command {command}")


def test_the_search_has_nothing_that_comes_after_the_answer() -> None:
    for kind in ASKED:
        found = passage(withheld(kind).steps[0]).folded
        assert "read this first" in found
        assert HIDDEN not in found


@pytest.mark.parametrize("kind", ASKED)
async def test_nothing_of_it_is_in_the_recording(kind: str) -> None:
    async with sitting(withheld(kind), kernel=played(kind)) as sat:
        await come(sat, kind)
        screen = sat.app.screen
        assert isinstance(screen, LessonScreen)
        run = screen.run
        assert "31415.0" not in repr(run.trace.snapshots)
        assert run.trace.result is None
        assert run.newest is None
        assert run.earlier is None


@pytest.mark.parametrize("key", ["f5", "e"])
async def test_another_run_shows_it_no_earlier(key: str) -> None:
    async with sitting(withheld("line"), kernel=played("line")) as sat:
        await come(sat, "line")
        await sat.press(key)
        if key == "e":
            await sat.until(lambda: bool(sat.app.screen.query("TextArea")))
            await sat.press("end", "#", "f5")
            await sat.until("Code (edited)")
        await sat.press("end")
        await sat.until(on_card(sat, "What is secret?"))
        await sat.press("c")
        await look(sat, "c")


@pytest.mark.parametrize("kind", ASKED)
async def test_it_is_there_once_the_question_is_answered(kind: str) -> None:
    """Or else the tests above could not fail."""
    async with sitting(withheld(kind), kernel=played(kind)) as sat:
        await come(sat, kind)
        await sat.press("s")
        await sat.until(f"As you saw, it is {HIDDEN}.")
        await sat.press("o", "end")
        await sat.until(lambda: HIDDEN in "".join(sat.pane("gradients")))
