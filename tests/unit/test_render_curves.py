"""Plots are read back, by the numbers at their axes, and held against what was drawn."""

from __future__ import annotations

import math
from bisect import bisect_right

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from read_picture import Read, read

from autograd_tutor.analysis.curves import Curve
from autograd_tutor.render.curves import LETTERS, CurvePicture, plot_rows
from autograd_tutor.render.signs import to_ascii

WINDOW = [by / 4 for by in range(-8, 9)]
"""Columns of dots: a sign of ASCII, or rounding, moves what is drawn by up to two."""

CELL = 4.0
"""Dots from one row of cells to the next: a number at an axis stands in one of them."""


def curve(*points: tuple[int, float | None], last: int | None = None, name: str = "a") -> Curve:
    return Curve(name, "operation", False, points, points[-1][0] if last is None else last)


def drawn(made: Curve, width: int = 60, height: int = 20, *, log: bool = False) -> Read:
    return read(CurvePicture([made], width, height, log=log).rows(-1))


def held(made: Curve, place: float) -> float | None:
    at = bisect_right([each for each, _ in made.points], place)
    return made.points[at - 1][1] if at else None


def mistakes(made: Curve, picture: Read, log: bool = False) -> list[str]:
    """Where what is drawn is not within a cell and a half of the number that was there."""
    found = []
    last = 2 * picture.width - 1
    for column, rows in picture.dots.items():
        places = [max(0.0, (column + by) / last * made.last) for by in WINDOW]
        values = [value for place in places if (value := held(made, place)) is not None]
        spans = [picture.height_of(value, log) for value in values]
        for row in rows:
            if not min(spans) - 1.5 * CELL <= row <= max(spans) + 1.5 * CELL:
                found.append(f"column {column}: {row}, not in {min(spans)} … {max(spans)}")
    return found


POINTS = st.lists(st.tuples(st.integers(0, 300), st.floats(-50, 50)), min_size=1, max_size=80)


@settings(max_examples=60, deadline=None)
@given(POINTS, st.integers(30, 120), st.integers(9, 40))
def test_a_curve_is_where_its_numbers_are(
    points: list[tuple[int, float]], width: int, height: int
) -> None:
    made = curve(*sorted(dict(points).items()))
    picture = drawn(made, width, height)
    assert mistakes(made, picture) == []
    first = made.points[0][0] / max(1, made.last) * (2 * picture.width - 1)
    missing = set(range(round(first), 2 * picture.width)) - picture.dots.keys()
    assert not missing or not made.last


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 300), st.floats(1e-6, 1e3)), min_size=1, max_size=60))
def test_so_it_is_on_a_logarithmic_scale(points: list[tuple[int, float]]) -> None:
    made = curve(*sorted(dict(points).items()))
    picture = drawn(made, log=True)
    if len(picture.ticks) > 1:
        assert mistakes(made, picture, log=True) == []


@settings(max_examples=30, deadline=None)
@given(POINTS)
def test_so_it_is_in_ascii(points: list[tuple[int, float]]) -> None:
    made = curve(*sorted(dict(points).items()))
    rows = [to_ascii(row.text) for row in CurvePicture([made], 60, 20).rows(-1)]
    assert all(row.isascii() and "?" not in row for row in rows)
    assert mistakes(made, read(rows)) == []


@pytest.mark.parametrize("where", [0, 1, 4_999, 7_512, 9_999])
def test_of_ten_thousand_points_no_spike_is_lost(where: int) -> None:
    values = [math.sin(place / 900) for place in range(10_000)]
    values[where] = 5.0
    picture = drawn(curve(*enumerate(values)))
    column = round(where / 9_999 * (2 * picture.width - 1))
    highest = min(row for rows in picture.dots.values() for row in rows)
    assert highest in picture.dots[column]
    assert sum(highest in rows for rows in picture.dots.values()) <= 2


@pytest.mark.parametrize("size", [(20, 5), (36, 9), (60, 14), (116, 36), (196, 46)])
def test_a_plot_has_the_size_that_it_is_to_have(size: tuple[int, int]) -> None:
    width, height = size
    rows = CurvePicture([curve((0, 1.0), (9, 2.0))], width, height).rows(4)
    assert len(rows) == height
    assert max(row.width for row in rows) == width


