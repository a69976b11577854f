"""Jumps: to the next pass, to the next turn, and to where one says."""

from __future__ import annotations

import passes
import pytest
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


async def test_a_move_repaints_two_cells_of_the_strip() -> None:
    async with lesson(passes.LOOP_CODE, passes.loop) as sat:
        await sat.press("b")
        await sat.until("backward 1 of 3 · node 1 of 2")
        before = sat.lines[1]
        await sat.press("right")
        await sat.until("node 2 of 2")
        after = sat.lines[1]
        changed = [
            at for at, (old, new) in enumerate(zip(before, after, strict=True)) if old != new
        ]
        assert [before[at] + after[at] for at in changed] == ["▶∇", "∇▶"]


async def test_what_is_typed_behind_enter_is_no_part_of_it() -> None:
    async with lesson(passes.LOOP_CODE, passes.loop) as sat:
        await sat.press("g", "5", "left", "1", "enter", "right", "3")
        await sat.until("moment 16/17")
        await sat.until(lambda: sat.focused == "tensors")
        await sat.press("g", "q", "3", "escape", "left")
        await sat.until("moment 13/17")
        assert sat.focused == "tensors"


@pytest.mark.parametrize(
    ("size", "shown"), [((60, 16), (0, 0)), ((60, 20), (0, 1)), ((80, 24), (1, 1))]
)
async def test_where_there_is_room_are_strip_and_sentence(
    size: tuple[int, int], shown: tuple[int, int]
) -> None:
    async with lesson(passes.LOOP_CODE, passes.loop, size=size) as sat:
        await sat.press("right")
        await sat.until("moment 1/17")
        await sat.rest()
        top = "\n".join(sat.lines[:3])
        assert ("·▶1·∇∇" in top, "made `w` of shape (1,)." in top) == tuple(map(bool, shown))


async def test_the_help_is_whole_on_a_small_screen() -> None:
    async with lesson(passes.LOOP_CODE, passes.loop, size=(80, 24)) as sat:
        await sat.press("question_mark")
        await sat.until("Help")
        rows: list[str] = []
        for _ in range(200):
            shown = sat.pane("help")
            rows += [each for each in shown if each not in rows]
            before = sat.lines
            await sat.press("j")
            if sat.lines == before:
                break
        text = " ".join(" ".join(rows).split())
        assert "Go to a moment, turn 300, line 12, nan, or where loss < 0.1; again: Enter" in text
        assert "the next turn of its loop" in text
        assert not [each for each in rows if each.rstrip().endswith("…")]
