"""What a tensor was at one moment, in a form that is quick to make and to compare."""

from __future__ import annotations

import math
from enum import IntEnum
from typing import Any

import torch
from msgspec import Struct

from autograd_tutor.kernel.categories import TypeInfo
from autograd_tutor.kernel.wrapped_tensors import WRAPPING_KEYS
from autograd_tutor.recording import numbers
from autograd_tutor.recording.kinds import TensorKind
from autograd_tutor.recording.model import Tensor, Wrapper


class Access(IntEnum):
    """How the elements of a tensor are reached; follows from its dispatch keys."""

    DENSE = 1
    """In CPU memory."""
    LAZY = 2
    """In CPU memory, with a conjugation or a negation that torch has not applied yet."""
    INFERENCE = 3
    """In CPU memory; the tensor has no version counter."""
    OTHER = 4
    """Not in CPU memory, or hidden behind a layout or a wrapper."""
    WRAPPED = 5
    """By a transform of torch.func; how its elements are reached depends on what is inside."""


class MemoryReading(Struct, gc=False):
    """A tensor whose elements are in CPU memory. Equal readings: nothing has changed.

    Made for every tensor after every line. `gc=False` saves the collector's time: nothing that a
    reading holds can lead back to it.
    """

    access: Access
    shape: torch.Size
    dtype: torch.dtype
    requires_grad: bool
    is_leaf: bool
    retains_grad: bool
    output_nr: int
    version: int | None
    type_info: TypeInfo
    grad_fn: int | None
    """The id of its node."""
    grad_fn_name: str | None
    content: bytes | int
    """The bytes of up to RAW_ELEMENTS elements; for more, a number that changes when they do."""
    grad: Reading | None
    options: tuple[Any, ...]
    """The print options that its text depends on; () for those that torch starts with."""
    identity: int | None
    storage: int | None
    """As in `recording.model.Tensor`."""
    tangent: Reading | None = None
    wrappers: tuple[Wrapper, ...] = ()

    @property
    def prints_as_usual(self) -> bool:
        """Whether its text can be worked out later, from the numbers alone."""
        return self.type_info.prints_plainly and not self.options


Reading = MemoryReading | Tensor
"""A tensor that is not in CPU memory is recorded whole each time, and is its own reading."""


def number_in(reading: Reading) -> float | None:
    """The number in a tensor of one real element; None of any other."""
    raw = reading.raw if isinstance(reading, Tensor) else reading.content
    dtype = str(reading.dtype)
    if reading.shape is None or math.prod(reading.shape) != 1 or not isinstance(raw, bytes):
        return None
    return None if numbers.is_complex(dtype) else float(numbers.decode(raw, dtype)[0].real)


_DENSE_KEYS = frozenset({"CPU", "ADInplaceOrView", "AutogradCPU", "AutocastCPU"})
_LAZY_KEYS = frozenset({"Conjugate", "Negative"})

ACCESS: dict[int, Access] = {}
"""What `access_of` has found, by the bits of the dispatch keys."""


def access_of(keys: Any) -> Access:
    """How a tensor with these dispatch keys (a `DispatchKeySet`) is read."""
    names = {name.strip() for name in str(keys).partition("(")[2].rstrip(")").split(",")}
    access = Access.OTHER
    if names <= _DENSE_KEYS:
        access = Access.DENSE if "ADInplaceOrView" in names else Access.INFERENCE
    elif names <= _DENSE_KEYS | _LAZY_KEYS and "ADInplaceOrView" in names:
        access = Access.LAZY
    elif names & WRAPPING_KEYS:
        access = Access.WRAPPED
    ACCESS[keys.raw_repr()] = access
    return access


def is_trainable_leaf(reading: Reading) -> bool:
    """Whether the reading is of a leaf that requires grad."""
    return reading.is_leaf and reading.requires_grad


def tensor_kind(is_parameter: bool, requires_grad: bool, is_leaf: bool) -> TensorKind:
    """The part that a tensor has in autograd."""
    if is_parameter:
        return "parameter"
    if not is_leaf:
        return "intermediate"
    return "leaf" if requires_grad else "constant"
