"""The text that print() gives for a tensor, at a bounded cost and without side effects."""

from __future__ import annotations

import contextlib
import math
import warnings
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch._tensor_str import PRINT_OPTS
from torch._tensor_str import _tensor_str as _numbers
from torch.utils import _python_dispatch

from autograd_tutor.kernel.categories import type_info_of
from autograd_tutor.kernel.failure import class_name
from autograd_tutor.kernel.memory import Array, resolved
from autograd_tutor.limits.kernel import MOST_PRINTED_ELEMENTS, TENSOR_CHARACTERS
from autograd_tutor.recording.model import EDGE_ITEMS
from autograd_tutor.recording.numbers import edges_shape
from autograd_tutor.recording.printable import encodable

without_modes: Any = getattr(_python_dispatch, "_disable_current_modes", contextlib.nullcontext)
_text_of_numbers: Any = _numbers
_OPTIONS_AT_START = dict(vars(PRINT_OPTS))
_get_default_dtype = torch.get_default_dtype
_set_grad_enabled = torch._C._set_grad_enabled
_grad_enabled = torch.is_grad_enabled
_set_forward_enabled: Any = torch._C._set_fwd_grad_enabled
_forward_enabled: Any = torch._C._is_fwd_grad_enabled
_frombuffer = torch.frombuffer
_no_overrides = torch._C.DisableTorchFunction
_no_functorch: Any = getattr(torch._C, "_DisableFuncTorch", contextlib.nullcontext)
_repr: Any = torch.Tensor.__repr__

_METHODS = dict(vars(torch.Tensor))
"""What torch's own printing calls; a snippet may have put something else in its place."""
_methods_now = vars(torch.Tensor)

Options = tuple[Any, ...]


def options() -> Options:
    """What the text of a tensor depends on besides the tensor: print options and default dtype.

    () where both are those that torch starts with.
    """
    now = vars(PRINT_OPTS)
    default = _get_default_dtype()
    if now == _OPTIONS_AT_START and default is torch.float32:
        return ()
    return (*now.values(), default)


@contextlib.contextmanager
def unobserved(transformed: bool = False) -> Iterator[None]:
    """Run torch operations unnoticed by the snippet: as `unrecorded`, and without warnings."""
    with _original_methods(), warnings.catch_warnings(), unrecorded(transformed):
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def unrecorded(transformed: bool = False) -> Iterator[None]:
    """Run torch operations without a graph, tangents, modes and overrides.

    Transforms of torch.func take no part either, unless it is `transformed`: an operation on
    tensors that a transform has wrapped.
    """
    grad_enabled, forward_enabled = _grad_enabled(), _forward_enabled()
    with _no_overrides(), without_modes():
        guard = None if transformed else _no_functorch()
        _set_grad_enabled(False)
        _set_forward_enabled(False)
        try:
            yield
        finally:
            _set_forward_enabled(forward_enabled)
            _set_grad_enabled(grad_enabled)
            del guard


@contextlib.contextmanager
def _original_methods() -> Iterator[None]:
    """torch.Tensor as torch made it."""
    changed = {
        name: _methods_now.get(name, _ABSENT)
        for name in {*_methods_now, *_METHODS}
        if _methods_now.get(name, _ABSENT) is not _METHODS.get(name, _ABSENT)
    }
    for name in changed:
        _put(name, _METHODS.get(name, _ABSENT))
    try:
        yield
    finally:
        for name, replaced in changed.items():
            _put(name, replaced)


_ABSENT = object()


def _put(name: str, method: object) -> None:
    if method is _ABSENT:
        type.__delattr__(torch.Tensor, name)
    else:
        type.__setattr__(torch.Tensor, name, method)


def text_of_elements(
    elements: Array,
    dtype: torch.dtype,
    prefix: str,
    flags: list[str],
    lazy: tuple[bool, bool] = (False, False),
) -> str:
    """The text of a dense tensor, as print() gives it.

    `elements` hold the bits of `dtype`; `prefix` is `tensor(` or a class's name; `flags` are what
    follows the numbers besides the dtype, such as `requires_grad=True`; `lazy` says whether a
    conjugation, and whether a negation, is still to be applied.
    """
    summarized = elements.size > min(PRINT_OPTS.threshold, MOST_PRINTED_ELEMENTS)
    if summarized:
        elements = _edges(elements, PRINT_OPTS.edgeitems)
    cut = False
    while (
        elements.size > MOST_PRINTED_ELEMENTS
    ):  # many short dimensions: print() would print them all
        elements, cut = _first_half(elements), True
    if any(lazy):
        elements = resolved(elements, dtype, *lazy)
    body = "[]"
    if elements.size:
        with unobserved():
            values = _frombuffer(bytearray(elements.tobytes()), dtype=dtype)
            body = _body(values.reshape(elements.shape), len(prefix), summarized)
    if _says_dtype(dtype, bool(elements.size)):
        flags = [f"dtype={dtype}", *flags]
    if not elements.size and elements.ndim != 1:
        flags = [f"size={tuple(elements.shape)}", *flags]
    text = _joined(prefix + body, flags, len(prefix))
    return shortened(text + (" …" if cut else ""))


