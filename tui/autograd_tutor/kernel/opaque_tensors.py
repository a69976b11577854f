"""Reads the tensors that have no plain elements in memory: sparse, meta, wrapped, on a device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from msgspec import structs

from autograd_tutor.kernel import torch_print
from autograd_tutor.kernel.categories import type_info_of
from autograd_tutor.kernel.grad_fns import origin_of
from autograd_tutor.kernel.graph import Graph, plain_sizes
from autograd_tutor.kernel.memory import KNOWN, OutOfBounds, array
from autograd_tutor.kernel.readings import tensor_kind
from autograd_tutor.kernel.summary import Budget, summarize
from autograd_tutor.kernel.tangents import tangent_of
from autograd_tutor.limits.kernel import GRAD_DEPTH, MOST_COPIED_ELEMENTS, RAW_ELEMENTS
from autograd_tutor.recording.model import Stats, Tensor

_Base: Any = torch._C.TensorBase
_keys_of = torch._C._dispatch_keys
_to_dense = torch.Tensor.to_dense
_detach = _Base.detach
_to = _Base.to
_contiguous = _Base.contiguous
_REFUSALS = (RuntimeError, NotImplementedError, TypeError, ValueError, AttributeError)
"""What torch raises when asked for what a tensor does not have."""

_OUT_OF_BOUNDS = "<no values to show: its storage is smaller than its shape>"
HIDDEN_TEXT = "<cannot be shown>"
UNREADABLE = Tensor(
    shape=None, dtype="unknown", device="unknown", requires_grad=False, is_leaf=False,
    retains_grad=False, kind="constant", grad_fn=None, grad_fn_name=None, output_nr=0,
    version=None, raw=None, shown=HIDDEN_TEXT, stats=None, grad=None,
)  # fmt: skip
"""The record of a tensor that could not be read."""


def read(
    name: str,
    tensor: Any,
    graph: Graph,
    in_bounds: bool = True,
    grads: int = GRAD_DEPTH,
    with_tangent: bool = True,
) -> Tensor:
    """The record of a tensor, made anew each time: such tensors are rare.

    `grads`: how far gradients of gradients are followed.
    Not `in_bounds`: its storage is too small for its shape, so that nothing may touch its elements.
    """
    keys = str(_keys_of(tensor))
    retains_grad = bool(_get(_Base.retains_grad, tensor, False))
    requires_grad = bool(_get(_Base.requires_grad, tensor, False))
    is_leaf, node, grad_fn_name = _origin(name, tensor, graph)
    raw, shown = _content(tensor, keys) if in_bounds else (None, _OUT_OF_BOUNDS)
    stats = _stats(tensor, keys) if in_bounds and raw is None else None
    identity = graph.identities.of(tensor)
    return Tensor(
        shape=None if (shape := _get(_Base.shape, tensor, None)) is None else plain_sizes(shape),
        dtype=str(_get(_Base.dtype, tensor, "unknown")),
        device=str(_get(_Base.device, tensor, "unknown")),
        requires_grad=requires_grad,
        is_leaf=is_leaf,
        retains_grad=retains_grad,
        kind=tensor_kind(type_info_of(tensor).is_parameter, requires_grad, is_leaf),
        grad_fn=node,
        grad_fn_name=grad_fn_name,
        output_nr=int(_get(_Base.output_nr, tensor, 0)),
        version=_get(_Base._version, tensor, None),
        raw=raw,
        shown=shown,
        stats=stats,
        grad=_grad(name, tensor, graph, grads) if is_leaf or retains_grad else None,
        identity=identity.number,
        storage=identity.storage_number,
        tangent=_tangent(name, tensor, graph) if with_tangent else None,
    )


def _grad(name: str, tensor: Any, graph: Graph, grads: int) -> Tensor | None:
    grad = _get(_Base.grad, tensor, None) if grads > 0 else None
    return None if grad is None else read(f"{name}.grad", grad, graph, grads=grads - 1)


def _tangent(name: str, tensor: Any, graph: Graph) -> Tensor | None:
    tangent = tangent_of(tensor)
    if tangent is None or isinstance(tangent, str):
        return without_values(tangent)
    return read(f"{name}.tangent", tangent, graph, grads=0, with_tangent=False)


def without_values(why: str | None) -> Tensor | None:
    """The record of a tensor of which only that is known; None of None."""
    return None if why is None else structs.replace(UNREADABLE, shown=why)


def _get(attribute: Any, tensor: Any, default: Any) -> Any:
    """An attribute of a tensor, or the default where torch refuses to give it."""
    get: Callable[[Any], Any] = attribute.__get__
    try:
        return get(tensor)
    except _REFUSALS:
        return default


def _origin(name: str, tensor: Any, graph: Graph) -> tuple[bool, int | None, str | None]:
    """Whether a tensor is a leaf; else the id and the name of its node."""
    try:
        is_leaf, grad_fn, grad_fn_name = origin_of(tensor)
    except RuntimeError:  # a view that was edited in a way autograd refuses; print() says so too
        return False, None, "Invalid"
    return is_leaf, None if grad_fn is None else graph.identify(grad_fn, name), grad_fn_name


def _content(tensor: Any, keys: str) -> tuple[bytes | None, str]:
    """The elements where they can be had cheaply, and the text."""
    if "FuncTorch" in keys or "Functionalize" in keys or "Batched" in keys:
        return None, _text_of_wrapper(keys)
    if "Python" in keys and not type_info_of(tensor).from_torch:
        return (
            None,
            f"<{type_info_of(tensor).name}: its values are not read, to run none of its code>",
        )
    raw = None
    if "Meta" not in keys and "Python" not in keys:
        try:
            raw = _raw(tensor)
        except _REFUSALS:
            raw = None
    return raw, torch_print.text_of_tensor(tensor)


def _text_of_wrapper(keys: str) -> str:
    if "Batched" in keys:
        why = "it stands for a whole batch, which torch does not give"
    else:
        why = "it is wrapped by a torch.func transform"
    return f"<no values to show: {why}>"


def _stats(tensor: Any, keys: str) -> Stats | None:
    """The statistics of a large dense tensor on a device, or with a lazy conjugation."""
    if any(key in keys for key in ("FuncTorch", "Functionalize", "Batched", "Meta", "Python")):
        return None
    try:
        dense = _Base.layout.__get__(tensor) is torch.strided
        if not dense or not RAW_ELEMENTS < _Base.numel(tensor) <= MOST_COPIED_ELEMENTS:
            return None
        with torch_print.unobserved():
            plain = _contiguous(_to(_detach(tensor), "cpu").resolve_conj().resolve_neg())
            return summarize(array(plain), _Base.dtype.__get__(plain), Budget())
    except (*_REFUSALS, KeyError, OutOfBounds):
        return None


def _raw(tensor: Any) -> bytes | None:
    """The elements, dense, on the CPU; None for too many, or of a type nobody could decode."""
    if _Base.numel(tensor) > RAW_ELEMENTS or _Base.dtype.__get__(tensor) not in KNOWN:
        return None
    with torch_print.unobserved():
        plain = _detach(tensor)
        if _Base.layout.__get__(plain) is not torch.strided:
            plain = _to_dense(plain)
        plain = _contiguous(_to(plain, "cpu").resolve_conj().resolve_neg())
        return plain.flatten().view(torch.uint8).numpy().tobytes() if plain.numel() else b""
