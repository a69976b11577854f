"""A tensor as a matrix of cells, and the scale that its colours are on."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from functools import lru_cache, reduce
from itertools import pairwise
from operator import mul, or_
from typing import NamedTuple, TypeVar

from autograd_tutor.limits.kernel import LOOK_SIDE
from autograd_tutor.recording import numbers
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.picture import Picture

T = TypeVar("T")

LEVELS = 10
"""Colours on each side of 0."""

NAN, POSITIVE, NEGATIVE = 1, 2, 4
"""What a cell may hold that is not finite: NaN, inf, -inf; any of them together."""

_USUAL = 0.95
"""Part of the numbers other than 0 that the scale is made for."""
_OUTLIER = 4.0
"""How many times as large as those the largest number may be and still be on the scale."""
_LEAST, _LEAST_REDUCED = 20, 5
"""Numbers, and cells of several numbers, from which on one of them can be called an outlier."""


class Cells(NamedTuple):
    """A matrix of cells, row by row. Each stands for a block of elements, which may be one."""

    rows: int
    columns: int
    means: Sequence[float]
    """Of the finite elements of each cell; 0 where there are none."""
    largest: Sequence[float]
    """The greatest |x| of the finite elements of each cell; 0 where there are none."""
    marks: bytes
    """NAN, POSITIVE and NEGATIVE of each cell; empty where all elements are finite."""
    height: int
    """Rows of elements."""
    width: int
    """Elements in a row."""

    @property
    def exact(self) -> bool:
        """Whether each cell is one element."""
        return (self.rows, self.columns) == (self.height, self.width)


class Scale(NamedTuple):
    """Which number has which colour: equal steps from `zero` to `limit`."""

    zero: float
    """0; or, of numbers of one sign that are all far from it, the one nearest to it."""
    limit: float
    """|x| from which on the colour is the last one."""
    largest: float
    """The greatest |x| of all; above `limit` where a few are much larger than all others."""
    spike: float
    """|x| above which a single element is much larger than the usual ones; inf: none is."""
    negative: bool
    positive: bool
    """Whether there are numbers of this sign."""

    def level(self, value: float) -> int:
        """The colour of a number, from -LEVELS to LEVELS; 0 is that of `zero` alone."""
        size = abs(value) - abs(self.zero)
        if size <= 0 or not self.limit > abs(self.zero):
            return 0 if self.limit > abs(self.zero) or not value else _signed(LEVELS, value)
        part = size / (self.limit - abs(self.zero))
        return _signed(min(LEVELS, math.ceil(part * LEVELS)), value)


def exact_cells(values: Sequence[float], height: int, width: int) -> Cells:
    """A matrix of numbers as cells of one element each."""
    if math.isfinite(sum(values)) or all(map(math.isfinite, values)):
        return Cells(height, width, values, [abs(x) for x in values], b"", height, width)
    finite = [x if math.isfinite(x) else 0.0 for x in values]
    marks = bytes([_mark(x) for x in values])
    return Cells(height, width, finite, [abs(x) for x in finite], marks, height, width)


@lru_cache(maxsize=64)
def picture_cells(picture: Picture) -> Cells | None:
    """The cells of a picture; None where it has others than it says: it may come from anywhere."""
    count = picture.rows * picture.columns
    means, largest = picture.means, picture.largest
    exact = (picture.rows, picture.columns) == (picture.height, picture.width)
    if max(picture.rows, picture.columns) > LOOK_SIDE or len(picture.marks) not in (0, count):
        return None
    if not count or not 0 <= picture.scale < math.inf:
        return None
    if len(means) == count and len(largest) == (0 if exact else count):
        steps, scale = struct.unpack(f"{count}b", means), picture.scale
        values = [math.copysign(scale * (step / 127) ** 2, step) for step in steps]
        sizes = [scale * (step / 255) ** 2 for step in largest] or [abs(x) for x in values]
    elif len(means) == len(largest) == 8 * count:
        values = list(struct.unpack(f"<{count}d", means))
        sizes = list(struct.unpack(f"<{count}d", largest))
        if not all(map(math.isfinite, (*values, *sizes))):
            return None
    else:
        return None
    height, width = picture.height, picture.width
    return Cells(picture.rows, picture.columns, values, sizes, picture.marks, height, width)


@lru_cache(maxsize=256)
def flat_cells(tensor: Tensor) -> Cells | None:
    """All elements in a row, where they were recorded and there are any; complex by magnitude."""
    raw = numbers.elements(tensor)
    if not raw:
        return None
    values = real_values(raw, tensor.dtype)
    return exact_cells(values, 1, len(values))


def real_values(raw: bytes, dtype: str) -> Sequence[float]:
    """The elements as real numbers, complex ones by their magnitude."""
    if numbers.is_complex(dtype):
        return numbers.magnitudes(raw, dtype)
    return [float(value.real) for value in numbers.decode(raw, dtype)]


def reduced(cells: Cells, rows: int, columns: int) -> Cells:
    """The same in at most so many cells, each of the mean and the greatest |x| of several."""
    rows, columns = min(rows, cells.rows), min(columns, cells.columns)
    if (rows, columns) == (cells.rows, cells.columns):
        return cells
    weights = _weights(cells)
    totals = _over(sum, weights, cells, rows, columns)
    sums = _over(sum, list(map(mul, weights, cells.means)), cells, rows, columns)
    largest = _over(max, cells.largest, cells, rows, columns)
    # A sum may have become infinite.
    parts = zip(sums, totals, largest, strict=True)
    means = [max(-most, min(each / total, most)) if total else 0.0 for each, total, most in parts]
    marks = bytes(_over(_together, list(cells.marks), cells, rows, columns) if cells.marks else ())
    return Cells(rows, columns, means, largest, marks, cells.height, cells.width)


def _over(
    combine: Callable[[Sequence[T]], T], values: Sequence[T], cells: Cells, rows: int, columns: int
) -> list[T]:
    """One value for each block of the cells' values: column by column, then along the row."""
    found: list[T] = []
    across, wide = bounds(cells.columns, columns), cells.columns
    for top, bottom in bounds(cells.rows, rows):
        lines = [values[row * wide : (row + 1) * wide] for row in range(top, bottom)]
        single = len(lines) == 1
        combined = lines[0] if single else list(map(combine, zip(*lines, strict=True)))
        found += [combine(combined[left:right]) for left, right in across]
    return found


