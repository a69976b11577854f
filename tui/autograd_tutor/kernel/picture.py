"""Pictures of tensors: a matrix of cells, each with the mean and the greatest |x| of a block."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from autograd_tutor.kernel import memory
from autograd_tutor.kernel.readings import Access, access_of
from autograd_tutor.kernel.wrapped_tensors import unwrap
from autograd_tutor.limits.kernel import LOOK_SIDE, PICTURE_SAMPLE, PICTURE_SIDE
from autograd_tutor.recording.picture import LookRequest, Picture

Floats = npt.NDArray[Any]

_Base: Any = torch._C.TensorBase
_dtype_of = vars(_Base)["dtype"].__get__
_keys_of = torch._C._dispatch_keys
_NAN, _POSITIVE, _NEGATIVE = 1, 2, 4


def picture(tensor: Any, most: int) -> Picture | None:
    """A picture of all of a tensor: its first dimension down, all others along.

    Of more than `most` elements a sample is taken. None where its elements cannot be read.
    """
    elements = _elements(tensor)
    if elements is None or not elements.size:
        return None
    height = elements.shape[0] if elements.ndim > 1 else 1
    width = elements.size // height
    numbers = _numbers(tensor, elements, most)
    numbers = numbers.reshape(numbers.shape[0] if numbers.ndim > 1 else 1, -1)
    sampled = numbers.size < elements.size
    return _compact(numbers, height, width, sampled)


def slice_picture(tensor: Any, request: LookRequest) -> Picture | None:
    """A picture, in full precision, of the matrix at `request.index` of the leading dimensions."""
    elements = _elements(tensor)
    index = request.index
    if elements is None or not elements.size or len(index) != max(0, elements.ndim - 2):
        return None
    if any(at >= size for at, size in zip(index, elements.shape, strict=False)):
        return None
    matrix = np.atleast_2d(elements[index])
    numbers = np.atleast_2d(_numbers(tensor, matrix, PICTURE_SAMPLE))
    rows, columns = min(request.rows, LOOK_SIDE), min(request.columns, LOOK_SIDE)
    means, largest, marks = _cells(numbers, rows, columns)
    (down, along), (height, width) = means.shape, matrix.shape
    return Picture(
        down, along, height, width, float(largest.max()), means.tobytes(), largest.tobytes(),
        marks, numbers.size < matrix.size,
    )  # fmt: skip


def _elements(tensor: Any) -> memory.Array | None:
    """The elements where they lie in memory, as they are there."""
    try:
        if access_of(_keys_of(tensor)) is Access.WRAPPED:
            behind = unwrap(tensor)
            if behind is None:
                return None
            tensor = behind.value
        if access_of(_keys_of(tensor)) in (Access.OTHER, Access.WRAPPED):
            return None
        return memory.array(tensor) if _dtype_of(tensor) in memory.KNOWN else None
    except (memory.OutOfBounds, RuntimeError, NotImplementedError):
        return None


def _numbers(tensor: Any, elements: memory.Array, most: int) -> Floats:
    """Real numbers of the same shape; of more than `most` elements every second, third, … one."""
    steps = [1] * elements.ndim
    sizes = list(elements.shape)
    while math.prod(sizes) > most:
        axis = max(range(len(sizes)), key=sizes.__getitem__)
        steps[axis] += 1
        sizes[axis] = -(-elements.shape[axis] // steps[axis])
    part = elements[tuple([slice(None, None, step) for step in steps])]
    if access_of(_keys_of(tensor)) is Access.LAZY:
        part = memory.resolved(part, _dtype_of(tensor), _Base.is_conj(tensor), _Base.is_neg(tensor))
    dtype = _dtype_of(tensor)
    if dtype in (torch.float32, torch.float64):
        return part
    return memory.numbers(part, dtype).reshape(part.shape)


def _compact(numbers: Floats, height: int, width: int, sampled: bool) -> Picture:
    means, largest, marks = _cells(numbers, PICTURE_SIDE, PICTURE_SIDE)
    scale = float(largest.max())
    part = scale or 1.0
    signed = np.rint(np.copysign(127 * np.sqrt(np.abs(means) / part), means)).astype(np.int8)
    greatest = np.ceil(255 * np.sqrt(largest / part)).astype(np.uint8)
    single = means.shape == (height, width)
    rows, columns = means.shape
    return Picture(
        rows, columns, height, width, scale, signed.tobytes(),
        b"" if single else greatest.tobytes(), marks, sampled,
    )  # fmt: skip


def _cells(numbers: Floats, rows: int, columns: int) -> tuple[Floats, Floats, bytes]:
    """Means, greatest |x| and marks of at most so many blocks, alike in size up to one element."""
    height, width = numbers.shape
    down = np.arange(min(rows, height) + 1) * height // min(rows, height)
    along = np.arange(min(columns, width) + 1) * width // min(columns, width)
    with np.errstate(all="ignore"):
        largest = _over(np.maximum, np.abs(numbers), down, along)
        counts: Floats = np.outer(np.diff(down), np.diff(along)).astype(np.float64)
        marks = b""
        if not np.isfinite(largest).all():
            found, numbers, counts = _without_the_infinite(numbers, down, along)
            marks = found.tobytes()
            largest = _over(np.maximum, np.abs(numbers), down, along)
        largest = largest.astype(np.float64)
        means = _over(np.add, numbers, down, along, np.float64) / np.maximum(counts, 1)
    # A sum may have become infinite, and rounding may lead beyond what was added.
    means = np.clip(np.nan_to_num(means), -largest, largest)
    return means, largest, marks


def _without_the_infinite(
    numbers: Floats, down: Floats, along: Floats
) -> tuple[npt.NDArray[np.uint8], Floats, Floats]:
    """What each cell holds that is not finite, the numbers with 0 instead, how many others."""
    kinds = np.isnan(numbers).astype(np.uint8) * np.uint8(_NAN)
    kinds |= (numbers == np.inf).astype(np.uint8) * np.uint8(_POSITIVE)
    kinds |= (numbers == -np.inf).astype(np.uint8) * np.uint8(_NEGATIVE)
    counts = _over(np.add, (kinds == 0).astype(np.float32), down, along, np.float64)
    finite = np.where(kinds == 0, numbers, 0)
    return _over(np.bitwise_or, kinds, down, along), finite, counts


def _over(
    reduce: np.ufunc, numbers: Any, down: Floats, along: Floats, dtype: Any = None
) -> npt.NDArray[Any]:
    """Each block reduced to one number: rows first, which goes through memory in its order.

    `reduceat` would do that for the rows as well, at ten times the cost.
    """
    if len(down) > len(numbers):
        bands = numbers
    else:
        bands = np.stack([reduce.reduce(numbers[i:j], axis=0) for i, j in pairwise(down.tolist())])
    if len(along) > numbers.shape[1]:
        return np.asarray(bands, dtype or bands.dtype)
    found: npt.NDArray[Any] = reduce.reduceat(bands, along[:-1], axis=1, dtype=dtype)
    return found
