"""Plays a lesson, its exercises and its reviews, and gathers what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from autograd_tutor.checking.exercises import examine_form, examine_run, programs
from autograd_tutor.checking.findings import Findings, in_short
from autograd_tutor.checking.predictions import (
    answers_in,
    examine_answers,
    examine_moments,
    examine_translated,
    flaw_of,
    mend_answer,
)
from autograd_tutor.course import library
from autograd_tutor.course.location import Location
from autograd_tutor.course.model import Lesson
from autograd_tutor.course.problem import Problem, nearest, quoted
from autograd_tutor.course.target import Target
from autograd_tutor.course.tasks import Prediction
from autograd_tutor.course.trials import trial, with_quick_steps
from autograd_tutor.course.variants import NoVariant, variant
from autograd_tutor.messages import _
from autograd_tutor.playing.happenings import Happening, StepEnded, Stopped
from autograd_tutor.playing.playthrough import Playthrough
from autograd_tutor.recording.printable import one_line
from autograd_tutor.recording.questions import Answer


def problems_of(
    target: Target,
    playthrough: Playthrough,
    tasks: bool = True,
    translations: Iterable[Lesson] = (),
) -> list[Problem]:
    """All problems of a lesson that show when it is run.

    `tasks`: also prove its exercises and the questions of its reviews, each in runs of its own.
    `translations`: the lesson in other languages, to be examined with it.
    """
    if target.recording is not None:
        return Findings(target).of(playthrough.play(target))
    proof = _Proof(target, playthrough)
    found = proof.problems(tasks)
    return [*found, *(each for lesson in translations for each in proof.in_translation(lesson))]


class _Proof:
    """Proves one lesson, run by run."""

    def __init__(self, target: Target, playthrough: Playthrough) -> None:
        self._lesson = target.lesson
        self._playthrough = playthrough
        self._findings = Findings(target)
        self._add = self._findings.add
        self._answers: dict[tuple[int, int], Answer] = {}
        """By the index of the step and the number of the question."""

    def problems(self, tasks: bool) -> list[Problem]:
        own = self._lesson.without_exercises
        self._examine_needs()
        for step in own.steps:
            examine_moments(step, self._add)
        for step in self._lesson.steps:
            if step.exercise is not None:
                examine_form(step, step.exercise, self._add)
        ended: list[StepEnded] = []
        self._findings.of(_noting(self._playthrough.run(own), ended))
        for each in ended:
            examine_answers(own.steps[each.trace.step], each.trace, self._add)
            for answer in answers_in(each.trace):
                self._answers.setdefault((each.trace.step, answer.question), answer)
        if tasks and len(ended) == len(own.steps) and all(each.goes_on for each in ended):
            self._examine_variants(own)
            self._examine_exercises()
        return self._findings.problems

    def in_translation(self, lesson: Lesson) -> list[Problem]:
        """What is missing in a translation, out of date, or says too much; after `problems`."""
        found = list(lesson.gaps)
        path = lesson.translation or lesson.path

        def add(location: Location, message: str, mend: str) -> None:
            found.append(Problem(path, location.line, location.column, message, mend))

        for index, (step, own) in enumerate(zip(lesson.steps, self._lesson.steps, strict=True)):
            given = {number: each for (at, number), each in self._answers.items() if at == index}
            examine_translated(step, own, given, add)
        return found

    def _examine_needs(self) -> None:
        lesson = self._lesson
        files = (*library.files(), *library.lesson_files(lesson.path.parent))
        known = {library.lesson_id(path) for path in files} if lesson.needs else set()
        for name, location in zip(lesson.needs, lesson.needs_locations, strict=True):
            if name == lesson.id:
                self._add(location, _("needs: the lesson needs itself"), _("remove it"))
            elif name not in known:
                meant = nearest(name, tuple(sorted(known)))
                mend = (
                    _("did you mean {meant}?").format(meant=meant)
                    if meant
                    else _("write the id of a lesson")
                )
                self._add(
                    location, _("needs: there is no lesson {name}").format(name=quoted(name)), mend
                )
        for key, names, places in (
            ("needs", lesson.needs, lesson.needs_locations),
            ("cures", lesson.cures, lesson.cures_locations),
        ):
            for place, (name, location) in enumerate(zip(names, places, strict=True)):
                if name in names[:place]:
                    message = _("{key}: {name} is there twice").format(key=key, name=quoted(name))
                    self._add(location, message, _("remove one of the two"))

    # Reviews

    def _examine_variants(self, own: Lesson) -> None:
        for index, step in enumerate(own.steps):
            for number, each in enumerate(step.predictions):
                first = self._answers.get((index, number))
                if each.again and first is not None and not first.problem:
                    self._examine_variant(own, index, each, first)

    def _examine_variant(self, own: Lesson, index: int, asked: Prediction, first: Answer) -> None:
        location = asked.again_locations[0]
        try:
            other = variant(own, index, asked)
        except NoVariant as error:
            names = [name for name, _ in asked.again]
            location = asked.again_locations[names.index(error.name)]
            mend = _("write a name that the code assigns before the question, and an expression")
            self._add(
                location, _("again: {name}: {error}").format(name=error.name, error=error), mend
            )
            return
        setting = ", ".join(f"{name} = {one_line(value, 20)}" for name, value in asked.again)
        flaw, mend = self._flaw_of_variant(other, index, asked, first)
        if flaw:
            self._add(
                location, _("again: with {setting} {flaw}").format(setting=setting, flaw=flaw), mend
            )

    def _flaw_of_variant(
        self, other: Lesson, index: int, asked: Prediction, first: Answer
    ) -> tuple[str, str]:
        """What is wrong with a question that is asked again, and the mend; `` if nothing is."""
        last = _last(self._playthrough.run(with_quick_steps(other)))
        mend = _("choose a value with which the steps run and the question can be answered")
        if isinstance(last, StepEnded) and (failed := last.result.error) and not last.goes_on:
            where = (
                _("the step")
                if last.trace.step == index
                else _("step {step}").format(step=last.trace.step + 1)
            )
            return _("{where} fails: {failed}").format(where=where, failed=in_short(failed)), mend
        if not isinstance(last, StepEnded) or last.trace.step != index:
            return _("the question is not reached"), mend
        answer = next(answers_in(last.trace), None)
        if answer is None:
            return _("there is no answer"), mend
        if answer.problem:
            return _("there is no answer: it {problem}").format(problem=answer.problem), mend
        if flaw := flaw_of(asked, answer, other.steps[index], last.trace):
            return flaw, mend_answer(asked, other.steps[index])
        if (answer.texts, answer.number) == (first.texts, first.number):
            return _("the answer is the same"), _(
                "choose another value, so that it asks something new"
            )
        return "", ""

    # Exercises

    def _examine_exercises(self) -> None:
        for step in self._lesson.steps:
            if step.exercise is None:
                continue
            faults: set[str] = set()
            for program in programs(step, step.exercise):
                ended = _last(self._playthrough.run(trial(self._lesson, step, program.code)))
                fault = _fault_of(ended)
                if not fault or fault not in faults:  # one of the lesson shows in every run
                    examine_run(step, program, ended, self._add)
                faults.add(fault)


def _fault_of(ended: Happening | None) -> str:
    verdict = ended.result.verdict if isinstance(ended, StepEnded) else None
    return "" if verdict is None else verdict.problem


def _last(happenings: Iterable[Happening]) -> Happening | None:
    """How the last step that ran came to its end."""
    found: Happening | None = None
    for each in happenings:
        if isinstance(each, StepEnded | Stopped):
            found = each
    return found


def _noting(happenings: Iterable[Happening], ended: list[StepEnded]) -> Iterator[Happening]:
    for each in happenings:
        if isinstance(each, StepEnded):
            ended.append(each)
        yield each
