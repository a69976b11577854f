"""What has one number: a tensor with a single element, the text of a plain value."""

from __future__ import annotations

import math

from autograd_tutor.recording import numbers
from autograd_tutor.recording.model import Tensor


def is_scalar(tensor: Tensor) -> bool:
    """Whether it has a single element, which is real, whether that was recorded or not."""
    shape = tensor.shape
    return shape is not None and math.prod(shape) == 1 and not numbers.is_complex(tensor.dtype)


def scalar(tensor: Tensor | None) -> float | None:
    """The number of such a tensor; None of any other, and where it was not recorded."""
    if tensor is None or not is_scalar(tensor):
        return None
    raw = numbers.elements(tensor)
    return None if raw is None else float(numbers.decode(raw, tensor.dtype)[0].real)


def figure(tensor: Tensor) -> float | None:
    """The number of a tensor with a single element, the norm of any other."""
    return scalar(tensor) if is_scalar(tensor) else numbers.norm(tensor)


def number_of(text: str) -> float | None:
    """The number that a value's text is; None of any other text."""
    if not text[:1].isdigit() and text[:1] not in "-nif.":  # mostly, and sooner than float() knows
        return None
    try:
        return float(text)
    except ValueError:
        return None