class TestOddNumbers:
    def test_nan_stands_on_the_axis_where_it_is(self) -> None:
        picture = drawn(curve((0, 1.0), (50, math.nan), (60, 2.0), last=100))
        assert picture.axis.index("!") == pytest.approx(picture.width / 2, abs=1)
        assert picture.axis.count("!") == 1
        gap = range(2 * picture.axis.index("!") + 3, round(0.6 * 2 * picture.width) - 2)
        assert not set(gap) & picture.dots.keys()

    @pytest.mark.parametrize(("value", "row"), [(math.inf, 0), (-math.inf, 17)])
    def test_an_infinity_stands_at_its_end(self, value: float, row: int) -> None:
        picture = drawn(curve((0, 1.0), (50, value), (60, 2.0), last=100))
        ((at, column),) = picture.signs["!"]
        assert at == row
        assert column == pytest.approx(picture.width / 2, abs=1)

    def test_what_is_not_above_zero_stands_below_a_logarithmic_scale(self) -> None:
        picture = drawn(curve((0, 1.0), (50, 0.0), (60, 2.0), last=100), log=True)
        ((row, column),) = picture.signs["↓"]
        assert row == 17
        assert column == pytest.approx(picture.width / 2, abs=1)

    def test_nothing_is_drawn_where_there_is_no_number(self) -> None:
        picture = drawn(curve((0, 1.0), (30, None), (60, 2.0), last=100))
        assert "!" not in picture.axis
        middle = range(round(0.34 * 2 * picture.width), round(0.56 * 2 * picture.width))
        assert not set(middle) & picture.dots.keys()

    def test_a_curve_of_nothing_but_nan(self) -> None:
        picture = drawn(curve((0, math.nan), (1, math.nan), last=3))
        assert not picture.dots
        assert picture.axis.count("!") == 2


class TestThePlace:
    def test_it_is_marked_on_the_curve_and_on_the_axis(self) -> None:
        rows = CurvePicture([curve((0, 1.0), (50, 3.0), last=100)], 60, 20).rows(75)
        current = [(y, text) for y, row in enumerate(rows) for text, style in row.spans
                   if "current" in style.split()]  # fmt: skip
        assert [text for _, text in current] == ["●", "┴", " moment 75 "]
        picture = read(rows)
        ((row, column),) = picture.signs["●"]
        assert 4 * row == pytest.approx(picture.height_of(3.0), abs=CELL)
        assert column == pytest.approx(0.75 * picture.width, abs=1)
        assert picture.axis.index("┴") == column

    def test_before_the_first_number_there_is_no_mark_on_the_curve(self) -> None:
        rows = plot_rows(CurvePicture([curve((50, 3.0), last=100)], 60, 20), 10, 60)
        assert not read(rows).signs
        assert rows[-1].text == "● a no value"

    def test_moving_it_changes_few_cells(self) -> None:
        values = [(place, math.sin(place / 40)) for place in range(0, 1000, 3)]
        picture = CurvePicture([curve(*values)], 116, 36)
        for place in range(0, 990, 37):
            before, after = (picture.rows(at) for at in (place, place + 1))
            differing = sum(
                a != b
                for one, other in zip(before, after, strict=True)
                for a, b in zip(one.text.ljust(116), other.text.ljust(116), strict=True)
            )
            assert differing < 40


class TestSeveralCurves:
    CURVES = tuple(
        Curve(name, "leaf", False, ((0, value), (99, value + 1)), 99)
        for name, value in (("w", 1.0), ("b", 5.0), ("c", 9.0))
    )

    def test_each_has_its_letter_and_the_legend_says_which_is_which(self) -> None:
        rows = plot_rows(CurvePicture(self.CURVES, 70, 20), 10, 70)
        picture = read(rows)
        assert rows[-1].text == "a w 1   b b 5   c c 9"
        for letter, made in zip(LETTERS, self.CURVES, strict=False):
            assert len(picture.signs[letter]) >= 2
            for row, _ in picture.signs[letter][:-1]:
                expected = picture.height_of(made.points[0][1] or 0.0)
                assert 4 * row == pytest.approx(expected, abs=1.5 * CELL)

    def test_no_two_have_one_colour(self) -> None:
        rows = plot_rows(CurvePicture(self.CURVES, 70, 20), 10, 70)
        styles = {text.strip(): style for text, style in rows[-1].spans}
        assert len({styles[letter] for letter in "abc"}) == 3

    def test_a_legend_that_is_too_long_goes_on_in_another_row(self) -> None:
        legend = CurvePicture(self.CURVES, 30, 10).legend(10, 12)
        assert [row.text for row in legend] == ["a w 1", "b b 5", "c c 9"]

    def test_a_name_steers_no_terminal(self) -> None:
        made = curve((0, 1.0), (3, 2.0), name='p["\x1b]0;x\x07"]')
        assert all(row.text.isprintable() for row in plot_rows(CurvePicture([made], 60, 9), 1, 60))

    def test_norms_of_which_some_are_left_out_say_so(self) -> None:
        made = curve((0, 1.0), (8, 2.0))._replace(every=4, is_norm=True)
        (legend,) = CurvePicture([made], 60, 9).legend(8, 60)
        assert legend.text == "● norm of a 2 1 of 4 looked at"


def test_what_is_not_held_is_joined_and_has_a_value_only_where_it_is() -> None:
    made = curve((0, 0.0), (100, 10.0))._replace(is_held=False)
    picture = drawn(made)
    for column, rows in picture.dots.items():
        expected = picture.height_of(10 * column / (2 * picture.width - 1))
        assert all(abs(row - expected) <= 1.5 * CELL for row in rows)
    assert made.value_at(50) is None
    assert made.value_at(100) == 10.0
