"""At its boundaries a formula holds as it is shown, or the screen says that it does not."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import pytest
import torch
from formula_boundaries import COMPOSED, ORDINARY, POINTS, SAME_EVERYWHERE, arrivals, named
from shown_text import value_of
from test_common_models import nodes_met
from test_formulas_torch import Ran, watched
from torch import Tensor

from autograd_tutor import formulas
from autograd_tutor.formulas import FORMULAS, Input
from autograd_tutor.formulas.evaluation import NotSimple
from autograd_tutor.formulas.numbers_in import MOST_ELEMENTS, Numbers, numbers_in
from autograd_tutor.formulas.writing import as_read
from autograd_tutor.recording import model
from autograd_tutor.recording.model import Backward

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # a variance of one element

boundary_note = getattr(formulas, "boundary_note", None)
"""`boundary_note(formula, input_index, record) -> str | None`: says in words that the formula does
not hold at the recorded numbers; None where it holds, or where they are not at hand."""

NOT_YET = named(
    """
    DivBackward0 DivBackward2 AbsBackward0 AddcdivBackward0 RemainderBackward1 FmodBackward1
    MaximumBackward0 MinimumBackward0 PowBackward0 PowBackward1 PowBackward2 SqrtBackward0
    LogBackward0 Log2Backward0 Log10Backward0 Atan2Backward0 XlogyBackward0 LogitBackward0
    ReluBackward0 EluBackward0 CeluBackward0 HardtanhBackward0 HardswishBackward0
    SoftshrinkBackward0 HardshrinkBackward0 ThresholdBackward0 NativeDropoutBackward0
    SumBackward1 MeanBackward1 ProdBackward0 ProdBackward1 StdBackward0 StdMeanBackward0
    LinalgVectorNormBackward0 DistBackward0 MaxBackward1 MinBackward1 MedianBackward0
    NanmedianBackward0 LogsumexpBackward0 CumprodBackward0 LinalgDetBackward0
    LinalgSlogdetBackward0 LinalgSolveExBackward0 NllLossBackward0 NllLoss2DBackward0
    SoftMarginLossBackward0 NativeBatchNormBackward0
    ScaledDotProductFlashAttentionForCpuBackward0
    """
)
NOT_YET_COMPOSED = frozenset({"cosine similarity", "kl divergence", "l1", "normalize"})
NOT_YET_FOR_ARRIVALS = named(
    """
    ClampBackward0 ClampBackward1 ClampMinBackward0 ClampMinBackward1 ClampMaxBackward0
    ClampMaxBackward1 MaximumBackward0 MinimumBackward0 FmaxBackward0 FminBackward0
    ReluBackward0 HardtanhBackward0 HardsigmoidBackward0 HardswishBackward0 SoftshrinkBackward0
    HardshrinkBackward0 ThresholdBackward0 SumBackward1 MeanBackward1 ProdBackward1
    LinalgVectorNormBackward0 MaxBackward1 MinBackward1 MedianBackward0 NanmedianBackward0
    LogsumexpBackward0 LogcumsumexpBackward0 TraceBackward0 NllLossBackward0 NllLoss2DBackward0
    """
)


def settings_of(record: Backward) -> dict[str, str]:
    return {each.name: each.value for each in record.saved if isinstance(each.value, str)}


def chosen(name: str, place: int, record: Backward) -> Input | None:
    """The formula of that input, in the form that fits what the node saved."""
    given = FORMULAS[name].input_at(place)
    return None if given is None else given.where(settings_of(record))


def computed(expression: str, names: dict[str, Any], sent: Tensor) -> Tensor | None:
    """What torch makes of an expression, in the shape of what was sent; None if it raises."""
    try:
        value = torch.as_tensor(eval(expression, dict(names)))
    except (ValueError, RuntimeError, ArithmeticError):
        return None
    value = value.real if value.is_complex() and not sent.is_complex() else value
    return value.sum_to_size(sent.shape).to(sent.dtype)


def same(left: Tensor | None, right: Tensor, rtol: float = 1e-6, atol: float = 1e-9) -> bool:
    return left is not None and torch.allclose(left, right, rtol, atol, equal_nan=True)


def is_small(tensor: model.Tensor | None) -> bool:
    """Whether the numbers of a tensor are written out where a formula is."""
    if tensor is None or tensor.shape is None or "complex" in tensor.dtype:
        return False
    return tensor.raw is not None and 0 < math.prod(tensor.shape) <= MOST_ELEMENTS


def can_be_shown(given: Input, place: int, record: Backward) -> bool:
    """Whether the formula can be written with numbers, and all its numbers are at hand."""
    try:
        if as_read(given.expression) != given.text:
            return False
    except NotSimple:
        return False
    used = [each.value for each in record.saved if each.name in given.expression]
    tensors = [record.grad_inputs[place], record.grad_outputs[0]]
    tensors += [each for each in used if isinstance(each, model.Tensor)]
    return all(map(is_small, tensors))


def false_in(shown: Numbers, sent: Tensor, dim: int | None) -> str | None:
    """What is not true of a calculation that is shown."""
    if not shown.agrees:
        return f"{shown.line}: said to be another number than the {shown.sent} that was sent"
    try:
        filled, value = value_of(shown.filled, dim), value_of(shown.value)
        total = value if shown.summed is None else value_of(shown.summed)
    except (SyntaxError, NameError, TypeError, RuntimeError) as error:
        return f"{shown.line}: not to be read ({error})"
    if not roughly(filled, value):
        return f"{shown.line}: comes to {filled.tolist()}"
    if not roughly(value, total):
        return f"{shown.line}: is not summed so"
    if not roughly(total, sent):
        return f"{shown.line}: torch sent {sent.tolist()}"
    return None


def roughly(left: Tensor, right: Tensor) -> bool:
    """Whether they are the same to the digits that are shown, once `left` is summed as `right`.

    A calculation with single numbers is written without brackets.
    """
    fits = left.numel() == right.numel()
    left = left.reshape(right.shape) if fits else left.sum_to_size(right.shape)
    return same(left, right.double(), 3e-3, 1e-3)


def false_on_screen(name: str, ran: Ran, place: int) -> str | None:
    """What is false or missing on the screen for one input of a node that ran."""
    sent, names = ran.gradients[place], ran.names[place]
    given = chosen(name, place, ran.record)
    if sent is None or names is None or given is None:
        return None
    shown = numbers_in(FORMULAS[name], place, ran.record)
    note = boundary_note and boundary_note(FORMULAS[name], place, ran.record)
    if note:
        return None if shown is None else f"{shown.line}, though: {note}"
    if shown is not None:
        return false_in(shown, sent, names.get("dim"))
    if can_be_shown(given, place, ran.record):
        return f"{given.text}: the numbers are dropped without a word"
    value = computed(given.expression, names, sent)
    if not same(value, sent):
        said = None if value is None else value.tolist()
        return f"{given.text}: is {said}, torch sent {sent.tolist()}"
    return None


def all_false(name: str, points: dict[str, Any]) -> list[str]:
    found = []
    for label, case in points.items():
        for ran in watched(name, case):
            for place in range(len(ran.gradients)):
                said = false_on_screen(name, ran, place)
                if said is not None:
                    found.append(f"{label}: {said}")
    return found


def test_every_operation_has_boundary_points_or_a_derivative_that_is_the_same_everywhere() -> None:
    assert set(FORMULAS) - set(POINTS) - SAME_EVERYWHERE == set()
    assert not set(POINTS) & SAME_EVERYWHERE


def marked(names: Iterable[str], failing: frozenset[str]) -> list[Any]:
    """Those that are known to fail, as failing: once one holds, its name has to go."""
    mark = pytest.mark.xfail(reason="false or silent at a boundary")
    return [pytest.param(name, marks=mark if name in failing else ()) for name in sorted(names)]


@pytest.mark.parametrize("name", marked(FORMULAS.keys() & POINTS.keys(), NOT_YET))
def test_at_its_boundaries_a_formula_holds_or_says_that_it_does_not(name: str) -> None:
    assert all_false(name, POINTS[name]) == []


@pytest.mark.parametrize("program", marked(COMPOSED, NOT_YET_COMPOSED))
def test_in_combinations_too(program: str) -> None:
    met = {name for case in COMPOSED[program].values() for name in nodes_met(case())}
    known = {name.rpartition("::")[2] for name in met} & FORMULAS.keys()
    assert [false for name in sorted(known) for false in all_false(name, COMPOSED[program])] == []


@pytest.mark.parametrize("name", marked(FORMULAS, NOT_YET_FOR_ARRIVALS))
def test_whatever_arrives_a_formula_holds_or_says_that_it_does_not(name: str) -> None:
    assert all_false(name, arrivals(name)) == []


@pytest.mark.skipif(boundary_note is None, reason="nothing is said about boundaries yet")
@pytest.mark.parametrize("name", FORMULAS)
def test_at_ordinary_points_nothing_is_said_about_boundaries(name: str) -> None:
    for case in ORDINARY[name]:
        for ran in watched(name, case):
            for place in range(len(ran.gradients)):
                assert boundary_note is not None
                assert boundary_note(FORMULAS[name], place, ran.record) is None
