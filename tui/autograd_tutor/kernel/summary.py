"""Statistics of large tensors, at a cost that does not grow with them beyond a limit."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import torch

from autograd_tutor.kernel.memory import Array, chunks, distinct, numbers, sample
from autograd_tutor.trace.model import Stats

EXACT = 2**22
"""All elements are looked at up to this many, counted over everything one line changed: at about
20 ns each, which is taken from the snippet's own time."""
SAMPLED = 2**18
"""How many are looked at beyond."""
BINS = 16

_CHUNK = 2**16

Numbers = npt.NDArray[np.float64]


class Budget:
    """How many elements one snapshot may still look at."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = EXACT

    def take(self, wanted: int) -> int:
        """Grant all of them, or SAMPLED if that is too much."""
        granted = wanted if wanted <= self.left else min(wanted, SAMPLED)
        self.left = max(0, self.left - granted)
        return granted


def summarize(elements: Array, dtype: torch.dtype, budget: Budget) -> Stats:
    """Stats of the elements, read in pieces without a second copy of the whole."""
    count = elements.size
    once = distinct(elements)
    repeated = count // once.size if once.size else 1
    granted = budget.take(once.size)
    exact = granted == once.size
    looked_at = once if exact else sample(once, granted)
    moments = _Moments()
    for piece in chunks(looked_at, _CHUNK):
        moments.add(numbers(piece, dtype))
    histogram = _histogram((numbers(piece, dtype) for piece in chunks(looked_at, _CHUNK)), moments)
    return moments.stats(count, repeated, count if exact else looked_at.size, histogram)


class _Moments:
    """Count, mean and squared deviations of finite numbers, merged piece by piece.

    Chan, Golub, LeVeque: Updating formulae and a pairwise algorithm for computing sample
    variances (1979).
    """

    def __init__(self) -> None:
        self.count = 0
        self.nan = 0
        self.inf = 0
        self.low = math.inf
        self.high = -math.inf
        self._mean = 0.0
        self._deviations = 0.0

    def add(self, piece: Numbers) -> None:
        finite = np.isfinite(piece)
        if not finite.all():
            nan = int(np.isnan(piece).sum())
            self.nan += nan
            self.inf += int(piece.size - finite.sum()) - nan
            piece = piece[finite]
        size = piece.size
        if not size:
            return
        self.low = min(self.low, float(piece.min()))
        self.high = max(self.high, float(piece.max()))
        with np.errstate(all="ignore"):
            mean = float(piece.mean())
            away = piece - mean
            deviations = float(np.dot(away, away))
        total = self.count + size
        shift = mean - self._mean
        self._deviations += deviations + shift * shift * self.count * size / total
        self._mean += shift * size / total
        self.count = total

    def stats(self, count: int, repeated: int, sampled: int, histogram: tuple[int, ...]) -> Stats:
        """`repeated`: how often every element that was looked at occurs."""
        times = repeated if sampled == count else 1
        finite = self.count * times
        if not finite:
            self.low = self.high = self._mean = math.nan
        deviations = self._deviations * times
        return Stats(
            count=count,
            sampled=sampled,
            min=self.low,
            max=self.high,
            mean=self._mean,
            std=math.sqrt(deviations / (finite - 1)) if finite > 1 else math.nan,
            norm=_root(deviations, self._mean, finite),
            nan=self.nan * times,
            inf=self.inf * times,
            histogram=tuple(number * times for number in histogram),
        )


def _root(deviations: float, mean: float, count: int) -> float:
    """The Euclidean norm: Σx² = Σ(x-mean)² + n·mean²."""
    if not count:
        return 0.0
    return math.hypot(math.sqrt(deviations), math.sqrt(count) * abs(mean))


def _histogram(pieces: Iterable[Numbers], moments: _Moments) -> tuple[int, ...]:
    if not moments.count:
        return ()
    low, high = moments.low, moments.high
    if low == high:
        return (moments.count,) + (0,) * (BINS - 1)
    total = np.zeros(BINS, np.int64)
    scale = BINS / (high - low) if math.isfinite(high - low) else 0.0
    clean = moments.nan == moments.inf == 0
    for piece in pieces:
        finite = piece if clean else piece[np.isfinite(piece)]
        places = (
            (finite - low) * scale
            if scale
            else (finite / 2 - low / 2) * (BINS / (high / 2 - low / 2))
        )
        bins = np.minimum(places.astype(np.int64), BINS - 1)
        total += np.bincount(bins, minlength=BINS)
    return tuple(int(number) for number in total)
