"""A lesson that runs in a kernel: what is asked of that, and what its reports mean."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from made import result, snapshot, tensor
from played_kernel import PlayedKernel

from autograd_tutor.client import Broken, Ended, KernelEvent, KernelLost, Ready, RunRecord
from autograd_tutor.course.model import Lesson, Step
from autograd_tutor.playing.happenings import Began, Recorded, SetupRaised, StepEnded, Stopped
from autograd_tutor.playing.lesson_run import LessonRun
from autograd_tutor.recording.model import Error, FailedExpectation
from autograd_tutor.recording.trace import Trace
from autograd_tutor.recording.wire import (
    Limits,
    ResultRecord,
    RunEnded,
    SetupFailed,
    SnapshotRecord,
)

STEPS = tuple(Step(f"s{n}", f"Step {n}", "", f"a = {n}\n", expect=(f"a == {n}",)) for n in range(3))


def lesson(**fields: object) -> Lesson:
    return Lesson("made", Path("made"), "Made up", "", "", STEPS, **fields)  # type: ignore[arg-type]


def kernel() -> PlayedKernel:
    return PlayedKernel(prompt=False)


def record(step: int, index: int = 0, run: int = 1, **changes: object) -> RunRecord:
    return RunRecord(run, SnapshotRecord(snapshot(index, step=step, **changes)))


def end_of(step: int, run: int = 1) -> RunRecord:
    return RunRecord(run, ResultRecord(result(step=step)))


def test_a_session_begins_with_the_steps_up_to_the_open_one_each_after_the_one_before() -> None:
    played = kernel()
    run = LessonRun(lesson(seed=7, setup="import x"), played, 1)
    assert played.started == [(7, "import x", run.lesson.limits)]
    assert [request.step for request in played.requests] == [0]
    run.take(end_of(0))
    run.take(end_of(1))
    assert [(r.step, r.code, r.expect) for r in played.requests] == [
        (0, "a = 0\n", ("a == 0",)),
        (1, "a = 1\n", ("a == 1",)),
    ]
    assert not run.running


@pytest.mark.parametrize(("asked", "opened"), [(-5, 0), (2, 2), (99, 2)])
def test_a_step_that_does_not_exist_is_the_nearest(asked: int, opened: int) -> None:
    assert LessonRun(lesson(), kernel(), asked).step == opened


def test_going_on_asks_for_what_has_not_been_asked_for() -> None:
    played = kernel()
    run = LessonRun(lesson(), played)
    assert run.go(2)
    assert run.go(0)
    assert run.go(1)
    for step in range(3):
        run.take(end_of(step))
    assert [request.step for request in played.requests] == [0, 1]
    assert run.go(2)
    assert run.go(0)
    assert [request.step for request in played.requests] == [0, 1, 2]
    assert run.go(1)
    assert played.run == 1
    assert not run.go(3)
    assert not run.go(-1)
    assert run.step == 1


def test_only_what_belongs_to_the_open_step_of_this_run_affects_it() -> None:
    run = LessonRun(lesson(), kernel(), 1)
    assert not run.take(record(0, run=9))
    assert not run.take(record(0))
    assert run.take(record(1))
    assert not run.take(Ready("2.13", 1.0))
    assert not run.take(Ended(9, "exit", 0))
    assert run.running
    assert run.take(end_of(1))
    assert not run.running


def test_a_step_starts_from_what_the_one_before_left() -> None:
    run = LessonRun(lesson(), kernel(), 1)
    run.take(record(0, tensors={"w": tensor(1.0)}))
    run.take(end_of(0))
    run.take(record(1))
    assert run.trace.state(0).tensors == {"w": tensor(1.0)}


def test_every_step_has_a_cursor_of_its_own() -> None:
    run = LessonRun(lesson(), kernel(), 1)
    for step in (0, 1):
        run.take(record(step))
        run.take(record(step, 1))
    run.timeline.forward()
    run.go(0)
    assert run.timeline.index == 0
    run.go(1)
    assert run.timeline.index == 1


def test_editing_ends_the_run_and_plays_the_earlier_steps_again() -> None:
    played = kernel()
    run = LessonRun(lesson(), played, 1)
    run.take(end_of(0))
    run.take(record(1))
    run.edit("a = 5\n")
    assert run.edited
    assert played.killed == [1]
    run.take(end_of(0, run=2))
    assert [(r.run, r.step, r.code) for r in played.requests[2:]] == [
        (2, 0, "a = 0\n"),
        (2, 1, "a = 5\n"),
    ]
    assert played.requests[-1].expect == ()
    assert len(run.trace) == 0
    assert not run.take(record(1))
    run.go(0)
    assert not run.edited
    run.take(end_of(1, run=2))
    run.go(2)
    assert played.requests[-1].step == 2


FAILED = {"ok": False, "error": Error("E", "", 1, "")}


def test_no_step_is_run_after_one_that_failed() -> None:
    played = kernel()
    run = LessonRun(lesson(), played, 2)
    assert run.problem is None
    assert run.take(RunRecord(1, ResultRecord(result(step=0, **FAILED))))
    assert run.problem == "This step was not run: step 1 failed. P goes back."
    assert not run.running
    assert len(run.trace) == 0
    run.go(1)
    assert run.problem == "This step was not run: step 1 failed. P goes back."
    run.go(0)
    assert run.problem is None
    assert [request.step for request in played.requests] == [0]


def test_a_step_opened_after_one_that_failed_is_run_once_that_is_mended() -> None:
    played = kernel()
    run = LessonRun(lesson(), played)
    run.take(RunRecord(1, ResultRecord(result(step=0, **FAILED))))
    run.edit("a = 9\n")
    run.go(1)
    assert run.problem is None
    assert run.running
    run.take(end_of(0, run=2))
    assert [(each.run, each.step) for each in played.requests] == [(1, 0), (2, 0), (2, 1)]


@pytest.mark.parametrize(
    "changes",
    [
        {"error": Error("E", "", 1, "")},
        {"ok": False, "failed": (FailedExpectation(0, "a", "is 1"),)},
        {"truncated": "snapshots"},
    ],
    ids=["meant to fail", "not as expected", "cut"],
)
def test_a_step_is_run_after_one_that_did_not_fail(changes: dict[str, Any]) -> None:
    played = kernel()
    run = LessonRun(lesson(), played, 1)
    run.take(RunRecord(1, ResultRecord(result(step=0, **changes))))
    assert [request.step for request in played.requests] == [0, 1]
    assert run.running


def test_edited_code_of_a_script_begins_at_the_line_where_its_own_does() -> None:
    played = kernel()
    steps = (replace(STEPS[0], first_line=7),)
    run = LessonRun(replace(lesson(), steps=steps), played)
    run.edit("a = 5\n")
    assert played.requests[-1].first_line == 7
    assert run.trace.line_number(1) == 7


def test_code_put_back_is_the_lessons_own() -> None:
    run = LessonRun(lesson(), kernel())
    run.edit("a = 5\n")
    run.edit("a = 0\n")
    assert not run.edited


@pytest.mark.parametrize(
    ("event", "shown"),
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
def test_why_nothing_more_will_be_recorded(event: KernelEvent, shown: str) -> None:
    played = kernel()
    run = LessonRun(lesson(), played)
    assert run.take(event)
    assert run.problem is not None
    assert shown in run.problem
    assert not run.running
    assert not run.take(Ended(1, "lost", 0))
    assert shown in run.problem
    run.go(1)
    assert [request.step for request in played.requests] == [0]
    run.start()
    assert run.problem is None
    assert run.running


@pytest.mark.parametrize("ending", [".py", ".yaml"])
def test_a_script_that_is_read_again_keeps_what_was_asked_of_it(ending: str) -> None:
    at = Path(f"some{ending}")
    run = LessonRun(replace(lesson(limits=Limits(seconds=60.0), seed=7), path=at), kernel())
    run.reread(replace(lesson(), path=at))
    asked = (run.lesson.limits.seconds, run.lesson.seed) == (60.0, 7)
    assert asked == (ending == ".py")


def test_closing_ends_the_run() -> None:
    played = kernel()
    LessonRun(lesson(), played).close()
    assert played.killed == [1]


def test_each_report_of_the_kernel_is_what_it_means_for_the_lesson() -> None:
    run = LessonRun(lesson(), kernel())
    assert run.hear(record(0)) == Recorded(run.trace, 0)
    ended = run.hear(end_of(0))
    assert ended == StepEnded(run.trace, result(step=0))
    assert run.hear(Ready("2.13", 1.0)) == Began("2.13")
    assert run.hear(Ready("2.13", 1.0)) is None
    assert run.hear(record(0, run=9)) is None
    assert run.hear(Ended(9, "exit", 0)) is None
    stopped = run.hear(Ended(1, "deadline", 0))
    assert isinstance(stopped, Stopped)
    assert stopped.limit == "seconds"
    assert "still busy after 10 s" in stopped.reason


def test_a_recording_says_what_ran_in_which_torch() -> None:
    played = kernel()
    run = LessonRun(lesson(), played)
    assert run.recording.origin is None
    assert not run.take(Ready("2.13", 1.0))
    assert run.recording.origin is not None
    assert run.recording.origin.torch == "2.13"
    assert run.recording.origin.lesson.title == "Made up"
    played.torch = "2.14"
    run.edit("a = 9\n")
    assert run.recording.origin is not None
    assert run.recording.origin.torch == "2.14"
    assert run.recording.origin.codes == ("a = 9\n", "a = 1\n", "a = 2\n")


def test_a_setup_that_raised_is_one_of_the_things_that_happen() -> None:
    error = Error("ImportError", "x", 1, "")
    assert LessonRun(lesson(), kernel()).hear(RunRecord(1, SetupFailed(error))) == SetupRaised(
        error
    )


def test_what_was_on_its_way_when_the_kernel_went_is_still_taken() -> None:
    run = LessonRun(lesson(), kernel())
    assert run.hear(KernelLost("Gone. Run again.")) is None
    assert run.hear(record(0)) == Recorded(run.trace, 0)
    stopped = run.hear(Ended(1, "lost", 0))
    assert isinstance(stopped, Stopped)
    assert stopped[:3] == (run.trace, "lost", "Gone. Run again.")
    assert run.recording.end == RunEnded("lost", 0, stopped.seconds)


@pytest.mark.parametrize(
    ("changes", "goes_on", "as_meant"),
    [
        ({}, True, True),
        ({"truncated": "snapshots"}, True, True),
        ({"truncated": "recording failed"}, True, False),
        ({"ok": False, "failed": (FailedExpectation(0, "a", "is 1"),)}, True, False),
        ({"ok": False, "error": Error("E", "", 1, "")}, False, False),
        ({"error": Error("E", "", 1, "")}, True, True),
        ({"ok": False}, False, False),
    ],
    ids=["ok", "cut", "not-recorded", "not-as-expected", "raised", "raised-as-meant", "not-raised"],
)
def test_how_a_step_ended_decides_what_follows(
    changes: dict[str, Any], goes_on: bool, as_meant: bool
) -> None:
    ended = StepEnded(Trace(0, ""), result(**changes))
    assert (ended.goes_on, ended.as_meant) == (goes_on, as_meant)


def test_an_edit_runs_though_the_run_before_it_had_ended() -> None:
    played = kernel()
    run = LessonRun(lesson(), played)
    run.take(Ended(1, "exit", 3))
    run.edit("a = 9\n")
    assert (played.requests[-1].run, played.requests[-1].code) == (2, "a = 9\n")
