"""The session behind a lesson's screen, and the inbox before there is one: no screen needed."""

from __future__ import annotations

from threading import Thread

import pytest
from made import result, snapshot, tensor
from sitting import PlayedKernel, snippet

from autograd_tutor.client import Broken, Ended, KernelEvent, KernelLost, Ready, RunRecord
from autograd_tutor.course.model import Lesson, Step
from autograd_tutor.playing.lesson_run import LessonRun
from autograd_tutor.recording.model import Error
from autograd_tutor.recording.wire import ResultRecord, SetupFailed, SnapshotRecord
from autograd_tutor.ui.inbox import Inbox

STEPS = tuple(Step(f"s{n}", f"Step {n}", "", f"a = {n}\n", expect=(f"a == {n}",)) for n in range(3))


def lesson(**fields: object) -> Lesson:
    return snippet("", steps=STEPS, **fields)


def kernel() -> PlayedKernel:
    return PlayedKernel(prompt=False)


def record(step: int, index: int = 0, run: int = 1, **changes: object) -> RunRecord:
    return RunRecord(run, SnapshotRecord(snapshot(index, step=step, **changes)))


def end_of(step: int, run: int = 1) -> RunRecord:
    return RunRecord(run, ResultRecord(result(step=step)))


def test_a_session_begins_with_the_steps_up_to_the_open_one() -> None:
    played = kernel()
    session = LessonRun(lesson(seed=7, setup="import x"), played, 1)
    assert played.started == [(7, "import x", session.lesson.limits)]
    assert [(r.step, r.code, r.expect) for r in played.requests] == [
        (0, "a = 0\n", ("a == 0",)),
        (1, "a = 1\n", ("a == 1",)),
    ]
    assert session.running
    assert len(session.trace) == 0


@pytest.mark.parametrize(("asked", "opened"), [(-5, 0), (2, 2), (99, 2)])
def test_a_step_that_does_not_exist_is_the_nearest(asked: int, opened: int) -> None:
    assert LessonRun(lesson(), kernel(), asked).step == opened


def test_going_on_asks_for_what_has_not_been_asked_for() -> None:
    played = kernel()
    session = LessonRun(lesson(), played)
    assert session.go(2)
    assert session.go(0)
    assert session.go(1)
    assert [request.step for request in played.requests] == [0, 1, 2]
    assert played.run == 1
    assert not session.go(3)
    assert not session.go(-1)
    assert session.step == 1


def test_only_what_belongs_to_the_open_step_of_this_run_affects_it() -> None:
    session = LessonRun(lesson(), kernel(), 1)
    assert not session.take(record(0, run=9))
    assert not session.take(record(0))
    assert session.take(record(1))
    assert not session.take(Ready("2.13", 1.0))
    assert not session.take(Ended(9, "exit", 0))
    assert session.running
    assert session.take(end_of(1))
    assert not session.running


def test_a_step_starts_from_what_the_one_before_left() -> None:
    session = LessonRun(lesson(), kernel(), 1)
    session.take(record(0, tensors={"w": tensor(1.0)}))
    session.take(end_of(0))
    session.take(record(1))
    assert session.trace.state(0).tensors == {"w": tensor(1.0)}


def test_every_step_has_a_cursor_of_its_own() -> None:
    session = LessonRun(lesson(), kernel(), 1)
    for step in (0, 1):
        session.take(record(step))
        session.take(record(step, 1))
    session.timeline.forward()
    session.go(0)
    assert session.timeline.index == 0
    session.go(1)
    assert session.timeline.index == 1


def test_editing_ends_the_run_and_plays_the_earlier_steps_again() -> None:
    played = kernel()
    session = LessonRun(lesson(), played, 1)
    session.take(record(1))
    session.edit("a = 5\n")
    assert session.edited
    assert played.killed == [1]
    assert [(r.run, r.step, r.code) for r in played.requests[2:]] == [
        (2, 0, "a = 0\n"),
        (2, 1, "a = 5\n"),
    ]
    assert played.requests[-1].expect == ()
    assert len(session.trace) == 0
    assert not session.take(record(1))
    session.go(0)
    assert not session.edited
    session.go(2)
    assert played.requests[-1].step == 2


def test_code_put_back_is_the_lessons_own() -> None:
    session = LessonRun(lesson(), kernel())
    session.edit("a = 5\n")
    session.edit("a = 0\n")
    assert not session.edited


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (
            RunRecord(1, SetupFailed(Error("ImportError", "x", 1, ""))),
            "setup failed: ImportError: x",
        ),
        (Ended(1, "exit", 3), "exit status 3"),
        (Broken("No torch."), "No torch."),
        (KernelLost("Gone."), "Gone."),
    ],
)
def test_why_nothing_more_will_be_recorded(event: KernelEvent, said: str) -> None:
    played = kernel()
    session = LessonRun(lesson(), played)
    assert session.take(event)
    assert session.problem is not None
    assert said in session.problem
    assert not session.running
    assert not session.take(Ended(1, "lost", 0))
    assert said in session.problem
    session.go(1)
    assert [request.step for request in played.requests] == [0]
    session.start()
    assert session.problem is None
    assert session.running


def test_closing_ends_the_run() -> None:
    played = kernel()
    LessonRun(lesson(), played).close()
    assert played.killed == [1]


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
