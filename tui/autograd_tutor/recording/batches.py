"""Which dimensions of a tensor's elements are those of batches, as vmap has them."""

from __future__ import annotations

from typing import NamedTuple

from autograd_tutor.recording.model import Tensor


class Batch(NamedTuple):
    """One dimension that a vmap runs over."""

    level: int | None
    """As in `recording.model.Wrapper`."""
    dim: int
    """The dimension, in `Tensor.shape`."""
    size: int
    """How many examples there are."""


def batches(tensor: Tensor) -> tuple[Batch, ...]:
    """The batches that a tensor stands for, that of the outermost vmap first."""
    return _apart(tensor)[0]


def example_dims(tensor: Tensor) -> tuple[int, ...]:
    """The dimensions, in `Tensor.shape`, that one example has."""
    return _apart(tensor)[1]


def example_shape(tensor: Tensor) -> tuple[int, ...] | None:
    """The shape that the tensor has for the code inside of vmap."""
    shape = tensor.shape
    return None if shape is None else tuple([shape[dim] for dim in example_dims(tensor)])


def fit(tensor: Tensor) -> bool:
    """Whether a tensor has the dimensions that its wrappers speak of."""
    wrapped = sum(each.bdim is not None for each in tensor.wrappers)
    return len(batches(tensor)) == wrapped


def _apart(tensor: Tensor) -> tuple[tuple[Batch, ...], tuple[int, ...]]:
    if not tensor.wrappers:
        return (), tuple(range(len(tensor.shape or ())))
    shape = tensor.shape or ()
    left = list(range(len(shape)))
    found = []
    for each in reversed(tensor.wrappers):
        if each.bdim is not None and each.bdim < len(left):
            dim = left.pop(each.bdim)
            found.append(Batch(each.level, dim, shape[dim]))
    return tuple(found), tuple(left)
