"""The picture of a tensor: what is recorded of its elements where they are too many for all.

And the messages by which a run is asked for one between steps.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from autograd_tutor.limits.kernel import LOOK_SIDE
from autograd_tutor.limits.records import RECORDED_DIMENSIONS, RECORDED_NAME
from autograd_tutor.recording.bounded import Count, Id

_Numbers = Annotated[bytes, Meta(max_length=8 * LOOK_SIDE**2)]
_Bytes = Annotated[bytes, Meta(max_length=LOOK_SIDE**2)]


class Picture(Struct, frozen=True, array_like=True, gc=False):
    """A tensor as a matrix of cells, row by row, each of which stands for a block of elements.

    `means` and `largest` (the greatest |x|) are of the finite elements of each cell. With one byte
    a cell they are the square root of their part of `scale`, which is the greatest of all: from
    -127 to 127 and from 0 to 255, `largest` rounded up. Else they are float64, little-endian.
    """

    rows: Count
    columns: Count
    height: Count
    """Rows of elements: the first dimension of a recorded tensor, 1 of a vector."""
    width: Count
    """Elements in a row: all further dimensions."""
    scale: float
    means: _Numbers
    largest: _Numbers
    """Empty where each cell is one element, and `means` says it."""
    marks: _Bytes = b""
    """Of each cell 1 where it holds NaN, 2 inf, 4 -inf, or their sum; empty where none does."""
    sampled: bool = False
    """Whether not all elements were looked at."""


class LookRequest(Struct, frozen=True, tag=True):
    """Send a picture of a tensor as it is when the steps asked for before have ended."""

    run: int
    number: Count
    """That of the answer."""
    name: Annotated[str, Meta(max_length=RECORDED_NAME)]
    """As in a snapshot; `w.grad` for a gradient."""
    index: Annotated[tuple[Count, ...], Meta(max_length=RECORDED_DIMENSIONS)]
    """Of the leading dimensions, all but two: which of the matrices."""
    rows: Id
    columns: Id
    """Cells at most; LOOK_SIDE is the limit in any case."""


class Looked(Struct, frozen=True, tag=True, array_like=True):
    """The answer to a LookRequest, which is not part of a recording."""

    number: Count
    picture: Picture | None
    """In full precision; None where there is none to be had."""
