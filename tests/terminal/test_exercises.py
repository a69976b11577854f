"""A person works on an exercise at a terminal: its code outlives the program, however that ends."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from terminal.conftest import Start
from terminal.emulator import Terminal
from terminal.lessons import write

EXERCISE = """\
format: 1
title: Twice
summary: An exercise.
setup: import torch
steps:
  - id: one
    title: One
    explain: One line.
    code: |
      w = torch.ones(2, requires_grad=True) * 21
exercise:
  title: Twice
  task: Let y be two times w.
  starter: |
    y = w
  solution: |
    y = w
    y = y * 2
  pieces: true
  goal: y
  forbid:
    data: The graph does not see it.
  check:
    - that: y.tolist() == [42.0, 42.0]
      say: "y is {y.tolist()}."
  mistakes:
    - id: square
      when: y.tolist() == [441.0, 441.0]
      say: "{y[0].item():.0f} is the square."
      like: |
        y = w * w
  hints:
    - What makes 42 of 21?
    - A product.
  then: Any product would do.
"""
SIZES = pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40)])


@pytest.fixture
def exercise(home: Path) -> str:
    return write(home, "twice", EXERCISE)


def opened(start: Start, exercise: str, columns: int = 80, rows: int = 24) -> Terminal:
    """The exercise, on a terminal."""
    terminal = start(exercise, columns=columns, rows=rows)
    terminal.wait_for("step 1/2")
    terminal.press("N")
    terminal.wait_for("Task: not solved yet.")
    return terminal


def add(terminal: Terminal, line: str) -> None:
    """Write a line in front of the code in the editor."""
    terminal.press("e")
    terminal.wait_for("Edit: Twice")
    terminal.press(*f"{line}", "enter")
    terminal.wait_for(line)


def is_stored(home: Path, text: str) -> bool:
    """Whether the learner's file has it, for whoever opens that now."""
    file = home / "state" / "autograd-tutor" / "progress.sqlite"
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as db:
            return any(text in each for (each,) in db.execute("SELECT moment FROM place"))
    except sqlite3.OperationalError:  # it is not there yet, or is being written
        return False


def quit_program(terminal: Terminal) -> None:
    terminal.press("ctrl+q")
    assert terminal.wait_end() == 0


@SIZES
def test_an_exercise_is_worked_on_to_its_end(
    start: Start, exercise: str, columns: int, rows: int
) -> None:
    terminal = opened(start, exercise, columns, rows)
    terminal.wait_for("Let y be two times w.")
    terminal.press("e")
    terminal.wait_for("Edit: Twice")
    terminal.press("end", *" * w", "f5")
    terminal.wait_for("Not yet: 441 is the square.")
    terminal.press("e")
    terminal.wait_for("Edit: Twice")
    terminal.press("end", *" * 0", "f5")
    terminal.wait_for("Not yet: y is [0.0, 0.0].")
    terminal.press("left")
    terminal.wait_for("moment 0/1")
    terminal.press("H")
    terminal.wait_for("Hint. What makes 42 of 21?")
    assert "A product." not in terminal.text
    terminal.press("H")
    terminal.wait_for("Hint. A product.")
    terminal.press("H")
    terminal.wait_for("Put the lines in order: Twice")
    assert terminal.text.index("y = y * 2") < terminal.text.index("y = w")
    terminal.press("J")
    terminal.wait_for(lambda it: it.text.index("y = y * 2") > it.text.index("y = w"))
    terminal.press("enter")
    terminal.wait_for("✓ Solved.")
    terminal.press("H")
    terminal.wait_for(lambda it: "Solution: Twice" in it.text and "Any product" in it.text)
    terminal.press("escape")
    terminal.wait_for("✓ Solved.")
    terminal.press("R")
    terminal.wait_for("The code is the starter again.")
    terminal.press("right")
    terminal.wait_for("Task: solved before.")
    quit_program(terminal)


def test_a_forbidden_name_is_not_run(start: Start, exercise: str) -> None:
    terminal = opened(start, exercise)
    add(terminal, "w.data *= 2")
    terminal.press("f5")
    terminal.wait_for("Not run: line 1 uses data. The graph does not see it.")
    quit_program(terminal)


@pytest.mark.parametrize("way", ["quit", "kill", "leave"])
def test_code_that_was_never_run_is_there_again(
    way: str, start: Start, exercise: str, home: Path
) -> None:
    terminal = opened(start, exercise)
    add(terminal, "kept = 43")
    terminal.press("escape")
    terminal.wait_for("Your code is kept, and not run yet")
    if way == "kill":
        terminal.wait_for(lambda _: is_stored(home, "kept = 43"))
        terminal.kill()
    elif way == "quit":
        quit_program(terminal)
    else:
        terminal.press("escape")
        terminal.wait_for("Enter open")
        quit_program(terminal)
    again = start(exercise, columns=80, rows=24)
    again.wait_for("kept = 43")
    again.wait_for("Not yet: y is [21.0, 21.0].")
    quit_program(again)


def test_code_is_kept_while_it_is_written(start: Start, exercise: str, home: Path) -> None:
    terminal = opened(start, exercise)
    add(terminal, "kept = 43")
    terminal.wait_for(lambda _: is_stored(home, "kept = 43"))
    terminal.kill()
    again = start(exercise, columns=120, rows=40)
    again.wait_for("kept = 43")
    quit_program(again)
