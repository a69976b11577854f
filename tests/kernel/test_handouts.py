"""Every lesson on paper: before the answers, nothing answers what is asked."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from autograd_tutor.course import library
from autograd_tutor.course.model import Lesson, Step
from autograd_tutor.course.target import Target
from autograd_tutor.handout import labels, markdown
from autograd_tutor.handout.blocks import (
    Answered,
    Block,
    Chart,
    Code,
    Handout,
    Note,
    Part,
    Printed,
    Prose,
    Question,
    Section,
    Table,
    all_blocks,
)
from autograd_tutor.handout.command import run
from autograd_tutor.handout.sections import Ran, handout
from autograd_tutor.handout.withholding import shown_part
from autograd_tutor.playing.playthrough import Playthrough

COURSE = library.course_files()
WITHHELD = {Note(labels.withheld(each)) for each in (False, True)}


@pytest.fixture(scope="module")
def playthrough() -> Iterator[Playthrough]:
    with Playthrough() as one:
        yield one


class Printed30:
    """The lessons, each run once for all tests."""

    def __init__(self, playthrough: Playthrough) -> None:
        self.ran = cache(lambda path: self.run(self.lesson(path)))
        self.lesson = cache(library.load)
        self._playthrough = playthrough

    def run(self, lesson: Lesson) -> Ran:
        ran, as_meant = run(self._playthrough, Target(lesson))
        assert as_meant
        return ran

    def handout(self, path: Path, with_answers: bool = False) -> Handout:
        lesson = self.lesson(path)
        return handout(lesson, self.ran(path), lesson.id, {}, with_answers)


@pytest.fixture(scope="module")
def printed(playthrough: Playthrough) -> Printed30:
    return Printed30(playthrough)


each_lesson = pytest.mark.parametrize("path", COURSE, ids=lambda path: path.stem)


def results(section: Section) -> list[Block]:
    """What stands under the results of a step, less the word that the rest is held back."""
    parts = [each for each in section.blocks if isinstance(each, Part)]
    return [each for part in parts for each in part.blocks if each not in WITHHELD]


def asking(lesson: Lesson) -> list[tuple[int, Step]]:
    return [(at, step) for at, step in enumerate(lesson.steps) if step.predictions]


def cut_before(step: Step) -> str | None:
    """The step's code up to its first question; None where that is not between statements."""
    lines = [each.line for each in step.predictions]
    first = min(lines)
    if not all(lines) and any(not each.line and not each.node for each in step.predictions):
        return ""
    if first not in {node.lineno for node in ast.parse(step.code).body}:
        return None
    return "".join(step.code.splitlines(keepends=True)[: first - 1])


@each_lesson
def test_what_is_shown_is_what_a_run_without_the_rest_shows(printed: Printed30, path: Path) -> None:
    """So nothing in it can come from the rest, in whatever form. One step of each lesson."""
    lesson, made = printed.lesson(path), printed.handout(path)
    for at, step in asking(lesson):
        if cut_before(step) == "":
            assert results(made.steps[at]) == []
    for at, step, code in provable(lesson)[-1:]:
        short = replace(step, code=code, predictions=(), expect=(), raises=None, plot=None)
        cut = replace(lesson, steps=(*lesson.steps[:at], short))
        without = handout(cut, printed.run(cut), lesson.id, {}, with_answers=False)
        assert results(made.steps[at]) == results(without.steps[at]) != []


def test_most_lessons_are_proved_so(printed: Printed30) -> None:
    assert sum(bool(provable(printed.lesson(path))) for path in COURSE) > len(COURSE) * 4 / 5


def provable(lesson: Lesson) -> list[tuple[int, Step, str]]:
    """The steps of which something is shown that a shorter program gives, and that program."""
    cut = [(at, step, cut_before(step)) for at, step in asking(lesson)]
    return [(at, step, code) for at, step, code in cut if code]


