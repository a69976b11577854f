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
    terminal.wait_for("fills w.grad with its slope")
    terminal.press("end")
    terminal.wait_for("Which number will")
    terminal.press("s", "enter")
    at(terminal, "line 3/3")
    save(made, "with its slope", "with its steepness")
    terminal.press("1")
    terminal.wait_for("with its steepness")
    at(terminal, "line 3/3")
    save(made, "loss.backward()", "loss.backward(")
    terminal.wait_for("made.yaml:41:20")
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


def test_a_question_is_asked_again_once_it_was_written_anew(start: Start, made: Path) -> None:
    terminal = start("preview", "made.yaml")
    terminal.wait_for("fills w.grad with its slope")
    terminal.press("end")
    terminal.wait_for("Which number will")
    terminal.press("6", "enter")
    terminal.wait_for("The slope of w² is 2w")
    terminal.press("enter")
    at(terminal, "line 3/3")
    save(made, "title: The slope of a square", "title: The steepness")
    terminal.wait_for("The steepness")
    at(terminal, "line 3/3")
    assert "Which number will" not in terminal.text
    save(made, "ask: Which number will", "ask: And which value will")
    terminal.wait_for("And which value will")
    at(terminal, "line 2/3")
    quit_program(terminal)


def test_an_exercise_is_judged_as_the_file_has_it(start: Start, made: Path) -> None:
    terminal = start("preview", "made.yaml")
    terminal.wait_for("fills w.grad with its slope")
    terminal.press("end")
    terminal.wait_for("Which number will")
    terminal.press("s", "enter")
    at(terminal, "line 3/3")
    terminal.press("N")
    terminal.wait_for("Make w.grad 8")
    save(
        made,
        "    w = torch.tensor(3.0, requires_grad=True)\n    (w**2)",
        "    w = torch.tensor(5.0, requires_grad=True)\n    (w**2)",
    )
    terminal.wait_for("5.0")
    save(made, "task: Make `w.grad` 8.", "task: Let `w.grad` be 8.")
    terminal.wait_for("Let w.grad be 8")
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
    terminal.wait_for("fills w.grad with its slope")
    quit_program(terminal)


def test_nothing_is_written_while_nothing_changes(start: Start, made: Path) -> None:
    terminal = start("preview", "made.yaml")
    at(terminal, "moment 0/2")
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
