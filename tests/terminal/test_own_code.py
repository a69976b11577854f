"""The learner's own code: in the editor, in a script that changes on disk, and found again."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminal.conftest import Start
from terminal.emulator import Terminal
from terminal.lessons import WALK, write

pytestmark = pytest.mark.starts

SCRIPT = """\
# %% One
a = 40 + 1
print("a is", a)
# %% Two
b = a + 1
print("b is", b)
"""


def quit_program(terminal: Terminal) -> None:
    terminal.press("ctrl+q")
    assert terminal.wait_end() == 0


def test_changes_in_the_editor_are_not_lost_by_escape(start: Start, home: Path) -> None:
    terminal = start(write(home, "walk", WALK), columns=80, rows=24)
    terminal.wait_for("The first explanation.")
    terminal.press("e")
    terminal.wait_for("Edit: Squares")
    terminal.press("#", "escape")
    terminal.wait_for("Esc keep editing  t throw away  F5 run")
    terminal.press("escape")
    terminal.wait_for("Esc cancel")
    assert "#x = torch" in terminal.text
    terminal.press("escape")  # alone: with a key right after it, a terminal means Alt
    terminal.wait_for("t throw away")
    terminal.press("t")
    terminal.wait_for("N next step")
    assert "#x = torch" not in terminal.text
    quit_program(terminal)


def test_f5_runs_a_script_as_it_is_on_disk(start: Start, home: Path) -> None:
    script = home / "train.py"
    script.write_text(SCRIPT, encoding="utf-8")
    terminal = start(str(script))
    terminal.wait_for("step 1/2")
    terminal.press("N", "end")
    terminal.wait_for("b is 42")
    script.write_text("# %% Zero\nz = 1\n" + SCRIPT.replace("40", "140"), encoding="utf-8")
    terminal.press("f5")
    terminal.wait_for(lambda it: "train.py has changed" in it.text and "step 3/3" in it.lines[0])
    terminal.press("end")
    terminal.wait_for("b is 142")
    script.write_text(SCRIPT + "c = (\n", encoding="utf-8")
    terminal.press("f5")
    terminal.wait_for("Not run again: train.py:7:5: ")
    assert "b is 142" in terminal.text
    quit_program(terminal)


def test_a_word_of_the_code_of_a_step_leads_there(start: Start, home: Path) -> None:
    (home / "lessons").mkdir()
    write(home / "lessons", "own", WALK.replace("total + 1", "total + 1  # zebra crossing"))
    terminal = start("dynamic-graph")
    terminal.wait_for("step 1/")
    terminal.press("/")
    terminal.wait_for("a word of a title, a text or code")
    terminal.press(*"zebra")
    terminal.wait_for(lambda it: "A walk · step 2" in it.text and "zebra crossing" in it.text)
    terminal.press("enter")
    terminal.wait_for(lambda it: "A walk" in it.lines[0] and "step 2/2" in it.lines[0])
    quit_program(terminal)


def test_code_that_is_pasted_with_the_key_that_runs_it_is_run_whole(
    start: Start, home: Path
) -> None:
    script = home / "train.py"
    script.write_text("z = 1\n", encoding="utf-8")
    terminal = start(str(script), columns=80, rows=24)
    terminal.wait_for("moment 0/1")
    lines = [f"a{number:03} = {number}" for number in range(200)]
    typed = "e" + "".join(f"{line}\r" for line in lines) + "print(len(dir()), a199)"
    assert len(typed) > 2000
    terminal.send(typed.encode() + b"\r\x1b[15~\x1b[F")
    terminal.wait_for(lambda it: "Code (edited)" in it.text and "moment 202/202" in it.text)
    terminal.press("escape")
    quit_program(terminal)


def test_an_edit_is_written_to_the_script(start: Start, home: Path) -> None:
    script = home / "train.py"
    script.write_text(SCRIPT, encoding="utf-8")
    terminal = start(str(script))
    terminal.wait_for("step 1/2")
    terminal.press("e")
    terminal.wait_for("F3 write to train.py")
    terminal.press("#", "end")
    terminal.wait_for("#a = 40 + 1")
    terminal.press("escape")
    terminal.wait_for("w write to train.py")
    terminal.press("w")
    terminal.wait_for("Your code is written to train.py, which is run anew.")
    assert script.read_text(encoding="utf-8") == SCRIPT.replace("a = 40", "#a = 40", 1)
    quit_program(terminal)
