"""Finds the tangent that a tensor carries in forward mode (`torch.autograd.forward_ad`).

Asking torch for it may change something: a view whose base got its tangent later, by an edit in
place, gets its own when it is first asked for, and that makes a node. So such a view is not asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.autograd import forward_ad

from autograd_tutor.kernel.torch_print import unrecorded

_Base: Any = torch._C.TensorBase
_functorch: Any = torch._C._functorch
_keys_of = torch._C._dispatch_keys
_version = vars(_Base)["_version"].__get__
_is_view = _Base._is_view
_view_as = _Base.view_as
_unpack: Any = torch._C._VariableFunctions._unpack_dual
_set_forward_enabled: Any = torch._C._set_fwd_grad_enabled
_mode_of: Any = getattr(torch._C, "_get_dispatch_mode", lambda kind: None)
_PROXY = torch._C._TorchDispatchModeKey.PROXY
_PYTHON = torch._C.DispatchKey.Python
_REFUSALS = (RuntimeError, NotImplementedError, TypeError)

_TRACED = "<not set: torch traces the call>"


def tangent_of(tensor: Any) -> Any:
    """The tangent of a tensor, None where there is none, or in words why it has no values.

    Of a tensor inside of a `torch.func.jvp` that of this call, without its wrapper; within a vmap
    of the call, the batch of its tangents.
    """
    if forward_ad._current_level < 0:
        return None
    keys = _keys_of(tensor)
    if keys.has(_PYTHON):  # that could run code of a snippet
        return None
    is_wrapped = "FuncTorch" in str(keys)
    try:
        if is_wrapped:
            return _tangent_of_wrapped(tensor)
        with unrecorded():
            tangent = _tangent(tensor)
    except _REFUSALS:
        return None
    return _TRACED if tangent is not None and _mode_of(_PROXY) is not None else tangent


def _tangent(tensor: Any) -> Any:
    level = forward_ad._current_level
    _set_forward_enabled(True)
    if not _is_view(tensor) or not _version(tensor):
        return _unpack(tensor, level=level)[1]
    # A view of it that has no tangent of its own shows what the base has.
    _set_forward_enabled(False)
    view = _view_as(tensor, tensor)
    _set_forward_enabled(True)
    tangent = _unpack(view, level=level)[1]
    return _unpack(tensor, level=level)[1] if tangent is None else tangent


def _tangent_of_wrapped(tensor: Any) -> Any:
    """The tangent in the innermost `jvp` that the tensor is wrapped by."""
    transforms = {each.level(): each.key() for each in _functorch.get_interpreter_stack() or ()}
    level, batches = _functorch.maybe_get_level(tensor), []
    while level in transforms and transforms[level] != _functorch.TransformType.Jvp:
        if _functorch.is_batchedtensor(tensor):
            batches.append((_functorch.maybe_get_bdim(tensor), level))
        tensor = _functorch.get_unwrapped(tensor)
        level = _functorch.maybe_get_level(tensor)
    if level not in transforms:
        return None
    with _at_level(level), unrecorded(transformed=True):
        tangent = _tangent(tensor)
    while tangent is not None and _functorch.is_gradtrackingtensor(tangent):
        tangent = _functorch.get_unwrapped(tangent)
    for each in reversed(batches if tangent is not None else ()):
        tangent = _functorch._add_batch_dim(tangent, *each)
    return tangent


@contextmanager
def _at_level(level: int) -> Iterator[None]:
    """Without the transforms within that of this level."""
    inner = []
    try:
        while _functorch.peek_interpreter_stack().level() > level:
            inner.append(_functorch.pop_dynamic_layer_stack())
        yield
    finally:
        for transform in reversed(inner):
            _functorch.push_dynamic_layer_stack(transform)
