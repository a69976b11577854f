"""Whether single values of a recording are such as the recorder makes."""

from __future__ import annotations

import math
import re

from autograd_tutor import limits
from autograd_tutor.recording import batches, numbers
from autograd_tutor.recording.model import Stats, Tensor

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")

_LARGEST = 2**63
"""Elements of a tensor that no torch can count."""


class Invalid(ValueError):
    """What no recorder can have recorded; the text says what is wrong with it."""


def require(holds: bool, flaw: str) -> None:
    """Raise Invalid if it does not hold."""
    if not holds:
        raise Invalid(flaw)


def is_duration(seconds: float) -> bool:
    """Whether so many seconds can have passed."""
    return 0 <= seconds < math.inf


def check_name(name: str) -> None:
    """Raise Invalid for a name that has control characters in it."""
    require(not _CONTROL.search(name), f"there are control characters in {name!a:.50}")


def check_shape(shape: tuple[int, ...] | None) -> None:
    """Raise Invalid for the shape of more elements than torch can count."""
    if shape is not None and math.prod(filter(None, shape)) >= _LARGEST:
        raise Invalid("there is a shape that no tensor has")


def check_elements(tensor: Tensor) -> None:
    """Raise Invalid unless bytes and statistics are for as many elements as the shape says."""
    shape, raw, edges = tensor.shape, tensor.raw, tensor.edges
    if tensor.stats is not None:
        require(raw is None, "a tensor has both its elements and statistics")
        _check_stats(tensor.stats, shape)
    require(batches.fit(tensor), "a tensor has no dimension where its batch should be")
    if shape is None:
        return
    check_shape(shape)
    if raw is None and edges is None:
        return
    require(len(shape) <= limits.RECORDED_DIMENSIONS, "there is a shape that no tensor has")
    if raw is not None:
        require(numbers.elements(tensor) is not None, "a tensor's bytes do not fit its shape")
        require(math.prod(shape) <= limits.RAW_ELEMENTS, "a tensor is too large")
    if edges is not None:
        require(numbers.edges(tensor) is not None, "a tensor's edges do not fit its shape")
        shown = math.prod(numbers.edges_shape(shape))
        require(shown <= limits.RECORDED_EDGES, "a tensor is too large")


def check_tangent(tensor: Tensor) -> Tensor | None:
    """The tangent, if there is one. Raise Invalid unless it has the shape of its tensor."""
    if tensor.tangent is not None:
        shapes = batches.example_shape(tensor.tangent), batches.example_shape(tensor)
        require(None in shapes or shapes[0] == shapes[1], "a tangent has another shape")
    return tensor.tangent


def _check_stats(stats: Stats, shape: tuple[int, ...] | None) -> None:
    counts = shape is None or stats.count == math.prod(shape)
    seen = sum(stats.histogram) + stats.nan + stats.inf
    fits = counts and seen <= stats.sampled <= stats.count
    require(fits, "a tensor's statistics do not fit its shape")
