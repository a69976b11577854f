"""What a heat map shows: a tensor's matrix, a slice of more dimensions, or a picture of it."""

from __future__ import annotations

import math
from enum import Enum
from typing import NamedTuple

from autograd_tutor.analysis.heat import Cells, exact_cells, picture_cells, real_values
from autograd_tutor.analysis.named import GRAD, tensor_named
from autograd_tutor.analysis.trace_cache import cached_per_trace
from autograd_tutor.recording import numbers
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.picture import Picture
from autograd_tutor.recording.trace import Trace


class Missing(Enum):
    """Why there is no heat map."""

    EMPTY = "empty"
    """The tensor has no elements."""
    NO_NUMBERS = "no numbers"
    """Its numbers are not in memory, or not as numbers: sparse, quantized, on another device."""
    NOT_NOW = "not now"
    """It is large, and no picture was recorded of what it is at this moment."""


class HeatMap(NamedTuple):
    """A tensor's numbers at one moment as cells."""

    name: str
    tensor: Tensor
    cells: Cells | None
    missing: Missing | None = None
    at: tuple[int, ...] | None = ()
    """The index of the matrix among the leading dimensions; None: all of the tensor, its first
    dimension down and all others along."""
    rounded: bool = False
    """Whether the numbers of cells are from a recorded picture, which has 8 bits for each."""
    sampled: bool = False
    """Whether not all elements were looked at."""


def heat_map(
    name: str,
    tensor: Tensor,
    number: int = 0,
    picture: Picture | None = None,
    exact: Picture | None = None,
) -> HeatMap:
    """The heat map of a tensor; of one of more than two dimensions, of its matrix `number`.

    `picture`: what was recorded of a large one; `exact`: of this matrix, what it is now.
    """
    at = slice_index(tensor, number)
    if tensor.shape is not None and 0 in tensor.shape:
        return HeatMap(name, tensor, None, Missing.EMPTY)
    if exact is not None and (cells := picture_cells(exact)) is not None:
        return HeatMap(name, tensor, cells, at=at, sampled=exact.sampled)
    raw = numbers.elements(tensor)
    if raw is not None:
        return HeatMap(name, tensor, _matrix(tensor, raw, number), at=at)
    if picture is not None and (cells := picture_cells(picture)) is not None:
        whole = at if not at else None
        return HeatMap(name, tensor, cells, None, whole, True, picture.sampled)
    known = tensor.stats is not None
    return HeatMap(name, tensor, None, Missing.NOT_NOW if known else Missing.NO_NUMBERS, at)


def slices(tensor: Tensor) -> int:
    """How many matrices the leading dimensions of a tensor hold."""
    return math.prod((tensor.shape or ())[:-2])


def slice_index(tensor: Tensor, number: int) -> tuple[int, ...]:
    """The index of the matrix of this number among the leading dimensions."""
    found = []
    for size in reversed((tensor.shape or ())[:-2]):
        number, at = divmod(number, size or 1)
        found.append(at)
    return tuple(reversed(found))


def picture_at(trace: Trace, index: int, name: str) -> Picture | None:
    """The picture of a tensor as it is at a snapshot, whenever of the step it was recorded."""
    tensor = tensor_named(trace, index, name)
    pictures = _pictures(trace)
    pictures.go_on(trace)
    for at in pictures.moments.get(name, ()) if tensor is not None else ():
        if _same_numbers(tensor, tensor_named(trace, at, name)):
            return trace.snapshots[at].pictures[name]
    return None


class _Pictures:
    """By name, the snapshots that have a picture of it; nothing is looked at twice."""

    def __init__(self) -> None:
        self.moments: dict[str, list[int]] = {}
        self._next = 0

    def go_on(self, trace: Trace) -> None:
        for at in range(self._next, len(trace)):
            for name in trace.snapshots[at].pictures:
                self.moments.setdefault(name, []).append(at)
        self._next = len(trace)


@cached_per_trace(most=64)
def _pictures(_trace: Trace) -> _Pictures:
    return _Pictures()


def is_newest(trace: Trace, index: int, newest: Trace, name: str) -> bool:
    """Whether a tensor at a snapshot is what it is at the end of `newest`, as far as is known."""
    tensor = tensor_named(trace, index, name)
    last = tensor_named(newest, len(newest) - 1, name)
    return tensor is not None and (tensor is last or _same_numbers(tensor, last))


def mapped_names(trace: Trace, index: int) -> list[str]:
    """What there is a heat map of at a snapshot: what this step has made or changed comes first."""
    found = []
    for name, tensor in trace.state_changed_first(index).tensors.items():
        each = [(name, tensor)]
        if tensor.grad is not None:
            each.append((f"{name}{GRAD}", tensor.grad))
        found += [name for name, tensor in each if tensor.shape]
    return found


def first_mapped(trace: Trace, index: int) -> str | None:
    """The one to begin with: the newest with two dimensions, else the newest."""
    names = mapped_names(trace, index)
    changed = trace.snapshots[index].tensors if trace.snapshots else {}

    def rank(name: str) -> tuple[bool, bool, bool]:
        tensor = tensor_named(trace, index, name)
        is_matrix = tensor is not None and len(tensor.shape or ()) > 1
        return is_matrix, name.removesuffix(GRAD) in changed, not name.endswith(GRAD)

    return max(reversed(names), key=rank, default=None)


def _matrix(tensor: Tensor, raw: bytes, number: int) -> Cells:
    shape = tensor.shape or ()
    height, width = (1, 1, *shape)[-2:]
    size = height * width
    part = len(raw) // slices(tensor)
    values = real_values(raw[number * part : (number + 1) * part], tensor.dtype)
    assert len(values) == size
    return exact_cells(values, height, width)


def _same_numbers(one: Tensor | None, other: Tensor | None) -> bool:
    """Whether the numbers of two records are the same, as far as large ones can tell."""
    if one is None or other is None or (one.shape, one.dtype) != (other.shape, other.dtype):
        return False
    if one.raw is not None or other.raw is not None:
        return one.raw == other.raw
    # As text, NaN equals NaN.
    return one.edges == other.edges and repr(one.stats) == repr(other.stats)
