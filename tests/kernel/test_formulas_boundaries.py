"""At its boundaries a formula holds as it is shown, or the screen says that it does not."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from formula_boundaries import COMPOSED, ORDINARY, POINTS, SAME_EVERYWHERE, arrivals
from formula_runs import DISAGREES, Ran, Sent, settings_of, watched
from formula_scope import Scope
from formula_words import Names
from shown_text import value_of
from test_common_models import nodes_met
from test_formulas_torch import BATCHES, COMPUTED, words_in
from torch import Tensor

from autograd_tutor.formulas import FORMULAS, Input
from autograd_tutor.formulas.expression import parsed
from autograd_tutor.formulas.numbers_in import (
    MOST_ELEMENTS,
    Numbers,
    boundary_note,
    fitting,
    numbers_in,
)
from autograd_tutor.recording import model
from autograd_tutor.recording.model import Backward
from autograd_tutor.recording.numbers import decode, elements

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # a variance of one element


def chosen(name: str, input_index: int, sent: Tensor, names: Names) -> Input | None:
    """The formula of that input, in the form that fits what the node saved."""
    given = FORMULAS[name].input_at(input_index)
    if given is None:
        return None
    settings = settings_of(names)
    return given.where(settings, Sent(name, input_index, sent, names, settings).holds)


def computed(expression: str, scope: Scope, sent: Tensor) -> Tensor | None:
    """What torch makes of an expression, in the shape of what was sent; None if it raises."""
    try:
        value = torch.as_tensor(scope.value(parsed(expression).whole))
    except DISAGREES:
        return None
    value = value.real if value.is_complex() and not sent.is_complex() else value
    value = value.expand(sent.shape) if value.ndim == 0 else value
    return value.sum_to_size(sent.shape).to(sent.dtype)


def same(left: Tensor | None, right: Tensor, rtol: float = 1e-6, atol: float = 1e-9) -> bool:
    return left is not None and torch.allclose(left, right, rtol, atol, equal_nan=True)


def is_small(tensor: model.Tensor | None) -> bool:
    """Whether the numbers of a tensor are written out where a formula is."""
    if tensor is None or tensor.shape is None or "complex" in tensor.dtype:
        return False
    return tensor.raw is not None and 0 < math.prod(tensor.shape) <= MOST_ELEMENTS


def can_be_shown(name: str, given: Input, input_index: int, record: Backward) -> bool:
    """Whether the formula can be written with numbers, and all its numbers are at hand."""
    names = parsed(given.expression).names
    if not words_in(given.expression) <= COMPUTED or "grads" in names:
        return False
    used = [each for each in record.saved if each.name in names]
    if names - {"grad", "n", "shape", "pi", "inf", "nan", *(each.name for each in used)}:
        return False
    tensors = [record.grad_inputs[input_index], record.grad_outputs[0]]
    tensors += [each.value for each in used if isinstance(each.value, model.Tensor)]
    return bool(names) and name not in BATCHES and all(map(is_small, tensors))


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


def false_on_screen(name: str, ran: Ran, input_index: int) -> str | None:
    """What is false or missing on the screen for one input of a node that ran."""
    sent, names = ran.gradients[input_index], ran.names[input_index]
    if sent is None or names is None:
        return None
    given = chosen(name, input_index, sent, names)
    if given is None:
        return None
    fitted = fitting(FORMULAS[name], input_index, ran.record)
    if not sent.is_complex() and fitted != given:
        return f"is shown as {fitted}, is {given}"
    if given.undefined:
        return None
    shown = numbers_in(FORMULAS[name], input_index, ran.record)
    note = boundary_note(FORMULAS[name], input_index, ran.record)
    if note is not None:
        return None if is_infinite(ran) else f"{given.text} {note}"
    if shown is not None:
        return false_in(shown, sent, names.get("dim"))
    if can_be_shown(name, given, input_index, ran.record):
        return f"{given.text}: the numbers are dropped without a word"
    value = computed(given.expression, Scope(name, names), sent)
    if not same(value, sent):
        words = None if value is None else value.tolist()
        return f"{given.text}: is {words}, torch sent {sent.tolist()}"
    return None


def is_infinite(ran: Ran) -> bool:
    """Whether infinities or nan went in: only of those may another rule be held responsible."""
    given = [each.value for each in ran.record.saved] + [*ran.record.grad_outputs]
    tensors = [each for each in given if isinstance(each, model.Tensor)]
    return not all(math.isfinite(x) for each in tensors for x in decode(elements(each), each.dtype))


def all_false(name: str, points: dict[str, Any]) -> list[str]:
    found = []
    for label, case in points.items():
        for ran in watched(name, case):
            for input_index in range(len(ran.gradients)):
                words = false_on_screen(name, ran, input_index)
                if words is not None:
                    found.append(f"{label}: {words}")
    return found


def test_every_operation_has_boundary_points_or_a_derivative_that_is_the_same_everywhere() -> None:
    assert set(FORMULAS) - set(POINTS) - SAME_EVERYWHERE == set()
    assert not set(POINTS) & SAME_EVERYWHERE


@pytest.mark.parametrize("name", sorted(FORMULAS.keys() & POINTS.keys()))
def test_at_its_boundaries_a_formula_holds_or_says_that_it_does_not(name: str) -> None:
    assert all_false(name, POINTS[name]) == []


@pytest.mark.parametrize("program", COMPOSED)
def test_in_combinations_too(program: str) -> None:
    met = {name for case in COMPOSED[program].values() for name in nodes_met(case())}
    known = {name.rpartition("::")[2] for name in met} & FORMULAS.keys()
    assert [false for name in sorted(known) for false in all_false(name, COMPOSED[program])] == []


@pytest.mark.parametrize("name", FORMULAS)
def test_whatever_arrives_a_formula_holds_or_says_that_it_does_not(name: str) -> None:
    assert all_false(name, arrivals(name)) == []


@pytest.mark.parametrize("name", FORMULAS)
def test_at_ordinary_points_nothing_is_said_about_boundaries(name: str) -> None:
    for case in ORDINARY[name]:
        for ran in watched(name, case):
            for input_index in range(len(ran.gradients)):
                assert boundary_note(FORMULAS[name], input_index, ran.record) is None
