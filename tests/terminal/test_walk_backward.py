"""A person walks a backward pass of the course, at a terminal."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest

from autograd_tutor.course import library
from terminal.conftest import Skipped, Start
from terminal.emulator import Terminal
from terminal.test_walk import quit_program

LESSON = "inside-backward"
"""Its first step: x = 1, u = 3x, v = u + 1, loss = v², and a pass of four nodes."""

SIZES = [(120, 40), (80, 24)]

SENT = ("1 · 2 · 4 = 8", "grad = 8", "8 · 3 = 24")
"""What the nodes of loss, v and u make of what arrives, worked out by hand."""

FAILING = "A pass that fails halfway"
"""The title of its step that fails."""

BYTES_PER_NODE = 2500
"""At most so many are written for a key inside of a pass, as the median: an SSH line is slow."""


def at_the_pass(terminal: Terminal) -> None:
    """On the line that made the pass."""
    terminal.wait_for("step 1/")
    terminal.press(*["right"] * 5)
    terminal.wait_for("line 5/5")


def enter(terminal: Terminal) -> None:
    """Into the pass, at its first node."""
    at_the_pass(terminal)
    terminal.press("i")
    terminal.wait_for("node 1 of 4")


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_a_pass_is_entered_walked_and_left(start: Start, columns: int, rows: int) -> None:
    terminal = start(LESSON, columns=columns, rows=rows)
    enter(terminal)
    for place, sent in enumerate(SENT, 1):
        terminal.wait_for(f"backward 1 of 1 · node {place} of 4")
        terminal.wait_for(sent)
        assert "None → 24" not in terminal.text
        terminal.press("right")
    terminal.wait_for("node 4 of 4")
    terminal.wait_for("None → 24")
    terminal.press("left")
    terminal.wait_for(lambda it: "node 3 of 4" in it.text and "8 · 3 = 24" in it.text)
    terminal.press("o")
    terminal.wait_for(lambda it: "line 5/5" in it.text and "8 · 3 = 24" not in it.text)
    quit_program(terminal)


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_a_node_is_opened_and_closed(start: Start, columns: int, rows: int) -> None:
    terminal = start(LESSON, columns=columns, rows=rows)
    enter(terminal)
    terminal.press("4", "enter")
    terminal.wait_for("Node · PowBackward0")
    terminal.wait_for("saved in the forward pass")
    terminal.press("right")
    terminal.wait_for("Node · AddBackward0")
    terminal.press("escape")
    terminal.wait_for("Graph of loss, backward 1")
    quit_program(terminal)


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_the_terminal_shows_the_same_by_whichever_way_one_came(
    start: Start, columns: int, rows: int
) -> None:
    terminal = start(LESSON, columns=columns, rows=rows)
    enter(terminal)
    terminal.press("right")
    terminal.wait_for(lambda it: "node 2 of 4" in it.text and SENT[1] in it.text)
    terminal.wait_quiet(0.3)
    seen = terminal.text
    terminal.press("end", "left", "left")
    terminal.wait_for(lambda it: it.text == seen)
    terminal.press("home", "right")
    terminal.wait_for(lambda it: it.text == seen)


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_a_key_inside_of_a_pass_writes_little(start: Start, columns: int, rows: int) -> None:
    terminal = start(LESSON, columns=columns, rows=rows)
    enter(terminal)
    terminal.press("end")
    terminal.wait_for("node 4 of 4")
    terminal.wait_quiet(0.3)
    written = [terminal.written]
    for place in (3, 2, 1, 2, 3, 4, 3, 2, 1):
        terminal.press("left" if f"node {place + 1} of 4" in terminal.text else "right")
        terminal.wait_for(f"node {place} of 4")
        terminal.wait_quiet(0.3)
        written.append(terminal.written)
    by_key = [after - before for before, after in pairwise(written)]
    assert min(by_key) > 0
    assert median(by_key) <= BYTES_PER_NODE


def test_at_rest_inside_of_a_pass_nothing_is_written(start: Start) -> None:
    terminal = start(LESSON)
    enter(terminal)
    terminal.wait_quiet(2.0)


def test_without_colours_none_is_written_inside_of_a_pass(start: Start) -> None:
    terminal = start(LESSON, NO_COLOR="1")
    enter(terminal)
    terminal.press("right", "4", "enter")
    terminal.wait_for("Node · AddBackward0")
    terminal.press("escape")
    terminal.wait_for("Graph of loss, backward 1")
    terminal.press("5", "end")
    terminal.wait_for("None → 24")
    colours = {
        colour
        for row in terminal.screen.buffer.values()
        for cell in row.values()
        for colour in (cell.fg, cell.bg)
    }
    assert all(_is_grey(colour) for colour in colours), colours
    reversed_rows = [
        terminal.lines[y]
        for y, row in terminal.screen.buffer.items()
        if any(cell.reverse for cell in row.values())
    ]
    assert any("AccumulateGrad" in line for line in reversed_rows)


def _is_grey(colour: str) -> bool:
    named = {"default", "black", "white", "brightblack", "brightwhite"}
    return colour in named or (len(colour) == 6 and colour[:2] == colour[2:4] == colour[4:])


@pytest.mark.parametrize(
    ("options", "env"), [(("--ascii",), {}), ((), {"LC_ALL": "C", "LANG": "C"})]
)
@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_nothing_but_ascii_inside_of_a_pass(
    start: Start, options: tuple[str, ...], env: dict[str, str], columns: int, rows: int
) -> None:
    terminal = start(*options, LESSON, columns=columns, rows=rows, **env)
    enter(terminal)
    terminal.wait_for("1 * 2 * 4 = 8")
    terminal.press("right", "right")
    terminal.wait_for("8 * 3 = 24")
    terminal.press("right")
    terminal.wait_for("None > 24")
    terminal.press("4")
    terminal.wait_for("# x  AccumulateGrad")
    terminal.press("t", "t", "enter")
    terminal.wait_for("a leaf: ")
    terminal.press("q", "3", "1", "o")
    terminal.wait_for("line 5/5")
    assert terminal.raw.isascii()


def test_the_failing_step_of_the_lesson_marks_its_node(start: Start, skipped: Skipped) -> None:
    terminal = start(skipped(LESSON))
    titles = [step.title for step in library.find(LESSON).steps]
    for number in range(1, titles.index(FAILING) + 1):
        terminal.wait_for(f"step {number}/")
        terminal.press("N")
    terminal.wait_for(FAILING)
    terminal.press("end")
    terminal.wait_for("loss.backward()")
    terminal.wait_for(lambda it: any("✗" in line and "ExpBack" in line for line in it.lines))
    terminal.press("i", "right")
    terminal.wait_for("backward 1 of 1 · node 2 of 2")
    terminal.press("end")
    terminal.wait_for(lambda it: "backward 1 of 1" not in it.lines[0] and "line 7/7" in it.lines[0])
    quit_program(terminal)


def test_a_size_may_change_inside_of_a_pass(start: Start, home: Path) -> None:
    terminal = start(LESSON)
    enter(terminal)
    for columns, rows in ((80, 24), (40, 12), (250, 60), (60, 20), (120, 40)):
        terminal.resize(columns, rows)
        terminal.press("right", "left")
        terminal.wait_for(
            lambda it, width=columns: it.screen.columns == width and "backward 1 of 1" in it.text
        )
    terminal.press("o")
    terminal.wait_for("line 5/5")
    quit_program(terminal)
