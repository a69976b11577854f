"""A gradient in a row: its numbers, or its size, and a sum written out."""

from __future__ import annotations

import math
import struct

import pytest
from made import scalar, tensor

from autograd_tutor.recording.model import Stats, Tensor
from autograd_tutor.render.amounts import amount_rows, is_written_out, written_sum
from autograd_tutor.render.rows import Row

ONE = scalar(1.0)
THREE = tensor(0.123456, -0.234567, 0.345678)


def amount(grad: Tensor | None, width: int = 80, indent: int = 2) -> list[str]:
    return [line.text for line in amount_rows(grad, width, Row(), indent, ("arrives  ", "dim"))]


@pytest.mark.parametrize(
    ("parts", "total", "shown"),
    [
        ((1.0, 2.0), 3.0, "1 + 2 = 3"),
        ((1.0, -2.0), -1.0, "1 + (-2) = -1"),
        ((-1.0, 2.0, 3.0), 4.0, "-1 + 2 + 3 = 4"),
        ((1.0, 0.0234684), 1.0234684, "1 + 0.0235 = 1.0235"),
        ((0.1, 0.2), 0.3, "0.1 + 0.2 = 0.3"),
        ((1 / 3, 1 / 3), 2 / 3, "0.3333 + 0.3333 ≈ 0.6667"),
        ((1.0, math.inf), math.inf, "1 + inf = inf"),
        ((5.0,), 5.0, None),
    ],
)
def test_a_sum_in_numbers(parts: tuple[float, ...], total: float, shown: str | None) -> None:
    assert written_sum([scalar(each) for each in parts], scalar(total)) == shown


def test_a_sum_of_vectors_and_what_is_not_written_out() -> None:
    pair = tensor(1.0, 2.0)
    assert written_sum([pair, pair], tensor(2.0, 4.0)) == "[1, 2] + [1, 2] = [2, 4]"
    many = tensor(*range(7))
    assert written_sum([many, many], many) is None
    assert written_sum([ONE, None], ONE) is None
    assert written_sum([ONE, ONE], None) is None
    assert written_sum([tensor(1.0), ONE], ONE) is None


def test_no_gradient_is_nothing() -> None:
    assert amount(None) == ["arrives  nothing"]


def test_a_large_gradient_is_shown_by_its_size() -> None:
    stats = Stats(2000, 2000, 0.0, 1.0, 0.5, 0.1, 22.5, 0, 0, ())
    assert amount(tensor(shape=(0,), raw=None, stats=stats)) == ["arrives  norm 22.5  (0,)"]


def test_few_numbers_that_do_not_fit_beside_their_label_stand_below_it() -> None:
    assert amount(THREE, width=40) == ["arrives  [0.1235, -0.2346, 0.3457]  (3,)"]
    assert amount(THREE, width=39) == ["arrives", "  [0.1235, -0.2346, 0.3457]  (3,)"]
    assert amount(THREE, width=39, indent=4)[1] == "    [0.1235, -0.2346, 0.3457]  (3,)"


def test_few_numbers_are_shown_where_no_row_has_room_for_them_all() -> None:
    assert amount(THREE, width=17) == [
        "arrives",
        "  [0.1235,",
        "  -0.2346,",
        "  0.3457]  (3,)",
    ]


def test_few_complex_numbers_are_shown_in_full_as_well() -> None:
    raw = struct.pack("<4f", 1.25, -2.5, 0.125, 3.0)
    assert amount(tensor(0.0, 0.0, dtype="torch.complex64", raw=raw), width=20) == [
        "arrives",
        "  [1.25-2.5j,",
        "  0.125+3j]  (2,)",
        "  complex64",
    ]


def test_of_more_than_a_few_numbers_the_row_does_not_show_all() -> None:
    assert is_written_out(THREE)
    assert not is_written_out(tensor(*range(7)))
