"""Gives every tensor a number that is its own, and its storage another."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch

from autograd_tutor.kernel.memory import bounds, storage_address
from autograd_tutor.kernel.own_references import Reference
from autograd_tutor.limits.kernel import MOST_NUMBERED

_keys_of = torch._C._dispatch_keys
_PYTHON = torch._C.DispatchKey.Python

Gives = Callable[[], Any]
"""A weak reference: gives the object, or None when it is gone."""


# NumPy 1 has it elsewhere.
_byte_bounds: Any = getattr(np.lib, "array_utils", np).byte_bounds


class Identity(NamedTuple):
    """Which tensor it is; valid as long as the tensor lives and has the storage it had."""

    tensor: Gives
    elements: int | None
    """Where its first element lay; None where that was not asked for. As long as it lies there,
    the tensor has the same storage."""
    number: int
    """Of the tensor: no other has it, whatever the names of both are."""
    storage_number: int | None
    """Of its storage, which views, `detach()` and `.data` share; None where there is none."""
    key: int | None
    """Of its storage, as long as that lives; None where there is none."""


class _Memory:
    """Memory with a number: a storage, or what several storages and NumPy arrays share."""

    __slots__ = ("holders", "number")

    def __init__(self, number: int) -> None:
        self.number = number
        self.holders: list[tuple[Gives, int]] = []
        """Tensors and arrays that were met in it, each with the key that it had."""

    def lives(self, key: int | None = None) -> bool:
        """Whether a holder is still there and in it: one with this key, if one is given."""
        for reference, had in self.holders:
            holder = reference() if key is None or key == had else None
            if holder is not None and _key_of(holder) == had:
                return True
        return False

    def add(self, holder: Any, key: int) -> None:
        """One more tensor or array is in it."""
        if self.holders and self.holders[0][0]() is None:
            self.forget_dead()
        self.holders.append((Reference(holder), key))

    def forget_dead(self) -> None:
        self.holders = [each for each in self.holders if each[0]() is not None]


class Identities:
    """Numbers tensors and storages 1, 2, … as they are met. Holds none of them alive.

    An address may be used again once its object is gone, so each number goes with weak references.
    torch keeps the Python object of a tensor as long as the C++ one lives. A storage is not asked
    for: once it has a Python object torch adds to its tensors in place no more, and counts no
    version for that.
    """

    def __init__(self) -> None:
        self.known: dict[int, Identity] = {}
        """By id() of the tensor."""
        self._memories: dict[int, _Memory] = {}
        """By the key of a storage or an array."""
        self._spans: list[tuple[int, int, _Memory]] = []
        """Addresses of the first byte and behind the last one, in order. Those that live do not
        overlap."""
        self._count = 0
        self._until_forgetting = MOST_NUMBERED
        self.before_step = 0
        """The largest number that was given before the step under way."""

    def begin_step(self) -> None:
        """A step begins."""
        self.before_step = self._count

    def of(self, tensor: Any, value: Any = None, elements: int | None = None) -> Identity:
        """Which tensor it is, whatever kind of tensor; `value` has its memory, if another has.

        `elements`: the address of its first one, where known.
        """
        known = self.known.get(id(tensor))
        holder = tensor if value is None else value
        key = _key_of(holder)
        if known is not None and known.tensor() is tensor:
            if known.key == key:
                if elements in (None, known.elements):
                    return known
                found = known._replace(elements=elements)
            else:
                self._leave(holder, known.key)
                number = self._storage_number(holder, key)
                found = Identity(known.tensor, elements, known.number, number, key)
        else:
            self._forget_dead()
            number = self._next()
            storage_number = self._storage_number(holder, key)
            found = Identity(Reference(tensor), elements, number, storage_number, key)
        self.known[id(tensor)] = found
        return found

    def number_of(self, tensor: Any) -> int:
        """The number of a tensor, a new one if it has none."""
        known = self.known.get(id(tensor))
        if known is not None and known.tensor() is tensor:
            return known.number
        return self.of(tensor).number

    def found(self, tensor: Any) -> tuple[int | None, int | None]:
        """The number of a tensor and that of its storage, where they have one; none is given."""
        known = self.known.get(id(tensor))
        if known is not None and known.tensor() is tensor:
            return known.number, known.storage_number
        key = _key_of(tensor)
        memory = None if key is None else self._memories.get(key)
        return None, None if memory is None or not memory.lives(key) else memory.number

    def of_array(self, array: Any) -> int:
        """The number of the storage of a NumPy array, which may be that of a tensor."""
        key = id(array)
        memory = self._memories.get(key)
        if memory is not None and memory.lives(key):
            return memory.number
        owner = array
        while isinstance(owner.base, np.ndarray):
            owner = owner.base
        of_owner = _key_of(owner.base) if isinstance(owner.base, torch.Tensor) else None
        if of_owner is not None:
            self._storage_number(owner.base, of_owner)
            memory = self._memories[of_owner]
        else:
            memory = self._at(_byte_bounds(array))
        return self._put(array, key, memory)

    def _storage_number(self, tensor: Any, key: int | None) -> int | None:
        if key is None:
            return None
        memory = self._memories.get(key)
        if memory is None or not memory.lives(key):
            memory = self._at(bounds(tensor))
        return self._put(tensor, key, memory)

    def _leave(self, holder: Any, key: int | None) -> None:
        """It has another storage now, and may one day get one at the address of this one."""
        memory = None if key is None else self._memories.get(key)
        if memory is not None:
            memory.holders = [
                each for each in memory.holders if each[1] != key or each[0]() is not holder
            ]

    def _put(self, holder: Any, key: int, memory: _Memory) -> int:
        memory.add(holder, key)
        self._memories[key] = memory
        return memory.number

    def _at(self, span: tuple[int, int] | None) -> _Memory:
        """What has a number already of this memory, which arrays may lie in; else a new one."""
        if span is None:
            return _Memory(self._next())
        (begin, end), memory, spans = span, None, self._spans
        index = max(0, bisect_left(spans, (begin,)) - 1)
        while index < len(spans) and spans[index][0] < end:
            first, last, there = spans[index]
            if last <= begin:
                index += 1
                continue
            del spans[index]
            if there.lives():
                begin, end = min(begin, first), max(end, last)
                memory = memory or there
        memory = memory or _Memory(self._next())
        insort(spans, (begin, end, memory), key=lambda each: each[0])
        return memory

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _forget_dead(self) -> None:
        """Now and then, as all of it grows."""
        self._until_forgetting -= 1
        if self._until_forgetting:
            return
        for key in [key for key, each in self.known.items() if each.tensor() is None]:
            del self.known[key]
        for memory in set(self._memories.values()):
            memory.forget_dead()
        self._memories = {k: each for k, each in self._memories.items() if each.holders}
        self._spans = [each for each in self._spans if each[2].holders]
        self._until_forgetting = max(MOST_NUMBERED, len(self.known))


def _key_of(holder: Any) -> int | None:
    """What no other storage or array has as long as this one lives.

    None of a tensor that has no storage, or that runs code of a snippet.
    """
    if isinstance(holder, np.ndarray):
        return id(holder)
    try:
        return None if _keys_of(holder).has(_PYTHON) else storage_address(holder)
    except (RuntimeError, NotImplementedError):
        return None
