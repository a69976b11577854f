"""Answers what a lesson asks about a step, at the moments that the questions are about."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from autograd_tutor.kernel.answers import AnswerValue, answer_value
from autograd_tutor.kernel.aside import Aside, evaluated
from autograd_tutor.kernel.graph import node_name
from autograd_tutor.kernel.interrupts import Interrupts
from autograd_tutor.kernel.statements import Statements
from autograd_tutor.limits.kernel import ANSWERS_CHARACTERS, MOST_QUESTIONS, QUESTION_SECONDS
from autograd_tutor.recording.questions import Answer, Question
from autograd_tutor.recording.wire import StepRequest


def questions_of(request: StepRequest, interrupts: Interrupts) -> Questions | None:
    """What answers the questions about a step; None where there are none."""
    return Questions(request, interrupts) if request.questions else None


class Questions:
    """The questions about a step whose moment has not come yet."""

    def __init__(self, request: StepRequest, interrupts: Interrupts) -> None:
        seconds = min(QUESTION_SECONDS, request.limits.seconds / 4)
        self.aside = Aside(interrupts, seconds, seconds / 2)
        self._room = ANSWERS_CHARACTERS
        self._lines: dict[int, list[Question]] = {}
        """By the first line of the statement."""
        self._nodes: dict[str, list[Question]] = {}
        self._at_end: list[Question] = []
        for question in request.questions[:MOST_QUESTIONS]:
            if question.line:
                self._lines.setdefault(question.line, []).append(question)
            elif question.node:
                self._nodes.setdefault(question.node, []).append(question)
            else:
                self._at_end.append(question)

    def place(self, statements: Statements) -> None:
        """A line inside of a statement stands for the statement."""
        lines, self._lines = self._lines, {}
        for line, questions in lines.items():
            self._lines.setdefault(statements.first_line(line), []).extend(questions)

    def of_line(self, line: int) -> list[Question]:
        """The questions about this line, which has just run: none when it runs again."""
        return self._lines.pop(line, [])

    def of_node(self, node: Any) -> list[Question]:
        """The questions about this node, which has just run: none for others of its name."""
        return self._nodes.pop(node_name(node), []) if self._nodes else []

    def begun(self, lines: Iterable[int]) -> tuple[int, ...]:
        """The numbers of the questions about these lines, which are running for the first time."""
        return tuple([each.number for line in lines for each in self._lines.get(line, ())])

    def answers(self, questions: Iterable[Question], names: dict[str, Any]) -> tuple[Answer, ...]:
        """The answers now. `names` are those that an answer may use."""
        return tuple([self._answer(question, names) for question in questions])

    def at_end(self, names: dict[str, Any], cut: bool) -> tuple[Answer, ...]:
        """The answers about the end, and why others have none. `cut`: the recording was."""
        found = list(self.answers(self._at_end, names))
        while_recorded = " while the step was recorded" if cut else ""
        for questions in self._lines.values():
            for each in questions:
                problem = f"line {each.line} has not run{while_recorded}"
                found.append(Answer(each.number, problem=problem))
        for questions in self._nodes.values():
            for each in questions:
                problem = f"no {each.node[:100]} has run in a backward pass{while_recorded}"
                found.append(Answer(each.number, problem=problem))
        self._at_end, self._lines, self._nodes = [], {}, {}
        return tuple(found)

    def _answer(self, question: Question, names: dict[str, Any]) -> Answer:
        if self._room >= 0:
            outcome = self.aside.run(partial(_value, question.answer, names.copy()))
            if outcome.result is None:
                return Answer(question.number, problem=outcome.problem)
            texts, number = outcome.result
            self._room -= sum(map(len, texts))
            if self._room >= 0:
                return Answer(question.number, texts, number)
        return Answer(question.number, problem="the answers of the step are too long")


def _value(expression: str, names: dict[str, Any]) -> AnswerValue:
    try:
        return answer_value(evaluated(expression, names))
    finally:
        names.clear()  # a lambda in a cycle would keep a gradient, to which torch then does not add
