"""NaN on the screen: in every pane, from the line and the node on that make it."""

from __future__ import annotations

import pytest
from real_kernel import RealKernel, torch_lesson
from sitting import sitting

SOFTMAX = """w = torch.randn(50, 32, requires_grad=True)
mask = torch.ones(50, 32, dtype=torch.bool)
scores = w.masked_fill(mask, float("-inf"))
probs = scores.softmax(1)
loss = probs.square().mean()
loss.backward()
"""


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=str)
async def test_a_softmax_over_masked_rows(kernel: RealKernel, size: tuple[int, int]) -> None:
    async with sitting(torch_lesson(SOFTMAX), kernel=kernel, size=size) as sat:
        await sat.until("· start ·")
        await sat.press(*["right"] * 5)
        await sat.until("line 5/6")
        assert "! first inf" in sat.pane("code")[2]
        assert "! first nan" in sat.pane("code")[3]
        await sat.press("3")
        await sat.until(
            lambda: any("▸ ● loss" in row and "! nan" in row for row in sat.pane("tensors"))
        )
        await sat.press("i", "right")
        await sat.until("node 2 of 5")
        await sat.press("4")
        await sat.until(lambda: "● ! makes nan  Pow" in "".join(sat.pane("graph")))
        await sat.press("5")
        await sat.until("! 1,600 of 1,600 nan")
        await sat.press("right")
        await sat.until("arrives  ! 1,600 of 1,600 nan")
        await sat.press("4")
        await sat.until(lambda: "▶ ! all nan ● probs" in " ".join(sat.text.split()))


async def test_the_sign_is_in_help(kernel: RealKernel) -> None:
    async with sitting(torch_lesson("a = 1"), kernel=kernel) as sat:
        await sat.press("question_mark", *["pagedown"] * 4)
        await sat.until("!               NaN or inf")
