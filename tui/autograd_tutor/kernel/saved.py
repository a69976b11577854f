"""What a node kept from the forward pass, read without running code of the snippet."""

from __future__ import annotations

import contextlib
from typing import Any, NamedTuple

import torch

_PREFIX, _RAW = "_saved_", "_raw_saved_"
_FUNCTION: Any = torch._C._FunctionBase
_names: dict[type, tuple[tuple[str, str, str], ...]] = {}
_autograd: Any = torch._C._autograd
_tells_hooks = hasattr(_autograd.SavedTensor, "unpack_hook")
"""Whether torch says of a saved tensor that it has hooks."""
_unseen: Any = getattr(torch._C, "_DisableTorchDispatch", contextlib.nullcontext)
"""Unpacking an output of the node detaches it: an operation that modes of the snippet would see."""
_any_hooks = False
"""Whether hooks were ever set, where torch does not say on which tensors."""

MOST = 16
"""So many saved values of one node are told: a `cat` or an RNN may keep hundreds."""

HOOKED = "its saved tensors are behind saved_tensors_hooks (as in checkpointing) and are not read"
PERHAPS_HOOKED = "its saved tensors may be behind saved_tensors_hooks and are not read"
"""Where torch does not tell which ones are, and some in this run are."""
FREED = "its saved tensors cannot be read any more"


class Kept(NamedTuple):
    """Names and values in torch's order of names, and why some are not told."""

    values: list[tuple[str, Any]]
    note: str | None


def kept(node: Any) -> Kept:
    """What a node keeps, for a node that has just run and whose buffers are not yet freed.

    Unpacking a tensor that has hooks runs the snippet's code, or a checkpoint's forward pass once
    more: such tensors are left alone.
    """
    if isinstance(node, _FUNCTION):
        return _custom(node)
    values: list[tuple[str, Any]] = []
    note = None
    with _unseen():
        for name, saved, raw_name in _names_of(type(node)):
            if len(values) >= MOST:
                break
            value = None
            try:
                if raw_name:
                    raw = getattr(node, raw_name)
                    if _hooked(raw):
                        note = HOOKED if _tells_hooks else PERHAPS_HOOKED
                        continue
                    value = _as_saved(raw)
                if value is None:
                    value = getattr(node, saved)
            except RuntimeError:  # edited in place since, or freed
                note = FREED
                continue
            if type(value) is tuple and any(isinstance(item, torch.Tensor) for item in value):
                values += [(f"{name}[{place}]", item) for place, item in enumerate(value[:MOST])]
            else:
                values.append((name, value))
    return Kept(values, note)


def notice_hooks() -> None:
    """For a torch that does not tell which saved tensors have hooks: notice when any are set."""
    if _tells_hooks:
        return
    push = _autograd._push_saved_tensors_default_hooks
    if getattr(push, "notices", False):
        return

    def noticed(*hooks: Any) -> Any:
        global _any_hooks
        _any_hooks = True
        return push(*hooks)

    noticed.notices = True  # type: ignore[attr-defined]
    _autograd._push_saved_tensors_default_hooks = noticed


def text_of_setting(value: Any) -> str:
    """The text of a saved value that is no tensor: `True`, `-1`, `(2, 3)`, `'none'`."""
    return repr(_signed(value))[:120]


def _signed(value: Any) -> Any:
    """Dimensions come as unsigned 64-bit numbers: -1 is told as 18446744073709551615."""
    if type(value) is int and value >= 2**63:
        return value - 2**64
    return tuple(map(_signed, value)) if type(value) is tuple else value


def _names_of(kind: type) -> tuple[tuple[str, str, str], ...]:
    """The names of what nodes of a class save; with each, its attribute, and that of a tensor."""
    names = _names.get(kind)
    if names is None:
        every = dir(kind)
        found = [name.removeprefix(_PREFIX) for name in every if name.startswith(_PREFIX)]
        names = _names[kind] = tuple(
            (name, _PREFIX + name, _RAW + name if _RAW + name in every else "") for name in found
        )
    return names


def _hooked(raw: Any) -> bool:
    if not _tells_hooks:
        return _any_hooks
    if isinstance(raw, tuple | list):
        return any(_hooked(item) for item in raw)
    return raw.unpack_hook is not None


def _as_saved(raw: Any) -> Any:
    """A tensor of a class that sees its operations, not unpacked; None for all others."""
    data: Any = getattr(raw, "data", None)
    kind: Any = type(data)
    if kind is torch.Tensor or not isinstance(data, torch.Tensor):
        return None
    return None if kind.__torch_dispatch__ is torch.Tensor.__torch_dispatch__ else data


def _custom(node: Any) -> Kept:
    """A Function written in Python: what it gave to `save_for_backward`."""
    kind: Any = _FUNCTION
    try:
        raw = kind._raw_saved_tensors.__get__(node)
        if raw and _hooked(raw):
            return Kept([], HOOKED if _tells_hooks else PERHAPS_HOOKED)
        if any(_as_saved(item) is not None for item in raw or ()):
            held = tuple(item.data for item in raw)
        else:
            with _unseen():
                held = kind.saved_tensors.__get__(node)
    except (RuntimeError, AttributeError):
        return Kept([], FREED)
    named = [(f"saved_tensors[{place}]", item) for place, item in enumerate(held[:MOST])]
    return Kept([(name, item) for name, item in named if item is not None], None)
