"""Where the learner is, which keys are pending and why a key does nothing, without a screen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import passes
import pytest
from made import result, snapshot
from played_kernel import PlayedKernel

from autograd_tutor.client import Ended, KernelEvent, RunRecord
from autograd_tutor.course.model import Lesson, Step
from autograd_tutor.course.saved import origin_of
from autograd_tutor.course.target import Target
from autograd_tutor.playing.key_messages import WHY_NOT_EDIT, AfterLastMoment, hints
from autograd_tutor.playing.lesson_run import LessonRun
from autograd_tutor.playing.saved_run import SavedRun
from autograd_tutor.playing.walk import Walk
from autograd_tutor.recording.trace import Recording
from autograd_tutor.recording.wire import Record, ResultRecord, SetupFailed, SnapshotRecord

EARLY = "Not recorded yet; the key counts as soon as it is."


def lesson(*codes: str) -> Lesson:
    steps = tuple(Step(f"s{n}", f"Step {n}", "", code) for n, code in enumerate(codes))
    return Lesson("made", Path("made"), "Made up", "", "", steps)


def live(*codes: str, message: str = "") -> Walk:
    """A walk through a lesson of which nothing has been recorded yet."""
    played = PlayedKernel(prompt=False)
    return Walk(LessonRun(lesson(*(codes or ("a = 1\n", "b = 2\n"))), played), message)


def take(walk: Walk, *records: Record) -> bool:
    events: Sequence[KernelEvent] = [RunRecord(1, record) for record in records]
    affected = walk.take(events)
    walk.catch_up()
    return affected


def moment(index: int, step: int = 0) -> SnapshotRecord:
    return SnapshotRecord(snapshot(index, step=step))


def end(step: int = 0) -> ResultRecord:
    return ResultRecord(result(step=step))


def saved(records: Sequence[Record] = (), code: str = passes.TWICE_CODE) -> Walk:
    """A walk through a recording of one step."""
    recording = Recording(origin_of(lesson(code), "2.13.0"))
    recording.begin(0, code)
    for record in records or passes.twice():
        assert not isinstance(record, SetupFailed)
        recording.add(record)
    return Walk(SavedRun(Target(lesson(code), recording)))


# Keys that come before what they ask for


def test_a_step_forward_waits_for_its_moment() -> None:
    walk = live()
    assert not walk.forward()
    assert not walk.forward()
    assert walk.message == EARLY
    assert take(walk, moment(0), moment(1))
    assert walk.timeline.index == 1
    assert walk.message == EARLY
    take(walk, moment(2), moment(3))
    assert walk.timeline.index == 2
    assert walk.message == ""


def test_a_step_comes_after_those_that_still_wait() -> None:
    """What arrived may not be shown yet when the next key comes."""
    walk = live()
    take(walk, moment(0))
    for _ in range(3):
        assert not walk.forward()
    walk.take([RunRecord(1, moment(index)) for index in range(1, 6)])
    assert walk.forward()
    assert walk.timeline.index == 4
    assert walk.message == ""


def test_a_step_that_waits_is_not_lost_to_one_that_can_be_taken() -> None:
    walk = live()
    take(walk, moment(0))
    for _ in range(3):
        assert not walk.forward()
    walk.take([RunRecord(1, moment(1)), RunRecord(1, moment(2))])
    assert walk.forward()
    assert (walk.timeline.index, walk.message) == (2, EARLY)
    take(walk, moment(3), moment(4), moment(5))
    assert (walk.timeline.index, walk.message) == (4, "")


@pytest.mark.parametrize("known", [0, 1, 4, 7, 9])
def test_into_waits_for_what_it_leads_to(known: int) -> None:
    """The third line's moment is 3; the pass of the fourth, from 4 on, is known as a whole at 9."""
    walk, records = live(passes.TWICE_CODE), passes.twice()
    take(walk, *records[:known])
    for _ in range(3):
        walk.forward()
    assert not walk.into() or known > 3
    assert walk.message == EARLY
    take(walk, *records[known:9])
    assert walk.message == EARLY
    take(walk, *records[9:])
    assert (walk.timeline.index, walk.message) == (4, "")


def test_a_step_that_comes_after_into_waits_with_it() -> None:
    walk, records = live(passes.TWICE_CODE), passes.twice()
    take(walk, *records[:4])
    for move in (*[walk.forward] * 3, walk.into, walk.forward):
        move()
    assert (walk.timeline.index, walk.message) == (3, EARLY)
    take(walk, *records[4:])
    assert (walk.timeline.index, walk.message) == (5, "")


