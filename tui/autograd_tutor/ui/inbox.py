"""Where the kernel's reports wait until the application takes them."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Inbox(Generic[T]):
    """The kernel starts before there is a screen, and reports from a thread of its own."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: list[T] = []
        self._deliver: Callable[[list[T]], object] | None = None

    def put(self, items: list[T]) -> None:
        """Deliver, or store until somebody is there."""
        with self._lock:
            if self._deliver is None:
                self._waiting += items
            else:
                self._deliver(items)

    def attach(self, deliver: Callable[[list[T]], object]) -> None:
        """Deliver what has been waiting, and from now on everything as it comes."""
        with self._lock:
            self._deliver = deliver
            if self._waiting:
                deliver(self._waiting)
                self._waiting = []
