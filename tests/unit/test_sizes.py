"""The size of a gradient as a bar and a number, in cells that are always as many."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_tutor.render.sizes import (
    LONG_BAR,
    WIDTH,
    bar_level,
    share_text,
    size_spans,
    size_text,
)


def text(size: float | None, largest: float | None = 1.0) -> str:
    return "".join(text for text, _ in size_spans(size, largest))


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0.0, "0"),
        (1.0, "1"),
        (0.0123456, "0.0123"),
        (999.7, "999.7"),
        (1234.5, "1234.5"),
        (99_999.0, "99999"),
        (12_345.678, "12345.7"),
        (100_000.0, "100000"),
        (99_999.7, "99999.7"),
        (99_999.97, "100000"),
        (9_999_999.4, "9999999"),
        (9_999_999.6, "1e+07"),
        (1e7, "1e+07"),
        (0.00099999, "0.001"),
        (0.00012345, "0.0001"),
        (0.000012345, "1.2e-05"),
        (1e-150, "1e-150"),
        (1e300, "1e+300"),
        (math.inf, "inf"),
        (math.nan, "nan"),
    ],
)
def test_a_size_in_few_digits(size: float, shown: str) -> None:
    assert size_text(size) == shown


@given(st.floats(min_value=0.0, max_value=1e308))
def test_a_size_stays_within_its_cells_and_near_its_value(size: float) -> None:
    shown = size_text(size)
    assert len(shown) <= 7
    assert math.isclose(float(shown), size, rel_tol=0.06 if 1e-99 < size < 1e99 else 0.5) or (
        1e-4 <= size < 1e-2 and abs(float(shown) - size) <= 5.1e-5
    )


@given(st.none() | st.floats(), st.none() | st.floats())
def test_bar_and_number_take_the_same_cells_whatever_they_are(
    size: float | None, largest: float | None
) -> None:
    assert len(text(size, largest)) == WIDTH
    if size is not None:
        assert text(size, largest).endswith(" ")


def test_the_largest_has_the_full_bar_and_each_power_of_ten_is_a_step() -> None:
    assert [bar_level(10.0**-n, 1.0) for n in range(9)] == [7, 6, 5, 4, 3, 2, 1, 0, 0]
    assert text(16.0, 16.0) == "█ 16      "
    assert text(0.16, 16.0) == "▆ 0.16    "


def test_a_zero_has_a_number_and_no_bar() -> None:
    assert bar_level(0.0, 1.0) is None
    assert text(0.0) == "  0       "


def test_before_anything_arrives_there_is_neither() -> None:
    assert text(None) == " " * WIDTH


@pytest.mark.parametrize("size", [math.nan, math.inf])
def test_what_is_not_finite_stands_out_by_sign_and_style(size: float) -> None:
    spans = size_spans(size, 1.0)
    assert spans[0] == ("! ", "failure")
    assert all("failure" in style for _, style in spans)


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(1, 2, "1 of 2"), (3, 12, "3 of 12"), (12, 128, "12/128"), (999, 1000, "99%")],
)
def test_a_share(part: int, whole: int, shown: str) -> None:
    assert share_text(part, whole) == shown


def test_a_single_number_keeps_its_sign() -> None:
    for number in (-2.0, -0.25, -123456.0):
        shown = "".join(text for text, _ in size_spans(abs(number), abs(number), None, number))
        assert float(shown.split()[1]) == pytest.approx(number, rel=0.01)
        assert len(shown) == WIDTH


@pytest.mark.parametrize(
    ("size", "bar"),
    [(1.0, "████"), (0.11, "████"), (0.05, "███▌"), (0.005, "███ "), (1e-9, "▌   "), (0.0, "    ")],
)
def test_a_long_bar_is_half_a_cell_shorter_for_each_power_of_ten(size: float, bar: str) -> None:
    spans = size_spans(size, 1.0, cells=LONG_BAR)
    assert "".join(text for text, _ in spans).startswith(f"{bar} ")


@given(st.none() | st.floats(), st.none() | st.floats())
def test_long_bars_take_the_same_cells_too(size: float | None, largest: float | None) -> None:
    spans = size_spans(size, largest, cells=LONG_BAR)
    assert sum(len(text) for text, _ in spans) == WIDTH + LONG_BAR - 1
