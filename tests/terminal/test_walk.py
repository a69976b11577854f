"""A person opens a lesson and walks it, at a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminal.conftest import Start
from terminal.emulator import Terminal
from terminal.lessons import SPIN, WALK, write

PANES = ("Explanation", "Code", "Tensors", "Graph", "Gradients")


@pytest.fixture
def walk(home: Path) -> str:
    return write(home, "walk", WALK)


def test_first_screen_of_120_by_40_holds_all_five_panes(start: Start, walk: str) -> None:
    terminal = start(walk)
    terminal.wait_for(lambda it: all(pane in it.text for pane in PANES))
    terminal.wait_for("The first explanation.")
    assert "autograd-tutor" in terminal.lines[0]
    assert "A walk" in terminal.lines[0]
    assert "step 1/2" in terminal.lines[0]
    assert "x = torch.arange(1, 4) * 37.0" in terminal.text
    assert "total.backward()" in terminal.text


def test_screen_of_80_by_24_holds_the_code_and_one_pane(start: Start, walk: str) -> None:
    terminal = start(walk, columns=80, rows=24)
    terminal.wait_for("x = torch.arange(1, 4) * 37.0")
    terminal.wait_for("The first explanation.")
    assert "step 1/2" in terminal.lines[0]
    terminal.press("3", "right")
    terminal.wait_for("111")
    assert "x = torch.arange(1, 4) * 37.0" in terminal.text
    terminal.press("5")
    terminal.wait_for("Gradients")
    terminal.press("right", "right", "right")
    terminal.wait_for("222")
    assert "total.backward()" in terminal.text


def test_stepping_shows_what_torch_computed_and_stepping_back_takes_it_away(
    start: Start, walk: str
) -> None:
    terminal = start(walk)
    terminal.wait_for("total.backward()")
    assert "111" not in terminal.text
    terminal.press("right")
    terminal.wait_for(lambda it: "111" in it.text and "line 1/4" in it.text)
    terminal.press("right", "right")
    terminal.wait_for(lambda it: "19166" in it.text and "SumBackward0" in it.text)
    assert "222" not in terminal.text
    terminal.press("right")
    terminal.wait_for(lambda it: "148" in it.text and "222" in it.text)
    terminal.press("left")
    terminal.wait_for(lambda it: "222" not in it.text and "19166" in it.text)
    terminal.press("home")
    terminal.wait_for(lambda it: "111" not in it.text and "19166" not in it.text)
    terminal.press("end")
    terminal.wait_for(lambda it: "222" in it.text and "line 4/4" in it.text)


def test_next_step_goes_on_with_the_values_of_the_one_before(start: Start, walk: str) -> None:
    terminal = start(walk)
    terminal.wait_for("The first explanation.")
    terminal.press("N")
    terminal.wait_for(lambda it: "step 2/2" in it.text and "The second explanation." in it.text)
    terminal.press("right")
    terminal.wait_for("19167")
    terminal.press("P")
    terminal.wait_for(lambda it: "step 1/2" in it.text and "The first explanation." in it.text)


def test_help_lists_the_keys_and_goes_away(start: Start, walk: str) -> None:
    terminal = start(walk)
    terminal.wait_for("The first explanation.")
    terminal.press("?")
    terminal.wait_for("Shift-Tab")
    terminal.press("escape")
    terminal.wait_for(lambda it: "Shift-Tab" not in it.text and "step 1/2" in it.text)


def test_the_explanation_can_be_read_and_left_while_a_snippet_spins(
    start: Start, home: Path
) -> None:
    terminal = start(write(home, "spin", SPIN))
    terminal.wait_for("This never ends.")
    terminal.press("right")
    terminal.wait_for("43, 43")
    terminal.press("?")
    terminal.wait_for("Shift-Tab")
    terminal.press("escape")
    terminal.wait_for(lambda it: "Shift-Tab" not in it.text)
    quit_program(terminal)


def test_sizes_may_change_while_stepping(start: Start, walk: str) -> None:
    terminal = start(walk)
    terminal.wait_for("The first explanation.")
    terminal.press("right")
    terminal.wait_for("111")
    for columns, rows in ((80, 24), (40, 12), (250, 60), (60, 20), (120, 40)):
        terminal.resize(columns, rows)
        terminal.press("right", "left")
        terminal.wait_for(lambda it, width=columns: _fills(it, width))
    terminal.press("end")
    terminal.wait_for(lambda it: "222" in it.text and "step 1/2" in it.text)
    quit_program(terminal)


@pytest.mark.parametrize(("columns", "rows"), [(40, 12), (250, 60), (20, 5)])
def test_any_size_opens_steps_and_quits(start: Start, walk: str, columns: int, rows: int) -> None:
    terminal = start(walk, columns=columns, rows=rows)
    terminal.wait_for(lambda it: it.modes.get(1049) and it.text.strip())
    terminal.press("right", "end", "N", "P", "z", "z", "tab")
    quit_program(terminal)


def test_the_course_opens_without_a_target_and_leads_into_a_lesson(start: Start) -> None:
    terminal = start()
    terminal.wait_for("Automatic gradients")
    terminal.press("?")
    terminal.wait_for("Command palette")
    terminal.press("escape")
    terminal.wait_for(lambda it: "Command palette" not in it.text)
    terminal.press("home", "down", "down", "enter")
    terminal.wait_for(lambda it: "is_leaf" in it.text and "step 1/" in it.lines[0])
    quit_program(terminal)


def test_the_palette_comes_late_and_changes_the_colours(start: Start, walk: str) -> None:
    terminal = start(walk, "--theme", "dark")
    terminal.wait_for("The first explanation.")
    dark = terminal.screen.buffer[1][2].bg
    terminal.press("ctrl+p")
    terminal.wait_for("Search for commands")
    terminal.press(*"theme")
    terminal.wait_for(
        lambda it: "Change the colours" in it.text and "End the program" not in it.text
    )
    terminal.press("enter")
    terminal.wait_for("Search for themes")
    terminal.press(*"tutor-light")
    terminal.wait_for(lambda it: "tutor-dark" not in it.text)
    terminal.press("enter")
    terminal.wait_for(lambda it: it.screen.buffer[1][2].bg not in (dark, "default"))
    terminal.wait_for("The first explanation.")
    quit_program(terminal)


def test_the_first_screen_is_written_once(start: Start, walk: str) -> None:
    terminal = start(walk)
    terminal.wait_for("The first explanation.")
    terminal.press("right")
    terminal.wait_for("111")
    for pane in PANES:
        assert terminal.raw.count(pane.encode()) == 1
    quit_program(terminal)


@pytest.mark.starts
@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs /proc")
def test_what_the_first_screen_does_not_need_is_not_loaded(start: Start, walk: str) -> None:
    terminal = start(walk)
    terminal.wait_for("The first explanation.")
    libraries = Path(f"/proc/{terminal.process.pid}/maps").read_text()
    assert "libc.so" in libraries
    assert "libssl" not in libraries
    quit_program(terminal)


def test_where_the_learner_was_is_opened_again(start: Start) -> None:
    terminal = start("dynamic-graph")
    terminal.wait_for("step 1/")
    title = terminal.lines[0].split("step")[0].strip()
    terminal.press("N")
    terminal.wait_for("step 2/")
    quit_program(terminal)
    again = start()
    again.wait_for(lambda it: title in it.lines[0] and "step 2/" in it.lines[0])
    quit_program(again)


def test_the_moment_at_which_the_learner_was_is_opened_again(start: Start, walk: str) -> None:
    terminal = start(walk)
    terminal.wait_for("The first explanation.")
    terminal.press("right", "right", "right")
    terminal.wait_for(lambda it: "19166" in it.text and "line 3/4" in it.lines[0])
    quit_program(terminal)
    again = start(walk)
    again.wait_for(lambda it: "19166" in it.text and "line 3/4" in it.lines[0])
    again.press("right", "i", "right")
    again.wait_for("node 2 of 3")
    place = again.lines[0].split("step")[1]
    quit_program(again)
    inside = start()
    inside.wait_for(lambda it: place in it.lines[0])
    quit_program(inside)
    Path(walk).write_text(WALK.replace("37.0", "38.0"), encoding="utf-8")
    changed = start(walk)
    changed.wait_for("start · moment 0/")
    quit_program(changed)


def quit_program(terminal: Terminal) -> None:
    """Leave from wherever the program is; it must still hear and obey."""
    terminal.press("ctrl+q")
    assert terminal.wait_end() == 0


def _fills(terminal: Terminal, width: int) -> bool:
    return terminal.screen.columns == width and "line 1/4" in terminal.text


def test_ctrl_l_draws_over_what_another_program_has_written(start: Start, home: Path) -> None:
    terminal = start(write(home, "walk", WALK), columns=80, rows=24)
    terminal.wait_for("moment 0/7")
    terminal.show(b"\x1b[5;5Hwall: the system goes down\x1b[1;1H\x1b[2K")
    assert "wall: the system" in terminal.text
    assert not terminal.lines[0].strip()
    terminal.press("ctrl+l")
    terminal.wait_for(lambda it: "wall: the system" not in it.text and "moment 0/7" in it.lines[0])
