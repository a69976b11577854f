"""Statistics of large tensors, at a cost that does not grow with them beyond a limit."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from autograd_tutor.kernel.memory import Array, chunks, distinct, numbers, sample
from autograd_tutor.limits.kernel import EXACT_ELEMENTS, SAMPLED_ELEMENTS
from autograd_tutor.recording.model import Stats

BINS = 16
"""Bars of a histogram."""

_CHUNK = 2**16
_BLOCK = 2**13
"""For more than 10,000 elements OpenBLAS computes a dot product on threads of its own, which would
compete with those of torch."""
_ONES = np.ones(_BLOCK)
_CANCELLED = 1e-3
"""A variance smaller than this part of the mean square has lost its digits to cancellation."""
_SAFE_RANGE = 1e-30, 1e30
"""Spans and squares with which float32 computes exactly enough: nothing overflows."""
_PAIRED = 2**14
"""Elements from which on counting bins in pairs is quicker."""
_FOUR, _EACH = np.uint64(4), np.uint64(0x0101010101010101)
"""Together they turn BINS, the only bin number with that bit, into the last bin, in eight bytes at
once."""

Numbers = npt.NDArray[Any]
"""float32 or float64."""


class Budget:
    """How many elements may still be looked at for the statistics of one snapshot."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = EXACT_ELEMENTS

    def reset(self) -> None:
        """Grant as much as at first."""
        self.left = EXACT_ELEMENTS

    def take(self, count: int) -> int:
        """How many of `count` elements to look at: all, or else SAMPLED_ELEMENTS."""
        granted = count if count <= self.left else min(count, SAMPLED_ELEMENTS)
        self.left = max(0, self.left - granted)
        return granted


def summarize(
    elements: Array, dtype: torch.dtype, budget: Budget, with_histogram: bool = True
) -> Stats:
    """Stats of the elements, read in pieces without a second copy of the whole.

    `elements` are as `memory.array` gives them, with bits of `dtype`.
    """
    count = elements.size
    unique = elements if elements.flags.c_contiguous else distinct(elements)
    repeated = count // unique.size if unique.size else 1
    granted = budget.take(unique.size)
    exact = granted == unique.size
    examined = unique if exact else sample(unique, granted)
    moments = _Moments()
    with np.errstate(all="ignore"):
        if exact and not with_histogram and dtype is torch.float32:
            quick = _range(unique, repeated)
            if quick is not None:
                return quick
        # A single piece is converted only once.
        pieces = tuple(_pieces(examined, dtype)) if examined.size <= _CHUNK else None
        for piece in pieces or _pieces(examined, dtype):
            moments.add(piece)
        histogram: tuple[int, ...] = ()
        if with_histogram:
            histogram = _histogram(pieces or _pieces(examined, dtype), moments)
    return moments.stats(count, repeated, count if exact else examined.size, histogram)


def _pieces(elements: Array, dtype: torch.dtype) -> Iterator[Numbers]:
    """The elements in floating point, flat, in any order; each piece is valid until the next.

    Contiguous ones of float32 and float64 are not copied.
    """
    parts = chunks(elements, _CHUNK) if elements.size > _CHUNK else iter((elements.ravel("K"),))
    if dtype is torch.float32 or dtype is torch.float64:
        return parts
    return (numbers(part, dtype) for part in parts)


def _blocks(wide: Numbers) -> Iterator[Numbers]:
    return (wide[begin : begin + _BLOCK] for begin in range(0, wide.size, _BLOCK))


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
        low, high = _ends(piece)
        if not math.isfinite(high - low) and not np.isfinite(piece).all():
            piece = self._without_the_infinite(piece)
            if not piece.size:
                return
            low, high = _ends(piece)
        self.low, self.high = min(self.low, low), max(self.high, high)
        mean, deviations = (low, 0.0) if low == high else _spread(piece)
        total = self.count + piece.size
        if self.count:
            shift = mean - self._mean
            deviations += self._deviations + shift * shift * self.count * piece.size / total
            mean = self._mean + shift * piece.size / total
        self.count, self._mean, self._deviations = total, mean, deviations

    def _without_the_infinite(self, piece: Numbers) -> Numbers:
        """The finite elements; the others are counted."""
        finite = np.isfinite(piece)
        nan = int(np.count_nonzero(np.isnan(piece)))
        self.nan += nan
        self.inf += int(piece.size - np.count_nonzero(finite)) - nan
        return piece[finite]

    def stats(self, count: int, repeated: int, sampled: int, histogram: tuple[int, ...]) -> Stats:
        """`repeated`: how often each element that was looked at occurs in the tensor."""
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
            norm=self._norm(deviations, finite),
            nan=self.nan * times,
            inf=self.inf * times,
            histogram=tuple([number * times for number in histogram]),
        )

    def _norm(self, deviations: float, finite: int) -> float:
        """The Euclidean norm of everything looked at: Σx² = Σ(x-mean)² + n·mean²."""
        if self.nan or self.inf:
            return math.nan if self.nan else math.inf
        if not finite:
            return 0.0
        return math.hypot(math.sqrt(deviations), math.sqrt(finite) * abs(self._mean))


