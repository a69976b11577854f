"""Whether a recorded gradient is the sum of the parts it is made of."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autograd_tutor.analysis.agreement import Agreement
from autograd_tutor.analysis.examples import Examples, examples
from autograd_tutor.formulas.rounding import PRECISION
from autograd_tutor.limits.interface import MOST_ADDED
from autograd_tutor.recording import numbers
from autograd_tutor.recording.batches import batches
from autograd_tutor.recording.model import Tensor


def compare_with_sum(parts: Sequence[Tensor | None], total: Tensor | None) -> Agreement:
    """Whether `total` can be the sum of `parts`, in whatever order they were added.

    None among them is a gradient that was not sent. How far rounding may lead is Higham's bound for
    sums in any order, (n - 1) u Σ|x| ("Accuracy and Stability of Numerical Algorithms", 2nd
    edition, section 4.2), doubled.
    """
    sent = [part for part in parts if part is not None]
    if not sent or total is None:
        return Agreement.NOTHING
    if sum(map(count_numbers, sent)) > MOST_ADDED:
        return Agreement.TOO_MANY
    if total.dtype not in PRECISION:
        return Agreement.NO_NUMBERS
    if any(_layout(part) != _layout(total) for part in sent):
        apart = examples([*sent, total])
        return Agreement.NO_NUMBERS if apart is None else _compare_each(apart)
    added = [column for column in map(real_elements, sent) if column is not None]
    result = real_elements(total)
    if result is None or len(added) != len(sent):
        return Agreement.NO_NUMBERS
    return _compare(list(zip(*added, strict=True)), result, total.dtype)


def _layout(tensor: Tensor) -> tuple[object, ...]:
    return tensor.dtype, tensor.shape, batches(tensor)


def _compare_each(apart: Examples) -> Agreement:
    """Of a batch, what is worst for an example."""
    found = {compare_with_sum(parts, total) for *parts, total in apart.tensors}
    if not found or found == {Agreement.AGREES}:
        return Agreement.AGREES if found else Agreement.NO_NUMBERS
    return Agreement.DIFFERS if Agreement.DIFFERS in found else Agreement.NO_NUMBERS


def _compare(columns: Sequence[Sequence[float]], result: Sequence[float], dtype: str) -> Agreement:
    """`columns`: for each number of the result, what was added."""
    precision = PRECISION[dtype]
    known = True
    for terms, value in zip(columns, result, strict=True):
        extent = sum(map(abs, terms))
        if not extent < precision.largest / 2:  # NaN too
            known = False
            continue
        room = len(terms) * precision.epsilon * extent if len(terms) > 1 else 0.0
        if not abs(value - math.fsum(terms)) <= room:
            return Agreement.DIFFERS
    return Agreement.AGREES if known else Agreement.NO_NUMBERS


def count_numbers(tensor: Tensor) -> int:
    """How many elements a tensor has, as far as its shape was recorded."""
    return max(0, math.prod(tensor.shape)) if tensor.shape is not None else 0


def real_elements(tensor: Tensor) -> Sequence[float] | None:
    """The numbers of a tensor; None of one without recorded numbers, and of a complex one."""
    raw = numbers.elements(tensor)
    if raw is None or numbers.is_complex(tensor.dtype):
        return None
    return [float(value.real) for value in numbers.decode(raw, tensor.dtype)]
