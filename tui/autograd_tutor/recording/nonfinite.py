"""How many elements of a tensor are NaN or infinite."""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterable
from functools import lru_cache, reduce
from typing import NamedTuple

from autograd_tutor.recording import numbers
from autograd_tutor.recording.model import Tensor


class NonFinite(NamedTuple):
    """What was found in one or more tensors.

    A complex element counts once, as what its magnitude is: infinite where a part is, else NaN.
    """

    nan: int
    inf: int
    examined: int
    """How many elements were looked at."""
    total: int
    """How many there are."""

    @property
    def any(self) -> bool:
        """Whether there is any among the elements looked at."""
        return bool(self.nan or self.inf)

    @property
    def is_sample(self) -> bool:
        """Whether not all elements were looked at."""
        return self.examined < self.total


def count_nonfinite(tensor: Tensor) -> NonFinite | None:
    """The NaN and inf of a tensor; None where its elements were not recorded.

    Of a large tensor without statistics, those among its edges.
    """
    if not (numbers.is_floating(tensor.dtype) or numbers.is_complex(tensor.dtype)):
        size = math.prod(tensor.shape or ())
        return NonFinite(0, 0, size, size)
    raw = numbers.elements(tensor)
    if raw is not None:
        return _count(raw, tensor.dtype, math.prod(tensor.shape or ()))
    if tensor.stats is not None:
        stats = tensor.stats
        return NonFinite(stats.nan, stats.inf, stats.sampled, stats.count)
    edges = numbers.edges(tensor)
    return None if edges is None else _count(edges, tensor.dtype, math.prod(tensor.shape or ()))


def nonfinite(tensor: Tensor | None) -> NonFinite | None:
    """The same of a tensor that is known to hold NaN or inf; None of any other."""
    found = None if tensor is None else count_nonfinite(tensor)
    return found if found is not None and found.any else None


def combined(tensors: Iterable[Tensor | None]) -> NonFinite | None:
    """What is known of several tensors together; None where nothing is known of any."""
    known = [count_nonfinite(tensor) for tensor in tensors if tensor is not None]
    found = [each for each in known if each is not None]
    return reduce(_added, found) if found else None


def _added(left: NonFinite, right: NonFinite) -> NonFinite:
    return NonFinite(*map(sum, zip(left, right, strict=True)))


@lru_cache(maxsize=2048)
def _count(raw: bytes, dtype: str, total: int) -> NonFinite:
    is_complex = numbers.is_complex(dtype)
    parts = numbers.decode_parts(raw, dtype) if is_complex else numbers.decode(raw, dtype)
    examined = len(parts) // 2 if is_complex else len(parts)
    if cmath.isfinite(sum(parts)):  # mostly, and much quicker than to look at each
        return NonFinite(0, 0, examined, total)
    sizes = numbers.magnitudes(raw, dtype)
    return NonFinite(sum(map(math.isnan, sizes)), sum(map(math.isinf, sizes)), examined, total)
