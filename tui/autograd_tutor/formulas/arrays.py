"""Small arrays of Python numbers that follow torch's rules for shapes."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from typing import NamedTuple

Number = float | bool
Shape = tuple[int, ...]


class Array(NamedTuple):
    """Elements in row-major order."""

    shape: Shape
    values: tuple[Number, ...]


class UnfitShapes(ValueError):
    """The shapes do not go together, or not in a way that is known here."""


def scalar(value: Number) -> Array:
    """An array without dimensions."""
    return Array((), (value,))


def common_shape(*shapes: Shape) -> Shape:
    """The shape that all of them broadcast to. Raises UnfitShapes where there is none."""
    if len(others := {*shapes} - {()}) < 2:  # most often
        return others.pop() if others else ()
    result: list[int] = []
    for dim in range(-max(map(len, shapes), default=0), 0):
        sizes = {shape[dim] for shape in shapes if len(shape) >= -dim} - {1}
        if len(sizes) > 1:
            raise UnfitShapes(f"{shapes} do not broadcast")
        result.append(sizes.pop() if sizes else 1)
    return tuple(result)


def expanded(array: Array, shape: Shape) -> Array:
    """The array repeated along dimensions that it lacks or that are of size 1."""
    if array.shape == shape:
        return array
    if common_shape(array.shape, shape) != shape:
        raise UnfitShapes(f"{array.shape} does not expand to {shape}")
    return Array(shape, tuple([array.values[index] for index in _sources(array.shape, shape)]))


def mapped(function: Callable[..., Number], *arrays: Array) -> Array:
    """The function of corresponding elements, after broadcasting."""
    shape = common_shape(*[array.shape for array in arrays])
    columns = [expanded(array, shape).values for array in arrays]
    return Array(shape, tuple(map(function, *columns)))


def summed_to(array: Array, shape: Shape) -> Array:
    """Undoes a broadcast from `shape`: the sum over everything an element was repeated for."""
    if array.shape == shape:
        return array
    if common_shape(array.shape, shape) != array.shape:
        return expanded(array, shape)
    sums: list[Number] = [0.0] * math.prod(shape)
    for index, value in zip(_sources(shape, array.shape), array.values, strict=True):
        sums[index] += value
    return Array(shape, tuple(sums))


def product_of_others(array: Array, shape: Shape) -> Array:
    """For each element, the product of those that are multiplied with it in a product of `shape`.

    `shape`: the array's, with dimensions of size 1 for those that are multiplied.
    """
    if common_shape(shape, array.shape) != array.shape:
        raise UnfitShapes(f"{shape} is not {array.shape} with less elements")
    groups = _sources(shape, array.shape)
    products = [
        math.prod(
            value
            for other, value in enumerate(array.values)
            if other != at and groups[other] == group
        )
        for at, group in enumerate(groups)
    ]
    return Array(array.shape, tuple(products))


def reshaped(array: Array, shape: Shape) -> Array:
    """The same elements in another shape."""
    if math.prod(shape) != len(array.values):
        raise UnfitShapes(f"{array.shape} has not the elements of {shape}")
    return Array(shape, array.values)


def transposed(array: Array) -> Array:
    """A matrix with its rows as columns; of fewer dimensions, the array itself."""
    if len(array.shape) < 2:
        return array
    rows, columns = _matrix_sizes(array)
    order = (row * columns + column for column in range(columns) for row in range(rows))
    return Array((columns, rows), tuple([array.values[index] for index in order]))


def matrix_product(left: Array, right: Array) -> Array:
    """`left @ right` for matrices and vectors."""
    if not left.shape or not right.shape:
        raise UnfitShapes("a number is no matrix")
    rows, inner = _matrix_sizes(left) if len(left.shape) > 1 else (1, left.shape[0])
    height, columns = _matrix_sizes(right) if len(right.shape) > 1 else (right.shape[0], 1)
    if inner != height:
        raise UnfitShapes(f"{left.shape} @ {right.shape}")
    values = tuple(
        sum(
            left.values[row * inner + step] * right.values[step * columns + column]
            for step in range(inner)
        )
        for row in range(rows)
        for column in range(columns)
    )
    return Array((*left.shape[:-1], *right.shape[1:]), values)


def written(array: Array, number: Callable[[Number], str]) -> str:
    """As a nested list: `[[1, 2], [3, 4]]`."""
    level = [number(value) for value in array.values]
    for size in reversed(array.shape):
        starts = range(0, len(level), size) if size else range(0)
        level = ["[" + ", ".join(level[start : start + size]) + "]" for start in starts]
    return level[0] if level else "[]"


def _matrix_sizes(array: Array) -> tuple[int, int]:
    if len(array.shape) != 2:
        raise UnfitShapes(f"{array.shape} is no matrix")
    return array.shape[0], array.shape[1]


def _sources(small: Shape, large: Shape) -> list[int]:
    """For each element of `large`, in order, the index of the one in `small` it comes from."""
    added = len(large) - len(small)
    indices = []
    for position in product(*map(range, large)):
        index = 0
        for size, at in zip(small, position[added:], strict=True):
            index = index * size + (at if size > 1 else 0)
        indices.append(index)
    return indices
