"""Work that needs the disk, which may be slow, or gone: no key waits for it for long."""

from __future__ import annotations

import traceback
from collections import deque
from collections.abc import Callable
from threading import Event, Lock, Thread
from typing import Generic, TypeVar

from autograd_tutor.limits.interface import DISK_SECONDS, DISK_THREADS

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


class _Threads:
    """Where the disk hangs, what more is asked of it waits without a thread."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], object]] = deque()
        self._changing = Lock()
        self._running = 0

    def do(self, work: Callable[[], object]) -> None:
        """Do it on a thread, as soon as there may be one."""
        with self._changing:
            self._waiting.append(work)
            if self._running == DISK_THREADS:
                return
            self._running += 1
        Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while (work := self._next()) is not None:
            try:
                work()
            except Exception:  # noqa: BLE001  # the others are still to be done
                traceback.print_exc()

    def _next(self) -> Callable[[], object] | None:
        with self._changing:
            if self._waiting:
                return self._waiting.popleft()
            self._running -= 1
            return None


aside = _Threads().do


class _Work(Generic[T]):
    def __init__(self, work: Callable[[], T], late: Callable[[T], object]) -> None:
        self._work = work
        self._late = late
        self._found: list[T] = []
        self._given_up = False
        self._deciding = Lock()
        self._done = Event()
        aside(self._run)

    def result(self, seconds: float) -> T | None:
        self._done.wait(seconds)
        with self._deciding:
            self._given_up = not self._found
        return self._found[0] if self._found else None

    def _run(self) -> None:
        try:
            found = self._work()
            with self._deciding:
                self._found.append(found)
                late = self._given_up
        finally:
            self._done.set()
        if late:
            self._late(found)
