"""Formulas with the numbers of a backward pass put in, against sums done by hand."""

from __future__ import annotations

import math
import random

import pytest
from formula_forms import forms_of
from hypothesis import given, settings
from hypothesis import strategies as st
from made import tensor

from autograd_tutor.formulas import FORMULAS
from autograd_tutor.formulas.arrays import (
    Array,
    UnfitShapes,
    common_shape,
    expanded,
    matrix_product,
    product_of_others,
    summed_to,
    transposed,
)
from autograd_tutor.formulas.evaluation import Evaluator
from autograd_tutor.formulas.expression import NotSimple, parsed
from autograd_tutor.formulas.formula import Variant, either, op
from autograd_tutor.formulas.numbers_in import (
    Numbers,
    boundary_note,
    fitting,
    numbers_in,
)
from autograd_tutor.recording.model import Backward, Saved, Tensor


def scalar(value: float) -> Tensor:
    return tensor(value, shape=())


def numbers_of(
    node: str, grad: Tensor | None, sent: Tensor | None, input_index: int = 0, **saved: Tensor | str
) -> Numbers | None:
    """The numbers for one input of a node that received `grad`."""
    before: tuple[Tensor | None, ...] = (None,) * input_index
    recorded = tuple(Saved(name, value) for name, value in saved.items())
    return numbers_in(
        FORMULAS[node], input_index, Backward(1, 1, (grad,), (*before, sent), None, recorded)
    )


def line(
    node: str, grad: Tensor, sent: Tensor, input_index: int = 0, **saved: Tensor | str
) -> str | None:
    """The line, of numbers that agree."""
    numbers = numbers_of(node, grad, sent, input_index, **saved)
    assert numbers is not None
    assert numbers.agrees
    return numbers.line


def test_a_product_of_two_numbers() -> None:
    assert line("MulBackward0", scalar(1), scalar(3), other=scalar(3)) == (
        "grad · other = 1 · 3 = 3"
    )


def test_a_product_of_vectors() -> None:
    assert line("MulBackward0", tensor(1, 1), tensor(3, 4), other=tensor(3, 4)) == (
        "grad · other = [1, 1] · [3, 4] = [3, 4]"
    )


def test_a_product_of_matrices() -> None:
    grad, mat2 = tensor(1, 2, shape=(1, 2)), tensor(3, 4, shape=(1, 2))
    assert line("MmBackward0", grad, tensor(11, shape=(1, 1)), mat2=mat2) == (
        "grad @ mat2ᵀ = [[1, 2]] @ [[3, 4]]ᵀ = [[11]]"
    )


def test_the_formula_is_that_for_what_was_saved() -> None:
    saved = {"exponent": "2", "self": scalar(-2)}
    assert line("PowBackward0", scalar(1), scalar(-4), **saved) == (
        "grad · 2 · self = 1 · 2 · (-2) = -4"
    )
    saved["exponent"] = "3"
    assert line("PowBackward0", scalar(1), scalar(12), **saved) == (
        "grad · exponent · self^(exponent − 1) = 1 · 3 · (-2)^(3 − 1) = 12"
    )


def test_what_is_passed_on_unchanged_is_not_written_twice() -> None:
    assert line("AddBackward0", scalar(2), scalar(2)) == "grad = 2"


def test_rounded_numbers_are_marked_as_such() -> None:
    sent = scalar(2 * math.cos(0.5))
    assert line("SinBackward0", scalar(2), sent, self=scalar(0.5)) == (
        "grad · cos(self) = 2 · cos(0.5) ≈ 1.7552"
    )


def test_float32_noise_does_not_make_a_number_a_rounded_one() -> None:
    assert line("MulBackward0", scalar(0.1), scalar(0.3), other=scalar(3)) == (
        "grad · other = 0.1 · 3 = 0.3"
    )


def test_a_mean_divides_by_the_number_of_elements() -> None:
    assert line("MeanBackward0", scalar(1), tensor(0.25, 0.25, 0.25, 0.25)) == (
        "grad / n, expanded to shape = 1 / 4, expanded to (4,) = [0.25, 0.25, 0.25, 0.25]"
    )


def test_a_mean_over_a_dimension_counts_only_that() -> None:
    sent = tensor(0.5, 0.5, 1, 1, shape=(2, 2))
    numbers = numbers_of("MeanBackward1", tensor(1, 2), sent, dim="(-1,)", keepdim="False")
    assert numbers is not None
    assert numbers.value == "[[0.5, 0.5], [1, 1]]"
    assert numbers.agrees


