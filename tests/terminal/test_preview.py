"""An author writes a lesson: `new`, then `preview` on a terminal while the file is saved."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminal.commands import Run
from terminal.conftest import Start
from terminal.emulator import Terminal
from terminal.test_walk import quit_program


def save(path: Path, old: str, new: str) -> str:
    """As editors do: another file takes the place; what was there before."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    beside = path.with_suffix(".saving")
    beside.write_text(text.replace(old, new), encoding="utf-8")
    beside.replace(path)
    return text


@pytest.fixture
def made(run: Run, home: Path) -> Path:
    assert run("new", "made.yaml").returncode == 0
    return home / "made.yaml"


def at(terminal: Terminal, place: str) -> None:
    terminal.wait_for(lambda it: place in it.lines[0])


def test_what_is_saved_is_seen_and_what_is_broken_is_said(start: Start, made: Path) -> None:
    terminal = start("preview", "made.yaml", columns=80, rows=24)
    terminal.wait_for("Its slope at 3 is 2")
    terminal.press("end")
    at(terminal, "line 3/3")
    save(made, "Its slope at 3", "Its steepness at 3")
    terminal.press("1")
    terminal.wait_for("Its steepness at 3")
    at(terminal, "line 3/3")
    save(made, "loss.backward()", "loss.backward(")
    terminal.wait_for("made.yaml:43:20")
    terminal.wait_for("1 problem")
    save(made, "watch: [w, loss]", "wach: [w, loss]")
    terminal.wait_for("did you mean watch?")
    terminal.wait_for("2 problems")
    save(made, "wach:", "watch:")
    save(made, "loss.backward(", "loss.backward()\n      print(w.grad * 7)")
    terminal.wait_for(lambda it: "problem" not in it.text)
    at(terminal, "line 3/4")
    terminal.press("2", "end")
    terminal.wait_for("42.")
    quit_program(terminal)


def test_a_script_is_previewed_too(start: Start, run: Run, home: Path) -> None:
    assert run("new", "train.py").returncode == 0
    terminal = start("preview", "train.py")
    terminal.press("N")
    at(terminal, "step 2/2")
    terminal.press("end")
    terminal.wait_for("30.")
    save(home / "train.py", "(2 * w) ** 2", "(3 * w) ** 2")
    terminal.wait_for("60.")  # 2 · 3 + 18 · 3
    at(terminal, "step 2/2")
    save(home / "train.py", "print(w.grad)", "print(w.grad")
    terminal.wait_for("this is not Python")
    terminal.press("q")
    terminal.wait_for("The file has problems still")
    quit_program(terminal)


def test_a_lesson_that_is_broken_at_first_is_mended(start: Start, made: Path) -> None:
    save(made, "title: The slope", "title: [The slope")
    terminal = start("preview", "made.yaml")
    terminal.wait_for("this is not YAML")
    save(made, "title: [The slope", "title: The slope")
    terminal.wait_for("Its slope at 3 is 2")
    quit_program(terminal)


def test_nothing_is_written_while_nothing_changes(start: Start, made: Path) -> None:
    terminal = start("preview", "made.yaml")
    at(terminal, "moment 0/5")
    terminal.wait_quiet(1.5)
    written = terminal.written
    terminal.read(1.5)
    assert terminal.written == written
    quit_program(terminal)


def test_what_a_preview_is_refused_for(run: Run, start: Start, home: Path, made: Path) -> None:
    assert run("preview", "made.yaml").returncode == 2  # no terminal
    assert run("record", "made.yaml", "-o", "made.agt").returncode == 0
    for name, reason in [("made.agt", "is a recording"), ("no.yaml", "there is no such file")]:
        terminal = start("preview", name)
        terminal.wait_for(reason)
        assert terminal.wait_end() == 2
