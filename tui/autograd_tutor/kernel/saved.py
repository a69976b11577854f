"""The saved tensors of a node, read without running code of the snippet."""

from __future__ import annotations

import contextlib
from typing import Any, NamedTuple

import torch

from autograd_tutor.limits.kernel import MOST_SAVED_VALUES, SETTING_CHARACTERS

_PREFIX, _RAW = "_saved_", "_raw_saved_"
_FUNCTION: Any = torch._C._FunctionBase
_names: dict[type, tuple[tuple[str, str, str], ...]] = {}
_autograd: Any = torch._C._autograd
_shows_hooks = hasattr(_autograd.SavedTensor, "unpack_hook")
"""Whether torch shows which saved tensors have hooks."""
no_dispatch: Any = getattr(torch._C, "_DisableTorchDispatch", contextlib.nullcontext)
"""Unpacking an output of the node detaches it: an operation that the snippet's modes would see."""
_any_hooks = False
"""Whether hooks were ever set, where torch does not show on which tensors."""

HOOKED = "its saved tensors are not read: that would run saved_tensors_hooks, as checkpointing has"
PERHAPS_HOOKED = "its saved tensors are not read: that might run saved_tensors_hooks"
"""Where torch does not show which ones have hooks, and some in this run have."""
FREED = "its saved tensors were freed, or changed in place since they were saved"
CHANGED = "{names} was changed in place since it was saved; shown is what it holds now"
"""Of a node that raised. `names`: those of its saved tensors."""


class SavedValues(NamedTuple):
    """Names and values, by name as torch sorts them, and why some are missing."""

    values: list[tuple[str, Any]]
    note: str | None


def saved_values(node: Any, raised: bool = False) -> SavedValues:
    """What a node has saved. The node has just run; torch has not freed its buffers yet.

    Tensors with hooks are left out: unpacking them would run the snippet's code, or a checkpoint's
    forward pass once more. Where the node `raised`, those that were changed in place are given as
    they are now: they may be why.
    """
    if isinstance(node, _FUNCTION):
        return _saved_by_function(node, raised)
    values: list[tuple[str, Any]] = []
    changed: list[str] = []
    note = None
    with no_dispatch():
        for name, saved, raw_name in names_of(type(node)):
            if len(values) >= MOST_SAVED_VALUES:
                break
            value = raw = None
            try:
                if raw_name:
                    raw = getattr(node, raw_name)
                    if _hooked(raw):
                        note = HOOKED if _shows_hooks else PERHAPS_HOOKED
                        continue
                    value = _as_saved(raw)
                if value is None:
                    value = getattr(node, saved)
            except RuntimeError:  # changed in place since, or freed
                value = _as_it_is(raw) if raised else None
                if value is None:
                    note = FREED
                    continue
                changed.append(name)
            if type(value) is tuple and any(isinstance(item, torch.Tensor) for item in value):
                items = enumerate(value[:MOST_SAVED_VALUES])
                values += [(f"{name}[{index}]", item) for index, item in items]
            else:
                values.append((name, value))
    return SavedValues(values, note if not changed else CHANGED.format(names=" and ".join(changed)))


def _as_it_is(raw: Any) -> Any:
    """A saved tensor that torch refuses to give, as it was changed; None for one that is gone."""
    return getattr(raw, "data", None)


def notice_hooks() -> None:
    """For a torch that does not show which saved tensors have hooks: notice when any are set."""
    if _shows_hooks:
        return
    push = _autograd._push_saved_tensors_default_hooks
    if getattr(push, "notices", False):
        return

    def push_and_notice(*hooks: Any) -> Any:
        global _any_hooks
        _any_hooks = True
        return push(*hooks)

    push_and_notice.notices = True  # type: ignore[attr-defined]
    _autograd._push_saved_tensors_default_hooks = push_and_notice


def assume_hooks() -> None:
    """For such a torch, where some may have been set before anything could notice."""
    global _any_hooks
    _any_hooks = not _shows_hooks


def text_of_setting(value: Any) -> str:
    """The text of a saved value that is no tensor: `True`, `-1`, `(2, 3)`, `'none'`."""
    return repr(_signed(value))[:SETTING_CHARACTERS]


def _signed(value: Any) -> Any:
    """Dimensions come as unsigned 64-bit numbers: -1 as 18446744073709551615."""
    if type(value) is int and value >= 2**63:
        return value - 2**64
    return tuple(map(_signed, value)) if type(value) is tuple else value


def plainly_kept(raw: Any) -> Any:
    """The tensor in a packed one, without unpacking it: itself, or of an output one without graph.

    None where hooks have packed it, and where this torch does not say whether they have.
    """
    if raw is None or not _shows_hooks or raw.unpack_hook is not None:
        return None
    return raw.data


def changed_in_place(node: Any) -> str | None:
    """What a node has saved that was changed in place since, so that its pass will fail."""
    for name, saved, raw_name in names_of(type(node)):
        if raw_name and not _hooked(getattr(node, raw_name)):
            try:
                getattr(node, saved)
            except RuntimeError as refusal:
                if "inplace operation" in str(refusal):
                    return name
    return None


def names_of(node_class: type) -> tuple[tuple[str, str, str], ...]:
    """What nodes of a class save: name, attribute, and attribute of the packed tensor or ``."""
    names = _names.get(node_class)
    if names is None:
        every = dir(node_class)
        found = [name.removeprefix(_PREFIX) for name in every if name.startswith(_PREFIX)]
        names = _names[node_class] = tuple(
            (name, _PREFIX + name, _RAW + name if _RAW + name in every else "") for name in found
        )
    return names


def _hooked(raw: Any) -> bool:
    if not _shows_hooks:
        return _any_hooks
    if isinstance(raw, tuple | list):
        return any(_hooked(item) for item in raw)
    return raw.unpack_hook is not None


def _as_saved(raw: Any) -> Any:
    """A tensor whose class has a __torch_dispatch__, without unpacking it; None for all others."""
    data: Any = getattr(raw, "data", None)
    tensor_class: Any = type(data)
    if tensor_class is torch.Tensor or not isinstance(data, torch.Tensor):
        return None
    own = tensor_class.__torch_dispatch__
    return None if own is torch.Tensor.__torch_dispatch__ else data


def _saved_by_function(node: Any, raised: bool) -> SavedValues:
    """What a torch.autograd.Function written in Python gave to `save_for_backward`."""
    raw, note = None, None
    try:
        raw = _FUNCTION._raw_saved_tensors.__get__(node)
        if raw and _hooked(raw):
            return SavedValues([], HOOKED if _shows_hooks else PERHAPS_HOOKED)
        if any(_as_saved(item) is not None for item in raw or ()):
            tensors = tuple(item.data for item in raw)
        else:
            with no_dispatch():
                tensors = _FUNCTION.saved_tensors.__get__(node)
    except (RuntimeError, AttributeError):
        tensors = tuple(map(_as_it_is, raw or ())) if raised else ()
        if all(item is None for item in tensors):
            return SavedValues([], FREED)
        note = CHANGED.format(names="one of its saved tensors")
    items = enumerate(tensors[:MOST_SAVED_VALUES])
    named = [(f"saved_tensors[{index}]", item) for index, item in items]
    return SavedValues([(name, item) for name, item in named if item is not None], note)
