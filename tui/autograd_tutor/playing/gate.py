"""Holds back what was recorded from the moment on that a question is about."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from autograd_tutor.course.model import Step
from autograd_tutor.course.moved_lines import GONE
from autograd_tutor.course.tasks import Prediction
from autograd_tutor.messages import _
from autograd_tutor.recording.model import Node, Snapshot
from autograd_tutor.recording.questions import Answer
from autograd_tutor.recording.wire import ResultRecord, SnapshotRecord

StepRecord = SnapshotRecord | ResultRecord

NO_ANSWER = _("the run gives none")
"""Why there is no answer to a question of a step that has ended."""


class Asking(NamedTuple):
    """A question that is open."""

    step: int
    """Index of the step that it belongs to."""
    number: int
    """Its place among the step's predictions, from 0."""
    prediction: Prediction
    answer: Answer | None
    """None as long as the run has not come to it."""


def still_settled(
    before: Iterable[Step], settled: Mapping[str, Collection[int]], steps: Iterable[Step]
) -> dict[str, set[int]]:
    """Which questions of a file that has changed are settled: those that are as they were.

    `settled`: the numbers of those that were, by the step's id. A question that was written anew is
    open again; one that has another number now is not.
    """
    asked = {
        each.id: [
            q for number, q in enumerate(each.predictions) if number in settled.get(each.id, ())
        ]
        for each in before
    }
    return {
        each.id: {
            number for number, q in enumerate(each.predictions) if q in asked.get(each.id, ())
        }
        for each in steps
    }


class Gate:
    """What was recorded of one step passes, up to the first open question.

    What is held back is in no trace: whoever looks at the recording cannot find it.
    """

    def __init__(
        self, step: int, asked: Step, settled: Collection[int], names: dict[int, str]
    ) -> None:
        """`asked`: the step as it runs; `settled`: the numbers of questions that are not asked.

        `names`: of all nodes of the run, by number; those of this step are added.
        """
        self._step = step
        self._predictions = asked.predictions
        self._open = [
            number
            for number, each in enumerate(asked.predictions)
            if number not in settled and each.line != GONE
        ]
        self._held: deque[StepRecord] = deque()
        self._last: Snapshot | None = None
        self.ended = False
        """Whether the step's end was recorded: nothing comes after it."""
        self._names = names
        self._asks: int | None = None
        self._answers: dict[int, Answer] = {}
        self.missed: frozenset[int] = frozenset()
        """Open questions whose moment had not come when the step ended."""

    @property
    def asking(self) -> Asking | None:
        """The open question at which it holds back, if it does."""
        if self._asks is None:
            return None
        number = self._asks
        return Asking(self._step, number, self._predictions[number], self._answers.get(number))

    @property
    def settled(self) -> bool:
        """Whether no question is open."""
        return not self._open

    def answer(self, number: int) -> Answer | None:
        """The answer to any question of the step, once the run has come to it."""
        return self._answers.get(number)

    def pass_on(self, record: StepRecord) -> Iterator[StepRecord]:
        """Take in the next record; those that may be seen now."""
        answers = (
            record.result.answers if isinstance(record, ResultRecord) else record.snapshot.answers
        )
        for answer in answers:
            self._answers.setdefault(answer.question, answer)
        if isinstance(record, ResultRecord):  # every recorder answers all by now
            for number in self._open:
                self._answers.setdefault(number, Answer(number, problem=NO_ANSWER))
        self._held.append(record)
        self.ended |= isinstance(record, ResultRecord)
        yield from self._released()

    def settle(self, number: int) -> Iterator[StepRecord]:
        """A question is not open any more; the records that may be seen now."""
        if number in self._open:
            self._open.remove(number)
        if self._asks == number:
            self._asks = None
        yield from self._released()

    def _released(self) -> Iterator[StepRecord]:
        while self._held and self._asks is None:
            record = self._held[0]
            self._asks = next((each for each in self._open if self._is_before(each, record)), None)
            if self._asks is not None:
                return
            self._held.popleft()
            if isinstance(record, SnapshotRecord):
                self._note(record.snapshot.nodes)
                self._last = record.snapshot
            else:
                self.missed = frozenset(self._open)
                self._open.clear()
            yield record

    def _is_before(self, number: int, record: StepRecord) -> bool:
        """Whether the question has to be answered before this record may be seen."""
        asked, last = self._predictions[number], self._last
        if last is None:
            return False
        snapshot = record.snapshot if isinstance(record, SnapshotRecord) else None
        if asked.node:
            return snapshot is not None and self._runs(asked.node, snapshot)
        if not asked.line:
            return True
        if snapshot is None:
            return asked.line == last.next_line
        return asked.line in (last.next_line, snapshot.line) or number in snapshot.begun

    def _runs(self, node: str, snapshot: Snapshot) -> bool:
        if snapshot.backward is None:
            return False
        self._note(snapshot.nodes)
        return self._names.get(snapshot.backward.node) == node

    def _note(self, nodes: tuple[Node, ...]) -> None:
        self._names.update((node.id, node.name) for node in nodes)


class Gates:
    """The gates of a lesson's steps in one run, and what is settled in every run."""

    def __init__(self, settled: Mapping[str, Collection[int]]) -> None:
        """`settled`: the numbers of questions that are not asked, by the step's id."""
        self._settled = {step_id: set(numbers) for step_id, numbers in settled.items()}
        self._asked: dict[int, tuple[Step, Gate]] = {}
        """Each step of this run as it runs, with its gate."""
        self._names: dict[int, str] = {}
        """Of the nodes of this run, by number: a pass can run those of an earlier step."""
        self._missed: dict[tuple[str, str], frozenset[int]] = {}
        """Questions whose moment did not come, by the step's id and the code that ran."""

    def __getitem__(self, step: int) -> Gate:
        return self._asked[step][1]

    def begin_run(self) -> None:
        """A new run begins."""
        self._missed |= {(run.id, run.code): gate.missed for run, gate in self._asked.values()}
        self._asked.clear()
        self._names.clear()

    def reread(self, before: Iterable[Step], steps: Iterable[Step]) -> None:
        """The lesson's file has changed: questions that were written anew are open again."""
        self._settled = still_settled(before, self._settled, steps)
        self._asked.clear()
        self._missed.clear()

    def begin(self, step: int, asked: Step, is_open: bool) -> None:
        """Make the gate of a step of this run.

        `is_open`: whether the learner is there, to be asked what had no moment in an earlier run.
        """
        not_asked = self._not_asked(asked, again=is_open)
        self._asked[step] = asked, Gate(step, asked, not_asked, self._names)

    def may_ask(self, step: int, asked: Step, over: bool) -> bool:
        """Whether a question of the step is open, or may come.

        `over`: no more is recorded of it.
        """
        if step in self._asked:
            gate = self[step]
            return gate.asking is not None or not (gate.settled or over)
        return not (over or Gate(step, asked, self._not_asked(asked, again=False), {}).settled)

    def settle(self, step: int, number: int) -> Iterator[StepRecord]:
        """A question of a step of this run is settled; the records that may be seen now."""
        asked, gate = self._asked[step]
        self._settled.setdefault(asked.id, set()).add(number)
        return gate.settle(number)

    def _not_asked(self, asked: Step, again: bool) -> Collection[int]:
        settled = self._settled.get(asked.id, set())
        return settled if again else settled | self._missed.get((asked.id, asked.code), set())
