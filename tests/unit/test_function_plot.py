"""A lesson's function is read back from its picture, and its tangent held against calculus."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from made import parameter, result, scalar, snapshot, trace
from read_picture import read

from autograd_tutor.analysis.tangent_point import TangentPoint, tangent_point
from autograd_tutor.recording.plots import Plot, PlottedFunction
from autograd_tutor.render.function_plot import function_rows
from autograd_tutor.render.picture_view import Moment, lesson_plot
from autograd_tutor.render.rows import Row

Real = Callable[[float], float]
SQUARE = Plot(function="lambda t: t ** 2", at="t", low=-2, high=2)


def points(f: Real, slope: Real, low: float, high: float) -> tuple[tuple[float, float, float], ...]:
    places = [low + (high - low) * number / 200 for number in range(201)]
    return tuple((place, f(place), slope(place)) for place in places)


def square(*at: float, problem: str | None = None) -> PlottedFunction:
    return PlottedFunction(
        points(lambda t: t * t, lambda t: 2 * t, -2, 2),
        tuple((place, place * place, 2 * place) for place in at),
        problem,
    )


def styled(rows: list[Row], style: str) -> list[Row]:
    """The rows with nothing but what has a style, everything else blank."""
    return [
        Row(tuple((text if style in styles.split() else " " * len(text), "") for text, styles
                  in row.spans))
        for row in rows
    ]  # fmt: skip


def picture_of(rows: list[Row], style: str) -> dict[int, list[int]]:
    """The dots of one style."""
    whole = [row.text for row in rows]
    kept = [row.text.ljust(len(text)) for row, text in zip(styled(rows, style), whole, strict=True)]
    edge = next(len(line) - len(line.lstrip()) for line in whole if line.lstrip()[:1] == "└")
    mixed = [text[: edge + 1] + part[edge + 1 :] for text, part in zip(whole, kept, strict=True)]
    return read(
        [text if "└" in text else line for text, line in zip(whole, mixed, strict=True)]
    ).dots


@pytest.mark.parametrize("place", [-1.5, -0.25, 0.5, 1.0, 1.75])
def test_the_tangent_touches_the_function_and_has_its_slope(place: float) -> None:
    rows = function_rows(SQUARE, square(), TangentPoint(place, place**2, 2 * place), 80, 30)[:30]
    seen = read(rows)
    columns = 2 * seen.width - 1
    tangent = picture_of(rows, "grad")
    assert len(tangent) > 20
    for column, drawn in tangent.items():
        at = -2 + 4 * column / columns
        expected = seen.height_of(place**2 + 2 * place * (at - place))
        assert min(abs(row - expected) for row in drawn) <= 6
    ((row, column),) = seen.signs["◆"]
    assert column == pytest.approx((place + 2) / 4 * seen.width, abs=1)
    assert 4 * row == pytest.approx(seen.height_of(place**2), abs=6)


def test_the_function_itself_is_where_its_values_are() -> None:
    rows = function_rows(SQUARE, square(), None, 80, 30)[:30]
    seen = read(rows)
    for column, drawn in seen.dots.items():
        values = [(-2 + 4 * (column + by) / (2 * seen.width - 1)) ** 2 for by in (-1, 0, 1)]
        heights = [seen.height_of(value) for value in values]
        assert all(min(heights) - 6 <= row <= max(heights) + 6 for row in drawn)
    assert len(seen.dots) == 2 * seen.width


def test_the_legend_says_the_numbers() -> None:
    rows = [
        row.text for row in function_rows(SQUARE, square(), TangentPoint(0.8, 0.64, 1.6), 60, 12)
    ]
    assert rows[-3:] == ["● lambda t: t ** 2", "◆ t = 0.8  value 0.64", "∇ tangent: slope 1.6"]


def test_a_point_outside_of_the_picture_is_told_in_numbers_alone() -> None:
    rows = function_rows(SQUARE, square(), TangentPoint(7.0, 49.0, 14.0), 60, 12)
    assert "◆" not in read(rows[:12]).signs
    assert rows[-2].text == "◆ t = 7  value 49"


def test_where_it_is_not_known_there_is_no_tangent() -> None:
    rows = function_rows(SQUARE, square(), TangentPoint(0.8), 60, 12)
    assert not picture_of(rows[:12], "grad")
    assert "slope" not in rows[-1].text
    assert function_rows(SQUARE, square(), None, 60, 12)[-1].text == "  t is not there yet"


def test_nan_and_infinity_of_a_function_stand_where_they_are() -> None:
    def pole(t: float) -> float:
        return 1 / t if t else math.inf

    made = PlottedFunction(points(pole, lambda t: 0.0, -1, 1))
    seen = read(function_rows(Plot(function="f", at="t"), made, None, 60, 16)[:16])
    ((row, column),) = seen.signs["!"]
    assert (row, column) == (0, pytest.approx(seen.width / 2, abs=1))

    def root(t: float) -> float:
        return math.sqrt(t) if t >= 0 else math.nan

    made = PlottedFunction(points(root, lambda t: 0.0, -1, 1))
    seen = read(function_rows(Plot(function="f", at="t"), made, None, 60, 16)[:16])
    assert seen.axis[: seen.width // 2 - 1].count("!") == seen.width // 2 - 1
    assert "!" not in seen.axis[seen.width // 2 + 1 :]
    assert min(seen.dots) >= seen.width - 2


def test_a_problem_is_said_and_what_there_is_is_drawn() -> None:
    rows = function_rows(SQUARE, square(problem="fails: ValueError: no"), None, 60, 12)
    assert rows[-1].text == "✗ The function fails: ValueError: no."
    broken = PlottedFunction(problem="is no function")
    assert [row.text for row in function_rows(SQUARE, broken, None, 60, 12)] == [
        "✗ The function is no function."
    ]


class TestTheLearnersPoint:
    MADE = trace(
        snapshot(0),
        snapshot(1, tensors={"t": parameter(1.0)}),
        snapshot(2, tensors={"t": parameter(0.5)}),
        snapshot(3, tensors={"t": scalar(0.25)}),
    )

    def test_it_follows_the_moments(self) -> None:
        made = self.MADE
        if not made.done:
            made.finish(result(snapshots=4, plotted=square(0.5, 1.0)))
        found = [tangent_point(made, SQUARE, at) for at in range(4)]
        assert found == [
            None,
            TangentPoint(1.0, 1.0, 2.0),
            TangentPoint(0.5, 0.25, 1.0),
            TangentPoint(0.25),
        ]

    def test_before_the_step_has_ended_the_picture_says_so(self) -> None:
        made = trace(snapshot(0), snapshot(1, tensors={"t": parameter(1.0)}))
        (row,) = lesson_plot(Moment(made, 1, SQUARE), 60, 12)
        assert row.text == "lambda t: t ** 2 is drawn when the step has ended."

    def test_where_the_step_has_failed_the_picture_says_so(self) -> None:
        made = trace(snapshot(0), snapshot(1, tensors={"t": parameter(1.0)}))
        made.finish(result(snapshots=2))
        (row,) = lesson_plot(Moment(made, 1, SQUARE), 60, 12)
        assert row.text == "lambda t: t ** 2 was not worked out."
