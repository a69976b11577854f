"""How large a recorded gradient is."""

from __future__ import annotations

from functools import lru_cache

from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.numbers import norm


@lru_cache(maxsize=512)
def grad_norm(grad: Tensor) -> float | None:
    """Euclidean norm, of the elements looked at where there are very many; None without values."""
    if grad.stats is not None:
        return grad.stats.norm
    return norm(grad)
