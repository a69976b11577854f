"""What an optimizer holds, read without running code of the snippet, and without importing any."""

from __future__ import annotations

from typing import Any

from autograd_tutor.kernel.categories import Category, type_info_of
from autograd_tutor.kernel.identity import Identities
from autograd_tutor.kernel.own_references import Reference
from autograd_tutor.limits.kernel import MOST_TENSORS
from autograd_tutor.recording.evidence import Optimizer

_TENSOR, _MAPPING = Category.TENSOR, Category.MAPPING


def held_by(optimizer: Any) -> list[Any]:
    """All tensors of its `param_groups`, in their order, and what else a snippet has put there."""
    read = type_info_of(optimizer).attributes
    groups = None if read is None else dict.get(read(optimizer), "param_groups")
    found: list[Any] = []
    for group in _items(groups):
        if type(group) is dict or type_info_of(group).category is _MAPPING:
            found += _items(dict.get(group, "params"))
    return found


def _items(value: Any) -> list[Any]:
    """A list as it is now, also of a class made from it; else an empty one."""
    return list.copy(value) if type(value) is list or type_info_of(value).base is list else []


def tensors_among(values: list[Any]) -> list[Any]:
    """Those that are tensors, as many as a record may have."""
    return [each for each in values if type_info_of(each).category is _TENSOR][:MOST_TENSORS]


class HeldTensors:
    """What an optimizer held when it was last looked at. Holds none of it alive."""

    __slots__ = ("_gone", "_ids", "_references", "record")

    def __init__(self, optimizer: Any, values: list[Any], identities: Identities) -> None:
        self._ids = tuple(map(id, values))
        self._gone: list[object] = []
        """References to what is no more. No cycle: a snippet may count what is collected."""
        tensors = tensors_among(values)
        self._references = [Reference(tensor, self._gone.append) for tensor in tensors]
        numbers = tuple([identities.number_of(tensor) for tensor in tensors])
        self.record = Optimizer(type_info_of(optimizer).name, numbers)

    def is_still(self, optimizer: Any, values: list[Any]) -> bool:
        """Whether this is what an optimizer holds. An id() may be used again, so none may go."""
        same = not self._gone and self._ids == tuple(map(id, values))
        return same and self.record.kind == type_info_of(optimizer).name
