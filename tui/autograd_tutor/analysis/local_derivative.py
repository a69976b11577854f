"""What a node sends to one input, as its formula says it: the text, and the numbers of a pass."""

from __future__ import annotations

from typing import NamedTuple

from autograd_tutor.formulas.formula import Formula, Input
from autograd_tutor.formulas.numbers_in import Numbers, Undefined, calculation, fitting
from autograd_tutor.formulas.table import formula_of
from autograd_tutor.recording import numbers
from autograd_tutor.recording.model import Backward, Node, Tensor


class LocalDerivative(NamedTuple):
    """The formula of one input of a node, in the form that fits what the node saved."""

    name: str
    """What torch calls the input: `self`, `other`."""
    text: str
    """The formula as it is read: `grad · other`."""
    numbers: Numbers | Undefined | None = None
    """The same with the numbers of a pass, or why it does not hold for them.

    None before a pass, and where the numbers are not written out.
    """
    is_summed: bool = False
    """Whether what it gives was summed to the input's shape, as the input was broadcast."""
    is_conjugated: bool = False
    """Whether it was read for real numbers and the conjugate of each factor was meant."""


def operation_of(node: Node) -> Formula | None:
    """What is known of a node's operation."""
    return formula_of(node.name)


def local_derivative(
    node: Node, index: int, record: Backward | None = None
) -> LocalDerivative | None:
    """The formula of the input with that index in `next`; `record`: what the node did in a pass."""
    formula = formula_of(node.name)
    given = None if formula is None else formula.input_at(index)
    if formula is None or given is None:
        return None
    if record is None:
        return LocalDerivative(given.name, given.text)
    form = fitting(formula, index, record)
    given = given if form is None or form.undefined else form
    grad = record.grad_inputs[index] if index < len(record.grad_inputs) else None
    if grad is None:
        return LocalDerivative(given.name, given.text)
    return LocalDerivative(
        given.name,
        given.text,
        calculation(formula, index, record),
        _is_summed(given, record, grad),
        numbers.is_complex(grad.dtype) and given.leaves_out_conjugates,
    )


def _is_summed(given: Input, record: Backward, grad: Tensor) -> bool:
    arrived = next((each for each in record.grad_outputs if each is not None), None)
    return given.broadcast and arrived is not None and arrived.shape != grad.shape
