"""The numbers at an axis are round, tell each other apart, and hold what is drawn."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_tutor.render.plot_scale import linear_scale, scale_of

NUMBERS = st.floats(-1e200, 1e200).filter(lambda value: value == 0 or abs(value) > 1e-200)
POSITIVE = st.floats(1e-200, 1e200)


def is_round(value: float) -> bool:
    """Whether a number has at most two digits that are not 0."""
    return value == 0 or len(f"{abs(value):.9e}".split("e")[0].rstrip("0").replace(".", "")) <= 2


@given(st.lists(NUMBERS, min_size=1, max_size=6), st.integers(2, 12))
def test_a_linear_scale_holds_all_numbers_between_its_ends(values: list[float], most: int) -> None:
    scale = scale_of(values, most)
    assert scale.low < scale.high
    assert 2 <= len(scale.ticks) <= 2 * most + 4
    assert list(scale.ticks) == sorted(set(scale.ticks))
    for value in values:
        share = scale.share(value)
        assert share is not None
        assert -1e-6 <= share <= 1 + 1e-6


@given(st.lists(POSITIVE, min_size=1, max_size=6), st.integers(2, 12))
def test_a_logarithmic_scale_does_as_well(values: list[float], most: int) -> None:
    scale = scale_of(values, most, True)
    assert scale.low < scale.high
    assert scale.ticks
    assert all(map(is_round, scale.ticks))
    for value in values:
        share = scale.share(value)
        assert share is not None
        assert -1e-6 <= share <= 1 + 1e-6


@given(st.floats(-1000, 1000), st.floats(0.01, 1000), st.integers(2, 10))
def test_ticks_are_equally_far_apart_and_their_texts_differ(
    low: float, span: float, most: int
) -> None:
    scale = scale_of([low, low + span], most)
    distances = [b - a for a, b in zip(scale.ticks, scale.ticks[1:], strict=False)]
    assert max(distances) == pytest.approx(min(distances), rel=1e-6)
    assert is_round(float(f"{min(distances):.3g}"))
    texts = scale.texts()
    assert len(set(texts)) == len(texts)
    assert [float(text) for text in texts] == pytest.approx(list(scale.ticks), abs=span / 100)


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (0.2638, 0.7, ["0.4", "0.6"]),
        (0.0, 4.0, ["0", "1", "2", "3", "4"]),
        (1e8, 1e8 + 1, ["100000000.0", "100000000.5", "100000001.0"]),
        (-3e-7, 5e-6, ["0", "2e-06", "4e-06"]),
    ],
)
def test_texts_have_the_digits_that_tell_them_apart(
    low: float, high: float, texts: list[str]
) -> None:
    assert [float(text) for text in scale_of([low, high], 5).texts()] == [float(t) for t in texts]


def test_one_number_alone_stands_in_the_middle() -> None:
    for value in (1.0, -7.5, 0.0, 1e-300, 1e300):
        scale = scale_of([value, value], 4)
        share = scale.share(value)
        assert share is not None
        assert 0.2 < share < 0.8


def test_what_an_axis_has_no_place_for() -> None:
    assert scale_of([1.0], 3).share(math.nan) is None
    assert scale_of([1.0], 3).share(math.inf) is None
    logarithmic = scale_of([1.0, 100.0], 3, True)
    assert logarithmic.share(0.0) is None
    assert logarithmic.share(-1.0) is None
    assert logarithmic.share(10.0) == pytest.approx(0.5)


def test_a_power_of_ten_is_as_far_everywhere() -> None:
    scale = scale_of([1e-8, 1.0], 5, True)
    shares = [scale.share(10.0**-power) for power in range(9)]
    assert shares == pytest.approx([1 - power / 8 for power in range(9)])
    assert scale.texts() == ["1e-08", "1e-06", "0.0001", "0.01", "1"]


def test_within_one_power_of_ten_there_are_ticks_all_the_same() -> None:
    assert scale_of([0.26, 0.98], 4, True).texts() == ["0.2", "0.5", "1"]


def test_a_scale_that_keeps_its_ends() -> None:
    scale = linear_scale(-1.3, 2.2, 5, exact=True)
    assert (scale.low, scale.high) == (-1.3, 2.2)
    assert scale.ticks == (-1.0, 0.0, 1.0, 2.0)


def test_a_short_logarithmic_scale_without_a_round_number_has_its_ends() -> None:
    assert scale_of([6e199, 7.5e199], 2, is_log=True).ticks == (6e199, 8e199)