@each_lesson
def test_nothing_is_shown_from_the_moment_on_that_answers(printed: Printed30, path: Path) -> None:
    """The moment is the one at which the run has answered."""
    ran = printed.ran(path)
    for at, step in asking(printed.lesson(path)):
        trace = ran.traces[step.id]
        part, _ = shown_part(trace, step)
        answered = [each.index for each in trace.snapshots if each.answers]
        assert len(part) <= min(answered, default=len(trace))
        assert part.result is None
        shown = "".join(each.stdout for each in trace.snapshots[: len(part)]).strip()
        outputs = results(printed.handout(path).steps[at])
        said = [each.text for each in outputs if isinstance(each, Printed) and not each.is_error]
        assert said == ([shown] if shown else [])
        assert not any(isinstance(each, Chart) for each in outputs)


@each_lesson
def test_without_answers_there_is_no_text_that_answers(printed: Printed30, path: Path) -> None:
    lesson, made = printed.lesson(path), printed.handout(path)
    blocks = [each for section in made.steps for each in all_blocks(section.blocks)]
    said = {each.markdown for each in blocks if isinstance(each, Prose)}
    said |= {each.ask for each in blocks if isinstance(each, Question)}
    asked = {each.ask for step in lesson.steps for each in step.predictions}
    unasked = {step.then for step in lesson.steps if not step.predictions}
    assert said <= {step.explain for step in lesson.steps} | asked | unasked
    codes = {each.code for each in blocks if isinstance(each, Code)}
    assert codes == {step.code for step in lesson.steps}
    assert made.answers is None
    text = markdown.text(made)
    for step in lesson.steps:
        for each in step.predictions:
            assert not each.because.strip() or each.because.strip() not in text


@each_lesson
def test_answers_come_after_all_that_is_asked(printed: Printed30, path: Path) -> None:
    lesson = printed.lesson(path)
    plain, made = printed.handout(path), printed.handout(path, with_answers=True)
    for before, after in zip(plain.steps, made.steps, strict=True):
        assert results(before) == results(after)
        assert not any(isinstance(each, Answered) for each in all_blocks(after.blocks))
    assert made.answers is not None
    blocks = all_blocks(made.answers.blocks)
    answered = [each for each in blocks if isinstance(each, Answered)]
    assert len(answered) == sum(len(step.predictions) for step in lesson.steps)
    assert not any(labels.NO_ANSWER in each.answer for each in answered)
    texts = [each.markdown for each in blocks if isinstance(each, Prose)]
    codes = [each.code for each in blocks if isinstance(each, Code)]
    for step in lesson.steps:
        if step.predictions and step.then:
            assert step.then in texts
        if step.exercise is not None:
            assert step.exercise.solution in codes


def test_what_only_the_rest_has_made_stays_hidden(printed: Printed30, tmp_path: Path) -> None:
    file = tmp_path / "kept.yaml"
    file.write_text(KEPT, encoding="utf-8")
    lesson = library.load(file)
    made = handout(lesson, printed.run(lesson), "kept", {}, with_answers=False)
    rows = [rows_of(section) for section in made.steps]
    hidden = labels.HIDDEN
    assert rows[0] == {"w": ("3.", "None")}
    assert rows[1]["w"] == ("3.", hidden)
    assert rows[1]["n"] == (hidden, labels.NOTHING)
    assert rows[2]["w"] == ("3.", "None")
    assert rows[2]["n"] == ("1", labels.NOTHING)
    assert Note(labels.graph_withheld()) in results(made.steps[1])
    assert Note(labels.graph_withheld()) not in results(made.steps[2])


def rows_of(section: Section) -> dict[str, tuple[str, ...]]:
    """Of each name that a step watches, its value and gradient."""
    tables = [each for each in results(section) if isinstance(each, Table)]
    return {name: tuple(rest) for name, _, *rest in tables[0].rows}


KEPT = """\
format: 1
title: Kept
summary: What is asked is still there later.
steps:
  - id: asked
    title: Asked
    explain: One.
    code: |
      import torch
      w = torch.tensor(3.0, requires_grad=True)
      loss = w * w
      loss.backward()
      n = 7
    watch: [w]
    predict:
      - {before: 3, ask: What?, kind: number, answer: loss.item()}
  - {id: later, title: Later, explain: Two., code: "m = 2\\n", watch: [w, n]}
  - id: anew
    title: Anew
    explain: Three.
    code: |
      w.grad = None
      n = 1
      loss = w + w
    watch: [w, n]
"""
