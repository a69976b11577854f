"""Work that may be slow is waited for as long as a key may wait, and comes later if need be."""

from __future__ import annotations

from queue import SimpleQueue
from threading import Event

from autograd_tutor.ui.soon import soon


def test_what_is_there_at_once_is_given_at_once() -> None:
    late: list[int] = []
    assert soon(lambda: 3, late.append, seconds=60.0) == 3
    assert late == []


def test_what_is_false_is_no_less_there() -> None:
    assert soon(lambda: False, lambda _: None, seconds=60.0) is False


def test_what_takes_longer_comes_later_and_once() -> None:
    released: Event = Event()
    late: SimpleQueue[int] = SimpleQueue()

    def slow() -> int:
        released.wait(60.0)
        return 4

    assert soon(slow, late.put, seconds=0.0) is None
    assert late.empty()
    released.set()
    assert late.get(timeout=60.0) == 4
    assert late.empty()
