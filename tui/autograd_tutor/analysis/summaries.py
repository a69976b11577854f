"""The numbers of a tensor in short: range, mean, spread and norm."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

from autograd_tutor.recording import numbers
from autograd_tutor.recording.model import Tensor

_BINS = 16
"""As many as the recorder makes of a large tensor."""


class Summary(NamedTuple):
    """Of the finite elements; `norm` of all of them, NaN where one is NaN."""

    least: float
    greatest: float
    mean: float
    std: float
    """Unbiased; NaN of a single element."""
    norm: float
    finite: int
    """How many elements these are."""
    zeros: int | None
    """How many of them are 0, where all are known."""
    histogram: tuple[int, ...]
    """How many there are in equal bins from `least` to `greatest`."""
    sampled: bool = False
    """Whether not all elements were looked at."""


@lru_cache(maxsize=512)
def summary(tensor: Tensor) -> Summary | None:
    """What is known of a real tensor; None without elements, and where none is finite."""
    raw = numbers.elements(tensor)
    if raw is None:
        return _of_stats(tensor)
    if numbers.is_complex(tensor.dtype):
        return None
    values = [float(value.real) for value in numbers.decode(raw, tensor.dtype)]
    finite = [value for value in values if math.isfinite(value)]
    size = numbers.norm(tensor)
    if not finite or size is None:
        return None
    mean = math.fsum(finite) / len(finite)
    spread = math.fsum((value - mean) ** 2 for value in finite)
    std = math.sqrt(spread / (len(finite) - 1)) if len(finite) > 1 else math.nan
    least, greatest = min(finite), max(finite)
    return Summary(least, greatest, mean, std, size, len(finite), finite.count(0.0), _bins(finite))


def _of_stats(tensor: Tensor) -> Summary | None:
    stats = tensor.stats
    if stats is None or stats.nan + stats.inf >= stats.sampled:
        return None
    finite = stats.sampled - stats.nan - stats.inf
    return Summary(
        stats.min,
        stats.max,
        stats.mean,
        stats.std,
        stats.norm,
        finite,
        None,
        stats.histogram,
        stats.sampled < stats.count,
    )


def _bins(finite: list[float]) -> tuple[int, ...]:
    least, greatest = min(finite), max(finite)
    span = greatest / 2 - least / 2  # halves: the difference of two large numbers is infinite
    counts = [0] * _BINS
    for value in finite:
        share = (value / 2 - least / 2) / span if span else 0.0
        counts[min(_BINS - 1, int(share * _BINS))] += 1
    return tuple(counts)
