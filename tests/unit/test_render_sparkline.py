"""A row of cells is read back into numbers, and these are held against what was drawn."""

from __future__ import annotations

import math
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_tutor.render.signs import BARS, to_ascii
from autograd_tutor.render.sparkline import sparkline

FINITE = st.floats(allow_nan=False, allow_infinity=False)


def text(values: list[float | None], cells: int) -> str:
    return "".join(piece for piece, _ in sparkline(values, cells))


def styles(values: list[float | None], cells: int, at: int | None = None) -> list[str]:
    return [style for piece, style in sparkline(values, cells, at) for _ in piece]


@given(st.lists(FINITE, min_size=1, max_size=40))
def test_the_cells_rank_as_the_numbers_do(values: list[float]) -> None:
    drawn = text(list(values), 40)
    assert len(drawn) == len(values)
    low, high = min(values), max(values)
    if high / 2 == low / 2:
        assert set(drawn) == {"▄"}
        return
    for value, sign in zip(values, drawn, strict=True):
        share = (value / 2 - low / 2) / (high / 2 - low / 2)
        assert abs(BARS.index(sign) - (share * 8 - 0.5)) <= 0.5 + 1e-6


def test_a_falling_curve() -> None:
    assert text([8.0, 7, 6, 5, 4, 3, 2, 1], 8) == "█▇▆▅▄▃▂▁"


def test_many_numbers_are_cut_evenly_and_end_with_the_newest() -> None:
    assert text([float(n) for n in range(800)], 8) == "▁▂▃▄▅▆▇█"
    assert text([float(n) for n in range(801, 0, -1)], 8) == "█▇▆▅▄▃▂▁"
    assert text([0.0] * 99 + [1.0], 5) == "▁▁▁▁█"


@pytest.mark.parametrize("where", [0, 1, 499, 500, 517, 999])
def test_a_spike_among_a_thousand_is_in_its_cell(where: int) -> None:
    values: list[float | None] = [1.0] * 1000
    values[where] = -3.0
    drawn = text(values, 20)
    assert drawn[where * 20 // 1000] == "▁"
    assert drawn.count("▁") == 1


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_nan_and_inf_are_marked_where_they_are(odd: float) -> None:
    assert text([1.0, odd, 2.0], 9) == "▁!█"
    assert styles([1.0, odd, 2.0], 9) == ["", "failure strong", ""]
    values: list[float | None] = [*map(float, range(1000))]
    values[512] = odd
    assert text(values, 10)[5] == "!"


def test_what_has_no_number_is_a_gap() -> None:
    assert text([1.0, None, 2.0], 9) == "▁ █"
    assert text([None, None, 0.0, None, 1.0, 2.0], 3) == " ▁█"
    assert text([None], 4) == " "
    assert text([], 4) == ""
    assert text([1.0], 0) == ""


def test_the_current_cell_is_marked_and_no_other() -> None:
    assert styles([1.0, 2.0, 3.0], 9, at=1) == ["", "current", ""]
    assert styles([1.0, math.nan], 9, at=1) == ["", "failure strong current"]
    assert styles([float(n) for n in range(100)], 10, at=99) == [""] * 9 + ["current"]


def test_extremes_of_floats() -> None:
    huge = sys.float_info.max
    assert text([-huge, 0.0, huge], 3) == "▁▅█"
    assert text([5e-324, 0.0], 3) in ("▄▄", "█▁")


def test_ascii_has_as_many_levels() -> None:
    assert len({to_ascii(sign) for sign in BARS}) == len(BARS)
    assert to_ascii(text([1.0, math.nan, None, 2.0], 4)) == "_! H"


@given(st.lists(st.one_of(st.none(), st.floats()), max_size=60), st.integers(0, 30))
def test_never_wider_than_its_cells(values: list[float | None], cells: int) -> None:
    assert len(text(values, cells)) == min(len(values), cells)
