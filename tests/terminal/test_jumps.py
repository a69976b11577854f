"""A person jumps through a long step at a terminal, and reads where and what it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from terminal.commands import Run
from terminal.conftest import Start
from terminal.emulator import Terminal
from terminal.test_walk import quit_program

SCRIPT = """\
import torch

w = torch.tensor([1.0, 2.0], requires_grad=True)
for epoch in range(40):
    for part in (1.0, 0.5):
        loss = ((w - 3) * part).square().sum()
        loss.backward()
    with torch.no_grad():
        w -= 0.05 * w.grad
    w.grad = None
done = torch.log(w - 3)
"""

SIZES = [(60, 20), (80, 24), (120, 40), (200, 50)]


@pytest.fixture
def training(run: Run, home: Path) -> str:
    """A recording of the script, which opens without torch."""
    (home / "train.py").write_text(SCRIPT, encoding="utf-8")
    assert run("record", "train.py", "-o", "train.agt").returncode == 0
    return str(home / "train.agt")


def go(terminal: Terminal, text: str) -> None:
    """All at once, as a paste comes."""
    terminal.press("g", *["space" if each == " " else each for each in text], "enter")


def lands(terminal: Terminal, *texts: str) -> None:
    terminal.wait_for(lambda it: all(text in it.lines[0] for text in texts))


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_jumps_and_what_is_said(start: Start, training: str, columns: int, rows: int) -> None:
    terminal = start(training, columns=columns, rows=rows)
    terminal.wait_for("step 1/1")
    go(terminal, "turn 30")
    lands(terminal, "turn 30", "line 4/11")
    go(terminal, "turn 30 2")
    both = {60: "turn 2/2", 80: "turn 30 of 40 · 2 of 2"}
    lands(terminal, "line 5/11", both.get(columns, "turn 30 of 40 (epoch = 29) · 2 of 2"))
    terminal.press("b")
    lands(terminal, "node 1 of 5")
    terminal.press("]", "]")
    lands(terminal, "backward 62 of 80")
    terminal.press("o")
    lands(terminal, "line 7/11")
    terminal.wait_for("`loss.backward()` ran 5 nodes and ")
    go(terminal, "loss.item() < 0.1 and w.grad is None")
    lands(terminal, "line 10/11")
    go(terminal, "nan")
    lands(terminal, "line 11/11")
    terminal.wait_for(lambda it: "and brought up NaN." in it.text or columns < 70)
    go(terminal, "lss < 1")
    terminal.wait_for("No moment has a variable `lss`; did you mean `loss`?")
    terminal.press("right")
    go(terminal, "9999")
    terminal.wait_for("There is no moment 9,999: the last one is ")
    quit_program(terminal)


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_the_strip_shows_the_step_where_there_is_room(
    start: Start, training: str, columns: int, rows: int
) -> None:
    terminal = start(training, columns=columns, rows=rows)
    terminal.wait_for("step 1/1")
    terminal.press("end")
    lands(terminal, "line 11/11")
    if rows < 24:
        terminal.wait_for("Line 11 made `done`")
        assert "▶" not in terminal.lines[1]
        return
    terminal.wait_for(lambda it: it.lines[1].endswith("▶"))
    terminal.press("home")
    terminal.wait_for(lambda it: it.lines[1].endswith("!"))
    strip = terminal.lines[1]
    assert strip.startswith(" ▶")
    assert "∇" in strip
    numbers = [int(each) for each in re.findall("[0-9]+", strip)]
    assert numbers == sorted(numbers)
    assert len(numbers) > columns // 30
    assert numbers[-1] <= 40
    quit_program(terminal)


@pytest.mark.parametrize(
    "env", [{"LANG": "", "LC_ALL": "C"}, {"NO_COLOR": "1"}, {"TERM": "xterm"}], ids=str
)
def test_it_reads_the_same_without_colours_and_in_ascii(
    start: Start, training: str, env: dict[str, str]
) -> None:
    terminal = start(training, columns=80, rows=24, **env)
    terminal.wait_for("step 1/1")
    go(terminal, "turn 3")
    lands(terminal, "turn 3")
    marks = ("g", ">") if "LC_ALL" in env else ("∇", "▶")
    assert all(mark in terminal.lines[1] for mark in marks)
    terminal.wait_for("`for epoch in range(40):` began turn 3 of 40 (`epoch` is 2).")
    quit_program(terminal)


def test_earlier_inputs_come_back_and_escape_leaves(start: Start, training: str) -> None:
    terminal = start(training, columns=80, rows=24)
    terminal.wait_for("step 1/1")
    go(terminal, "epoch == 5")
    lands(terminal, "turn 6 of 40")
    go(terminal, "epoch > 30")
    lands(terminal, "turn 32 of 40")
    terminal.press("g", "up", "up")
    terminal.wait_for("epoch == 5")
    terminal.press("enter")
    terminal.wait_for("From the start again.")
    lands(terminal, "turn 6 of 40")
    terminal.press("g", "enter")
    terminal.wait_for("`epoch == 5` is true only here.")
    terminal.press("g")
    terminal.wait_for("turn 300 · line 12")
    terminal.press("x", "escape")
    terminal.wait_for("] next turn")
    lands(terminal, "turn 6 of 40")
    quit_program(terminal)


def test_the_prompt_costs_a_row(start: Start, training: str) -> None:
    terminal = start(training)
    terminal.wait_for("step 1/1")
    terminal.press("right")
    terminal.wait_quiet(0.5)
    before = terminal.written
    terminal.press("g")
    terminal.wait_for("turn 300 · line 12")
    terminal.wait_quiet(0.3)
    assert terminal.written - before < 500
    quit_program(terminal)
