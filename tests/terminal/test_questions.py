"""A person is asked before it is shown, answers on the keyboard, and is not asked again."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminal.conftest import Start
from terminal.emulator import Terminal
from terminal.lessons import write
from terminal.test_walk import quit_program

HIDDEN = "31415"

ASKS = """\
format: 1
title: It asks
summary: Questions of every kind.
setup: import torch
steps:
  - id: first
    title: First
    explain: Read this.
    predict:
      - before: 2
        ask: What is `total`?
        kind: number
        answer: total.item()
        wrong: {2: That is the number of elements.}
        because: It is 31415, the sum. Tensors shows it.
      - node: MulBackward0
        ask: What leaves this node?
        kind: number
        answer: grad_inputs[0].item()
        because: It is multiplied by 3.
    then: It was 31415 indeed.
    code: |
      x = torch.tensor([31000.0, 415.0], requires_grad=True)[:1] + 0
      total = (x.detach() + 415.0).sum()
      y = torch.ones((), requires_grad=True)
      (y * 3).backward()
  - id: second
    title: Second
    explain: Then this.
    predict:
      - {ask: Which type?, kind: choice, choices: [int64, float32], answer: "'float32'"}
      - {ask: Which hold?, kind: several, choices: [a, b, c], answer: "['c', 'a']"}
      - ask: In which order?
        kind: order
        choices: [one, two, three]
        answer: "['three', 'one', 'two']"
      - {ask: Which shape?, kind: text, answer: "torch.ones(2, 3).shape"}
      - {ask: Which line?, kind: line, answer: "2"}
      - {ask: Which node?, kind: node, answer: "'PowBackward0'"}
    then: So much for kinds.
    code: |
      z = 1
      z = 2
"""
SIZES = [(80, 24), (120, 40)]
ANSWERS = [
    ("Which type?", ("2",)),
    ("Which hold?", ("1", "3")),
    ("In which order?", ("3", "1", "2")),
    ("Which shape?", ("2", ",", "3")),
    ("Which line?", ("2",)),
    ("Which node?", ("enter", *"pow")),
]


@pytest.fixture
def asks(home: Path) -> str:
    return write(home, "asks", ASKS)


def come(terminal: Terminal) -> None:
    terminal.wait_for("step 1/2")
    terminal.press("end")
    terminal.wait_for("Question 1 of 2, before line 2")
    terminal.wait_for("What is total?")


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_a_number_is_asked_before_it_is_seen(
    start: Start, asks: str, columns: int, rows: int
) -> None:
    terminal = start(asks, columns=columns, rows=rows)
    come(terminal)
    assert HIDDEN not in terminal.text
    terminal.press("2", "enter")
    terminal.wait_for("That is the number of elements. Try once more.")
    assert HIDDEN not in terminal.text
    terminal.press("u", "3", "1", "4", "1", "5", ".", "0", "enter")
    terminal.wait_for("You: 31415.0    The run: 31415    Right.")
    terminal.wait_for("It is 31415, the sum. Tensors shows it.")
    terminal.wait_for("unsure")
    terminal.press("i", "end")
    terminal.wait_for("Question 2 of 2, before MulBackward0 runs")
    terminal.press("7", "enter", "8", "enter")
    terminal.wait_for("You: 8    The run: 3")
    terminal.press("1")
    terminal.wait_for("It was 31415 indeed.")
    quit_program(terminal)
    again = start(asks, columns=columns, rows=rows)
    again.wait_for("step 1/2")
    again.press("end")
    again.wait_for("line 4/4")
    assert "Question" not in again.text
    quit_program(again)


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_every_kind_is_answered_and_skipped(
    start: Start, asks: str, columns: int, rows: int
) -> None:
    terminal = start(asks, columns=columns, rows=rows)
    come(terminal)
    terminal.press("s")
    terminal.wait_for("Skipped.")
    terminal.press("end")
    terminal.wait_for("Question 2 of 2")
    terminal.press("s", "N")
    for number, (ask, keys) in enumerate(ANSWERS, 1):
        terminal.wait_for(ask)
        terminal.wait_for(f"Question {number} of 6")
        terminal.press(*keys, "enter")
        terminal.wait_for("Right.")
        terminal.press("enter")
    terminal.wait_for("So much for kinds.")
    quit_program(terminal)


@pytest.mark.parametrize(
    "env", [{"LANG": "", "LC_ALL": "C"}, {"NO_COLOR": "1"}, {"TERM": "xterm"}], ids=str
)
def test_it_reads_the_same_without_colours_and_in_ascii(
    start: Start, asks: str, env: dict[str, str]
) -> None:
    terminal = start(asks, columns=80, rows=24, **env)
    come(terminal)
    terminal.press("s")
    terminal.wait_for("The run: 31415    Skipped.")
    terminal.press("end")
    terminal.wait_for("Question 2 of 2")
    terminal.press("s", "N")
    terminal.wait_for("1 int64     2 float32")
    terminal.press("down", "down")
    terminal.wait_for("> 2 float32")
    quit_program(terminal)


def test_a_cursor_that_waits_writes_nothing(start: Start, asks: str) -> None:
    terminal = start(asks, columns=80, rows=24)
    come(terminal)
    terminal.press("3")
    terminal.wait_for("Your answer: 3")
    terminal.wait_quiet(0.5)
    before = terminal.written
    terminal.wait_quiet(1.5)
    assert terminal.written == before, "nothing blinks"
    terminal.press("1")
    terminal.wait_for("Your answer: 31")
    terminal.wait_quiet(0.3)
    assert terminal.written - before < 300
    terminal.press("escape")
    quit_program(terminal)


def test_a_question_that_raises_makes_nobody_wrong(start: Start, home: Path) -> None:
    text = ASKS.replace("answer: total.item()", "answer: 1 / 0")
    terminal = start(write(home, "broken", text), columns=80, rows=24)
    come(terminal)
    terminal.press("5", "enter")
    terminal.wait_for("No guess is wrong: the lesson has no answer here (raises")
    quit_program(terminal)
