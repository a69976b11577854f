"""How large a recorded gradient is."""

from __future__ import annotations

import math
from functools import lru_cache

from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.numbers import norm

_ROUNDING = 1e-6
"""Of a logarithm: 0.1 in float32 is a little more than a tenth, and counts as one."""


@lru_cache(maxsize=512)
def grad_norm(grad: Tensor) -> float | None:
    """Euclidean norm, of the elements looked at where there are very many; None without values."""
    return norm(grad)


def powers_below(size: float, largest: float | None) -> int | None:
    """How many powers of ten a size is below the largest: 0 from a tenth of it on; None for 0."""
    if not size > 0:
        return None
    if largest is None or not 0 < largest < math.inf:
        return 0
    return math.floor(math.log10(largest) - math.log10(size) + _ROUNDING)
