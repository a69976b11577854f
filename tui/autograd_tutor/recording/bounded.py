"""The kinds of numbers and texts that records consist of, none of them without a bound.

The recorder keeps these bounds. Longer lists are refused before they are decoded.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from autograd_tutor.limits.kernel import MOST_INPUTS
from autograd_tutor.limits.records import (
    RECORD_NODES,
    RECORD_SAVED,
    RECORDED_ELEMENTS,
    RECORDED_NAME,
    RECORDED_TEXT,
    SHAPE_ITEMS,
    SNAPSHOT_NAMES,
)

Count = Annotated[int, Meta(ge=0)]
"""An index, a number of things, or a line. A record with a negative one is not decoded."""

Id = Annotated[int, Meta(ge=1)]
"""Counts from 1: a node, a leaf, or a pass of a step."""

Name = Annotated[str, Meta(max_length=RECORDED_NAME)]
"""Of a variable, a class, an operation: one line, which `validation` looks at."""

Text = Annotated[str, Meta(max_length=RECORDED_TEXT)]
"""Anything else that people read, with lines of its own."""

Elements = Annotated[bytes, Meta(max_length=RECORDED_ELEMENTS)]
"""Elements of a tensor, row-major, little-endian."""

Shape = Annotated[tuple[Count, ...], Meta(max_length=SHAPE_ITEMS)]

Inputs = Meta(max_length=MOST_INPUTS)
"""Of lists with an item for each input of a node or a pass."""

Names = Meta(max_length=SNAPSHOT_NAMES)
"""Of what a snapshot has by name."""

SavedList = Meta(max_length=RECORD_SAVED)
"""Of the saved values of a node."""

NodeList = Meta(max_length=RECORD_NODES)
"""Of the nodes of a snapshot, and of the tensors that these keep."""
