"""Numbers as coloured cells: which colour a number has, what is reduced, and the strip of a row."""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from made import tensor

from autograd_tutor.analysis.heat import (
    LEVELS,
    NAN,
    NEGATIVE,
    POSITIVE,
    Cells,
    bounds,
    exact_cells,
    flat_cells,
    reduced,
    scale_of,
)
from autograd_tutor.render.heat import ABOVE, BELOW, Marks, strip, tensor_strip
from autograd_tutor.render.rows import Row
from autograd_tutor.render.styles import HEAT, STYLES

FINITE = st.floats(-1e6, 1e6, allow_subnormal=False)
MATRICES = st.tuples(st.integers(1, 12), st.integers(1, 12)).flatmap(
    lambda shape: st.tuples(
        st.just(shape), st.lists(FINITE, min_size=math.prod(shape), max_size=math.prod(shape))
    )
)


def matrix(rows: Sequence[Sequence[float]]) -> Cells:
    return exact_cells([x for row in rows for x in row], len(rows), len(rows[0]))


def levels(values: Sequence[float]) -> list[int]:
    cells = exact_cells(values, 1, len(values))
    return [scale_of(cells).level(x) for x in values]


def test_equal_steps_of_a_number_are_steps_of_its_level() -> None:
    assert levels([x / 10 for x in range(-10, 11)]) == list(range(-LEVELS, LEVELS + 1))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.0, 0.0], [0, 0]),
        ([2.0], [10]),
        ([-3.0, -3.0], [-10, -10]),
        ([0.0, 1e-9, 1.0], [0, 1, 10]),  # no number but 0 has the colour of 0
        ([-0.5, 1.0], [-5, 10]),  # both signs are on one scale
        ([100.0, 100.5, 101.0], [0, 5, 10]),  # far from 0 and of one sign: from the least on
        ([-101.0, -100.5, -100.0], [-10, -5, 0]),
        ([1.0, 4.0], [3, 10]),
    ],
)
def test_levels(values: list[float], expected: list[int]) -> None:
    assert levels(values) == expected


@given(MATRICES)
def test_a_larger_number_never_has_a_lower_level(
    found: tuple[tuple[int, int], list[float]],
) -> None:
    ordered = sorted(found[1])
    assert levels(ordered) == sorted(levels(ordered))
    assert all(abs(level) <= LEVELS for level in levels(ordered))


def test_a_single_huge_number_does_not_hide_the_others() -> None:
    values = [random.Random(1).gauss(0, 1) for _ in range(60)]
    scale = scale_of(exact_cells([*values, 1e6], 1, 61))
    assert max(map(abs, values)) / 4 < scale.limit <= max(map(abs, values))
    assert scale.level(1e6) == LEVELS
    assert scale.limit <= scale.spike < 1e6 == scale.largest


@given(MATRICES, st.integers(1, 12), st.integers(1, 12))
def test_what_is_reduced_is_the_mean_and_the_largest_of_each_block(
    found: tuple[tuple[int, int], list[float]], rows: int, columns: int
) -> None:
    (height, width), values = found
    cells = reduced(exact_cells(values, height, width), rows, columns)
    assert (cells.rows, cells.columns) == (min(rows, height), min(columns, width))
    at = 0
    for top, bottom in bounds(height, cells.rows):
        for left, right in bounds(width, cells.columns):
            block = [values[y * width + x] for y in range(top, bottom) for x in range(left, right)]
            assert cells.means[at] == pytest.approx(sum(block) / len(block), abs=1e-6)
            assert cells.largest[at] == max(map(abs, block))
            at += 1


def test_nan_and_inf_stay_where_many_elements_are_one_cell() -> None:
    values = [1.0, math.nan, 3.0, 4.0, math.inf, 6.0, -math.inf, math.nan]
    cells = reduced(exact_cells(values, 1, 8), 1, 4)
    assert list(cells.marks) == [NAN, 0, POSITIVE, NAN | NEGATIVE]
    assert cells.means == [1.0, 3.5, 6.0, 0.0]


def test_a_strip_has_a_colour_for_each_number() -> None:
    found = strip(matrix([[-1.0, 0.0], [0.55, 1.0]]), 10)
    assert found == [(" ", "heat-10"), (" ", "heat+0"), (" ", "heat+6"), (" ", "heat+10")]


def test_neighbours_of_one_colour_are_one_span() -> None:
    assert strip(matrix([[0.0] * 7]), 10) == [("       ", "heat+0")]


def test_a_strip_without_colours_has_letters_below_zero_and_signs_above() -> None:
    found = Row(tuple(strip(matrix([[-1.0, -0.1, 0.0, 0.1, 1.0]]), 10, Marks.SIGNS)))
    assert found.text == f"{BELOW[-1]}{BELOW[0]} {ABOVE[0]}{ABOVE[-1]}"
    assert [style for _, style in found.spans] == ["below", "", "above"]


@pytest.mark.parametrize("marks", Marks)
def test_nan_inf_and_a_spike_have_signs_of_their_own(marks: Marks) -> None:
    values = [0.5, math.nan, math.inf, -math.inf, *[1.0] * 30, 1e9]
    text = Row(tuple(strip(exact_cells(values, 1, len(values)), 99, marks))).text
    assert text[1:4] == "N∞∞"
    assert text[-1] == "^"
    assert {"N", "∞", "^"}.isdisjoint(BELOW + ABOVE)
    assert len(set(BELOW + ABOVE)) == len(BELOW + ABOVE)


@pytest.mark.parametrize("width", [1, 2, 7, 16])
@pytest.mark.parametrize("marks", Marks)
def test_a_strip_of_many_numbers_fits_and_keeps_the_spike(marks: Marks, width: int) -> None:
    values = [0.01] * 999 + [700.0]
    found = Row(tuple(strip(exact_cells(values, 1, 1000), width, marks)))
    assert found.width == width
    if width >= 7:
        assert found.text[-1] == "^"
    assert {name for _, style in found.spans for name in style.split()} <= {*STYLES, *HEAT}


@given(st.lists(st.floats(), min_size=1, max_size=40), st.integers(1, 20))
@example([9e307, 9e307], 1)
@example([-9e307, -9e307, 1.0], 2)
def test_any_numbers_make_a_strip(values: list[float], width: int) -> None:
    for marks in Marks:
        found = Row(tuple(strip(exact_cells(values, 1, len(values)), width, marks)))
        assert found.width == min(width, len(values))


def test_a_strip_of_a_tensor_without_elements_is_empty() -> None:
    assert tensor_strip(tensor(), 10) == ()
    assert tensor_strip(tensor(1.0, raw=None), 10) == ()
    assert len(Row(tuple(tensor_strip(tensor(*range(6), shape=(2, 3)), 10))).text) == 6


def test_a_complex_number_has_the_colour_of_its_magnitude() -> None:
    raw = struct.pack("<4d", 3, 4, 0, -10)
    found = flat_cells(tensor(0, 0, raw=raw, dtype="torch.complex128"))
    assert found is not None
    assert found.means == [5.0, 10.0]
