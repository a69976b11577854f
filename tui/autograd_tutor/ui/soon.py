"""Work that needs the disk, which may be slow, or gone: no key waits for it for long."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Lock, Thread
from typing import Generic, TypeVar

from autograd_tutor.limits import DISK_SECONDS

T = TypeVar("T")


def soon(
    work: Callable[[], T],
    late: Callable[[T], object] = lambda _: None,
    seconds: float = DISK_SECONDS,
) -> T | None:
    """What the work gives, if it takes no longer than that.

    Otherwise None, and `late` gets it, on a thread, when it comes.
    """
    return _Work(work, late).result(seconds)


class _Work(Generic[T]):
    def __init__(self, work: Callable[[], T], late: Callable[[T], object]) -> None:
        self._work = work
        self._late = late
        self._found: list[T] = []
        self._given_up = False
        self._deciding = Lock()
        self._done = Event()
        Thread(target=self._run, daemon=True).start()

    def result(self, seconds: float) -> T | None:
        self._done.wait(seconds)
        with self._deciding:
            self._given_up = not self._found
        return self._found[0] if self._found else None

    def _run(self) -> None:
        found = self._work()
        with self._deciding:
            self._found.append(found)
            late = self._given_up
        self._done.set()
        if late:
            self._late(found)