def test_a_loss_is_written_by_its_reduction() -> None:
    saved = {"self": tensor(1, 3), "target": tensor(2, 2)}
    assert line("MseLossBackward0", scalar(1), tensor(-1, 1), **saved, reduction="1") == (
        "grad · 2 · (self − target) / n = 1 · 2 · ([1, 3] − [2, 2]) / 2 = [-1, 1]"
    )


def test_a_gradient_changed_by_a_hook_is_not_called_equal() -> None:
    numbers = numbers_of("MulBackward0", scalar(1), scalar(30), other=scalar(3))
    assert numbers is not None
    assert not numbers.agrees
    assert numbers.value == "3"
    assert numbers.sent == "30"
    assert "30" not in numbers.line


@pytest.mark.parametrize("sent", [3.01, -3, 0, math.nan, math.inf])
def test_a_difference_beyond_rounding_is_noticed(sent: float) -> None:
    numbers = numbers_of("MulBackward0", scalar(1), scalar(sent), other=scalar(3))
    assert numbers is not None
    assert not numbers.agrees


def test_a_masked_gradient_changed_by_a_hook_is_noticed() -> None:
    saved = {"self": tensor(1, 3), "min": "0", "max": "1"}
    numbers = numbers_of("ClampBackward1", tensor(1, 1), tensor(0, 0), **saved)
    assert numbers is not None
    assert not numbers.agrees


def test_digits_lost_in_a_difference_are_put_down_to_rounding() -> None:
    result = tensor(0.99999988, shape=())
    numbers = numbers_of("TanhBackward0", scalar(1), scalar(2.9e-7), result=result)
    assert numbers is not None
    assert numbers.agrees


def test_a_sum_over_broadcast_dimensions_is_written() -> None:
    numbers = numbers_of("MulBackward0", tensor(1, 1), scalar(7), other=tensor(3, 4))
    assert numbers is not None
    assert numbers.agrees
    assert numbers.summed == "7"
    assert numbers.line == ("grad · other = [1, 1] · [3, 4] = [3, 4], summed to shape () = 7")


def test_a_choice_leaves_out_what_it_does_not_take() -> None:
    grad = tensor(math.inf, 2)
    assert line("ReluBackward0", grad, tensor(0, 2), result=tensor(0, 3)) == (
        "0 if result ≤ 0 else grad = 0 if [0, 3] ≤ 0 else [inf, 2] = [0, 2]"
    )


def test_a_condition_on_values_is_asked_of_all_that_was_saved() -> None:
    there = Variant("grad * 2", values="result == 0")
    undefined = Variant("", values="result < 0", undefined="no slope where result < 0")
    formula = op("XBackward0", "x", "x", self=either("grad / result", there, undefined))

    def fitted(*result: float) -> str:
        saved = (Saved("result", tensor(*result)),)
        found = fitting(formula, 0, Backward(1, 1, (), (), None, saved))
        assert found is not None
        return found.text

    assert fitted(1, 2) == "grad / result"
    assert fitted(1, 0) == "grad · 2"
    assert fitted(*[1] * 500, 0) == "grad · 2"
    assert fitted(1, -1) == "no slope where result < 0"
    saved = (Saved("result", scalar(-1)),)
    passed = Backward(1, 1, (scalar(1),), (scalar(0),), None, saved)
    assert numbers_in(formula, 0, passed) is None
    assert boundary_note(formula, 0, passed) == "no slope where result < 0"


def test_equal_extremes_share_the_gradient() -> None:
    saved = {"self": tensor(3, 1, 3), "result": scalar(3)}
    assert line("MaxBackward1", scalar(1), tensor(0.5, 0, 0.5), **saved) == (
        "grad where self = result, shared if several"
        " = 1 where [3, 1, 3] = 3, shared if several = [0.5, 0, 0.5]"
    )


def test_of_equal_numbers_each_gets_half() -> None:
    saved = {"self": tensor(1, 2), "other": tensor(1, 1)}
    assert line("MaximumBackward0", tensor(1, 1), tensor(0.5, 1), **saved) == (
        "grad / 2 if self = other else (0 if self < other else grad)"
        " = [1, 1] / 2 if [1, 2] = [1, 1] else (0 if [1, 2] < [1, 1] else [1, 1]) = [0.5, 1]"
    )


def test_one_number_is_written_without_brackets() -> None:
    grad, other = tensor(2, shape=(1, 1)), tensor(3, shape=(1,))
    assert line("MulBackward0", grad, tensor(6, shape=(1, 1)), other=other) == (
        "grad · other = 2 · 3 = 6"
    )
    assert line("AddBackward0", grad, tensor(2)) == "grad = 2"


