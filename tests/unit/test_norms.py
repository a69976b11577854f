"""How large a gradient is, and how far below another one."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import tensor

from autograd_tutor.analysis.norms import grad_norm, powers_below
from autograd_tutor.recording.model import Stats


def test_the_norm_of_numbers_or_of_a_summary() -> None:
    stats = Stats(2000, 2000, 0.0, 1.0, 0.5, 0.1, 22.5, 0, 0, ())
    assert grad_norm(tensor(3.0, 4.0)) == 5.0
    assert grad_norm(tensor(shape=(0,), raw=None, stats=stats)) == 22.5
    assert grad_norm(tensor(1.0, raw=None)) is None


def test_a_power_is_lost_at_a_power_of_ten_and_not_half_way_there() -> None:
    assert [powers_below(size, 1.0) for size in (0.5, 0.11, 0.1, 0.09, 0.011, 0.01)] == [
        0, 0, 1, 1, 1, 2,
    ]  # fmt: skip


@given(st.floats(min_value=2.0**-60, max_value=2.0**60, width=32), st.integers(0, 7))
def test_a_power_of_ten_is_one_however_it_was_rounded(largest: float, powers: int) -> None:
    (size,) = struct.unpack("<f", struct.pack("<f", largest / 10**powers))
    assert powers_below(size, largest) == powers


def test_zero_is_below_everything() -> None:
    assert powers_below(0.0, 1.0) is None


@pytest.mark.parametrize("largest", [None, 0.0, math.inf, math.nan, -1.0])
def test_without_a_largest_size_to_compare_with_none_is_below(largest: float | None) -> None:
    assert powers_below(0.5, largest) == 0
