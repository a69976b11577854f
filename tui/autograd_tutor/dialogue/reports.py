"""What the kernel reports, until the dialogue takes it."""

from __future__ import annotations

from collections.abc import Iterator
from queue import Empty, SimpleQueue

from autograd_tutor.client import KernelEvent


class Reports:
    """A queue between the kernel's thread and the dialogue."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[list[KernelEvent]] = SimpleQueue()

    def put(self, events: list[KernelEvent]) -> None:
        """Take what the kernel reports, on its thread."""
        self._queue.put(events)

    def waiting(self) -> Iterator[KernelEvent]:
        """All that has been reported, without waiting for more."""
        while True:
            try:
                yield from self._queue.get_nowait()
            except Empty:
                return

    def next(self, seconds: float | None = None) -> list[KernelEvent] | None:
        """What is reported next; None where that takes longer than so many seconds."""
        try:
            return self._queue.get(timeout=seconds)
        except Empty:
            return None
