"""Questions on the screen: what is asked, how it is answered, and what follows."""

from __future__ import annotations

import pytest
from asked import KINDS, SECRET, asked, card, on_card
from sitting import Sitting

SIZES = [(120, 40), (80, 24)]


async def come(sat: Sitting) -> None:
    """To the question before line 2."""
    await sat.until("? help")
    await sat.press("right")
    await sat.until(on_card(sat, "before line 2"))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", KINDS)
async def test_each_kind_is_answered_rightly(kind: str, size: tuple[int, int]) -> None:
    prediction, answer, keys, _ = KINDS[kind]
    async with asked(prediction, answer=answer, size=size) as sat:
        await come(sat)
        await sat.press(*keys, "enter")
        await sat.until(on_card(sat, "Right."))
        assert "✓ You: " in card(sat)
        assert "The run: " in card(sat)
        assert str(SECRET) in card(sat), "why it is so"
        assert "moment 2/5" in sat.headline, "on to what it was about"
        settled = sat.progress.question("/made", "only", 0)
        if settled.guesses:
            assert (settled.right, settled.tries) == (True, 1)