def test_in_a_product_of_matrices_every_bracket_is_written() -> None:
    one = tensor(3, shape=(1, 1))
    assert line("MmBackward0", one, tensor(9, shape=(1, 1)), mat2=one) == (
        "grad @ mat2ᵀ = [[3]] @ [[3]]ᵀ = [[9]]"
    )


def test_what_agrees_is_written_as_it_was_recorded() -> None:
    saved = {"result": tensor(0.26894143, 0.7310586), "dim": "-1"}
    assert line("SoftmaxBackward0", tensor(1, 1), tensor(0, 0), **saved) == (
        "result · (grad − Σ(grad · result)) = [0.2689, 0.7311] · ([1, 1] − "
        "Σ([1, 1] · [0.2689, 0.7311])) = [0, 0]"
    )


def test_a_condition_is_written_as_true_and_false() -> None:
    condition = tensor(1, 0, dtype="torch.bool", raw=b"\x01\x00")
    assert line("WhereBackward0", tensor(1, 2), tensor(1, 0), condition=condition) == (
        "grad if condition else 0 = [1, 2] if [True, False] else 0 = [1, 0]"
    )


def test_infinities_and_nan_are_numbers_of() -> None:
    assert line("LogBackward0", scalar(1), scalar(math.inf), self=scalar(0)) == (
        "grad / self = 1 / 0 = inf"
    )
    assert line("MulBackward0", scalar(math.nan), scalar(math.nan), other=scalar(3)) == (
        "grad · other = nan · 3 = nan"
    )


def test_with_a_zero_among_the_factors_the_others_are_multiplied() -> None:
    saved = {"self": tensor(0, 6), "result": scalar(0)}
    assert line("ProdBackward0", scalar(1), tensor(6, 0), **saved) == (
        "grad · (product of the others in self) = 1 · (product of the others in [0, 6]) = [6, 0]"
    )


def test_the_sign_of_a_zero_is_written() -> None:
    assert line("DivBackward0", scalar(1), scalar(-math.inf), other=scalar(-0.0)) == (
        "grad / other = 1 / (-0) = -inf"
    )
    assert line("MulBackward0", scalar(1), scalar(-0.0), other=scalar(-0.0)) == (
        "grad · other = 1 · (-0) = -0"
    )


def test_numbers_are_written_with_the_dimensions_that_were_dropped() -> None:
    sent = tensor(0.5, 0.5, 1, 1, shape=(2, 2))
    assert line("MeanBackward1", tensor(1, 2), sent, dim="(-1,)", keepdim="False") == (
        "grad / n, expanded to shape = [[1], [2]] / 2, expanded to (2, 2) = [[0.5, 0.5], [1, 1]]"
    )


def test_numbers_are_not_dropped_without_a_word() -> None:
    saved = (Saved("other", tensor(0, 3)),)
    passed = Backward(1, 1, (tensor(math.inf, 1),), (tensor(0, 3),), None, saved)
    assert numbers_in(FORMULAS["MulBackward0"], 0, passed) is None
    assert boundary_note(FORMULAS["MulBackward0"], 0, passed) == (
        "it gives [nan, 3], but [0, 3] was sent: a hook changed it, or torch has another rule"
        " for 0 and infinities"
    )


def test_a_value_beyond_the_dtype_is_infinite() -> None:
    half = {"dtype": "torch.float16", "shape": ()}
    grad = tensor(1, **{**half, "raw": b"\x00\x7b"})  # 57344
    sent = tensor(1, **{**half, "raw": b"\x00\x7c"})  # inf
    other = tensor(1, **{**half, "raw": b"\x00\x40"})  # 2
    numbers = numbers_of("MulBackward0", grad, sent, other=other)
    assert numbers is not None
    assert numbers.agrees
    assert numbers.value == "inf"


@pytest.mark.parametrize(
    ("node", "grad", "sent", "saved"),
    [
        ("MulBackward0", scalar(1), None, {"other": scalar(3)}),
        ("MulBackward0", None, scalar(3), {"other": scalar(3)}),
        ("MulBackward0", scalar(1), scalar(3), {}),
        ("MulBackward0", scalar(1), scalar(3), {"other": "None"}),
        ("MulBackward0", tensor(*[1] * 7), tensor(*[3] * 7), {"other": scalar(3)}),
        ("MulBackward0", tensor(1, raw=None), tensor(3), {"other": tensor(3)}),
        ("MulBackward0", tensor(1, shape=(1,), raw=b"\0"), tensor(3), {"other": tensor(3)}),
        ("MulBackward0", tensor(1, 2), tensor(1, 2, 3), {"other": tensor(1, 2)}),
        ("MulBackward0", tensor(shape=(0,)), tensor(shape=(0,)), {"other": tensor(shape=(0,))}),
        ("MulBackward0", scalar(1), tensor(3, dtype="torch.complex64"), {"other": scalar(3)}),
        ("SliceBackward0", tensor(1), tensor(1, 0), {"dim": "0", "start": "0"}),
        ("FloorBackward0", scalar(1), scalar(0), {}),
        ("AccumulateGrad", scalar(1), scalar(1), {}),
    ],
)
def test_what_cannot_be_shown_is_not(
    node: str, grad: Tensor | None, sent: Tensor | None, saved: dict[str, Tensor | str]
) -> None:
    assert numbers_of(node, grad, sent, **saved) is None


