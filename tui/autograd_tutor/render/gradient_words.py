"""What is said of a gradient in a pass, the same in the panes and in the plain output."""

from __future__ import annotations

import math

from autograd_tutor.analysis.agreement import Agreement
from autograd_tutor.analysis.node_gradient import Arrival, Sent
from autograd_tutor.formulas.numbers_in import Numbers, Undefined
from autograd_tutor.messages import _
from autograd_tutor.recording.batches import example_shape
from autograd_tutor.recording.number_text import number_text
from autograd_tutor.render.tensor_words import shape_text

CHANGED_BEFORE = _("a hook changed it before the node ran")

COARSER = _("torch rounds more coarsely here")

CONJUGATED = _("of complex numbers, the conjugate of each factor of grad")
"""What formulas do not say, as they are written for real numbers."""


def what_was_sent(arrival: Arrival) -> str:
    """What a gradient that arrives would be if no hook had changed it."""
    return _("the sum of what was sent") if arrival.part_count > 1 else _("what was sent")


def summed(sent: Sent) -> str | None:
    """Says that what a formula gives was summed, where the operation broadcast the input."""
    if sent.derivative is None or sent.grad is None or not sent.derivative.is_summed:
        return None
    return _("summed to the input's shape {grad}").format(grad=shape_text(example_shape(sent.grad)))


def example(sent: Sent) -> str | None:
    """Says which example of a batch the numbers are of: `in example 0 of 3`."""
    derivative = sent.derivative
    if derivative is None or not derivative.examples:
        return None
    at = derivative.example
    return _("in example {at} of {examples}").format(
        at=at[0] if len(at) == 1 else at, examples=derivative.examples
    )


def whole_batch(sent: Sent) -> str:
    """Introduces the gradients that were sent for all examples of a batch."""
    derivative = sent.derivative
    agree = sent.agreement is Agreement.AGREES
    same = agree and derivative is not None and derivative.examples > 1
    return _("likewise for each; together") if same else _("together")


def conjugated(sent: Sent) -> str | None:
    """Says what a formula of complex numbers leaves out."""
    return CONJUGATED if sent.derivative is not None and sent.derivative.is_conjugated else None


def undefined(sent: Sent) -> str | None:
    """Says that the formula does not hold for the numbers of the pass."""
    numbers = None if sent.derivative is None else sent.derivative.numbers
    if not isinstance(numbers, Undefined):
        return None
    return _("does not hold {sent}: {words}").format(
        sent=example(sent) or _("here"), words=numbers.words
    )


def disagreement(sent: Sent) -> str | None:
    """Says that something else was sent than the formula gives."""
    numbers = None if sent.derivative is None else sent.derivative.numbers
    if not isinstance(numbers, Numbers) or sent.agreement is not Agreement.DIFFERS:
        return None
    found = numbers.rounding
    why = (
        _("a hook changed it")
        if found.is_excluded
        else _("a hook changed it, or {coarser}").format(coarser=COARSER)
    )
    if not math.isfinite(found.difference):
        return _("but {sent} was sent: {why}").format(sent=numbers.sent, why=why)
    where = "" if math.prod(numbers.shape) == 1 else _(" at one element")
    away = number_text(float(f"{found.difference:.3g}"))
    allowed = number_text(float(f"{found.allowed:.1g}"))
    return _("but {sent} was sent, {away} away{where}; rounding explains {allowed}: {why}").format(
        sent=numbers.sent, away=away, where=where, allowed=allowed, why=why
    )
