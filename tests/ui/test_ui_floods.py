"""A run that sends records without end is ended with a word; keys and the next run work on."""

from __future__ import annotations

import pytest
from floods import FLOODS
from real_kernel import RealKernel, torch_lesson
from sitting import sitting

from autograd_tutor.client import step_bounds


@pytest.mark.parametrize("kind", ["small moments", "long outputs", "edges of nodes"])
async def test_a_flood_is_ended_with_a_word(
    kernel: RealKernel, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step_bounds, "STEP_WIRE_BYTES", 20 * 2**20)
    async with sitting(torch_lesson(FLOODS[kind]), kernel=kernel) as sat:
        await sat.until("moment ")
        await sat.press("right")
        await sat.until("moment 1/")
        await sat.until("The run sent more than")
        assert "run again" in sat.outcome
        await sat.press("left")
        await sat.until("moment 0/")
        await sat.press("f5")
        await sat.gone("The run sent more than")
        await sat.until("The run sent more than")
