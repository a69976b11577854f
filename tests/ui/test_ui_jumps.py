"""Jumps: to the next pass, to the next turn, and to where one says."""

from __future__ import annotations

import passes
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
