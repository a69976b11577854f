"""Reads the tensors that have no plain elements in memory: sparse, meta, wrapped, on a device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from autograd_tutor.kernel import torch_print
from autograd_tutor.kernel.categories import told_name, type_info_of
from autograd_tutor.kernel.graph import Graph
from autograd_tutor.kernel.memory import KNOWN, OutOfBounds, array
from autograd_tutor.kernel.summary import Budget, summarize
from autograd_tutor.limits import RAW_ELEMENTS
from autograd_tutor.recording.model import Stats, Tensor, TensorKind

_Base: Any = torch._C.TensorBase
_functorch = torch._C._functorch
_keys_of = torch._C._dispatch_keys
_to_dense = torch.Tensor.to_dense
_detach = _Base.detach
_to = _Base.to
_contiguous = _Base.contiguous
_CUT = "<no values to show: its storage is smaller than its shape>"
_FAILURES = (RuntimeError, NotImplementedError, TypeError, ValueError, AttributeError)

_COPIED = 2**22
"""Of larger ones no copy is made for their statistics."""

GRADS = 3
"""How far gradients of gradients are followed."""
HIDDEN_TEXT = "<cannot be shown>"
UNREADABLE = (
    Tensor(
        shape=None, dtype="unknown", device="unknown", requires_grad=False, is_leaf=False,
        retains_grad=False, kind="constant", grad_fn=None, grad_fn_name=None, output_nr=0,
        version=None, raw=None, shown=HIDDEN_TEXT, stats=None, grad=None,
    ),
)  # fmt: skip
"""The reading of a tensor that could not be read."""


def read(
    name: str, tensor: Any, graph: Graph, in_bounds: bool = True, grads: int = GRADS
) -> tuple[Tensor]:
    """The tensor as it goes over the wire, made anew at every look: such tensors are rare.

    `grads`: how far gradients of gradients are followed.
    Not `in_bounds`: its storage is too small for its shape, so that nothing may touch its elements.
    """
    keys = str(_keys_of(tensor))
    is_leaf = bool(_told(_Base.is_leaf.__get__, tensor, False))
    retains = bool(_told(_Base.retains_grad.__get__, tensor, False))
    requires = bool(_told(_Base.requires_grad.__get__, tensor, False))
    node, made_by = _node(name, tensor, graph, is_leaf)
    raw, shown = _content(tensor, keys) if in_bounds else (None, _CUT)
    stats = _stats(tensor, keys) if in_bounds and raw is None else None
    has_grad = grads > 0 and (is_leaf or retains)
    grad = _told(_Base.grad.__get__, tensor, None) if has_grad else None
    shape = _told(_Base.shape.__get__, tensor, None)
    return (
        Tensor(
            shape=None if shape is None else _sizes(shape),
            dtype=str(_told(_Base.dtype.__get__, tensor, "unknown")),
            device=str(_told(_Base.device.__get__, tensor, "unknown")),
            requires_grad=requires,
            is_leaf=is_leaf,
            retains_grad=retains,
            kind=_kind(tensor, requires, is_leaf),
            grad_fn=node,
            grad_fn_name=made_by,
            output_nr=int(_told(_Base.output_nr.__get__, tensor, 0)),
            version=_told(_Base._version.__get__, tensor, None),
            raw=raw,
            shown=shown,
            stats=stats,
            grad=None if grad is None else read(f"{name}.grad", grad, graph, grads=grads - 1)[0],
            leaf=graph.leaf_number(tensor) if is_leaf and requires else None,
        ),
    )


def _told(get: Callable[[Any], Any], tensor: Any, otherwise: Any) -> Any:
    """What torch tells of a tensor, or `otherwise` where it refuses."""
    try:
        return get(tensor)
    except _FAILURES:
        return otherwise


def _sizes(shape: Any) -> tuple[int, ...] | None:
    try:
        return tuple(int(size) for size in shape)
    except _FAILURES:  # symbolic sizes
        return None


def _kind(tensor: Any, requires_grad: bool, is_leaf: bool) -> TensorKind:
    if type_info_of(tensor).is_parameter:
        return "parameter"
    if not is_leaf:
        return "intermediate"
    return "leaf" if requires_grad else "constant"


def _node(name: str, tensor: Any, graph: Graph, is_leaf: bool) -> tuple[int | None, str | None]:
    try:
        grad_fn = _Base.grad_fn.__get__(tensor)
    except RuntimeError:  # a view that was edited in a way autograd refuses; print() says so too
        return None, "Invalid"
    if grad_fn is None or is_leaf:
        return None, None
    return graph.identify(grad_fn, name), told_name(type(grad_fn).__name__)


def _content(tensor: Any, keys: str) -> tuple[bytes | None, str]:
    """Raw elements where there are any to be had for little, and the text."""
    if "FuncTorch" in keys or "Functionalize" in keys:
        return None, _wrapped(tensor)
    if "Python" in keys and not type_info_of(tensor).from_torch:
        return (
            None,
            f"<{type_info_of(tensor).name}: its values are not read, to run none of its code>",
        )
    raw = None
    if "Meta" not in keys and "Python" not in keys:
        try:
            raw = _raw(tensor)
        except _FAILURES:
            raw = None
    return raw, torch_print.described(tensor)


def _wrapped(tensor: Any) -> str:
    if _functorch.is_batchedtensor(tensor):
        where = "inside torch.vmap it stands for a whole batch"
    else:
        where = "it is wrapped by a torch.func transform"
    return f"<no values to show: {where}>"


def _stats(tensor: Any, keys: str) -> Stats | None:
    """The statistics of a large dense tensor on a device, or with a conjugation yet to be done."""
    if "FuncTorch" in keys or "Functionalize" in keys or "Meta" in keys or "Python" in keys:
        return None
    try:
        dense = _Base.layout.__get__(tensor) is torch.strided
        if not dense or not RAW_ELEMENTS < _Base.numel(tensor) <= _COPIED:
            return None
        with torch_print.unobserved():
            plain = _contiguous(_to(_detach(tensor), "cpu").resolve_conj().resolve_neg())
            return summarize(array(plain), _Base.dtype.__get__(plain), Budget())
    except (*_FAILURES, KeyError, OutOfBounds):
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
        return plain.view(torch.uint8).numpy().tobytes() if plain.numel() else b""
