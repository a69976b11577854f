"""Reads the `grad_fn` of tensors without making torch make one."""

from __future__ import annotations

from typing import Any

import torch

from autograd_tutor.kernel.categories import shown_name
from autograd_tutor.kernel.wrapped_tensors import unwrap
from autograd_tutor.limits.kernel import NAME_CHARACTERS

_Base: Any = torch._C.TensorBase
_own: Any = vars(_Base)
_grad_fn = _own["grad_fn"].__get__
_requires_grad = _own["requires_grad"].__get__
_base_of = _own["_base"].__get__
_dtype_of = _own["dtype"].__get__
_is_view = _Base._is_view
_is_conj = _Base.is_conj

_is_batched: Any = torch._C._functorch.is_batchedtensor

_autograd: Any = torch._C._autograd
_creation_of = _autograd._get_creation_meta
_set_creation = _autograd._set_creation_meta
_DEFAULT = _autograd.CreationMeta.DEFAULT
_REFUSING = _autograd.CreationMeta.MULTI_OUTPUT_NODE
"""How a view was made for which torch refuses to make a new grad_fn."""

REMADE = "AsStridedBackward0"
"""The node by which torch replaces the grad_fn of a view when its base was changed in place."""
REMADE_LATER = "made anew when it is next used"
"""In place of a name: torch will run the view's own functions once more, whichever those are."""

_LEAF = True, None, None


def is_out_of_date(tensor: Any) -> bool:
    """Whether torch makes a new grad_fn as soon as it is read: a view, and its base has changed.

    The sequence number of that node, and with it the order of a pass, depend on when that is: the
    snippet shall be the first to read it. So torch is asked to refuse.
    """
    if not (_is_view(tensor) and _requires_grad(tensor)) or _creation_of(tensor) != _DEFAULT:
        return False
    _set_creation(tensor, _REFUSING)
    try:
        _grad_fn(tensor)
    except RuntimeError:
        return True
    finally:
        _set_creation(tensor, _DEFAULT)
    return False


def name_when_remade(view: Any) -> str:
    """What print() will call the grad_fn of a view that is out of date."""
    base = _base_of(view)
    as_base = _dtype_of(base) == _dtype_of(view) and _is_conj(base) == _is_conj(view)
    return REMADE if as_base else REMADE_LATER


def origin_of(tensor: Any) -> tuple[bool, Any, str | None]:
    """Whether a tensor is a leaf; else the node that made it, and how print() calls that.

    The node is None for a view that is out of date. Raises RuntimeError where torch refuses to say.
    """
    if _is_view(tensor) and is_out_of_date(tensor):
        return False, None, name_when_remade(tensor)
    grad_fn = _grad_fn(tensor)
    return _LEAF if grad_fn is None else (False, grad_fn, grad_fn_name_of(grad_fn))


def grad_fn_of(tensor: Any) -> Any:
    """The node that made a tensor; None if there is none now, or if torch refuses to say.

    Of a batch, that of the transform that the vmap is inside of.
    """
    if _is_batched(tensor) and (behind := unwrap(tensor)) is not None:
        tensor = behind.differentiated
    try:
        return None if is_out_of_date(tensor) else _grad_fn(tensor)
    except RuntimeError:
        return None


def grad_fn_name_of(grad_fn: Any) -> str:
    """The name by which print() calls a node."""
    name = type(grad_fn).__name__
    if name == "CppFunction":
        return str(type(grad_fn).name(grad_fn)).rpartition("::")[2]
    return name if name.isprintable() and len(name) < NAME_CHARACTERS else shown_name(name)
