"""What nodes keep for their backward pass, read right after the line that made them."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

from autograd_tutor.kernel import saved
from autograd_tutor.kernel.grad_fns import is_out_of_date
from autograd_tutor.kernel.identity import Identities
from autograd_tutor.limits.kernel import MOST_SAVED_VALUES
from autograd_tutor.recording.evidence import Kept

_Base: Any = torch._C.TensorBase
_version = vars(_Base)["_version"].__get__
_requires_grad = vars(_Base)["requires_grad"].__get__
_is_view = _Base._is_view
_FUNCTION: Any = torch._C._FunctionBase
_packed_by_function = _FUNCTION._raw_saved_tensors.__get__
_given_by_function = _FUNCTION.saved_tensors.__get__
_REFUSALS = (RuntimeError, AttributeError, TypeError)


class _Slot(NamedTuple):
    """One of a class's saved tensors, or a list of them: how it is read packed and unpacked."""

    name: str
    packed: Any
    given: Any


_slots: dict[type, tuple[_Slot, ...]] = {}
_OF_FUNCTIONS = (_Slot("saved_tensors", _packed_by_function, _given_by_function),)


def kept_by(node: Any, number: int, identities: Identities) -> list[Kept]:
    """The tensors that a node keeps, `number` being its id; none that a hook has packed."""
    found: list[Kept] = []
    of = type(node)
    slots = _slots.get(of)
    if slots is None:
        slots = _slots[of] = _slots_of(node)
    for slot in slots:
        try:
            packed = slot.packed(node)
        except _REFUSALS:  # freed
            continue
        if type(packed) is tuple or type(packed) is list:
            for index, each in enumerate(packed[:MOST_SAVED_VALUES]):
                _add(found, node, number, slot, f"{slot.name}[{index}]", each, identities)
        else:
            _add(found, node, number, slot, slot.name, packed, identities)
    return found


def _add(
    found: list[Kept],
    node: Any,
    number: int,
    slot: _Slot,
    name: str,
    packed: Any,
    identities: Identities,
) -> None:
    tensor = saved.plainly_kept(packed)
    if tensor is not None:
        version = _version_when_kept(node, slot, tensor)
        found.append(Kept(number, name, *identities.found(tensor), version))


def _slots_of(node: Any) -> tuple[_Slot, ...]:
    if isinstance(node, _FUNCTION):
        return _OF_FUNCTIONS
    own = vars(type(node))
    return tuple(
        _Slot(name, own[packed].__get__, own[given].__get__)
        for name, given, packed in saved.names_of(type(node))
        if packed in own and given in own
    )


def _version_when_kept(node: Any, slot: _Slot, tensor: Any) -> int | None:
    """The version that a kept tensor had; None where it may have changed since.

    Versions only rise, so that 0 was 0 then, too. Of any other torch says whether it has changed,
    but where that would make a grad_fn: of a view that is out of date, which has changed.
    """
    try:
        version: int = _version(tensor)
        if version:
            if _is_view(tensor) and is_out_of_date(tensor):
                return None
            if _requires_grad(tensor):  # the very tensor
                slot.given(node)
            else:
                with saved.no_dispatch():
                    slot.given(node)
    except _REFUSALS:
        return None
    return version