@pytest.mark.parametrize("rest", [1, 2, 11], ids=["the next line", "one more", "the end"])
def test_into_what_turns_out_to_be_nothing_says_so(rest: int) -> None:
    walk, records = live(passes.TWICE_CODE), passes.twice()
    take(walk, records[0])
    assert not walk.into()
    assert not walk.forward()
    assert walk.message == EARLY
    take(walk, *records[1 : 1 + rest])
    assert (walk.timeline.index, walk.message) == (0, "No line has run yet.")


def test_into_after_the_last_line_says_that_there_is_nothing() -> None:
    walk = live()
    take(walk, moment(0), moment(1))
    walk.forward()
    assert not walk.into()
    assert walk.message == EARLY
    take(walk, end())
    assert (
        walk.message
        == "The current line called no function that this step defines, and no backward()."
    )


def test_a_way_back_forgets_into() -> None:
    walk, records = live(passes.TWICE_CODE), passes.twice()
    take(walk, *records[:4])
    for move in (*[walk.forward] * 3, walk.into, walk.back):
        move()
    take(walk, *records[4:])
    assert (walk.timeline.index, walk.message) == (2, "")


def test_the_end_waits_for_the_end() -> None:
    walk = live()
    take(walk, moment(0), moment(1))
    assert walk.last()
    take(walk, moment(2))
    assert walk.timeline.index == 2
    take(walk, moment(3), end())
    assert walk.timeline.index == 3
    assert walk.finished


@pytest.mark.parametrize("key", ["back", "first"])
def test_a_way_back_forgets_the_end(key: str) -> None:
    walk = live()
    take(walk, moment(0), moment(1))
    walk.last()
    assert getattr(walk, key)()
    take(walk, moment(2), end())
    assert walk.timeline.index == 0


@pytest.mark.parametrize("key", ["into", "out"])
def test_a_way_into_a_pass_or_out_forgets_the_end(key: str) -> None:
    walk = live(passes.TWICE_CODE)
    *records, late, ended = passes.twice()
    take(walk, *records)
    walk.last()
    getattr(walk, key)()
    before = walk.timeline.index
    take(walk, late, ended)
    assert walk.timeline.index == before


@pytest.mark.parametrize("key", ["forward", "into", "back", "first", "last", "out"])
def test_no_early_step_is_lost_to_a_key_before_the_next_paint(key: str) -> None:
    """Records may arrive, and a key after them, before they are taken to the screen."""
    walk = live("a = 1\n" * 9)
    early = 3
    for _ in range(early):
        walk.forward()
    walk.take([RunRecord(1, moment(index)) for index in range(7)])
    assert getattr(walk, key)()
    expected = {"forward": early + 1, "back": early - 1, "first": 0, "last": 6}
    assert walk.timeline.index == expected.get(key, early)
    assert walk.message != EARLY


def test_a_key_that_does_something_forgets_the_early_steps() -> None:
    walk = live()
    take(walk, moment(0), moment(1))
    walk.forward()
    walk.forward()
    assert walk.back()
    take(walk, moment(2), end())
    assert walk.timeline.index == 0


def test_another_step_forgets_what_was_pending() -> None:
    walk = live()
    walk.forward()
    walk.last()
    assert walk.next_step()
    take(walk, moment(0), end(), moment(0, 1), moment(1, 1), end(1))
    assert walk.timeline.index == 0
    assert walk.previous_step()
    assert walk.timeline.index == 0


def test_a_run_that_ended_leaves_nothing_pending() -> None:
    walk = live()
    walk.forward()
    walk.last()
    take(walk, moment(0))
    assert walk.take([Ended(1, "exit", 3)])
    walk.catch_up()
    assert walk.message == ""
    assert walk.timeline.index == 0


def test_what_belongs_to_another_step_affects_nothing() -> None:
    walk = live()
    walk.next_step()
    assert not take(walk, moment(0), end())
    assert take(walk, moment(0, 1), moment(1, 1))


# Answers


def test_what_it_begins_by_saying_stays_until_the_first_key() -> None:
    walk = live(message="Hello.")
    take(walk, moment(0), moment(1))
    assert walk.message == "Hello."
    walk.forward()
    assert walk.message == ""


def test_why_there_is_nothing_after_this() -> None:
    walk = live()
    take(walk, moment(0), end())
    assert not walk.forward()
    assert walk.message == "This is the end of the step. N opens the next one."
    walk.next_step()
    take(walk, moment(0, 1), end(1))
    assert not walk.last()
    assert walk.message == "This is the end of the last step. q goes back to the course."
    assert not walk.next_step()
    assert walk.message == "This is the last step. q goes back to the course."


