"""What a node did to the gradient in a pass: what arrived, what it sent, what it filled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from autograd_tutor.analysis.agreement import Agreement
from autograd_tutor.analysis.local_derivative import LocalDerivative, local_derivative
from autograd_tutor.analysis.nan_origin import Origin, pass_origin
from autograd_tutor.analysis.pass_state import Contribution, PassState
from autograd_tutor.analysis.sums import compare_with_sum, count_numbers
from autograd_tutor.formulas.agreement import Rounding
from autograd_tutor.formulas.numbers_in import Numbers, Undefined
from autograd_tutor.limits.interface import MOST_ADDED, MOST_PARTS
from autograd_tutor.recording.model import Backward, Node, Tensor
from autograd_tutor.recording.trace import Trace


class Arrival(NamedTuple):
    """What arrived at one output of a node, and from whom."""

    output_nr: int
    grad: Tensor | None
    """What the node received: the sum of the contributions, after the hooks on it."""
    parts: tuple[Contribution, ...]
    """The first MOST_PARTS contributions."""
    part_count: int
    """How many contributions there are."""
    agreement: Agreement
    """Whether `grad` is the sum of all of them."""

    @property
    def unlisted(self) -> int:
        """How many contributions there are beyond `parts`."""
        return self.part_count - len(self.parts)


class Sent(NamedTuple):
    """What a node sent to one of its inputs."""

    input_index: int
    edge: tuple[int, int] | None
    """The node and its output that this was sent to; None: to an input that was not recorded."""
    grad: Tensor | None
    """As recorded: after the hooks on it."""
    derivative: LocalDerivative | None
    agreement: Agreement
    """Whether `grad` is what the formula gives; it may also differ where torch rounds coarsely."""

    @property
    def rounding(self) -> Rounding | None:
        """How far rounding explains it; None where the formula was not evaluated."""
        numbers = None if self.derivative is None else self.derivative.numbers
        return numbers.rounding if isinstance(numbers, Numbers) else None


class Accumulated(NamedTuple):
    """What an AccumulateGrad did to the `.grad` of its leaf."""

    leaf: str | None
    """The leaf's name; None: it has none, or nothing arrived."""
    arrived: bool
    was: Tensor | None
    now: Tensor | None
    agreement: Agreement
    """Whether `now` is the sum of `was` and what arrived; a hook may change it afterwards."""


class NodeGradients(NamedTuple):
    """All that a node did to the gradient in one pass."""

    node: Node
    arrivals: tuple[Arrival, ...]
    """One for each output of the operation."""
    sent: tuple[Sent, ...]
    """One for each input that a gradient can be sent to; none of an AccumulateGrad."""
    accumulated: Accumulated | None
    """Of an AccumulateGrad alone."""
    origin: Origin | None = None
    """The NaN and inf that were made here."""


def node_gradients(trace: Trace, index: int) -> NodeGradients | None:
    """What the node did that ran at snapshot `index`; None where no recorded node ran."""
    record = trace.snapshots[index].backward
    node = None if record is None else trace.nodes.get(record.node)
    if record is None or node is None:
        return None
    is_leaf = node.name == "AccumulateGrad"
    at = PassState(trace, record.call, index)
    return NodeGradients(
        node,
        _arrivals(at, record),
        () if is_leaf else tuple(_sent(node, record)),
        _accumulated(trace, index, record) if is_leaf else None,
        pass_origin(at, record.node),
    )


class _Collected:
    """The contributions to one output, no more of them than are shown or added."""

    def __init__(self) -> None:
        self.parts: list[Contribution] = []
        self.count = 0
        self.all_arrived = True
        self._grads: list[Tensor | None] = []
        self._numbers = 0

    def add(self, part: Contribution) -> None:
        self.count += 1
        self.all_arrived &= part.arrived
        if len(self.parts) < MOST_PARTS:
            self.parts.append(part)
        if part.grad is not None and self._numbers <= MOST_ADDED:
            self._numbers += count_numbers(part.grad)
            self._grads.append(part.grad)

    def compare(self, grad: Tensor | None) -> Agreement:
        return compare_with_sum(self._grads, grad)


def _arrivals(at: PassState, record: Backward) -> tuple[Arrival, ...]:
    collected = [_Collected() for _ in record.grad_outputs]
    for part in at.contributions(record.node):
        if 0 <= part.output_nr < len(collected):
            collected[part.output_nr].add(part)
    arrivals = []
    for output_nr, (grad, found) in enumerate(zip(record.grad_outputs, collected, strict=True)):
        # Seeds are known once the pass has ended, and nodes beyond a limit have no record.
        is_whole = at.ended is not None and found.all_arrived and at.has_all_edges
        agreement = found.compare(grad) if is_whole else Agreement.INCOMPLETE
        arrivals.append(Arrival(output_nr, grad, tuple(found.parts), found.count, agreement))
    return tuple(arrivals)


def _sent(node: Node, record: Backward) -> Iterator[Sent]:
    for index, edge in enumerate(node.next):
        grad = record.grad_inputs[index] if index < len(record.grad_inputs) else None
        if edge is None and grad is None:
            continue
        derivative = local_derivative(node, index, record)
        yield Sent(index, edge, grad, derivative, _agreement(grad, derivative))


def _agreement(grad: Tensor | None, derivative: LocalDerivative | None) -> Agreement:
    if grad is None:
        return Agreement.NOTHING
    if derivative is None:
        return Agreement.NO_FORMULA
    if derivative.numbers is None:
        return Agreement.NO_NUMBERS
    if isinstance(derivative.numbers, Undefined):
        return Agreement.UNDEFINED
    return Agreement.AGREES if derivative.numbers.agrees else Agreement.DIFFERS


def _accumulated(trace: Trace, index: int, record: Backward) -> Accumulated:
    arrived = next((grad for grad in record.grad_outputs if grad is not None), None)
    leaf = record.leaf
    if leaf is None:
        return Accumulated(None, arrived is not None, None, None, Agreement.NOTHING)
    before, after = trace.tensor(index - 1, leaf), trace.tensor(index, leaf)
    was = None if before is None else before.grad
    now = None if after is None else after.grad
    if arrived is None:
        agreement = Agreement.NOTHING
    elif now is None:
        agreement = Agreement.DIFFERS
    else:
        agreement = compare_with_sum([was, arrived], now)
    return Accumulated(leaf, arrived is not None, was, now, agreement)
