"""The inbox, in which the kernel's reports wait until there is a screen."""

from __future__ import annotations

from threading import Thread

from autograd_tutor.ui.inbox import Inbox


def test_what_comes_before_anybody_is_there_is_kept_in_order() -> None:
    inbox: Inbox[int] = Inbox()
    got: list[list[int]] = []
    inbox.put([1])
    inbox.put([2, 3])
    inbox.attach(got.append)
    inbox.put([4])
    assert got == [[1, 2, 3], [4]]


def test_an_empty_inbox_delivers_nothing_when_somebody_comes() -> None:
    inbox: Inbox[int] = Inbox()
    got: list[list[int]] = []
    inbox.attach(got.append)
    assert got == []


def test_what_comes_from_threads_is_delivered_once_each() -> None:
    inbox: Inbox[int] = Inbox()
    got: list[int] = []
    threads = [
        Thread(target=lambda n=n: [inbox.put([n * 1000 + k]) for k in range(500)]) for n in range(4)
    ]
    for thread in threads:
        thread.start()
    inbox.attach(got.extend)
    for thread in threads:
        thread.join()
    assert sorted(got) == [n * 1000 + k for n in range(4) for k in range(500)]
    for n in range(4):
        assert [k for k in got if k // 1000 == n] == [n * 1000 + k for k in range(500)]
