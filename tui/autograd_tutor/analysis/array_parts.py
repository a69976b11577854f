"""Elements and slices of recorded tensors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograd_tutor.analysis.arrays import Array, Unfit
from autograd_tutor.messages import _

Key = int | slice


def part(array: Array, keys: Sequence[Key]) -> Array:
    """`array[keys]`, of numbers and slices. Raises Unfit where there is nothing."""
    shape = array.shape
    if len(keys) > len(shape):
        raise Unfit(_("it has {shape} dimensions").format(shape=len(shape)))
    items = array.items
    starts, left, step = [0], list[int](), len(items)
    for at, size in enumerate(shape):
        step = step // size if size else 0
        chosen = list(_chosen(keys[at], size, at)) if at < len(keys) else list(range(size))
        if at >= len(keys) or isinstance(keys[at], slice):
            left.append(len(chosen))
        starts = [start + step * each for start in starts for each in chosen]
    return Array(tuple(left), array.dtype, [items[start] for start in starts])


def _chosen(key: Key, size: int, dimension: int) -> Iterator[int]:
    if isinstance(key, slice):
        if key.step is not None and key.step < 1:
            raise Unfit(_("a slice steps forward only"))
        yield from range(*key.indices(size))
        return
    if not -size <= key < size:
        raise Unfit(
            _("dimension {dimension} has {size} elements").format(dimension=dimension, size=size)
        )
    yield key % size
