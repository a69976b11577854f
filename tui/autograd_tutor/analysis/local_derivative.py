"""What a node sends to one input, as its formula says it: the text, and the numbers of a pass."""

from __future__ import annotations

from itertools import islice
from typing import NamedTuple

from msgspec.structs import replace

from autograd_tutor.analysis.examples import Examples, Tensors, examples
from autograd_tutor.formulas.formula import Formula, Input
from autograd_tutor.formulas.numbers_in import Numbers, Undefined, calculation, fitting
from autograd_tutor.formulas.table import formula_of
from autograd_tutor.recording import numbers
from autograd_tutor.recording.batches import example_shape
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
    example: tuple[int, ...] = ()
    """Where the node computed for a batch, the place in it of the example that `numbers` are of:
    the first one that they do not agree for, else the first of all. One index for each vmap."""
    examples: int = 0
    """How many examples there are then."""


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
    apart = _apart(record)
    if apart is None:
        return _in_pass(formula, given, index, record)
    return _in_batch(formula, given, index, record, apart)


def _in_batch(
    formula: Formula, given: Input, index: int, record: Backward, apart: Examples
) -> LocalDerivative:
    """As `_in_pass`, of a node that computed for a batch: each example by itself."""
    found = [
        _in_pass(formula, given, index, _of_example(record, tensors)) for tensors in apart.tensors
    ]
    if not found or any(each.numbers is None for each in found):
        first = _in_pass(formula, given, index, record) if not found else found[0]
        return first._replace(numbers=None)
    number = next((at for at, each in enumerate(found) if not _agrees(each)), 0)
    return found[number]._replace(example=apart.place(number), examples=len(found))


def _agrees(derivative: LocalDerivative) -> bool:
    return isinstance(derivative.numbers, Numbers) and derivative.numbers.agrees


def _apart(record: Backward) -> Examples | None:
    """The tensors of each example: those that arrived, were sent, and were saved."""
    saved = [each.value for each in record.saved if isinstance(each.value, Tensor)]
    return examples([*record.grad_outputs, *record.grad_inputs, *saved])


def _of_example(record: Backward, tensors: Tensors) -> Backward:
    """What the node did for one example; the `tensors` are in the order of `_apart`."""
    rest = iter(tensors)
    return replace(
        record,
        grad_outputs=tuple(islice(rest, len(record.grad_outputs))),
        grad_inputs=tuple(islice(rest, len(record.grad_inputs))),
        saved=tuple(
            [
                replace(each, value=next(rest)) if isinstance(each.value, Tensor) else each
                for each in record.saved
            ]
        ),
    )


def _in_pass(formula: Formula, given: Input, index: int, record: Backward) -> LocalDerivative:
    """With what the node did in a pass."""
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
    if not given.broadcast or arrived is None:
        return False
    return example_shape(arrived) != example_shape(grad)
