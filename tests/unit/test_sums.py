"""Whether a recorded gradient is the sum of its parts, as far as rounding may lead."""

from __future__ import annotations

import math
import struct
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import scalar, tensor
from msgspec.structs import replace

from autograd_tutor.analysis.agreement import Agreement
from autograd_tutor.analysis.sums import compare_with_sum
from autograd_tutor.limits.interface import MOST_ADDED
from autograd_tutor.recording.model import Tensor

ONE = scalar(1.0)
AGREES, DIFFERS = Agreement.AGREES, Agreement.DIFFERS
NOTHING, NO_NUMBERS = Agreement.NOTHING, Agreement.NO_NUMBERS


def complex_scalar(real: float, imag: float) -> Tensor:
    return scalar(0.0, dtype="torch.complex64", raw=struct.pack("<2f", real, imag))


def halves(*values: float) -> Tensor:
    return tensor(*values, dtype="torch.float16", raw=struct.pack(f"<{len(values)}e", *values))


def as_float32(value: float) -> float:
    (rounded,) = struct.unpack("<f", struct.pack("<f", value))
    return float(rounded)


@given(
    st.lists(st.floats(-(2.0**100), 2.0**100, width=32), min_size=1, max_size=6),
    st.randoms(use_true_random=False),
)
def test_rounding_in_whatever_order_still_agrees(terms: list[float], random: Random) -> None:
    total = 0.0
    for each in random.sample(terms, len(terms)):
        total = as_float32(total + each)
    assert compare_with_sum([scalar(each) for each in terms], scalar(total)) is AGREES


@pytest.mark.parametrize(
    ("parts", "total"),
    [((1.0, 1.0), 20.0), ((1.0,), 1.5), ((1.0, 2.0), -3.0), ((1.0, 2.0), math.nan)],
)
def test_another_number_differs(parts: tuple[float, ...], total: float) -> None:
    assert compare_with_sum([scalar(each) for each in parts], scalar(total)) is DIFFERS


def test_one_wrong_element_is_enough() -> None:
    parts = [tensor(1.0, math.inf, 1.0), tensor(1.0, 1.0, 1.0)]
    assert compare_with_sum(parts, tensor(2.0, math.inf, 3.0)) is DIFFERS
    assert compare_with_sum(parts, tensor(2.0, math.inf, 2.0)) is NO_NUMBERS


def test_coarse_numbers_may_lose_what_fine_ones_keep() -> None:
    """2048 is followed by 2050 in float16."""
    assert compare_with_sum([halves(2048.0), halves(1.0)], halves(2048.0)) is AGREES
    assert compare_with_sum([scalar(2048.0), scalar(1.0)], scalar(2048.0)) is DIFFERS


def test_large_terms_that_cancel_leave_room_for_what_they_swallowed() -> None:
    assert compare_with_sum([scalar(1e8), scalar(1.0), scalar(-1e8)], scalar(0.0)) is AGREES


@pytest.mark.parametrize(
    ("parts", "total", "why"),
    [
        ([], ONE, NOTHING),
        ([None], ONE, NOTHING),
        ([ONE], None, NOTHING),
        ([tensor(1.0)], ONE, NO_NUMBERS),
        ([halves(1.0)], tensor(2.0), NO_NUMBERS),
        ([scalar(1.0, raw=None)], scalar(2.0), NO_NUMBERS),
        ([scalar(1.0)], scalar(2.0, raw=None), NO_NUMBERS),
        ([scalar(1.0, raw=b"\0")], scalar(2.0), NO_NUMBERS),
        ([complex_scalar(1.0, 0.0)], complex_scalar(2.0, 0.0), NO_NUMBERS),
        ([scalar(math.inf)], ONE, NO_NUMBERS),
        ([scalar(3e38), scalar(3e38)], scalar(math.inf), NO_NUMBERS),
    ],
)
def test_where_it_is_not_known_the_reason_is(
    parts: list[Tensor | None], total: Tensor | None, why: Agreement
) -> None:
    assert compare_with_sum(parts, total) is why


def test_parts_that_were_not_sent_add_nothing() -> None:
    assert compare_with_sum([ONE, None], ONE) is AGREES
    assert compare_with_sum([ONE, None], scalar(2.0)) is DIFFERS


def test_only_so_many_numbers_are_added() -> None:
    half = tensor(*[1.0] * (MOST_ADDED // 2))
    double = tensor(*[2.0] * (MOST_ADDED // 2))
    assert compare_with_sum([half, half], double) is AGREES
    assert compare_with_sum([half, half], half) is DIFFERS
    assert compare_with_sum([half, half, scalar(1.0)], half) is Agreement.TOO_MANY


def test_a_shape_that_cannot_be_makes_no_room_for_more_numbers() -> None:
    many = tensor(*[1.0] * (MOST_ADDED + 1))
    odd = replace(ONE, shape=(-1, MOST_ADDED))
    assert compare_with_sum([many, odd], many) is Agreement.TOO_MANY
