"""What comes after an open question is in no trace, until that is answered or skipped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from made import node, result, snapshot
from played_kernel import PlayedKernel

from autograd_tutor.client import Ended, RunRecord
from autograd_tutor.course.location import Location
from autograd_tutor.course.model import Lesson, Step
from autograd_tutor.course.tasks import Prediction
from autograd_tutor.playing import key_messages
from autograd_tutor.playing.gate import NO_ANSWER, still_settled
from autograd_tutor.playing.lesson_run import LessonRun
from autograd_tutor.playing.walk import Walk
from autograd_tutor.recording.model import Backward
from autograd_tutor.recording.questions import Answer
from autograd_tutor.recording.wire import Record, ResultRecord, SnapshotRecord

CODE = "a = 1\nb = 2\nc = 3\n"
AT_LINE = Prediction("b?", "number", "b", line=2)
AT_NODE = Prediction("What leaves it?", "number", "grad_inputs[0].item()", node="MulBackward0")
AT_START = Prediction("c?", "number", "c")


def lesson(*asked: Prediction, steps: int = 1) -> Lesson:
    made = [Step(f"s{n}", f"Step {n}", "", CODE) for n in range(steps)]
    made[0] = replace(made[0], predictions=asked)
    return Lesson("made", Path("made"), "Made up", "", "", tuple(made))


def lines(step: int = 0) -> list[Record]:
    """Three lines, one after the other."""
    found: list[Record] = [
        SnapshotRecord(snapshot(0, step=step, event="start", line=0, next_line=1))
    ]
    for line in (1, 2, 3):
        made = snapshot(line, step=step, line=line, next_line=(line + 1) % 4)
        answers = (Answer(0, ("2",), 2.0),) if line == 2 else ()
        found.append(SnapshotRecord(replaced(made, answers=answers)))
    return [*found, ResultRecord(replaced(result(step=step), answers=(Answer(0, ("3",), 3.0),)))]


def replaced(record, **changes):  # type: ignore[no-untyped-def]
    import msgspec

    return msgspec.structs.replace(record, **changes)


def passes() -> list[Record]:
    """A line whose pass runs two nodes."""
    ran = [Backward(1, number, (), ()) for number in (2, 1)]
    mul, exp = node(1, "MulBackward0"), node(2, "ExpBackward0")
    inside = [
        replaced(snapshot(n, event="backward", line=2, depth=1), backward=each)
        for n, each in enumerate(ran, 2)
    ]
    made = [
        snapshot(0, event="start", line=0, next_line=1),
        replaced(snapshot(1, line=1, next_line=2), nodes=(exp, mul)),
        *inside,
        snapshot(4, line=2, next_line=3),
        snapshot(5, line=3),
    ]
    return [*map(SnapshotRecord, made), ResultRecord(result())]


def walk(made: Lesson, records: list[Record], step: int = 0) -> Walk:
    played = PlayedKernel(prompt=False)
    run = LessonRun(made, played, step)
    for record in records:
        run.take(RunRecord(1, record))
    return Walk(run)


def test_what_comes_after_the_question_is_not_there() -> None:
    learner = walk(lesson(AT_LINE), lines())
    run = learner.run
    assert [each.line for each in run.trace.snapshots] == [0, 1]
    assert not run.trace.done
    assert not run.running
    assert run.asking is not None
    assert run.asking.answer == Answer(0, ("2",), 2.0)
    assert learner.asked is None, "the learner has not come to it"


@pytest.mark.parametrize("move", ["forward", "last", "into", "next_step"])
def test_moves_lead_to_the_question_and_no_further(move: str) -> None:
    learner = walk(lesson(AT_LINE, steps=2), lines())
    for _ in range(5):
        getattr(learner, move)()
        assert learner.timeline.index <= 1
    if move != "into":
        assert learner.asked is not None
        assert learner.message == key_messages.ASKED


def test_an_answered_question_lets_the_rest_be_seen() -> None:
    learner = walk(lesson(AT_LINE), lines())
    learner.last()
    assert learner.settle()
    assert [each.line for each in learner.trace.snapshots] == [0, 1, 2, 3]
    assert learner.timeline.index == 2, "at the moment that was asked about"
    assert learner.trace.done
    assert not learner.settle()


def test_a_question_about_the_end_is_asked_at_the_start() -> None:
    learner = walk(lesson(AT_START), lines())
    assert [each.line for each in learner.trace.snapshots] == [0]
    assert learner.asked is not None
    assert learner.settle()
    assert learner.timeline.index == 0
    assert learner.trace.done


def test_questions_are_asked_one_after_the_other() -> None:
    later = replace(AT_LINE, line=3)
    learner = walk(lesson(AT_LINE, later), lines())
    learner.last()
    learner.settle()
    assert [each.line for each in learner.trace.snapshots] == [0, 1, 2]
    assert learner.asked is not None
    assert learner.asked.number == 1
    learner.settle()
    assert learner.trace.done


def test_a_question_about_a_node_is_asked_inside_of_the_pass() -> None:
    learner = walk(lesson(AT_NODE), passes())
    assert [each.line for each in learner.trace.snapshots] == [0, 1, 2]
    learner.forward()
    assert learner.into()
    assert learner.timeline.backward is not None
    assert learner.asked is not None
    learner.settle()
    assert learner.timeline.backward is not None
    assert learner.timeline.backward.node == 1


def test_a_question_can_be_about_a_node_of_an_earlier_step() -> None:
    made = lesson(steps=2)
    made = replace(made, steps=(made.steps[0], replace(made.steps[1], predictions=(AT_NODE,))))
    mul = node(1, "MulBackward0")
    begun = SnapshotRecord(replaced(snapshot(0, line=0, next_line=1), nodes=(mul,)))
    ran = replaced(
        snapshot(1, step=1, event="backward", line=1, depth=1), backward=Backward(1, 1, (), ())
    )
    learner = walk(
        made,
        [begun, ResultRecord(result()), *lines(1)[:1], SnapshotRecord(ran), *lines(1)[1:]],
        step=1,
    )
    assert learner.run.step == 1
    assert learner.run.asking is not None
    assert len(learner.trace) == 1


def test_a_step_with_an_open_question_is_opened_first() -> None:
    made = lesson(AT_LINE, steps=3)
    assert LessonRun(made, PlayedKernel(prompt=False), 2).step == 0
    settled = LessonRun(made, PlayedKernel(prompt=False), 2, settled={"s0": [0]})
    assert settled.step == 2


def test_nothing_is_asked_about_a_line_that_the_learner_has_removed() -> None:
    run = LessonRun(lesson(AT_LINE), PlayedKernel(prompt=False))
    run.edit("a = 1\n")
    assert run.first_to_ask(0) == 0
    run.take(RunRecord(2, lines()[0]))
    run.take(RunRecord(2, SnapshotRecord(snapshot(1, line=1))))
    run.take(RunRecord(2, ResultRecord(result())))
    assert run.asking is None
    assert run.trace.done


def test_a_question_moves_with_its_line() -> None:
    step = lesson(AT_LINE).steps[0].with_code("a = 1\nx = 0\nb = 2\nc = 3\n")
    assert [each.line for each in step.predictions] == [3]
    changed = lesson(AT_LINE).steps[0].with_code("a = 1\nb = 20\nc = 3\n")
    assert [each.line for each in changed.predictions] == [2]


class TestAFileThatWasSaved:
    """As an author has it who previews a lesson."""

    def asked_again(self, *now: Prediction) -> list[int]:
        """Which questions are open after a save, where the three there were are settled."""
        before = lesson(AT_LINE, AT_NODE, AT_START)
        run = LessonRun(before, PlayedKernel(prompt=False), settled={"s0": (0, 1, 2)})
        run.reread(lesson(*now))
        found = []
        for number in range(len(now)):
            gate = still_settled(before.steps, {"s0": (0, 1, 2)}, run.lesson.steps)
            if number not in gate["s0"]:
                found.append(number)
        assert run.settled == (not found)
        return found

    def test_those_that_are_as_they_were_stay_settled(self) -> None:
        assert self.asked_again(AT_LINE, AT_NODE, AT_START) == []
        assert self.asked_again(AT_START, AT_LINE) == []

    @pytest.mark.parametrize(
        "change",
        [
            {"ask": "What is b?"},
            {"answer": "b + 1"},
            {"wrong": (("1", "no"),)},
            {"because": "So it is."},
            {"line": 3},
        ],
    )
    def test_one_that_was_written_anew_is_open_again(self, change: dict[str, Any]) -> None:
        assert self.asked_again(replace(AT_LINE, **change), AT_NODE, AT_START) == [0]

    def test_a_new_one_is_open_and_one_that_moved_is_not(self) -> None:
        new = replace(AT_LINE, ask="And c?", line=3)
        assert self.asked_again(new, AT_LINE, AT_NODE) == [0]

    def test_where_it_stands_in_the_file_does_not_matter(self) -> None:
        assert self.asked_again(replace(AT_LINE, location=Location(9, 9)), AT_NODE) == []

    def test_what_was_open_stays_open(self) -> None:
        before = lesson(AT_LINE, AT_NODE)
        run = LessonRun(before, PlayedKernel(prompt=False), settled={"s0": (1,)})
        run.reread(lesson(AT_LINE, AT_NODE))
        assert not run.settled
        assert still_settled(before.steps, {"s0": (1,)}, before.steps) == {"s0": {1}}


def test_a_step_that_ends_without_an_answer_says_so() -> None:
    begun = [SnapshotRecord(snapshot(n, line=n, next_line=n + 1)) for n in range(3)]
    learner = walk(lesson(AT_START), [*begun, ResultRecord(result())])
    assert learner.run.asking is not None
    assert learner.run.asking.answer == Answer(0, problem=NO_ANSWER)


def test_a_run_that_is_over_gives_no_answer_any_more() -> None:
    learner = walk(lesson(AT_START), lines()[:2])
    assert learner.run.asking is not None
    assert learner.run.asking.answer is None
    learner.run.take(Ended(1, "deadline", 0))
    assert learner.run.asking is not None
    assert learner.run.asking.answer is not None
    assert "still busy" in learner.run.asking.answer.problem


def test_a_question_can_be_settled_without_leaving_the_moment() -> None:
    learner = walk(lesson(AT_LINE), lines())
    assert learner.settle(follow=False)
    assert learner.timeline.index == 0
    assert learner.trace.done


def test_settling_leads_on_from_an_earlier_moment() -> None:
    learner = walk(lesson(AT_LINE), lines())
    assert learner.settle()
    assert learner.timeline.index == 2


def test_a_line_that_still_runs_is_gone_to_when_it_has() -> None:
    records = lines()
    inner = replaced(records[1].snapshot, depth=1, function="f")  # type: ignore[union-attr]
    learner = walk(lesson(AT_LINE), [*records[:2], SnapshotRecord(inner)])
    learner.last()
    assert learner.settle()
    for record in records[2:]:
        learner.take([RunRecord(1, record)])
        learner.catch_up()
    assert learner.timeline.snapshot is not None
    assert learner.timeline.snapshot.line == 2


def test_what_comes_after_the_questions_is_explained_once_they_are_settled() -> None:
    made = lesson(AT_LINE)
    step = replace(made.steps[0], explain="First.", then="Then.")
    learner = walk(replace(made, steps=(step,)), lines())
    assert not learner.run.settled
    assert step.explained(learner.run.settled) == "First."
    learner.settle()
    assert learner.run.settled
    assert step.explained(learner.run.settled) == "First.\n\nThen."


class TestAQuestionWhoseMomentDoesNotCome:
    """The learner has edited the code, say, and it goes another way, fails before, or is killed."""

    def other_way(self, step: int = 0) -> list[Record]:
        """As `lines`, without line 2."""
        records = lines(step)
        first = replaced(records[1].snapshot, next_line=3)  # type: ignore[union-attr]
        return [records[0], SnapshotRecord(first), *records[3:]]

    def test_it_holds_nobody_back(self) -> None:
        learner = walk(lesson(AT_LINE, steps=3), self.other_way())
        assert learner.run.asking is None
        assert learner.next_step()
        assert learner.run.step == 1

    def test_a_new_run_of_a_later_step_does_not_wait_for_it(self) -> None:
        learner = walk(lesson(AT_LINE, steps=3), self.other_way())
        learner.next_step()
        learner.run_again()
        assert learner.run.step == 1
        for record in [*lines(0), *lines(1)]:  # now it would come
            learner.take([RunRecord(2, record)])
        assert learner.trace.done

    def test_a_new_run_of_its_own_step_asks_if_it_comes(self) -> None:
        learner = walk(lesson(AT_LINE, steps=3), self.other_way())
        learner.run_again()
        for record in lines():
            learner.take([RunRecord(2, record)])
        assert learner.run.asking is not None

    def test_other_code_of_its_step_asks_if_it_comes(self) -> None:
        learner = walk(lesson(AT_LINE, steps=3), self.other_way())
        learner.edit(CODE + "d = 4\n")
        for record in lines():
            learner.take([RunRecord(2, record)])
        assert learner.run.asking is not None
        assert learner.run.first_to_ask(1) == 0

    def test_a_run_that_was_killed_before_it_lets_the_learner_go_on(self) -> None:
        learner = walk(lesson(AT_LINE, steps=3), lines()[:1])
        assert not learner.next_step()
        learner.take([Ended(1, "memory", 0)])
        assert learner.next_step()
        assert learner.run.problem is not None
        learner.run_again()
        assert learner.run.step == 0, "the new run asks"
        assert learner.message == key_messages.ASKED_BEFORE

    def test_a_step_that_fails_lets_the_learner_see_that_others_do_not_run(self) -> None:
        made = lesson(AT_LINE, steps=3)
        asks = replace(made.steps[1], predictions=(AT_LINE,))
        failed = ResultRecord(replaced(result(), ok=False))
        learner = walk(
            replace(made, steps=(made.steps[0], asks, made.steps[2])),
            [*self.other_way()[:-1], failed],
        )
        for _ in range(2):
            assert learner.next_step()
            assert "step 1 failed" in (learner.run.problem or "")
