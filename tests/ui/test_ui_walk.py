"""Walking through a lesson with the keys."""

from __future__ import annotations

from sitting import sitting


async def test_forward_goes_line_by_line_and_over_calls() -> None:
    async with sitting() as sat:
        await sat.until("step 1/3 · start · moment 0/6")
        for place in ("line 1/6", "line 2/6", "line 5/6", "line 6/6"):
            await sat.press("right")
            await sat.until(place)
        assert "moment 6/6" in sat.headline
