"""What `check` proves of a lesson's questions: each fault at its place, with its mend."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from autograd_tutor import check

HEAD = """\
format: 1
title: A title
summary: One line
setup: |
  import torch
steps:
  - id: a
    title: t
    explain: |
      {explain}
    code: |
      w = torch.tensor(3.0, requires_grad=True)

      loss = w ** 2
      if loss > 100:
          w = 3
      loss.backward()
      shape = str(tuple(torch.ones(2, 3).shape))
    predict:
"""
FIRST = HEAD.count("\n") + 1
"""The line on which the first question begins."""


def asked(*questions: str, explain: str = "Look at `loss`.") -> str:
    """Questions, each of which takes as many lines as it has."""
    lines = [line for each in questions for line in _item(each)]
    return HEAD.format(explain=explain) + "\n".join(lines) + "\n"


def _item(question: str) -> list[str]:
    first, *more = question.strip().split("\n")
    return [f"      - {first}", *[f"        {line}" for line in more]]


def number(answer: str, *more: str, ask: str = "How much?") -> str:
    return other("number", answer, *more, ask=ask)


def other(kind: str, answer: str, *more: str, ask: str = "What?") -> str:
    """The expression of the answer begins at column 18."""
    return "\n".join([f"ask: {ask}", f"kind: {kind}", f"answer: {json.dumps(answer)}", *more])


def choice(answer: str, *more: str, kind: str = "choice") -> str:
    return other(kind, answer, "choices: [up, down, left]", *more, ask="Which?")


AGAIN = '"torch.tensor({}, requires_grad=True)"'

PASS = "node: PowBackward0"

LESSONS = {
    "good": asked(
        number("w.item()", "before: 1", f"again: {{w: {AGAIN.format('4.0')}}}"),
        number("loss.item()", "before: 3", 'wrong: {6: So steep., "2/3": no way}', "near: 0.1"),
        number("grad_inputs[0].item()", PASS, "because: It is 6."),
        choice("'up' if w.grad > 0 else 'down'", "before: 6", "wrong: {down: It is above 0.}"),
        choice("['up', 'down']", "before: 7", "wrong: {'up, left': no way}", kind="several"),
        choice("['left', 'down', 'up']", "wrong: {'up, left, down': no way}", kind="order"),
    ),
    "kinds": asked(
        other("line", "5", "before: 1", "wrong: {3: no way}"),
        other("node", "loss.grad_fn.name()", "before: 3", "wrong: {ExpBackward0: no way}"),
        other("text", "shape", "wrong: {'(3, 2)': no way}"),
    ),
    "no-line": asked(number("w.item()", "before: 8")),
    "blank-line": asked(number("w.item()", "before: 2")),
    "line-never": asked(number("w", "before: 5")),
    "node-never": asked(number("w.item()", "node: PowBackwards0"), number("w.item()", "node: Qq")),
    "two-moments": asked(number("w.item()", "before: 1", PASS)),
    "same-line": asked(number("w.item()", "before: 1"), number("w.item() + 1", "before: 1")),
    "same-node": asked(number("1.5", PASS), number("2.5", PASS)),
    "same-end": asked(number("1.5"), number("2.5")),
    "order": asked(number("loss.item()", "before: 3"), number("w.item()", "before: 1")),
    "raises": asked(number("w.item() + los", "before: 1"), number("grad_inputs[0].itm()", PASS)),
    "raises-below": asked("ask: What?\nkind: number\nbefore: 1\nanswer: |\n  (w.item()\n  + los)"),
    "no-python-value": asked(number("exit()", "before: 1")),
    "no-number": asked(number("shape", "before: 7")),
    "no-choice": asked(choice("'right'")),
    "two-choices": asked(choice("['up', 'down']")),
    "some-choices": asked(choice("['up', 'right']", kind="several")),
    "half-order": asked(choice("['up', 'down']", kind="order")),
    "order-as-text": asked(choice("'up, down, left'", kind="order")),
    "line-beyond": asked(other("line", "1.5", "before: 3"), other("line", "8")),
    "no-node": asked(other("node", "'ExpBackward0'")),
    "empty-text": asked(other("text", "' '")),
    "wrong-is-right": asked(
        number("loss.item()", "before: 3", "near: 0.5", "wrong: {9.2: no way, 8: no way}"),
        choice("'up'", "wrong: {up: no way}"),
    ),
    "wrong-text-is-right": asked(
        choice("['up', 'down']", "before: 1", "wrong: {'down, up': no way}", kind="several"),
        other("node", "loss.grad_fn.name()", "before: 3", "wrong: {PowBackward: no way}"),
        other("text", "shape", "wrong: {'[2,3]': no way}"),
    ),
    "wrong-never": asked(
        choice("'up'", "before: 1", "wrong: {right: no way}"),
        number("loss.item()", "before: 3", "wrong: {nine: no way}"),
        other("line", "5", "before: 6", "wrong: {x: no way}"),
        choice("['up']", "wrong: {'up, right': no way}", kind="several"),
    ),
    "told": asked(
        number("loss.item()", "before: 3", ask="It is 9. Or is it?"), explain="Here `loss` is 9."
    ),
    "told-in-code": asked(number("loss.item()", "before: 3")).replace(
        "if loss", "# loss = 9\n      if loss"
    ),
    "again-unknown": asked(number("loss.item()", "before: 3", "again: {v: 1}")),
    "again-after": asked(number("w.item()", "before: 1", "again: {loss: 1}")),
    "again-no-python": asked(number("loss.item()", "before: 3", 'again: {w: "1 +"}')),
    "again-the-same": asked(
        number("loss.item()", "before: 3", f"again: {{w: {AGAIN.format('-3.0')}}}")
    ),
    "again-fails": asked(number("loss.item()", "before: 3", 'again: {w: "nope"}')),
    "again-no-answer": asked(
        number("w.grad.item()", 'again: {loss: "(w ** 2).detach().requires_grad_()"}')
    ),
    "again-no-choice": asked(
        choice(
            "{9: 'up'}.get(int(loss), 'right')",
            "before: 3",
            f"again: {{w: {AGAIN.format('4.0')}}}",
        )
    ),
}


Found = Callable[[str], list[str]]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """All of LESSONS, checked in one go; called with a name it gives that lesson's problems."""
    folder = tmp_path_factory.mktemp("lessons")
    for name, text in LESSONS.items():
        (folder / f"{name}.yaml").write_text(text)
    count, problems = check.run([folder])
    assert count == len(LESSONS)

    def of(name: str) -> list[str]:
        path = folder / f"{name}.yaml"
        return [str(each).removeprefix(f"{path}:") for each in problems if each.path == path]

    return of


