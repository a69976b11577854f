"""Gives every tensor a number that is its own, and its storage another."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch

from autograd_tutor.limits import MOST_NUMBERED

_storage_of = torch._C.TensorBase.untyped_storage
_keys_of = torch._C._dispatch_keys

Reference = Callable[[], Any]
"""A weak reference: gives the object, or None when it is gone."""


# NumPy 1 has it elsewhere.
_byte_bounds: Any = getattr(np.lib, "array_utils", np).byte_bounds


class Identity(NamedTuple):
    """Which tensor it is; valid as long as `tensor` and `storage` are what they were."""

    tensor: Reference
    storage: Reference
    number: int
    """Of the tensor: no other has it, whatever the names of both are."""
    storage_number: int | None
    """Of its storage, which views, `detach()` and `.data` share; None where there is none."""


class _Foreign(NamedTuple):
    """Memory that torch has not allocated, from one address to before another."""

    begin: int
    end: int
    holder: Reference
    """A storage or an array."""
    number: int


class Identities:
    """Numbers tensors and storages 1, 2, … as they are met. Holds none of them alive.

    An id() may be used again once its object is gone, so each number goes with a weak reference.
    torch keeps the Python object of a tensor, and of a storage, as long as the C++ one lives.
    """

    def __init__(self) -> None:
        self.known: dict[int, Identity] = {}
        """By id() of the tensor."""
        self._storages: dict[int, tuple[Reference, int]] = {}
        """By id() of the storage, or of a NumPy array that was met."""
        self._foreign: list[_Foreign] = []
        self._count = 0
        self._most = MOST_NUMBERED
        self.before_step = 0
        """The largest number that was given before the step under way."""

    def begin_step(self) -> None:
        """A step begins."""
        self.before_step = self._count

    def of(self, tensor: Any, value: Any = None) -> Identity:
        """Which tensor it is, whatever kind of tensor; `value` has its memory, if another has."""
        known = self.known.get(id(tensor))
        storage = _storage(tensor if value is None else value)
        if known is not None and known.tensor() is tensor:
            if known.storage() is storage:
                return known
            found = known._replace(**self._storage_fields(storage))
        else:
            self._forget_dead()
            self._count += 1
            number = self._count
            fields = self._storage_fields(storage)
            found = Identity(weakref.ref(tensor), number=number, **fields)
        self.known[id(tensor)] = found
        return found

    def _storage_fields(self, storage: Any) -> dict[str, Any]:
        if storage is None:
            return {"storage": _none, "storage_number": None}
        known = self._storages.get(id(storage))
        if known is None or known[0]() is not storage:
            # Memory that torch has not allocated may be that of an array.
            span = None if storage.resizable() else (storage.data_ptr(), storage.nbytes())
            known = self._meet(storage, span)
        return {"storage": known[0], "storage_number": known[1]}

    def of_array(self, array: Any) -> int:
        """The number of the storage of a NumPy array, which may be that of a tensor."""
        known = self._storages.get(id(array))
        if known is not None and known[0]() is array:
            return known[1]
        owner = array
        while isinstance(owner.base, np.ndarray):
            owner = owner.base
        if isinstance(owner.base, torch.Tensor):
            number = self.of(owner.base).storage_number
            if number is not None:
                self._storages[id(array)] = weakref.ref(array), number
                return number
        begin, end = _byte_bounds(array)
        return self._meet(array, (begin, end - begin))[1]

    def _meet(self, holder: Any, span: tuple[int, int] | None) -> tuple[Reference, int]:
        """Number a storage or an array; `span`: address and size of memory from elsewhere."""
        number = None
        if span is not None:
            begin, end = span[0], sum(span)
            self._foreign = [each for each in self._foreign if each.holder() is not None]
            lies = (each.number for each in self._foreign if begin < each.end and each.begin < end)
            number = next(lies, None)
        if number is None:
            self._count += 1
            number = self._count
        if span is not None:
            self._foreign.append(_Foreign(begin, end, weakref.ref(holder), number))
        found = self._storages[id(holder)] = weakref.ref(holder), number
        return found

    def _forget_dead(self) -> None:
        """Now and then, as both dictionaries grow."""
        if len(self.known) + len(self._storages) < self._most:
            return
        for key in [key for key, each in self.known.items() if each.tensor() is None]:
            del self.known[key]
        self._storages = {k: each for k, each in self._storages.items() if each[0]() is not None}
        self._most = max(MOST_NUMBERED, 2 * (len(self.known) + len(self._storages)))


def _none() -> None:
    return None


def _storage(tensor: Any) -> Any:
    """The storage of a tensor; None of one that has none, or that runs code of a snippet."""
    try:
        return _storage_of(tensor) if not _keys_of(tensor).has(_PYTHON) else None
    except (RuntimeError, NotImplementedError):
        return None


_PYTHON = torch._C.DispatchKey.Python