@pytest.mark.parametrize("dim", ["('a', 0.5)", "[[", "999999999999999999999", "None", "()"])
def test_a_setting_that_makes_no_sense_does_no_harm(dim: str) -> None:
    sent = tensor(1, 1, shape=(1, 2))
    numbers = numbers_of("SumBackward1", tensor(1), sent, dim=dim, keepdim="False")
    assert numbers is None or numbers.agrees


def test_a_power_of_huge_integers_is_not_computed_digit_by_digit() -> None:
    huge = tensor(1, shape=(), dtype="torch.int64", raw=(2**62).to_bytes(8, "little"))
    saved = {"self": scalar(0), "other": huge}
    numbers = numbers_of("Logaddexp2Backward0", scalar(1), scalar(0), **saved)
    assert numbers is not None
    assert numbers.agrees


def test_beyond_the_inputs_nothing_is_shown() -> None:
    assert numbers_of("MulBackward0", scalar(1), scalar(3), input_index=2, other=scalar(3)) is None


NAMES = {
    "a": Array((2,), (1.0, -2.0)),
    "b": Array((2, 1), (3.0, 4.0)),
    "zero": Array((), (0.0,)),
    "big": Array((), (1000.0,)),
}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("a * b", (3, -6, 4, -8)),
        ("0 < b <= 3", (True, False)),
        ("a > 0 or zero == 0", (True, True)),
        ("d * d; d = a + 1", (4, 1)),
        ("sum(b)", (7,)),
        ("a / zero", (math.inf, -math.inf)),
        ("exp(big)", (math.inf,)),
        ("sigmoid(-big)", (0,)),
        ("log(zero)", (-math.inf,)),
        ("sinh(-big)", (-math.inf,)),
        ("trunc(log(zero))", (-math.inf,)),
        ("zero**-1", (math.inf,)),
        ("b if a > 0 else zero", (3, 0, 4, 0)),
        ("clamp(a, -1, 1)", (1, -1)),
        ("abs(a) - sign(a)", (0, 3)),
        ("b.mT @ b", (25,)),
        ("outer(a, a)", (1, -2, -2, 4)),
        ("a // b", (0, -1, 0, -1)),
        ("a // zero", (math.inf, -math.inf)),
        ("sign(nan)", (0,)),
        ("nan if a > 0 else inf", (math.nan, math.inf)),
        ("xlogy(zero, zero) + xlogy(a, 1)", (0, 0)),
        ("xlogy(a, zero)", (-math.inf, math.inf)),
        ("(-inf)**0.5", (math.nan,)),
        ("(-zero)**-0.5", (-math.inf,)),
        ("any(a > 0) and not any(b < 0)", (True,)),
        ("ndim(a) < ndim(b)", (True,)),
    ],
)
def test_an_expression_is_computed(expression: str, value: tuple[float, ...]) -> None:
    found = Evaluator((), ()).value(expression, NAMES).values
    assert found == pytest.approx(value, rel=0, abs=0, nan_ok=True)


def test_each_element_has_the_product_of_the_others() -> None:
    factors = Array((2, 3), (2, 3, 0, 0, 5, 0))
    assert product_of_others(factors, (2, 1)).values == (0, 0, 6, 0, 0, 0)
    assert product_of_others(factors, (1, 3)).values == (0, 5, 0, 2, 3, 0)
    assert product_of_others(Array((), (7,)), ()).values == (1,)
    with pytest.raises(UnfitShapes):
        product_of_others(factors, (2,))


@pytest.mark.parametrize("expression", ["log(a)", "a**0.5"])
def test_outside_its_domain_a_function_is_nan(expression: str) -> None:
    assert math.isnan(Evaluator((), ()).value(expression, NAMES).values[1])


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os')",
        "a.__class__",
        "open(a)",
        "a[0]",
        "missing",
        "lambda: a",
        "a.tofile(a)",
        "exp(a, a)",
    ],
)
def test_nothing_but_arithmetic_is_computed(expression: str) -> None:
    with pytest.raises(NotSimple):
        Evaluator((), ()).value(expression, NAMES)


