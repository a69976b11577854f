"""Where the kernel's reports wait until the application takes them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Condition
from typing import Generic, TypeVar

from autograd_tutor.limits.records import BATCH_WEIGHT, MOST_WAITING

T = TypeVar("T")


class Inbox(Generic[T]):
    """The kernel starts before there is a screen, and reports from a thread of its own.

    What it reports is handed over in batches, the next when the last has been taken in, so that
    keys come in between.
    """

    def __init__(self, weigh: Callable[[T], int] = lambda item: 1) -> None:
        """`weigh`: how much work it is to take an item in, in BATCH_WEIGHT's units."""
        self._weigh = weigh
        self._changed = Condition()
        self._waiting: deque[T] = deque()
        self._weight = 0
        """Of all that waits."""
        self._deliver: Callable[[list[T]], object] | None = None
        self._busy = False
        """Whether a batch has been delivered that is not taken in yet."""

    def put(self, items: list[T]) -> None:
        """Deliver, or store until somebody is there."""
        with self._changed:
            self._waiting.extend(items)
            self._weight += sum(map(self._weigh, items))
            self._hand_over()

    def put_slowly(self, items: list[T]) -> None:
        """Likewise, but return only when there is room for more: so what sends waits, too."""
        with self._changed:
            self.put(items)
            self._changed.wait_for(lambda: self._deliver is None or self._weight <= MOST_WAITING)

    def attach(self, deliver: Callable[[list[T]], object]) -> None:
        """Deliver what has been waiting, and from now on everything as it comes."""
        with self._changed:
            self._deliver, self._busy = deliver, False
            self._hand_over()

    def detach(self) -> None:
        """Nobody is there any more: nothing is delivered, and nobody waits for that."""
        with self._changed:
            self._deliver = None
            self._changed.notify_all()

    def taken(self) -> None:
        """What was delivered has been taken in."""
        with self._changed:
            self._busy = False
            self._hand_over()
            self._changed.notify_all()

    def _hand_over(self) -> None:
        if self._deliver is None or self._busy or not self._waiting:
            return
        batch, weight = [], 0
        while self._waiting and weight < BATCH_WEIGHT:
            weight += self._weigh(self._waiting[0])
            batch.append(self._waiting.popleft())
        self._weight -= weight
        self._busy = True
        self._deliver(batch)
