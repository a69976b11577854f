"""Work that may be slow is waited for as long as a key may wait, and comes later if need be."""

from __future__ import annotations

import threading
from queue import SimpleQueue
from threading import Event

import pytest

from autograd_tutor.limits.interface import DISK_THREADS
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


def test_a_disk_that_hangs_takes_few_threads_and_nothing_is_lost() -> None:
    released: Event = Event()
    late: SimpleQueue[int] = SimpleQueue()
    before = threading.active_count()
    for number in range(500):

        def slow(number: int = number) -> int:
            released.wait(60.0)
            return number

        assert soon(slow, late.put, seconds=0.0) is None
    assert threading.active_count() <= before + DISK_THREADS
    released.set()
    assert {late.get(timeout=60.0) for _ in range(500)} == set(range(500))


def test_what_fails_holds_up_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    def fails() -> int:
        raise ValueError("no disk")

    for _ in range(2 * DISK_THREADS):
        assert soon(fails, seconds=60.0) is None
    assert soon(lambda: 5, seconds=60.0) == 5
    assert "no disk" in capsys.readouterr().err