def _range(elements: Array, repeated: int) -> Stats | None:
    """Stats of a few contiguous float32 numbers, without a histogram, to about six digits.

    None where float32 is not exact enough: for more elements, very large or small squares, nan,
    inf, and a spread that is small beside the mean. Each element occurs `repeated` times.
    """
    size = elements.size
    if size > _CHUNK or not elements.flags.c_contiguous:
        return None
    flat = elements.reshape(-1)
    squares = float(np.dot(flat, flat)) if size <= _BLOCK else _squares(flat)
    if not _SAFE_RANGE[0] < squares < _SAFE_RANGE[1]:
        return None
    total = float(np.add.reduce(flat))
    deviations = squares - total * total / size
    if not deviations > _CANCELLED * squares:
        return None
    count = size * repeated
    return Stats(
        count=count,
        sampled=count,
        min=float(np.minimum.reduce(flat)),
        max=float(np.maximum.reduce(flat)),
        mean=total / size,
        std=math.sqrt(deviations * repeated / (count - 1)),
        norm=math.sqrt(squares * repeated),
        nan=0,
        inf=0,
        histogram=(),
    )


def _ends(piece: Numbers) -> tuple[float, float]:
    """The least and the greatest element; NaN where one is NaN."""
    return float(np.minimum.reduce(piece)), float(np.maximum.reduce(piece))


def _spread(piece: Numbers) -> tuple[float, float]:
    """Mean, and sum of the squared deviations from it.

    Σ(x-mean)² = Σx² - n·mean², as long as that is no small difference of large numbers.
    """
    wide = piece.astype(np.float64, copy=False)
    mean = sum([float(np.dot(block, _ONES[: block.size])) for block in _blocks(wide)]) / wide.size
    squares = _squares(wide)
    deviations = squares - wide.size * mean * mean
    if not deviations > _CANCELLED * squares:
        deviations = _squares(wide - mean)
    return mean, deviations


def _squares(wide: Numbers) -> float:
    return sum([float(np.dot(block, block)) for block in _blocks(wide)])


def _histogram(pieces: Iterable[Numbers], moments: _Moments) -> tuple[int, ...]:
    if not moments.count:
        return ()
    low, high = moments.low, moments.high
    if not high - low > 0:
        return (moments.count,) + (0,) * (BINS - 1)
    clean = moments.nan == moments.inf == 0
    total = np.zeros(BINS, np.int64)
    for piece in pieces:
        total += _counts(_bins(piece if clean else piece[np.isfinite(piece)], low, high))
    return tuple(total.tolist())


def _bins(piece: Numbers, low: float, high: float) -> npt.NDArray[np.uint8]:
    """The bin of each element, computed in the elements' own precision.

    BINS for the greatest elements, which belong into the last bin.
    """
    span = high - low
    if not _SAFE_RANGE[0] < span < _SAFE_RANGE[1]:
        piece = piece.astype(np.float64)
        if math.isinf(span):
            piece, low, span = piece / 2, low / 2, high / 2 - low / 2
    scaled = piece - low
    if math.isinf(BINS / span):
        scaled /= span
        scaled *= BINS
    else:
        scaled *= BINS / span
    return scaled.astype(np.uint8)


def _counts(bins: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """How many elements are in each bin. Overwrites `bins`.

    Two numbers of 16 bins fit into a byte, and half as many bytes are counted sooner.
    """
    even = bins.size // 16 * 16 if bins.size >= _PAIRED else 0
    counts = np.bincount(bins[even:], minlength=BINS + 1)
    total = counts[:BINS]
    total[-1] += counts[BINS]
    if even:
        eights = bins[:even].view(np.uint64)
        eights -= (eights >> _FOUR) & _EACH
        half = eights.size // 2
        pairs = ((eights[:half] << _FOUR) | eights[half:]).view(np.uint8)
        table = np.bincount(pairs, minlength=BINS * BINS).reshape(BINS, BINS)
        total += np.add.reduce(table, 0) + np.add.reduce(table, 1)
    return total