@pytest.mark.parametrize("name", ["good", "kinds"])
def test_nothing_where_nothing_is_wrong(found: Found, name: str) -> None:
    assert found(name) == []


N = FIRST
AT_LINE_1 = "use what is there right after line 1 has run"

EXPECTED = {
    "no-line": [f"{N + 3}:17: before: the code has no line 8; write a line from 1 to 7"],
    "blank-line": [
        f"{N + 3}:17: before: nothing runs on line 2 of the code; write a line that has a statement"
    ],
    "line-never": [
        f"{N + 3}:17: before: line 5 has not run; ask before a line that runs, or before the step"
    ],
    "node-never": [
        f"{N + 3}:15: node: no PowBackwards0 has run in a backward pass; "
        "did you mean PowBackward0?",
        f"{N + 7}:15: node: no Qq has run in a backward pass; "
        "those that run are PowBackward0, AccumulateGrad",
    ],
    "two-moments": [
        f"{N + 4}:15: before and node are both there; "
        "a question has one moment: remove one of the two"
    ],
    "same-line": [
        f"{N + 7}:17: the question at line {N} is about the same moment; "
        "ask one thing at a time: give it another moment, or remove it"
    ],
    "same-node": [
        f"{N + 7}:15: the question at line {N} is about the same moment; "
        "ask one thing at a time: give it another moment, or remove it"
    ],
    "same-end": [
        f"{N + 3}:9: the question at line {N} is about the same moment; "
        "ask one thing at a time: give it another moment, or remove it"
    ],
    "order": [
        f"{N + 7}:17: the question above it is about a later moment; "
        "put them in the order of their moments"
    ],
    "raises": [
        f"{N + 2}:29: answer: w.item() + los raises NameError: name 'los' is not defined; "
        f"{AT_LINE_1}",
        f"{N + 6}:33: answer: grad_inputs[0].itm() raises AttributeError: 'Tensor' object has no "
        "attribute 'itm'; use what is there right after PowBackward0 has run",
    ],
    "raises-below": [
        f"{N + 5}:13: answer: (w.item() + los) raises NameError: name 'los' is not defined; "
        f"{AT_LINE_1}"
    ],
    "no-python-value": [f"{N + 2}:18: answer: exit() ends the program; {AT_LINE_1}"],
    "no-number": [
        f"{N + 2}:18: the answer, (2, 3), is no number; let it give one number: w.grad.item()"
    ],
    "no-choice": [
        f"{N + 2}:18: the answer, right, is none of the choices; "
        "let it give one of up, down, left, as a text"
    ],
    "two-choices": [
        f"{N + 2}:18: the answer, [up, down], is more than one choice, or none; "
        "let it give one of up, down, left, as a text"
    ],
    "some-choices": [
        f"{N + 2}:18: the answer, [up, right], is none of the choices; "
        "let it give a list of some of up, down, left"
    ],
    "half-order": [
        f"{N + 2}:18: the answer is no order of all the choices; "
        "let it give a list of all of up, down, left"
    ],
    "order-as-text": [
        f"{N + 2}:18: the answer, up, down, left, is none of the choices; "
        "let it give a list of all of up, down, left"
    ],
    "line-beyond": [
        f"{N + 2}:18: the answer, 1.5, is no line of the code; "
        "let it give the number of a line, from 1 to 7",
        f"{N + 6}:18: the answer, 8, is no line of the code; "
        "let it give the number of a line, from 1 to 7",
    ],
    "no-node": [
        f'{N + 2}:18: the answer, "ExpBackward0", is no node of the step; '
        'let it give the name of one node: "MulBackward0"'
    ],
    "empty-text": [f"{N + 2}:18: the answer is an empty text; let it give a text: str(w.shape)"],
    "wrong-is-right": [
        f'{N + 5}:17: wrong: "9.2" is right, as the answer is 9; remove it, or correct the answer',
        f'{N + 10}:17: wrong: "up" is right, as the answer is up; remove it, or correct the answer',
    ],
    "wrong-text-is-right": [
        f'{N + 5}:17: wrong: "down, up" is right, as the answer is up, down; '
        "remove it, or correct the answer",
        f'{N + 10}:17: wrong: "PowBackward" is right, as the answer is PowBackward0; '
        "remove it, or correct the answer",
        f'{N + 14}:17: wrong: "[2,3]" is right, as the answer is (2, 3); '
        "remove it, or correct the answer",
    ],
    "wrong-never": [
        f'{N + 5}:17: wrong: "right" can never be given as an answer; write one of up, down, left',
        f'{N + 10}:17: wrong: "nine" can never be given as an answer; write a number: 0.5',
        f'{N + 15}:17: wrong: "x" can never be given as an answer; write the number of a line',
        f'{N + 20}:17: wrong: "up, right" can never be given as an answer; '
        "write choices with commas between them: up, down",
    ],
    "told": [
        f"10:22: explain gives the answer away: 9 (of the question at line {N}); "
        "say it in because, or in then",
        f"{N}:20: ask gives the answer away: 9 (of the question at line {N}); ask without it",
    ],
    "told-in-code": [
        f"15:16: a comment of the code gives the answer away: 9 (of the question at line {N + 1}); "
        "say it in because"
    ],
    "again-unknown": [
        f"{N + 4}:17: again: v: no line before the moment assigns it; "
        "write a name that the code assigns before the question, and an expression"
    ],
    "again-after": [
        f"{N + 4}:17: again: loss: no line before the moment assigns it; "
        "write a name that the code assigns before the question, and an expression"
    ],
    "again-no-python": [
        f"{N + 4}:17: again: w: its value is no Python expression: invalid syntax; "
        "write a name that the code assigns before the question, and an expression"
    ],
    "again-the-same": [
        f"{N + 4}:17: again: with w = torch.tensor(-3.0, … the answer is the same; "
        "choose another value, so that it asks something new"
    ],
    "again-fails": [
        f"{N + 4}:17: again: with w = nope the step fails: NameError: name 'nope' is "
        "not defined; "
        "choose a value with which the steps run and the question can be answered"
    ],
    "again-no-answer": [
        f"{N + 3}:17: again: with loss = (w ** 2).detach().r… there "
        "is no answer: it raises AttributeError: "
        "'NoneType' object has no attribute 'item'; "
        "choose a value with which the steps run and the question can be answered"
    ],
    "again-no-choice": [
        f"{N + 5}:17: again: with w = torch.tensor(4.0, r… the answer, right, is none of the "
        "choices; let it give one of up, down, left, as a text"
    ],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_fault_at_its_place(found: Found, name: str) -> None:
    assert found(name) == EXPECTED[name]


def test_every_lesson_is_looked_at() -> None:
    assert LESSONS.keys() == EXPECTED.keys() | {"good", "kinds"}


def test_what_comes_first_has_to_be_there(tmp_path: Path) -> None:
    path = tmp_path / "late.yaml"
    head = "needs: [parametrs, late, early, early]\ncures: [one, one]\n"
    path.write_text(head + asked(number("w.item()", "before: 1")))
    (tmp_path / "01-early.yaml").write_text("")
    _, problems = check.run([path])
    assert [str(each).removeprefix(f"{path}:") for each in problems] == [
        '1:9: needs: there is no lesson "parametrs"; did you mean parameters?',
        "1:20: needs: the lesson needs itself; remove it",
        '1:33: needs: "early" is there twice; remove one of the two',
        '2:14: cures: "one" is there twice; remove one of the two',
    ]
