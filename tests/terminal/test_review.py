"""Questions of earlier lessons come back on a terminal, with other numbers and real torch."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from autograd_tutor.course.catalogue import Catalogue
from autograd_tutor.playing.reviewing import note_if_finished
from autograd_tutor.progress import Progress
from terminal.commands import Run
from terminal.conftest import Start
from terminal.emulator import Terminal
from terminal.program import PROGRAM, environment
from terminal.test_walk import quit_program

LESSON = """\
format: 1
title: The {name} slope
summary: A slope.
setup: import torch
steps:
  - id: slope
    title: A slope
    explain: Look at the slope.
    then: "Here it is {answer}."
    code: |
      w = torch.tensor({value}.0, requires_grad=True)
      loss = w * w
      loss.backward()
    predict:
      - before: 3
        ask: What is w.grad after this line?
        kind: number
        answer: w.grad.item()
        wrong: {{{value}: That is w.}}
        because: Twice the value of w.
        again: {{w: "torch.tensor({other}.0, requires_grad=True)"}}
"""
NAMES = ("first", "second", "third", "fourth")


@pytest.fixture
def state(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four lessons, of which two are finished, at times of a clock of the test."""
    state, own = home / "state" / "autograd-tutor", home / "lessons"
    own.mkdir()
    for number, name in enumerate(NAMES, 1):
        values = {"name": name, "value": number, "other": 100 + number, "answer": 2 * number}
        (own / f"{number}-{name}.yaml").write_text(LESSON.format(**values))
    monkeypatch.setenv("AUTOGRAD_TUTOR_LESSONS", str(own))
    lessons = Catalogue().summaries()
    times = iter(range(1_700_000_000, 1_800_000_000))
    progress = Progress(state / "progress.sqlite", lambda: float(next(times)))
    for name in NAMES[:2]:
        progress.note_guess(name, "slope", 0, right=False, sure=True, tries=2)
        progress.finish(name, "slope")
        assert note_if_finished(progress, lessons, name)
    assert progress.save()
    progress.close()
    return state


def left(state: Path) -> set[str]:
    """The lessons of which something is still to come back."""
    progress = Progress.open(state)
    progress.close()
    return {key.lesson for key, note in progress.reviews().items() if not note.done}


def open_third(start: Start) -> Terminal:
    terminal = start("third", columns=80, rows=24)
    terminal.wait_for("1 question of an earlier lesson is due for review: r asks it now.")
    return terminal


def test_the_lesson_after_next_offers_a_review(start: Start, state: Path) -> None:
    terminal = open_third(start)
    terminal.wait_for("moment 0/2")
    terminal.press("right")
    terminal.wait_for("moment 1/")
    terminal.press("r")
    terminal.wait_for("Question, before line 3")
    assert "Review 1 of 1 · from: The first slope" in terminal.lines[0]
    assert "torch.tensor(101.0, requires_grad=True)" in terminal.text
    assert "202" not in terminal.text
    terminal.press("1", "enter")
    terminal.wait_for("That is not it. Try once more.")
    terminal.press(*"202", "enter")
    terminal.wait_for("Right.")
    assert "Twice the value of w." in terminal.text
    assert "w.grad" in terminal.text
    assert "Here it is" not in terminal.text
    terminal.press("enter")
    terminal.wait_for("Review done: 1 of 1 right.")
    assert "The third slope" in terminal.lines[0]
    assert "moment 1/" in terminal.lines[0]
    quit_program(terminal)
    assert left(state) == {"second"}


def test_the_command_asks_what_is_due_and_leads_to_the_lesson(start: Start, state: Path) -> None:
    progress = Progress.open(state)
    progress.visit("third", "slope", 0)
    progress.close()
    terminal = start("review", columns=80, rows=24)
    terminal.wait_for("Question, before line 3")
    terminal.press("s")
    terminal.wait_for("Skipped. It counts as done. Enter goes on.")
    terminal.wait_for("The run: 202")
    terminal.press("enter")
    terminal.wait_for("Review done: 0 of 1 right, 1 skipped.")
    assert "The third slope" in terminal.lines[0]
    quit_program(terminal)
    assert left(state) == {"second"}
    again = start("review", columns=80, rows=24)
    again.wait_for("Nothing is due for review.")
    assert again.wait_end() == 0


def test_in_lines_it_is_asked_as_well(home: Path, state: Path) -> None:
    typed = b"review\n1\n202\n\naskagain\n\n\n6\nquit\n"
    done = subprocess.run(
        [*PROGRAM, "--plain", "third"],
        input=typed,
        capture_output=True,
        env=environment(home),
        timeout=60,
        check=False,
    )
    said = done.stdout.decode()
    assert (done.returncode, done.stderr) == (0, b"")
    assert "1 question of an earlier lesson is due for review: review asks it now." in said
    assert "Review 1 of 1, from: The first slope." in said
    assert "w = torch.tensor(101.0, requires_grad=True)" in said
    assert said.index("The result: 202") < said.index("Review done: 1 of 1 right.")
    assert said.count("Lesson: The third slope") == 3
    assert "Its questions are asked again." in said
    assert "The result: 6" in said
    assert left(state) == {"second", "third"}  # which is finished by that


def test_without_a_screen_it_is_listed(run: Run, state: Path) -> None:
    progress = Progress.open(state)
    progress.visit("third", "slope", 0)
    progress.close()
    done = run("review")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "1 question is due for review:",
        "  first  The first slope: A slope",
    ]
    done = run("review", "third")
    assert done.returncode == 2
    assert "review takes no lesson: it asks what is due in all of them" in done.stderr
    assert left(state) == {"first", "second"}
