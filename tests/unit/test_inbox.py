"""The inbox, in which the kernel's reports wait until there is a screen, or room."""

from __future__ import annotations

from threading import Event, Thread

from autograd_tutor.limits.records import BATCH_WEIGHT, MOST_WAITING
from autograd_tutor.ui.inbox import Inbox


class Reader:
    """Somebody who takes in at once what is delivered."""

    def __init__(self, inbox: Inbox[int]) -> None:
        self.inbox = inbox
        self.batches: list[list[int]] = []

    def __call__(self, batch: list[int]) -> None:
        self.batches.append(batch)
        self.inbox.taken()


def test_what_comes_before_anybody_is_there_is_kept_in_order() -> None:
    inbox: Inbox[int] = Inbox()
    reader = Reader(inbox)
    inbox.put([1])
    inbox.put([2, 3])
    inbox.attach(reader)
    inbox.put([4])
    assert reader.batches == [[1, 2, 3], [4]]


def test_an_empty_inbox_delivers_nothing_when_somebody_comes() -> None:
    inbox: Inbox[int] = Inbox()
    reader = Reader(inbox)
    inbox.attach(reader)
    assert reader.batches == []


def test_what_comes_from_threads_is_delivered_once_each() -> None:
    inbox: Inbox[int] = Inbox()
    reader = Reader(inbox)
    threads = [
        Thread(target=lambda n=n: [inbox.put([n * 1000 + k]) for k in range(500)]) for n in range(4)
    ]
    for thread in threads:
        thread.start()
    inbox.attach(reader)
    for thread in threads:
        thread.join()
    got = [k for batch in reader.batches for k in batch]
    assert sorted(got) == [n * 1000 + k for n in range(4) for k in range(500)]
    for n in range(4):
        assert [k for k in got if k // 1000 == n] == [n * 1000 + k for k in range(500)]


def test_a_batch_comes_when_the_one_before_is_taken_in() -> None:
    inbox: Inbox[int] = Inbox()
    batches: list[list[int]] = []
    inbox.attach(batches.append)
    for k in range(3):
        inbox.put([k])
    assert batches == [[0]]
    inbox.taken()
    assert batches == [[0], [1, 2]]
    inbox.taken()
    inbox.put([3])
    assert batches == [[0], [1, 2], [3]]


def test_a_batch_is_as_much_as_is_quickly_taken_in() -> None:
    inbox: Inbox[int] = Inbox(lambda item: item)
    reader = Reader(inbox)
    heavy = BATCH_WEIGHT // 2
    inbox.put([heavy, heavy, 10 * heavy, 1, heavy, heavy, heavy])
    inbox.attach(reader)
    assert reader.batches == [
        [heavy, heavy],
        [10 * heavy],
        [1, heavy, heavy],
        [heavy],
    ]


def test_a_sender_waits_for_a_reader_that_is_busy() -> None:
    inbox: Inbox[int] = Inbox()
    batches: list[list[int]] = []
    sent = Event()
    inbox.attach(batches.append)
    inbox.put([0])

    def send() -> None:
        inbox.put_slowly([1] * (MOST_WAITING + 1))
        sent.set()

    thread = Thread(target=send)
    thread.start()
    assert not sent.wait(0.1)
    assert batches == [[0]]
    inbox.taken()
    thread.join()
    assert batches == [[0], [1] * BATCH_WEIGHT]


def test_a_sender_does_not_wait_for_a_reader_that_has_gone() -> None:
    inbox: Inbox[int] = Inbox()
    inbox.attach(lambda batch: None)
    inbox.put([0])
    thread = Thread(target=lambda: inbox.put_slowly([1] * (MOST_WAITING + 1)))
    thread.start()
    inbox.detach()
    thread.join()
    inbox.put_slowly([1] * (MOST_WAITING + 1))
