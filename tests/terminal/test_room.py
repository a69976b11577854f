"""Panes share a terminal of any size by what they have to show."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from terminal.conftest import Start
from terminal.emulator import Terminal
from terminal.lessons import write

SIZES = [(60, 20), (80, 24), (120, 40), (200, 50)]

SCRIPT = """\
rate = 0.5
steps = [rate * at + rate * at ** 2 + rate * at ** 3 for at in range(10) if at > 2 and at != 5]
print(len(steps))
"""

LESSON = """\
format: 1
title: Room
summary: Which pane has how much of it.
steps:
  - id: first
    title: A chain
    explain: The first text.
    code: |
      import torch
      x = torch.tensor([1.0, 2.0], requires_grad=True)
  - id: second
    title: Its graph
    explain: Look at Graph, and at Gradients when you are done.
    code: |
      loss = (x * x).sum()
      loss.backward()
"""


def heads(terminal: Terminal) -> list[str]:
    """The titles of all panes, from the upper left."""
    lines = [line for line in terminal.lines if "╭ " in line]
    return [part.split("─")[0].strip() for line in lines for part in line.split("╭ ")[1:]]


def kinds(terminal: Terminal) -> list[str]:
    """The same, without what a graph is of."""
    return [re.split(" of|,", head)[0] for head in heads(terminal)]


def widths(terminal: Terminal) -> list[int]:
    """Those of all panes, in the same order."""
    found = re.findall(r"╭ [^╮]*╮", terminal.text)
    return [len(head) for head in found]


def inside(terminal: Terminal, title: str) -> str:
    """What stands in a pane, without blanks."""
    lines = terminal.lines
    top, left = next((y, x) for y, line in enumerate(lines) if (x := line.find(f"╭ {title}")) >= 0)
    right = lines[top].index("╮", left)
    rows = itertools.takewhile(lambda line: line[left] == "│", lines[top + 1 :])
    return "".join(line[left + 1 : right] for line in rows).replace(" ", "")


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_a_script_without_text_has_room_for_its_code_and_its_longest_line_is_whole(
    start: Start, home: Path, columns: int, rows: int
) -> None:
    path = home / "rates.py"
    path.write_text(SCRIPT)
    terminal = start(str(path), columns=columns, rows=rows)
    terminal.wait_for(lambda it: "moment 0/" in it.lines[0] and "running" not in it.lines[0])
    terminal.wait_for(lambda it: "2 Code · Step 1" in heads(it))
    assert not [head for head in heads(terminal) if "Explanation" in head]
    assert widths(terminal)[0] == (columns if columns < 200 else 100)
    terminal.press("1")
    terminal.wait_for("This step has no explanation.")
    terminal.press("right", "right")
    terminal.wait_for("moment 2/")
    assert SCRIPT.splitlines()[1].replace(" ", "") in inside(terminal, "2 Code")


def test_panes_that_stay_empty_are_narrow(start: Start, home: Path) -> None:
    path = home / "rates.py"
    path.write_text(SCRIPT)
    terminal = start(str(path), columns=120, rows=40)
    terminal.wait_for(lambda it: widths(it)[-2:] == [22, 22])
    assert widths(terminal) == [120, 76, 22, 22]
    assert "No operation has" in terminal.text


@pytest.mark.parametrize(("columns", "rows"), SIZES[:2])
def test_in_a_small_terminal_a_step_opens_on_its_text_and_names_the_pane_it_speaks_of(
    start: Start, home: Path, columns: int, rows: int
) -> None:
    terminal = start(write(home, "room", LESSON), columns=columns, rows=rows)
    terminal.wait_for("The first text.")
    terminal.press("3")
    terminal.wait_for(lambda it: heads(it) == ["2 Code", "3 Tensors"])
    terminal.press("N")
    terminal.wait_for("Look at Graph")
    assert heads(terminal) == ["2 Code", "1 Explanation"]
    terminal.wait_for(lambda it: " 4 Graph " in it.lines[-1])
    terminal.press("4", "end")
    terminal.wait_for("SumBackward0")
    terminal.wait_for(lambda it: kinds(it) == ["2 Code", "4 Graph"])
    assert " 4 Graph " not in terminal.lines[-1]


def test_a_large_terminal_has_all_panes_in_two_columns(start: Start, home: Path) -> None:
    terminal = start(write(home, "room", LESSON), columns=200, rows=50)
    terminal.wait_for("The first text.")
    terminal.press("N", "end")
    terminal.wait_for("∇ x.grad")
    terminal.wait_for(lambda it: len(heads(it)) == 5)  # a pane is painted after the other
    found = kinds(terminal)
    assert found[:2] == ["1 Explanation", "3 Tensors"]
    assert sorted(found[2:]) == ["2 Code", "4 Graph", "5 Gradients"]
