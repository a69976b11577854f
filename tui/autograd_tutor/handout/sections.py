"""A lesson and its run, put together as a handout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from autograd_tutor.course.model import Lesson, Step
from autograd_tutor.handout import labels
from autograd_tutor.handout.blocks import (
    Answered,
    Block,
    Code,
    Handout,
    Hints,
    Note,
    Part,
    Prose,
    Question,
    Room,
    Section,
)
from autograd_tutor.handout.results import Drawn, Results
from autograd_tutor.handout.withholding import Hidden, shown_part
from autograd_tutor.language import code_in
from autograd_tutor.messages import _
from autograd_tutor.playing.guesses import answer_text, problem_of
from autograd_tutor.playing.question_words import heading
from autograd_tutor.recording.questions import Answer
from autograd_tutor.recording.trace import Trace

_ROOM = 6
"""Lines to write in, besides those of the starter."""


@dataclass
class Ran:
    """What a run of the lesson has given."""

    torch: str = ""
    sandboxed: bool = False
    traces: dict[str, Trace] = field(default_factory=dict)
    """By the id of the step."""
    problems: dict[str, str] = field(default_factory=dict)
    """Why steps did not come to their end, by their ids."""


def handout(
    lesson: Lesson, ran: Ran, target: str, needs: Mapping[str, str], with_answers: bool
) -> Handout:
    """The handout.

    `target` opens the lesson; `needs`: the titles of those that come before it, by their ids.
    """
    builder = _Builder(ran, with_answers)
    steps = tuple(
        builder.exercise(step) if step.exercise is not None else builder.step(number, step)
        for number, step in enumerate(lesson.steps, 1)
    )
    how = _("torch {torch}, seed {seed}{how}").format(torch=ran.torch, seed=lesson.seed, how="")
    facts = (
        (labels.CHAPTER, lesson.chapter),
        (labels.NEEDS, ", ".join(needs.get(each, each) for each in lesson.needs)),
        (labels.RAN_IN, f"{how}, {labels.SANDBOXED}" if ran.sandboxed else how),
    )
    return Handout(
        lesson.title,
        lesson.summary,
        tuple(fact for fact in facts if fact[1]),
        labels.how_to(target),
        steps,
        builder.answers() if with_answers else None,
        _language(lesson),
    )


def _language(lesson: Lesson) -> str:
    """That of the lesson's texts: `de` where they are from `05-name.de.yaml`, else `en`."""
    code = "" if lesson.translation is None else code_in(lesson.translation.name)
    return code.replace("_", "-") or "en"


class _Builder:
    """Makes one section after the other, and remembers what they have shown."""

    def __init__(self, ran: Ran, with_answers: bool) -> None:
        self._ran = ran
        self._with_answers = with_answers
        self._drawn = Drawn()
        self._hidden = Hidden()
        self._answers: list[Part] = []

    def step(self, number: int, step: Step) -> Section:
        """A step: what it says, its code, its questions, and what the run shows."""
        title = labels.step(number, step.title)
        trace = self._ran.traces.get(step.id)
        if trace is not None and trace.code != step.code:
            step = step.with_code(trace.code)
        blocks: list[Block | Part] = [Prose(step.explain)] if step.explain.strip() else []
        by_line = any(each.line for each in step.predictions)
        blocks.append(Code(labels.CODE, step.code, step.first_line, by_line))
        blocks += _questions(step)
        blocks += self._results(step, title, trace)
        if step.then.strip() and not step.predictions:
            blocks.append(Prose(step.then))
        return Section(f"step-{number}", title, tuple(blocks))

    def exercise(self, step: Step) -> Section:
        """The task, the code to start with, and room."""
        assert step.exercise is not None
        title = labels.exercise(step.title)
        lines = step.code.count("\n") + _ROOM
        blocks = (
            Prose(step.explain),
            Code(labels.STARTER, step.code),
            Room(labels.YOUR_CODE, lines),
        )
        found: list[Block] = []
        if step.exercise.hints:
            found.append(Hints(labels.HINTS, step.exercise.hints))
        found.append(Code(labels.SOLUTION, step.exercise.solution))
        if step.exercise.then.strip():
            found.append(Prose(step.exercise.then))
        self._answers.append(Part(title, tuple(found), "answers"))
        return Section(f"exercise-{step.id}", title, blocks)

    def answers(self) -> Section | None:
        """All answers; None where nothing was asked."""
        return Section("answers", labels.ANSWERS, tuple(self._answers)) if self._answers else None

    def _results(self, step: Step, title: str, trace: Trace | None) -> list[Part]:
        problem = self._ran.problems.get(step.id)
        notes: tuple[Block, ...] = (Note(problem),) if problem else ()
        if trace is None or not trace.snapshots:
            self._answer(step, title, Trace(0, step.code), ())
            return [Part(labels.RESULTS, notes or (Note(labels.NOT_RUN),))]
        part, line = shown_part(trace, step)
        is_whole = part is trace
        hidden_before = self._hidden.names
        self._hidden.note(part, 0, shown=True)
        found: tuple[Block, ...] = ()
        if has_run := is_whole or len(part) > 1:
            results = Results(part, step, title, self._drawn, self._hidden, hidden_before)
            found = results.blocks()
        if is_whole:
            self._answer(step, title, trace, ())
            return [Part(labels.RESULTS, (*found, *notes))] if found or notes else []
        self._hidden.note(trace, len(part), shown=False)
        rest = Results(trace, step, title, Drawn(), Hidden(), since=len(part))
        self._answer(step, title, trace, (*rest.blocks(), *notes))
        withheld = Note(labels.withheld(self._with_answers))
        heading_ = labels.results_before(line) if has_run else labels.RESULTS
        return [Part(heading_, (*found, withheld))]

    def _answer(self, step: Step, title: str, trace: Trace, rest: tuple[Block, ...]) -> None:
        """Note what answers the step's questions; `rest`: results that were held back."""
        if step.predictions:
            self._answers.append(_answers(step, title, trace, rest))


def _questions(step: Step) -> list[Block]:
    count = len(step.predictions)
    found: list[Block] = [
        Question(heading(each, number, count), each.ask, each.kind, each.choices)
        for number, each in enumerate(step.predictions)
    ]
    return [*found, Note(labels.ANSWER_FIRST)] if found else []


def _answers(step: Step, title: str, trace: Trace, rest: tuple[Block, ...]) -> Part:
    given = {answer.question: answer for answer in reversed(_given(trace))}
    count = len(step.predictions)
    blocks: list[Block] = []
    for number, each in enumerate(step.predictions):
        answer = given.get(number, Answer(number, problem=labels.NO_ANSWER))
        problem = problem_of(each, answer)
        text = f"{labels.NO_ANSWER}: {problem}" if problem else answer_text(each, answer)
        blocks.append(Answered(heading(each, number, count), text, each.because))
    then = (Prose(step.then),) if step.then.strip() else ()
    return Part(title, (*blocks, *then, *rest), "answers")


def _given(trace: Trace) -> list[Answer]:
    found = [answer for each in trace.snapshots for answer in each.answers]
    return [*found, *(trace.result.answers if trace.result is not None else ())]
