"""Jumps: to the next pass, to the next turn, and to where one says."""

from __future__ import annotations

import passes
from sitting import Sitting
from test_ui_passes import lesson


async def test_b_and_brackets_jump_from_pass_to_pass_and_from_turn_to_turn() -> None:
    async with lesson(passes.LOOP_CODE, passes.loop) as sat:
        await sat.press("b")
        await sat.until("backward 1 of 3 · node 1 of 2")
        await sat.until(lambda: sat.pane("gradients")[0] == "● y  MulBackward0")
        await sat.press("right", "]")
        await sat.until("backward 2 of 3 · node 2 of 2")
        await sat.press("b")
        await sat.until("backward 3 of 3 · node 1 of 2")
        await sat.press("b")
        await sat.until("This is the step's last backward pass.")
        await sat.press("B")
        await sat.until("backward 2 of 3 · node 1 of 2")
        await sat.press("o", "[")
        await sat.until(lambda: "moment 6/17" in sat.headline)
        await sat.press("]", "]")
        await sat.until(lambda: "moment 16/17" in sat.headline)
        await sat.press("]")
        await sat.until("Line 4 does not run again.")


async def test_a_jump_into_a_pass_shows_it_on_a_small_screen_too() -> None:
    async with lesson(passes.LOOP_CODE, passes.loop, size=(80, 24)) as sat:
        await sat.press("b")
        await sat.until("backward 1 of 3 · node 1 of 2")
        assert "gradients" in sat.shown()


async def ask(sat: Sitting, text: str) -> None:
    """Type at the prompt of `g`, all at once."""
    await sat.press("g", *["space" if each == " " else each for each in text], "enter")


async def test_g_goes_where_one_says_and_comes_back_to_the_pane() -> None:
    async with lesson(passes.LOOP_CODE, passes.loop) as sat:
        await sat.press("3")
        await sat.until(lambda: sat.focused == "tensors")
        await ask(sat, "turn 2")
        await sat.until("moment 7/17")
        assert sat.focused == "tensors"
        await ask(sat, "y > 3")
        await sat.until("moment 13/17")
        await ask(sat, ":4")
        await sat.until("moment 16/17")
        await ask(sat, ":4")
        await sat.until("From the start again.")
        assert "moment 6/17" in sat.headline
        await ask(sat, "12")
        await sat.until("moment 12/17")
        await ask(sat, "lss < 1")
        await sat.until("No moment has a variable `lss`.")
        assert "moment 12/17" in sat.headline
