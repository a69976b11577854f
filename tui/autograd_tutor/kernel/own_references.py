"""The recorder's weak references to tensors, which a snippet that asks for those does not see.

`torch.utils.swap_tensors`, and `Module.to` with it, refuses a tensor that has any.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class Reference(weakref.ref[T]):
    """A weak reference of the recorder's own."""

    __slots__ = ()


def hide_own_references() -> Callable[[], None]:
    """Leave them out of what Python's `weakref` finds, until what is returned is called."""
    before = weakref.getweakrefs, weakref.getweakrefcount
    found = getattr(before[0], "original", before[0])  # of an earlier run in this process

    def getweakrefs(object: Any) -> list[Any]:
        return [each for each in found(object) if type(each) is not Reference]

    def getweakrefcount(object: Any) -> int:
        return len(weakref.getweakrefs(object))

    def show_again() -> None:
        weakref.getweakrefs, weakref.getweakrefcount = before

    getweakrefs.original = found  # type: ignore[attr-defined]
    weakref.getweakrefs, weakref.getweakrefcount = getweakrefs, getweakrefcount
    return show_again