def edges(
    elements: Array, dtype: torch.dtype, lazy: tuple[bool, bool] = (False, False)
) -> bytes | None:
    """`Tensor.edges` of a dense tensor: what its text can be written from later.

    Parameters as for `text_of_elements`. None for more than MOST_PRINTED_ELEMENTS of them.
    """
    if math.prod(edges_shape(elements.shape)) > MOST_PRINTED_ELEMENTS:
        return None
    indices = _indices_of_edges(elements.shape)
    edge = elements.take(indices) if elements.flags.c_contiguous else elements.flat[indices]
    return (resolved(edge, dtype, *lazy) if any(lazy) else edge).tobytes()


@lru_cache(maxsize=64)
def _indices_of_edges(shape: tuple[int, ...]) -> Array:
    """The flat, row-major indices of the elements at the edges."""
    indices = np.zeros(1, np.intp)
    for size in shape:
        along = np.arange(min(size, 2 * EDGE_ITEMS))
        along[EDGE_ITEMS:] += max(0, size - 2 * EDGE_ITEMS)
        indices = (indices[:, None] * size + along).reshape(-1)
    return indices


def text_of_tensor(tensor: Any) -> str:
    """torch's own text for a tensor that has no plain elements (sparse, meta, quantized, …)."""
    try:
        with unobserved():
            # A class of torch may have its own __repr__; that of a snippet's class is not run.
            return shortened(repr(tensor) if type_info_of(tensor).from_torch else _repr(tensor))
    except (RuntimeError, NotImplementedError, ValueError, TypeError, AttributeError) as error:
        return f"<a tensor that torch cannot print: {class_name(type(error))}>"


def shortened(text: str) -> str:
    """The text, cut to TENSOR_CHARACTERS."""
    text = encodable(text)
    return text if len(text) <= TENSOR_CHARACTERS else text[:TENSOR_CHARACTERS] + " …"


def _edges(elements: Array, edge: int) -> Array:
    """The corners that a summarized print shows, and one element between that it leaves out."""
    shown = [
        [*range(edge + 1), *range(size - edge, size)] if size > 2 * edge + 1 else range(size)
        for size in elements.shape
    ]
    corners: Array = elements[np.ix_(*shown)]
    return corners


def _first_half(elements: Array) -> Array:
    """Half of the first dimension that is longer than 1."""
    axis = next(n for n, size in enumerate(elements.shape) if size > 1)
    return elements[(slice(None),) * axis + (slice(0, (elements.shape[axis] + 1) // 2),)]


def _body(values: torch.Tensor, indent: int, summarized: bool) -> str:
    threshold = PRINT_OPTS.threshold
    PRINT_OPTS.threshold = -1 if summarized else max(threshold, MOST_PRINTED_ELEMENTS)
    try:
        return str(_text_of_numbers(values, indent))
    finally:
        PRINT_OPTS.threshold = threshold


def _says_dtype(dtype: torch.dtype, has_elements: bool) -> bool:
    """Whether print() names the dtype: it does not where the numbers show it."""
    default = _get_default_dtype()
    if dtype is default:
        return False
    own_complex = torch.complex128 if default is torch.float64 else torch.complex64
    return not has_elements or dtype not in (torch.int64, torch.bool, own_complex)


def _joined(text: str, flags: list[str], indent: int) -> str:
    """Put the flags after the numbers, each on the same line or, if that is full, on the next."""
    width = len(text) - text.rfind("\n") + 1
    parts = [text]
    for flag in flags:
        if width + len(flag) + 2 > PRINT_OPTS.linewidth:
            parts.append(",\n" + " " * indent + flag)
            width = indent + len(flag)
        else:
            parts.append(", " + flag)
            width += len(flag) + 2
    return "".join(parts) + ")"
