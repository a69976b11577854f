"""Looks behind the wrappers that `torch.func` transforms and vmap put around tensors."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

from autograd_tutor.kernel import torch_print
from autograd_tutor.limits.records import MOST_WRAPPERS
from autograd_tutor.recording.model import Wrapper

_functorch: Any = torch._C._functorch
_keys_of = torch._C._dispatch_keys
_requires_grad = vars(torch._C.TensorBase)["requires_grad"].__get__
_LEGACY: Any = torch._C._parse_dispatch_key("Batched")
"""Of the older vmap, which is_grads_batched and functional.jacobian(vectorize=True) are made of."""
_remove_batch_dim: Any = getattr(torch, "_remove_batch_dim", None)
_enter_vmap: Any = getattr(torch._C, "_vmapmode_increment_nesting", None)
_leave_vmap: Any = getattr(torch._C, "_vmapmode_decrement_nesting", None)

WRAPPING_KEYS = frozenset({"FuncTorchBatched", "FuncTorchGradWrapper", "Batched"})
"""The dispatch keys of tensors with a wrapper."""


class Unwrapped(NamedTuple):
    """What is behind the wrappers of a tensor."""

    value: Any
    """The tensor that holds the elements, of the whole batch."""
    wrappers: tuple[Wrapper, ...]
    """The outermost first."""
    differentiated: Any
    """The outermost tensor, with or without wrappers of its own, that takes part in autograd; the
    tensor itself where none does. A batch inside of `grad` has its graph one level further in."""


def unwrap(tensor: Any) -> Unwrapped | None:
    """What is behind the wrappers; None where there are none, or where torch does not say."""
    differentiated: Any = None
    wrappers: list[Wrapper] = []
    value = tensor
    while True:
        if differentiated is None and _requires_grad(value):
            differentiated = value
        if _functorch.is_batchedtensor(value):
            bdim = _functorch.maybe_get_bdim(value)
        elif _functorch.is_gradtrackingtensor(value):
            bdim = None
        else:
            break
        if len(wrappers) == MOST_WRAPPERS:
            return None
        wrappers.append(Wrapper(_level(value), bdim))
        value = _functorch.get_unwrapped(value)
    if _keys_of(value).has(_LEGACY):
        behind = _behind_legacy_batch(value)
        if behind is None:
            return None
        value = behind
        wrappers.append(Wrapper(None, 0))
    if not wrappers:
        return None
    return Unwrapped(value, tuple(wrappers), tensor if differentiated is None else differentiated)


def _level(wrapper: Any) -> int | None:
    """The number of the transform; None of one that has ended already."""
    level = int(_functorch.maybe_get_level(wrapper))
    return level if level > 0 else None


def _behind_legacy_batch(tensor: Any) -> Any:
    """The whole batch, along dimension 0, of one older vmap, that runs or has ended.

    None inside of two, and of what two have left.
    """
    if _remove_batch_dim is None or _enter_vmap is None or _leave_vmap is None:
        return None
    running = _enter_vmap() - 1
    _leave_vmap()
    if running > 1:
        return None
    with torch_print.unobserved():
        behind = _remove_batch_dim(tensor, 1, 1, 0)
    return None if _keys_of(behind).has(_LEGACY) else behind
