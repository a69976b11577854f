"""Whether a recorded gradient is the sum of the parts it is made of, and such a sum written out."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autograd_tutor.formulas.numbers_in import PRECISION, number_text, small_text
from autograd_tutor.recording import numbers
from autograd_tutor.recording.model import Tensor


def is_other_than_sum(parts: Sequence[Tensor | None], total: Tensor | None) -> bool:
    """Whether `total` cannot be the sum of `parts`, in whatever order they were added.

    None among them is a gradient that was not sent. False where that cannot be told: of tensors
    without their numbers, complex ones, and those of different dtypes or shapes. How far rounding
    may lead is Higham's bound for sums in any order, (n - 1) u Σ|x| ("Accuracy and Stability of
    Numerical Algorithms", 2nd edition, section 4.2), doubled.
    """
    sent = [part for part in parts if part is not None]
    if not sent or total is None or total.dtype not in PRECISION:
        return False
    if any((part.dtype, part.shape) != (total.dtype, total.shape) for part in sent):
        return False
    columns = [_elements(part) for part in sent]
    known = [column for column in columns if column is not None]
    arrived = _elements(total)
    if arrived is None or len(known) != len(sent):
        return False
    precision = PRECISION[total.dtype]
    for value, *terms in zip(arrived, *known, strict=True):
        extent = sum(map(abs, terms))
        if not extent < precision.largest / 2:  # NaN too
            continue
        room = len(terms) * precision.epsilon * extent if len(terms) > 1 else 0.0
        if not abs(value - math.fsum(terms)) <= room:
            return True
    return False


def written_sum(parts: Sequence[Tensor | None], total: Tensor | None) -> str | None:
    """`1 + 2 = 3`, with ≈ where the numbers are rounded; None where they are not written out."""
    texts = [None if part is None else small_text(part) for part in parts]
    known = [text for text in texts if text is not None]
    result = None if total is None else small_text(total)
    if len(parts) < 2 or result is None or len(known) != len(parts):
        return None
    if total is None or any(part is None or part.shape != total.shape for part in parts):
        return None
    terms = [known[0], *(f"({text})" if text.startswith("-") else text for text in known[1:])]
    equals = "=" if _exact([part for part in parts if part is not None], total) else "≈"
    return f"{' + '.join(terms)} {equals} {result}"


def _exact(parts: Sequence[Tensor], total: Tensor) -> bool:
    """Whether the numbers add up as they are written."""
    columns = [[float(number_text(x)) for x in _elements(each) or ()] for each in (*parts, total)]
    *terms, result = columns
    return all(
        math.isclose(sum(each), value, rel_tol=1e-12)
        or not math.isfinite(value)
        or value == sum(each)
        for value, *each in zip(result, *terms, strict=True)
    )


def _elements(tensor: Tensor) -> Sequence[float] | None:
    raw = numbers.elements(tensor)
    if raw is None or numbers.is_complex(tensor.dtype):
        return None
    return [float(value.real) for value in numbers.decode(raw, tensor.dtype)]
