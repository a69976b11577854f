"""Whether what a step asks can be answered, and is not answered before it is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from autograd_tutor.checking.places import Add, in_expression
from autograd_tutor.course.given_away import comments, given_away
from autograd_tutor.course.location import Location
from autograd_tutor.course.model import Step
from autograd_tutor.course.problem import nearest, quoted
from autograd_tutor.course.statement_lines import statement_lines
from autograd_tutor.course.tasks import WITH_CHOICES, Prediction
from autograd_tutor.limits.lessons import MOST_MESSAGE_CHARACTERS
from autograd_tutor.messages import _
from autograd_tutor.playing import guesses
from autograd_tutor.playing.typed_number import NotRead
from autograd_tutor.recording.printable import one_line
from autograd_tutor.recording.questions import Answer
from autograd_tutor.recording.trace import Trace

_MENDS = {
    "number": _("let it give one number: w.grad.item()"),
    "line": _("let it give the number of a line, from 1 to {lines}"),
    "choice": _("let it give one of {choices}, as a text"),
    "several": _("let it give a list of some of {choices}"),
    "order": _("let it give a list of all of {choices}"),
    "text": _("let it give a text: str(w.shape)"),
    "node": _('let it give the name of one node: "MulBackward0"'),
}


def mend_answer(prediction: Prediction, step: Step) -> str:
    """What an answer of this kind has to be."""
    choices = ", ".join(prediction.choices)
    return _MENDS[prediction.kind].format(choices=choices, lines=_line_count(step))


def answers_in(trace: Trace) -> Iterator[Answer]:
    """All answers of a step, in the order of their moments."""
    for snapshot in trace.snapshots:
        yield from snapshot.answers
    if trace.result is not None:
        yield from trace.result.answers


def examine_moments(step: Step, add: Add) -> None:
    """Whether each question has a moment of its own that can come."""
    first_lines, lines = statement_lines(step.code), _line_count(step)
    taken: dict[tuple[int, str], Prediction] = {}
    for each in step.predictions:
        at = each.moment_location
        if each.line and each.node:
            mend = _("a question has one moment: remove one of the two")
            add(at, _("before and node are both there"), mend)
        elif each.line > lines:
            message = _("before: the code has no line {line}").format(line=each.line)
            add(at, message, _("write a line from 1 to {lines}").format(lines=lines))
        elif each.line and each.line not in first_lines:
            message = _("before: nothing runs on line {line} of the code").format(line=each.line)
            add(at, message, _("write a line that has a statement"))
        moment = (first_lines.get(each.line, each.line), each.node)
        other = taken.setdefault(moment, each)
        if other is not each:
            message = _("the question at line {line} is about the same moment").format(
                line=other.location.line
            )
            add(at, message, _("ask one thing at a time: give it another moment, or remove it"))


def examine_answers(step: Step, trace: Trace, add: Add) -> None:
    """Whether the answers that the run has given are what the questions need."""
    given = list(answers_in(trace))
    answers = {answer.question: answer for answer in reversed(given)}
    order = [answer.question for answer in given if not answer.problem]
    for number, each in enumerate(step.predictions):
        answer = answers.get(number)
        if answer is None:
            continue
        if answer.problem:
            _examine_problem(each, step, answer.problem, trace, add)
            continue
        flaw = flaw_of(each, answer, step, trace)
        if flaw:
            add(each.answer_location, flaw, mend_answer(each, step))
            continue
        _examine_wrong(each, answer, add)
        _examine_texts(each, answer, step, _shown(each, step), add)
        if number and number - 1 in order and order.index(number) < order.index(number - 1):
            message = _("the question above it is about a later moment")
            add(each.moment_location, message, _("put them in the order of their moments"))


def flaw_of(prediction: Prediction, answer: Answer, step: Step, trace: Trace) -> str:
    """Why the value of an answer does not go with the question; `` where it does."""
    flaw = guesses.problem_of(prediction, answer)
    if flaw:
        return flaw
    if prediction.kind == "line" and not _is_line(answer.number, step):
        return _("the answer, {texts}, is no line of the code").format(texts=answer.texts[0])
    if prediction.kind == "node" and answer.texts[0] not in _nodes(trace):
        return _("the answer, {texts}, is no node of the step").format(
            texts=quoted(answer.texts[0])
        )
    if prediction.kind == "text" and not "".join(answer.texts).strip():
        return _("the answer is an empty text")
    return ""


def _examine_problem(
    prediction: Prediction, step: Step, problem: str, trace: Trace, add: Add
) -> None:
    """Say why there is no answer, unless its moment is known to be none."""
    if "has not run" in problem and problem.startswith("line "):
        if prediction.line in statement_lines(step.code):
            mend = _("ask before a line that runs, or before the step")
            add(prediction.moment_location, _("before: {problem}").format(problem=problem), mend)
    elif "has run in a backward pass" in problem:
        ran = tuple(dict.fromkeys(_ran(trace)))
        meant = nearest(prediction.node, ran)
        mend = (
            _("did you mean {meant}?").format(meant=meant)
            if meant
            else _("those that run are {ran}").format(ran=", ".join(ran[:8]))
        )
        if not ran:
            mend = _("ask in a step with a backward pass")
        add(prediction.moment_location, _("node: {problem}").format(problem=problem), mend)
    else:
        place = in_expression(prediction.answer_location, prediction.answer, problem)
        shown = one_line(prediction.answer, 60)
        message = _("answer: {shown} {problem}").format(
            shown=shown, problem=one_line(problem, MOST_MESSAGE_CHARACTERS)
        )
        add(
            place, message, _("use what is there {prediction}").format(prediction=_when(prediction))
        )


def _when(prediction: Prediction) -> str:
    if prediction.node:
        return _("right after {node} has run").format(node=prediction.node)
    return (
        _("right after line {line} has run").format(line=prediction.line)
        if prediction.line
        else _("at the end of the step")
    )


def _examine_wrong(prediction: Prediction, answer: Answer, add: Add) -> None:
    """Whether each wrong answer can be given, and is wrong."""
    alone = replace(prediction, wrong=())
    right = guesses.answer_text(prediction, answer)
    for (key, _unused), location in zip(prediction.wrong, prediction.wrong_locations, strict=True):
        try:
            guess = _guess(replace(alone, wrong=((key, "known"),)), key)
        except NotRead:
            message = _("wrong: {key} can never be given as an answer").format(key=quoted(key))
            add(location, message, _mend_wrong(prediction))
            continue
        if guesses.judge(alone, guess, answer) == "right":
            message = _("wrong: {key} is right, as the answer is {right}").format(
                key=quoted(key), right=one_line(right, 60)
            )
            add(location, message, _("remove it, or correct the answer"))


def _guess(prediction: Prediction, key: str) -> guesses.Guess:
    """The guess that gets the message of the wrong answer. Raises NotRead where none does."""
    if prediction.kind == "choice":
        for index in range(len(prediction.choices)):
            guess = guesses.choose(prediction, [index])
            if guesses.message_for(prediction, guess):
                return guess
        raise NotRead(_("none of the choices"))
    guess = guesses.read(prediction, key)
    if prediction.kind in WITH_CHOICES and not guesses.message_for(prediction, guess):
        raise NotRead(_("none of the choices"))
    return guess


def _mend_wrong(prediction: Prediction) -> str:
    match prediction.kind:
        case "number":
            return _("write a number: 0.5")
        case "choice":
            return _("write one of {choices}").format(choices=", ".join(prediction.choices))
        case "several" | "order":
            return _("write choices with commas between them: {choices}").format(
                choices=", ".join(prediction.choices[:2])
            )
        case "line":
            return _("write the number of a line")
        case _:
            return _("write what a learner would type")


def examine_translated(step: Step, original: Step, answers: Mapping[int, Answer], add: Add) -> None:
    """Whether a translated step gives the answers away; `answers`: of the original, by question."""
    for number, (each, own) in enumerate(zip(step.predictions, original.predictions, strict=True)):
        answer = answers.get(number)
        if answer is None or guesses.problem_of(own, answer):
            continue
        before = [text for _, text, _, _ in _shown(own, original)]
        new = [shown for shown in _shown(each, step) if shown[1] not in before]
        _examine_texts(each, answer, step, new, add)


Shown = tuple[str, str, Location, str]
"""What is read before a question: its field, its text, where that is, and how to mend it."""


def _shown(prediction: Prediction, step: Step) -> list[Shown]:
    return [
        ("explain", step.explain, step.locations.explain, _("say it in because, or in then")),
        ("ask", prediction.ask, prediction.ask_location, _("ask without it")),
        (
            _("a comment of the code"),
            comments(step.code),
            step.locations.code,
            _("say it in because"),
        ),
    ]


def _examine_texts(
    prediction: Prediction, answer: Answer, step: Step, shown: Iterable[Shown], add: Add
) -> None:
    """Whether the answer can be read before it is asked for."""
    texts = guesses.texts_shown(prediction, answer)
    for key, text, location, away in shown:
        found = given_away(prediction, texts, answer.number, text, step.code)
        if found is not None:
            place = location.after(text, found.at)
            where = _(" (of the question at line {line})").format(line=prediction.location.line)
            add(
                place,
                _("{key} gives the answer away: {words}{where}").format(
                    key=key, words=one_line(found.words, 60), where=where
                ),
                away,
            )


def _is_line(number: float | None, step: Step) -> bool:
    return number is not None and number.is_integer() and 1 <= number <= _line_count(step)


def _line_count(step: Step) -> int:
    return len(step.code.rstrip().split("\n"))


def _nodes(trace: Trace) -> set[str]:
    return {node.name for node in trace.nodes.values()}


def _ran(trace: Trace) -> Iterable[str]:
    for snapshot in trace.snapshots:
        if snapshot.backward is not None:
            yield trace.nodes[snapshot.backward.node].name