def bounds(count: int, parts: int) -> list[tuple[int, int]]:
    """Where each of `parts` pieces of `count` things begins and ends: alike, or longer by one."""
    return list(pairwise([count * part // parts for part in range(parts + 1)]))


def scale_of(cells: Cells) -> Scale:
    """The scale for these cells. A few that are much larger than all others are beyond its end."""
    needed = _LEAST if cells.exact else _LEAST_REDUCED
    limit, _ = _ends([abs(mean) for mean in cells.means if mean], needed)
    usual, largest = _ends([size for size in cells.largest if size], needed)
    spike = math.inf
    if usual < largest:
        spike = limit if cells.exact else _OUTLIER * usual
    least, greatest = min(cells.means, default=0.0), max(cells.means, default=0.0)
    zero = 0.0
    if not cells.marks and (least > 0 or greatest < 0):
        nearest = min(least, greatest, key=abs)
        zero = nearest if limit / 2 < abs(nearest) < limit else 0.0
    return Scale(zero, limit, largest, spike, least < 0, greatest > 0)


def _ends(sizes: list[float], needed: int) -> tuple[float, float]:
    """The greatest of the usual sizes, which is mostly that of all, and the greatest of all."""
    if not sizes:
        return 0.0, 0.0
    sizes.sort()
    usual, greatest = sizes[max(0, min(int(len(sizes) * _USUAL), len(sizes) - 1) - 1)], sizes[-1]
    if len(sizes) < needed or greatest <= _OUTLIER * usual:
        return greatest, greatest
    return usual, greatest


def _weights(cells: Cells) -> list[int]:
    """How many finite elements each cell stands for, as far as that is known."""
    down = [end - begin for begin, end in bounds(cells.height, cells.rows)]
    along = [end - begin for begin, end in bounds(cells.width, cells.columns)]
    weights = [high * wide for high in down for wide in along]
    if cells.marks:
        pairs = zip(cells.marks, weights, strict=True)
        return [0 if mark and weight == 1 else weight for mark, weight in pairs]
    return weights


def _together(marks: Sequence[int]) -> int:
    return reduce(or_, marks)


def _mark(value: float) -> int:
    if math.isfinite(value):
        return 0
    return NAN if math.isnan(value) else POSITIVE if value > 0 else NEGATIVE


def _signed(level: int, value: float) -> int:
    return -level if value < 0 else level
