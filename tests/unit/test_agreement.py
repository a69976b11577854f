"""How far what was sent is from what a formula gives, and how far rounding explains that."""

from __future__ import annotations

import math

import pytest

from autograd_tutor.formulas.agreement import Rounding, close, rounding
from autograd_tutor.formulas.arrays import Array
from autograd_tutor.formulas.evaluation import Evaluator
from autograd_tutor.formulas.rounding import PRECISION, as_float32

FLOAT32 = PRECISION["torch.float32"]


def product(sent: tuple[float, ...], *, grad: tuple[float, ...]) -> Rounding:
    """Of `grad · 3` in float32."""
    shape = (len(grad),)
    evaluator = Evaluator(shape, None, as_float32)
    names = {"grad": Array(shape, grad), "other": Array((), (3.0,))}
    total = evaluator.value("grad * other", names)
    return rounding(evaluator, "grad * other", names, total, Array(shape, sent), FLOAT32)


def test_the_exact_value_is_no_difference() -> None:
    found = product((3.0, 6.0), grad=(1.0, 2.0))
    assert found.difference == 0
    assert found.explains
    assert not found.is_excluded


def test_it_is_that_of_the_element_that_fits_worst_not_of_the_largest_difference() -> None:
    found = product((3.1, 3e6 + 0.3), grad=(1.0, 1e6))
    assert found.difference == pytest.approx(0.1)
    assert 0 < found.allowed < 1e-4
    assert not found.explains
    assert found.is_excluded


def test_it_grows_with_the_number_and_with_the_difference() -> None:
    small, large = product((3.0,), grad=(1.0,)), product((3e6,), grad=(1e6,))
    assert large.allowed > 1e5 * small.allowed
    near = product((3.0 + 2 * small.allowed,), grad=(1.0,))
    assert not near.explains
    assert not near.is_excluded


@pytest.mark.parametrize("sent", [math.inf, -math.inf, math.nan])
def test_an_infinity_is_no_rounding_of_a_number_far_from_it(sent: float) -> None:
    found = product((sent,), grad=(1.0,))
    assert found.difference == math.inf
    assert not found.explains
    assert found.is_excluded
    assert not product((3.0,), grad=(sent,)).explains
    assert product((3 * sent,), grad=(sent,)).explains


def test_near_the_largest_number_an_infinity_may_be_rounding() -> None:
    assert product((math.inf,), grad=(FLOAT32.largest / 3,)).explains


def test_of_no_elements_nothing_differs() -> None:
    assert product((), grad=()) == Rounding(0.0, 0.0)


@pytest.mark.parametrize(
    ("left", "right", "is_close"),
    [
        (1.0, 1.0, True), (1.0 + 1e-7, 1.0, True), (1.0 + 1e-5, 1.0, False), (0.0, -0.0, True),
        (math.nan, math.nan, True), (math.nan, 1.0, False), (1.0, math.nan, False),
        (math.inf, math.inf, True), (math.inf, -math.inf, False), (math.inf, 1.0, False),
        (1.0, math.inf, False),
    ],
)  # fmt: skip
def test_what_is_close(left: float, right: float, is_close: bool) -> None:
    assert close(left, right, 1e-6) is is_close
