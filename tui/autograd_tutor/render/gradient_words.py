"""What is said of a gradient in a pass, the same in the panes and in the plain output."""

from __future__ import annotations

import math

from autograd_tutor.analysis.agreement import Agreement
from autograd_tutor.analysis.node_gradient import Arrival, Sent
from autograd_tutor.formulas.numbers_in import Numbers, Undefined
from autograd_tutor.recording.batches import example_shape
from autograd_tutor.recording.number_text import number_text
from autograd_tutor.render.tensor_words import shape_text

CHANGED_BEFORE = "a hook changed it before the node ran"

COARSER = "torch rounds more coarsely here"

CONJUGATED = "of complex numbers, the conjugate of each factor of grad"
"""What formulas do not say, as they are written for real numbers."""


def what_was_sent(arrival: Arrival) -> str:
    """What a gradient that arrives would be if no hook had changed it."""
    return "the sum of what was sent" if arrival.part_count > 1 else "what was sent"


def summed(sent: Sent) -> str | None:
    """Says that what a formula gives was summed, where the operation broadcast the input."""
    if sent.derivative is None or sent.grad is None or not sent.derivative.is_summed:
        return None
    return f"summed to the input's shape {shape_text(example_shape(sent.grad))}"


def example(sent: Sent) -> str | None:
    """Says which example of a batch the numbers are of: `in example 0 of 3`."""
    derivative = sent.derivative
    if derivative is None or not derivative.examples:
        return None
    at = derivative.example
    return f"in example {at[0] if len(at) == 1 else at} of {derivative.examples}"


def whole_batch(sent: Sent) -> str:
    """Introduces the gradients that were sent for all examples of a batch."""
    derivative = sent.derivative
    agree = sent.agreement is Agreement.AGREES
    same = agree and derivative is not None and derivative.examples > 1
    return "likewise for each; together" if same else "together"


def conjugated(sent: Sent) -> str | None:
    """Says what a formula of complex numbers leaves out."""
    return CONJUGATED if sent.derivative is not None and sent.derivative.is_conjugated else None


def undefined(sent: Sent) -> str | None:
    """Says that the formula does not hold for the numbers of the pass."""
    numbers = None if sent.derivative is None else sent.derivative.numbers
    if not isinstance(numbers, Undefined):
        return None
    return f"does not hold {example(sent) or 'here'}: {numbers.words}"


def disagreement(sent: Sent) -> str | None:
    """Says that something else was sent than the formula gives."""
    numbers = None if sent.derivative is None else sent.derivative.numbers
    if not isinstance(numbers, Numbers) or sent.agreement is not Agreement.DIFFERS:
        return None
    found = numbers.rounding
    why = "a hook changed it" if found.is_excluded else f"a hook changed it, or {COARSER}"
    if not math.isfinite(found.difference):
        return f"but {numbers.sent} was sent: {why}"
    where = "" if math.prod(numbers.shape) == 1 else " at one element"
    away = number_text(float(f"{found.difference:.3g}"))
    allowed = number_text(float(f"{found.allowed:.1g}"))
    return f"but {numbers.sent} was sent, {away} away{where}; rounding explains {allowed}: {why}"