def test_why_there_is_nothing_after_this_where_the_run_was_lost() -> None:
    walk = live()
    take(walk, moment(0))
    walk.take([Ended(1, "lost", 0)])
    assert walk.after_last == AfterLastMoment(running=False, lost=True, last_step=False)
    assert not walk.forward()
    assert walk.message == "Nothing was recorded after this."


def test_why_there_is_nothing_before_this() -> None:
    walk = saved()
    assert not walk.back()
    assert walk.message == "This is the start of the step."
    assert not walk.first()
    assert walk.message == "This is the start of the step."
    assert not walk.previous_step()
    assert walk.message == "This is the first step."
    assert not walk.open(7)
    assert walk.message == "There is no such step."


def test_into_a_pass_through_it_and_out() -> None:
    walk = saved()
    assert not walk.into()
    assert walk.message == "No line has run yet."
    for _ in range(4):
        walk.forward()
    assert not walk.out()
    assert walk.message == "The current line is in no function, and in no backward pass."
    assert walk.into()
    assert walk.message == ""
    assert not walk.first()
    assert walk.message == "This is the pass's first node. o leaves the pass."
    assert walk.last()
    assert not walk.last()
    assert walk.message == "This is the pass's last node. o leaves the pass."
    assert not walk.into()
    assert walk.message == "This node ran no code of the snippet."
    assert walk.out()
    assert walk.message == ""


def test_out_says_where_into_leads_now() -> None:
    walk = saved(passes.called(), passes.CALLED_CODE)
    walk.last()
    walk.into()
    assert walk.out()
    assert walk.message.startswith("Out of the pass. i now looks inside the function")


def test_a_pass_that_was_not_recorded_says_why() -> None:
    walk = saved(passes.left_out())
    for _ in range(4):
        walk.forward()
    assert not walk.into()
    assert walk.message == "This pass cannot be walked: a hook of the snippet changes its graph."


def test_what_is_said_while_the_end_is_waited_for_stays() -> None:
    walk = live()
    take(walk, moment(0))
    walk.last()
    walk.message = "Your code is too long."
    take(walk, moment(1), end())
    assert walk.message == "Your code is too long."
    assert walk.timeline.index == 1


# Editing and running again


def test_an_edit_and_a_new_run_begin_anew() -> None:
    walk = live()
    take(walk, moment(0), moment(1), end())
    walk.forward()
    assert walk.edit("a = 7\n")
    assert walk.run.edited
    assert walk.may_edit()
    assert walk.timeline.index == 0
    assert walk.run_again()
    assert walk.message == "Running the lesson again, from its start to this step."


def test_what_was_said_is_over_when_the_editor_opens() -> None:
    walk = live()
    walk.message = "A sentence for the learner."
    assert walk.may_edit()
    assert walk.message == ""


def test_a_recording_says_why_it_cannot_be_edited_or_run() -> None:
    walk = saved()
    walk.forward()
    assert not walk.edit("a = 7\n")
    assert walk.message == WHY_NOT_EDIT
    walk.message = ""
    assert not walk.run_again()
    assert walk.message == WHY_NOT_EDIT
    assert walk.timeline.index == 1


@pytest.mark.parametrize("editable", [False, True])
def test_keys_that_cannot_be_used_are_not_offered(editable: bool) -> None:
    walk = saved()
    after = AfterLastMoment(False, True, True)
    offered = [hint.key for hint in hints(walk.timeline, after, editable, (), False)]
    assert ("e" in offered) is editable
    assert ("F5" in offered) is editable


def test_a_run_that_is_ended_after_the_step_says_why_and_leaves_it_as_it_was() -> None:
    walk = live()
    take(walk, moment(0), moment(1), end())
    assert walk.take([Ended(1, "busy", 9)])
    assert walk.message.startswith("The snippet went on working for 10 s after its step")
    assert walk.trace.done
    assert walk.forward()
    assert walk.timeline.index == 1
    assert not walk.take([Ended(2, "busy", 9)]), "another run"


def test_a_run_that_ends_before_its_step_does_is_no_notice() -> None:
    walk = live()
    take(walk, moment(0))
    assert walk.take([Ended(1, "deadline", 9)])
    assert walk.message == ""
    assert "still busy after 10 s" in (walk.run.problem or "")