def test_shapes_broadcast_as_in_torch() -> None:
    assert common_shape((2, 1), (3,), ()) == (2, 3)
    assert expanded(Array((2, 1), (1, 2)), (2, 2)).values == (1, 1, 2, 2)
    assert summed_to(Array((2, 2), (1, 2, 3, 4)), (2,)).values == (4, 6)
    assert summed_to(Array((2, 2), (1, 2, 3, 4)), (2, 1)).values == (3, 7)
    with pytest.raises(UnfitShapes):
        common_shape((2,), (3,))


def test_matrices_multiply_as_in_torch() -> None:
    matrix = Array((2, 3), (1, 2, 3, 4, 5, 6))
    assert transposed(matrix) == Array((3, 2), (1, 4, 2, 5, 3, 6))
    assert matrix_product(matrix, transposed(matrix)) == Array((2, 2), (14, 32, 32, 77))
    assert matrix_product(matrix, Array((3,), (1, 1, 1))) == Array((2,), (6, 15))
    with pytest.raises(UnfitShapes):
        matrix_product(matrix, matrix)


@pytest.mark.parametrize("text", ["9" * 400, "9" * 100, "-" * 5000 + "1", "-" * 100_000 + "1"])
def test_a_setting_of_any_length_does_no_harm(text: str) -> None:
    numbers = numbers_of("AddBackward0", scalar(1), scalar(1), alpha=text)
    assert numbers is not None
    assert numbers.line == "grad = 1"


SPECIAL = (math.nan, math.inf, -math.inf, 0.0, -0.0, 1e-45, -1e38, 3e38, 60.0, -60.0, 3.0, 0.1)
ODD_SETTINGS = ("None", "inf", "-inf", "nan", "True", "0", "-3", "1e400", "(9, -1)", "1j", "[[")
SHAPES: tuple[tuple[int, ...], ...] = ((), (1,), (2,), (2, 2))

INPUTS = [
    (name, input_index)
    for name, formula in FORMULAS.items()
    for input_index in range(len(formula.inputs))
]


def names_saved(name: str, input_index: int) -> tuple[str, ...]:
    """All that the node may have saved, by the expressions of that input."""
    given = FORMULAS[name].inputs[input_index]
    texts = [form.expression for form in forms_of(given)] + [each.values for each in given.variants]
    used = {name for text in texts if text for name in parsed(text).names} - {"sent"}
    return tuple(sorted({*used, "dim", "reduction"} - {"grad", "n", "shape"}))


def odd_tensor(dice: random.Random, shape: tuple[int, ...]) -> Tensor:
    return tensor(*dice.choices(SPECIAL, k=math.prod(shape)), shape=shape)


def odd_pass(dice: random.Random, name: str, input_index: int) -> Backward:
    """A record of numbers at the limits and settings of any sort, for one input of a node."""
    shape = dice.choice(SHAPES)
    variants = FORMULAS[name].inputs[input_index].variants
    when = dice.choice([(), *(each.when for each in variants)])
    recorded = {
        each: odd_tensor(dice, shape) if dice.random() < 0.7 else dice.choice(ODD_SETTINGS)
        for each in names_saved(name, input_index)
    }
    saved = tuple(
        Saved(each, value)
        for each, value in (recorded | {each: dice.choice(texts) for each, texts in when}).items()
    )
    grad = odd_tensor(dice, dice.choice((shape, ())))
    sent = (*[None] * input_index, odd_tensor(dice, shape))
    return Backward(1, 1, (grad,), sent, None, saved)


@pytest.mark.parametrize(("name", "input_index"), INPUTS)
def test_no_number_makes_a_formula_raise(name: str, input_index: int) -> None:
    dice = random.Random(name)
    for _ in range(20):
        shown = numbers_in(FORMULAS[name], input_index, odd_pass(dice, name, input_index))
        assert shown is None or shown.text in shown.line


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(INPUTS), st.randoms(use_true_random=False))
def test_no_other_mixture_does_either(which: tuple[str, int], dice: random.Random) -> None:
    shown = numbers_in(FORMULAS[which[0]], which[1], odd_pass(dice, *which))
    assert shown is None or shown.text in shown.line


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 800.0, -800.0])
def test_a_sigmoid_has_a_value_everywhere(value: float) -> None:
    (found,) = Evaluator((), ()).value("sigmoid(x)", {"x": Array((), (value,))}).values
    assert math.isnan(found) if math.isnan(value) else found == (value > 0)
