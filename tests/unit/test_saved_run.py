"""A recording is walked and reported like a live run, but nothing of it runs."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

import passes
import pytest
import recordings
from made import result, snapshot
from played_kernel import PlayedKernel

from autograd_tutor import plain
from autograd_tutor.client import Ready
from autograd_tutor.course.model import Lesson, Step
from autograd_tutor.course.saved import origin_of
from autograd_tutor.course.target import Target
from autograd_tutor.playing.happenings import (
    Began,
    Happening,
    PlaythroughEnded,
    SetupRaised,
    StepBegan,
    Stopped,
)
from autograd_tutor.playing.lesson_run import LessonRun
from autograd_tutor.playing.played import Editable, Played
from autograd_tutor.playing.playthrough import play_through, replay
from autograd_tutor.playing.saved_run import NOT_RUN, SavedRun
from autograd_tutor.recording.model import Error
from autograd_tutor.recording.trace import Recording
from autograd_tutor.recording.wire import Record, ResultRecord, RunEnded, SetupFailed, StepRequest

CODES = (passes.TWICE_CODE, "a = 1\nb = 2\n", "c = 3\n")


def lesson() -> Lesson:
    steps = tuple(Step(f"s{n}", f"Step {n}", "", code) for n, code in enumerate(CODES))
    return Lesson("made", Path("made"), "Made up", "", "", steps)


def answer(request: StepRequest) -> list[Record]:
    return passes.twice() if request.step == 0 else recordings.plain(request)


def recorded(*steps: int, codes: tuple[str, ...] = CODES) -> Recording:
    recording = Recording(origin_of(lesson(), "2.13.0", codes))
    for step in steps:
        recording.begin(step, codes[step])
        for record in answer(StepRequest(1, step, codes[step], "", (), None, lesson().limits)):
            assert not isinstance(record, SetupFailed)
            recording.add(record)
    return recording


def saved(*steps: int, step: int = 0) -> SavedRun:
    return SavedRun(Target(lesson(), recorded(*steps)), step)


def test_it_takes_the_place_of_a_live_run() -> None:
    live: Editable = LessonRun(lesson(), PlayedKernel())
    run: Played = saved(0, 1, 2)
    assert live.editable is live
    assert run.editable is None


def test_its_steps_are_walked_with_a_cursor_each() -> None:
    run = saved(0, 1, 2)
    run.timeline.forward()
    assert run.go(1)
    assert run.timeline.index == 0
    assert run.go(0)
    assert run.timeline.index == 1
    assert not run.go(3)
    assert not run.go(-1)
    assert run.step == 0
    assert not run.running
    assert run.problem is None


def test_it_opens_where_it_is_asked_to() -> None:
    assert saved(0, 1, step=1).step == 1
    assert saved(0, 1, step=99).step == 2


def test_no_report_of_a_kernel_affects_it() -> None:
    run = saved(0)
    assert not run.take(Ready("2.13", 1.0))
    run.close()


def test_code_that_was_edited_before_it_was_recorded_is_what_ran() -> None:
    codes = (CODES[0], "b = 7\n", "c = 8\n")
    run = SavedRun(Target(lesson(), recorded(0, 1, codes=codes)), 1)
    assert run.edited
    assert run.codes == codes
    run.go(0)
    assert not run.edited


def test_of_a_step_that_was_not_run_it_has_the_code_that_would_have() -> None:
    run = SavedRun(Target(lesson(), recorded(0, codes=(CODES[0], CODES[1], "c = 8\n"))), 2)
    assert run.edited
    assert run.trace.code == "c = 8\n"


def test_what_is_reported_and_expected_is_the_code_that_ran() -> None:
    steps = (Step("a", "A", "", "a = 1\n", expect=("a == 1",), raises="ValueError"),)
    made = Lesson("made", Path("made"), "Made up", "", "", steps)
    recording = Recording(origin_of(made, "2.13.0", ("a = 7\n",)))
    recording.begin(0, "a = 7\n").add(snapshot(0))
    recording.add(ResultRecord(result()))
    target = Target(made, recording)
    with redirect_stdout(io.StringIO()) as out:
        assert plain.report(replay(SavedRun(target)), plain.JsonReporter(made)) == 0
    begun = json.loads(out.getvalue().splitlines()[1])
    assert (begun["type"], begun["code"]) == ("step", "a = 7\n")
    with redirect_stdout(io.StringIO()) as out:
        assert plain.report(replay(SavedRun(target)), plain.TextReporter(made, False)) == 0
    assert "meant to" not in out.getvalue()
    assert "expects" not in out.getvalue()


def test_a_step_that_is_not_in_it_says_so() -> None:
    run = saved(0, step=2)
    assert run.problem == NOT_RUN
    assert len(run.trace) == 0
    assert run.timeline.snapshot is None


def test_a_step_whose_process_was_ended_says_why() -> None:
    recording = Recording(origin_of(lesson(), "2.13.0"))
    trace = recording.begin(0, CODES[0])
    trace.add(snapshot(0))
    recording.end = RunEnded("deadline", 9, 10.5)
    run = SavedRun(Target(lesson(), recording))
    *_, stopped = run.happenings()
    assert isinstance(stopped, Stopped)
    assert (stopped.limit, stopped.seconds) == ("seconds", 10.5)
    assert run.problem == stopped.reason
    assert "10 s" in stopped.reason


def test_a_setup_that_failed_says_so() -> None:
    recording = Recording(origin_of(lesson(), "2.13.0"))
    recording.begin(0, CODES[0])
    recording.end = SetupFailed(Error("NameError", "no x", 1, ""))
    run = SavedRun(Target(lesson(), recording))
    assert list(run.happenings()) == [SetupRaised(recording.end.error)]
    assert run.problem == "The lesson's setup failed: NameError: no x"


def test_without_an_origin_there_is_no_lesson_to_walk() -> None:
    for recording in (Recording(), None):
        with pytest.raises(ValueError, match="origin"):
            SavedRun(Target(lesson(), recording))


def test_played_through_it_stops_where_the_recording_does() -> None:
    run = saved(0, 1)
    happened = list(play_through(run, run.happenings))
    assert [each for each in happened if isinstance(each, StepBegan)] == [
        StepBegan(0, CODES[0]),
        StepBegan(1, CODES[1]),
        StepBegan(2, CODES[2]),
    ]
    assert happened[-2:] == [Stopped(run.trace, "unrecorded", NOT_RUN), PlaythroughEnded(False)]


def test_played_through_it_stops_at_a_failed_step() -> None:
    recording = recorded(0)
    recording.begin(1, CODES[1]).add(snapshot(0, step=1))
    recording.add(ResultRecord(result(step=1, ok=False)))
    run = SavedRun(Target(lesson(), recording))
    happened = list(play_through(run, run.happenings))
    assert happened[-1] == PlaythroughEnded(False)
    assert StepBegan(2, CODES[2]) not in happened


def live() -> Iterator[Happening]:
    """The same lesson, as its records arrive one by one."""
    played = PlayedKernel(answer)
    run = LessonRun(lesson(), played)

    def happenings() -> Iterator[Happening]:
        arrived: list[object] = []
        played.inbox.attach(lambda events: arrived.extend(events))
        played.inbox.detach()
        for event in arrived:
            if (happening := run.hear(event)) is not None:  # type: ignore[arg-type]
                yield happening

    yield Began("2.13.0")
    yield from play_through(run, happenings)


def replayed() -> Iterator[Happening]:
    return replay(saved(0, 1, 2))


@pytest.mark.parametrize("backward", [False, True], ids=["lines", "nodes"])
def test_its_text_is_that_of_the_live_run(backward: bool) -> None:
    texts = []
    for happenings in (live(), replayed()):
        with redirect_stdout(io.StringIO()) as out:
            assert plain.report(happenings, plain.TextReporter(lesson(), backward)) == 0
        texts.append(out.getvalue())
    assert texts[0] == texts[1]
    assert "Step 3 is done" in texts[0]


def test_its_json_is_that_of_the_live_run() -> None:
    texts = []
    for happenings in (live(), replayed()):
        with redirect_stdout(io.StringIO()) as out:
            assert plain.report(happenings, plain.JsonReporter(lesson())) == 0
        texts.append(out.getvalue())
    assert texts[0] == texts[1]
