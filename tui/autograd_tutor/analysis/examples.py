"""Takes tensors that stand for a batch apart, into those of its examples."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import product
from typing import NamedTuple

from msgspec.structs import replace

from autograd_tutor.limits.interface import MOST_EXAMPLES
from autograd_tutor.recording import numbers
from autograd_tutor.recording.batches import batches, example_dims, example_shape
from autograd_tutor.recording.model import Tensor

Tensors = tuple[Tensor | None, ...]


class Examples(NamedTuple):
    """The tensors of a batch, by example."""

    sizes: tuple[int, ...]
    """How many examples there are along each of the batches, the outermost first."""
    tensors: tuple[Tensors, ...]
    """Of each example, the last batch running fastest; empty where they are not told apart: there
    are more than MOST_EXAMPLES, or the tensors disagree in how many there are."""

    def place(self, number: int) -> tuple[int, ...]:
        """The place of the example with that number in each of the batches."""
        found = []
        for size in reversed(self.sizes):
            number, at = divmod(number, size)
            found.append(at)
        return tuple(found[::-1])


def examples(tensors: Sequence[Tensor | None]) -> Examples | None:
    """The examples that the tensors stand for together; None where they stand for no batch.

    A tensor that has no part in a batch is the same in each of its examples.
    """
    sizes: dict[int, int] = {}
    agree = True
    for tensor in tensors:
        for batch in batches(tensor) if tensor is not None else ():
            agree &= sizes.setdefault(batch.level or 0, batch.size) == batch.size
    if not sizes:
        return None
    levels = sorted(sizes)
    counts = tuple([sizes[level] for level in levels])
    if not agree or math.prod(counts) > MOST_EXAMPLES:
        return Examples(counts, ())
    apart = [
        tuple([None if each is None else _part(each, dict(zip(levels, at, strict=True)))
               for each in tensors])
        for at in product(*map(range, counts))
    ]  # fmt: skip
    return Examples(counts, tuple(apart))


def _part(tensor: Tensor, at: Mapping[int, int]) -> Tensor:
    """What a tensor is in one example: `at` gives the place in the batch of each level."""
    if not batches(tensor):
        return tensor
    return replace(
        tensor,
        shape=example_shape(tensor),
        raw=_elements(tensor, at),
        shown=None,
        stats=None,
        edges=None,
        wrappers=(),
    )


def _elements(tensor: Tensor, at: Mapping[int, int]) -> bytes | None:
    raw, shape = numbers.elements(tensor), tensor.shape
    if not raw or shape is None:
        return raw
    size = len(raw) // math.prod(shape)
    steps = [size * math.prod(shape[dim + 1 :]) for dim in range(len(shape))]
    begin = sum(at[batch.level or 0] * steps[batch.dim] for batch in batches(tensor))
    places = [
        begin + sum(offsets)
        for offsets in product(
            *[range(0, shape[dim] * steps[dim], steps[dim]) for dim in example_dims(tensor)]
        )
    ]
    return b"".join([raw[place : place + size] for place in places])
