"""Reads what a lesson asks of the learner: predictions and exercises."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import cast

from autograd_tutor.course.fields import (
    Fields,
    items,
    name,
    number,
    one_line,
    pairs,
    text,
    truth,
    whole_number,
    word,
)
from autograd_tutor.course.lesson_fields import (
    CHECK,
    EXERCISE,
    MISTAKE,
    PREDICTION,
    STEP_ID,
)
from autograd_tutor.course.location import Location
from autograd_tutor.course.model import Locations, Step
from autograd_tutor.course.problem import Report, quoted
from autograd_tutor.course.python_fields import Placed, code, expression, filled_in, prose
from autograd_tutor.course.python_source import is_class_name
from autograd_tutor.course.statement_lines import statement_lines
from autograd_tutor.course.tasks import (
    KINDS,
    WITH_CHOICES,
    Exercise,
    Kind,
    KnownMistake,
    Prediction,
    Requirement,
)
from autograd_tutor.course.yaml_nodes import Node
from autograd_tutor.limits.lessons import LARGEST_LESSON

_ID = re.compile(STEP_ID.pattern)
_NOWHERE: Placed = ("", Location())
_VALUE = "write what the answer is: w.grad.item()"


def read_predictions(
    node: Node | None, source: str, lines: list[str], report: Report
) -> tuple[Prediction, ...]:
    """The predictions of a step with this code; `lines` are those of the file.

    One that is about a line inside of a statement is about where that begins: there a run stops.
    """
    nodes = items(node, "predict", report)
    if node is not None and nodes == ():
        report.add(node.location, "predict asks nothing", "add a question: - ask: …")
    found = [_prediction(child, lines, report) for child in nodes or ()]
    first = statement_lines(source) if found else {}
    return tuple(
        [replace(each, line=first.get(each.line, each.line)) for each in found if each is not None]
    )


def _prediction(node: Node, lines: list[str], report: Report) -> Prediction | None:
    fields = Fields.of(node, PREDICTION, report)
    if fields is None:
        return None
    fields.require()
    kind = cast("Kind | None", word(fields.get("kind"), "kind", KINDS, report))
    near = number(fields.get("near"), "near", report, whole=False)
    at_near = fields.get("near")
    if near is not None and at_near is not None and (near < 0 or kind not in ("number", None)):
        message = "near is less than 0" if near < 0 else f"near is there, and the kind is {kind}"
        report.add(at_near.location, message, "near says how far a number may be from the answer")
    choices = _choices(fields, node, kind, report)
    answer, answer_location = (
        expression(fields.get("answer"), "answer", lines, report, _VALUE) or _NOWHERE
    )
    wrong = pairs(fields.get("wrong"), "wrong", report)
    again = pairs(fields.get("again"), "again", report, numeric=True)
    ask, ask_location = prose(fields.get("ask"), "ask", lines, report)
    moment = fields.get("node") or fields.get("before")
    return Prediction(
        ask=ask,
        kind=kind or "text",
        answer=answer.strip(),
        line=whole_number(fields.get("before"), "before", report, 1, LARGEST_LESSON) or 0,
        node=_node_name(fields.get("node"), report),
        near=near,
        choices=choices,
        wrong=tuple([(each.key, each.text) for each in wrong]),
        because=text(fields.get("because"), "because", report) or "",
        again=tuple([(each.key, each.text) for each in again]),
        location=node.location,
        ask_location=ask_location,
        moment_location=node.location if moment is None else moment.location,
        answer_location=answer_location,
        wrong_locations=tuple([each.location for each in wrong]),
        again_locations=tuple([each.location for each in again]),
    )


def _choices(fields: Fields, node: Node, kind: Kind | None, report: Report) -> tuple[str, ...]:
    listed = fields.get("choices")
    if kind is not None and (kind in WITH_CHOICES) != (listed is not None):
        if listed is None:
            report.add(node.location, f"a {kind} has no choices", "add choices: [one, another]")
        else:
            message = f"choices are there, and the kind is {kind}"
            report.add(listed.location, message, f"use {', '.join(WITH_CHOICES)}, or remove them")
    nodes = items(listed, "choices", report)
    if nodes is not None and listed is not None and len(nodes) < 2:
        report.add(listed.location, "there is nothing to choose", "write two choices or more")
    found = [one_line(child, "choices", report) for child in nodes or ()]
    return tuple([each for each in found if each is not None])


def _node_name(node: Node | None, report: Report) -> str:
    found = one_line(node, "node", report)
    if found is None or node is None:
        return ""
    if not is_class_name(found):
        message = f"node: {quoted(found)} is no name of a node"
        report.add(node.location, message, "write it as Graph does: PowBackward0")
    return found


def read_exercise(node: Node, number: int, lines: list[str], report: Report) -> Step | None:
    """An exercise as a step of its own; `number` is its place among them, from 1."""
    fields = Fields.of(node, EXERCISE, report)
    if fields is None:
        return None
    fields.require()
    starter, starter_location = code(fields.get("starter"), "starter", lines, report)
    solution, solution_location = code(fields.get("solution"), "solution", lines, report)
    probe, probe_location = code(fields.get("probe"), "probe", lines, report)
    pieces = fields.get("pieces")
    goal = name(fields.get("goal"), "goal", report)
    forbid = pairs(fields.get("forbid"), "forbid", report)
    hints, hint_locations = _hints(fields.get("hints"), report)
    exercise = Exercise(
        solution=solution,
        check=_requirements(fields.get("check"), lines, report),
        hints=hints,
        mistakes=_mistakes(fields.get("mistakes"), lines, report),
        probe=probe,
        goal=goal[0] if goal else "",
        pieces=truth(pieces, "pieces", report),
        forbid=tuple([(each.key, each.text) for each in forbid]),
        then=text(fields.get("then"), "then", report) or "",
        location=node.location,
        solution_location=solution_location,
        probe_location=probe_location,
        pieces_location=node.location if pieces is None else pieces.location,
        hint_locations=hint_locations,
        forbid_locations=tuple([each.location for each in forbid]),
    )
    task, task_location = prose(fields.get("task"), "task", lines, report)
    return Step(
        id="exercise" if number == 1 else f"exercise-{number}",
        title=one_line(fields.get("title"), "title", report) or "Exercise",
        explain=task,
        code=starter,
        graph=exercise.goal or None,
        exercise=exercise,
        locations=Locations(
            node.location,
            starter_location,
            goal[1] if goal else node.location,
            explain=task_location,
        ),
    )


def _hints(node: Node | None, report: Report) -> tuple[tuple[str, ...], tuple[Location, ...]]:
    nodes = items(node, "hints", report)
    if node is not None and nodes == ():
        report.add(node.location, "there are no hints", "write where to look, and what to write")
    found = [(text(child, "hints", report), child.location) for child in nodes or ()]
    known = [(hint, location) for hint, location in found if hint is not None]
    return tuple([hint for hint, _ in known]), tuple([location for _, location in known])


def _requirements(node: Node | None, lines: list[str], report: Report) -> tuple[Requirement, ...]:
    nodes = items(node, "check", report)
    if node is not None and nodes == ():
        report.add(node.location, "check requires nothing", "add what must be true: - that: …")
    found = []
    for child in nodes or ():
        fields = Fields.of(child, CHECK, report)
        if fields is None:
            continue
        fields.require()
        that = expression(fields.get("that"), "that", lines, report) or _NOWHERE
        say = filled_in(fields.get("say"), "say", lines, report)
        found.append(Requirement(that[0].strip(), say[0], that[1], say[1]))
    return tuple(found)


def _mistakes(node: Node | None, lines: list[str], report: Report) -> tuple[KnownMistake, ...]:
    found: dict[str, KnownMistake] = {}
    for child in items(node, "mistakes", report) or ():
        fields = Fields.of(child, MISTAKE, report)
        if fields is None:
            continue
        fields.require()
        mistake_id = _mistake_id(fields.get("id"), found, report)
        when = expression(fields.get("when"), "when", lines, report) or _NOWHERE
        say = filled_in(fields.get("say"), "say", lines, report)
        like = code(fields.get("like"), "like", lines, report)
        texts = mistake_id, when[0].strip(), say[0], like[0]
        found[mistake_id] = KnownMistake(*texts, child.location, when[1], say[1], like[1])
    return tuple(found.values())


def _mistake_id(node: Node | None, before: dict[str, KnownMistake], report: Report) -> str:
    found = one_line(node, "id", report)
    if found is None or node is None:
        return ""
    if not _ID.fullmatch(found):
        mend = "write one word of letters a to z, digits, - and _"
        report.add(node.location, f"the id {quoted(found)} is not one word", mend)
    if found in before:
        line = before[found].location.line
        message = f"the id {quoted(found)} is taken by the mistake at line {line}"
        report.add(node.location, message, "give each mistake an id of its own")
    return found
