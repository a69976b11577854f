"""`grade`: what it says of a file that was written for an exercise, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from terminal.commands import FAILS, SQUARE, Run

LESSON = """\
format: 1
title: Squares
summary: One line
limits: {seconds: 2}
setup: |
  import torch
steps:
  - id: a
    title: t
    explain: x
    code: |
      w = torch.tensor(3.0, requires_grad=True)
    predict:
      - ask: What is w?
        kind: number
        answer: w.item()
exercise:
  - task: Make y the square of w.
    starter: |
      y = w
    solution: |
      y = w ** 2
    check:
      - that: y.item() == 9
        say: y is {y.item():g}, and should be 9.
      - that: y.grad_fn is not None
        say: y needs a graph.
    hints: [Look at y., Write a power.]
    mistakes:
      - id: doubled
        when: y.item() == 6
        say: That is twice w.
        like: y = w * 2
    forbid: {data: It goes round the graph.}
  - task: Make z the half of w.
    starter: |
      z = 0
    solution: |
      z = w / 2
    check:
      - that: z == 1.5
        say: z is {z}.
    hints: [Look at w., Write a quotient.]
"""

Graded = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def lesson(tmp_path: Path) -> str:
    path = tmp_path / "squares.yaml"
    path.write_text(LESSON)
    return str(path)


@pytest.fixture
def graded(run: Run, lesson: str, tmp_path: Path) -> Graded:
    """Grades code; returns the exit status and what is said."""

    def grade(code: str | bytes, *options: str) -> tuple[int, dict[str, Any]]:
        path = tmp_path / "mine.py"
        path.write_bytes(code if isinstance(code, bytes) else code.encode())
        chosen = options or ("--exercise", "1")
        done = run("grade", lesson, str(path), "--json", *chosen)
        assert len(done.stdout.splitlines()) == 1
        return done.returncode, json.loads(done.stdout)

    return grade


def test_code_that_solves_it(graded: Graded) -> None:
    status, said = graded("y = w ** 2\nprint('θ' * 600)")
    seconds = said.pop("seconds")
    assert (status, said) == (
        0,
        {
            "lesson": "squares",
            "exercise": 1,
            "status": "solved",
            "say": "",
            "check": None,
            "mistake": None,
            "error": None,
            "output": "θ" * 499 + "…",
        },
    )
    assert 0 < seconds < 2


def test_the_first_check_that_fails(graded: Graded) -> None:
    status, said = graded("y = w ** 3")
    assert status == 1
    assert (said["status"], said["check"]) == ("failed", 1)
    assert said["say"] == "y is 27, and should be 9."
    _, later = graded("y = (w ** 2).detach()")
    assert (later["check"], later["say"]) == (2, "y needs a graph.")


def test_a_known_mistake(graded: Graded) -> None:
    status, said = graded("y = w * 2")
    assert status == 1
    assert (said["status"], said["mistake"], said["check"]) == ("failed", "doubled", None)
    assert said["say"] == "That is twice w."


def test_a_forbidden_name_is_not_run(graded: Graded) -> None:
    status, said = graded("print(1)\ny = w.data ** 2")
    assert (status, said["status"], said["output"]) == (1, "forbidden", "")
    assert "line 2 uses `data`. It goes round the graph." in said["say"]


@pytest.mark.parametrize(
    ("code", "kind", "line"),
    [
        ("y = (", "SyntaxError", 1),
        ("y = w\nraise ValueError('\\x1b[31m')", "ValueError", 2),
        ("\n\nexit()", "SystemExit", 3),
        ("y = v", "NameError", 1),
        ("\0", "", 0),
    ],
)
def test_code_that_fails(graded: Graded, code: str, kind: str, line: int) -> None:
    status, said = graded(code)
    assert status == 1
    if not kind:
        assert (said["status"], said["error"]) == ("unreadable", None)
        return
    assert said["status"] == "error"
    assert (said["error"]["type"], said["error"]["line"]) == (kind, line)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("while True:\n    print('again')", "stopped after 2 s"),
        ("import os\nos.kill(os.getpid(), 9)", "ended by SIGKILL"),
        ("import os\nos._exit(0)", "exit status 0"),
    ],
)
def test_code_that_does_not_come_to_its_end(graded: Graded, code: str, words: str) -> None:
    status, said = graded(code)
    assert (status, said["status"]) == (1, "stopped")
    assert words in said["say"]
    assert len(said["output"]) <= 500


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (b"\xff\xfe\x00", "no text in UTF-8"),
        (b"x = 1\n" * 20_000, "larger than 64 KiB"),
        (b" \n", "empty"),
    ],
)
def test_what_is_no_code(graded: Graded, code: bytes, words: str) -> None:
    status, said = graded(code)
    assert (status, said["status"]) == (1, "unreadable")
    assert words in said["say"]


def test_an_exercise_sees_the_steps_and_no_other_exercise(graded: Graded) -> None:
    assert graded("z = w.item() / 2", "--exercise", "2")[0] == 0
    status, said = graded("z = y", "--exercise", "2")
    assert (status, said["exercise"], said["error"]["type"]) == (1, 2, "NameError")


def test_a_file_runs_in_the_sandbox_unless_it_is_told_not_to(graded: Graded) -> None:
    code = "import socket\nsocket.create_connection(('127.0.0.1', 9))"
    _, said = graded(code)
    assert said["error"]["type"] == "PermissionError"
    assert "network" in said["say"]
    _, free = graded(code, "--exercise", "1", "--no-sandbox")
    assert free["error"]["type"] == "ConnectionRefusedError"


def test_in_words(run: Run, lesson: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("y = w * 2\nprint('a\\x1b[31m')")
    done = run("grade", lesson, str(path), "--exercise", "1")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == (
        "squares, exercise 1: failed.\nMistake: doubled\nThat is twice w.\n"
        "It printed:\n    a\\x1b[31m\n"
    )
    path.write_text("y = w ** 2")
    assert run("grade", lesson, str(path), "--exercise", "1").stdout == (
        "squares, exercise 1: solved.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["squares.yaml", "none.py", "--exercise", "1"], "none.py: there is no such file"),
        (["squares.yaml", ".", "--exercise", "1"], "this is no ordinary file"),
        (["squares.yaml", "mine.py"], "2 exercises: say which with --exercise 1"),
        (["squares.yaml", "mine.py", "--exercise", "3"], "no exercise 3"),
        (["squares.yaml", "mine.py", "--exercise", "x"], "--exercise"),
        (["other.yaml", "mine.py"], "has no exercise"),
        (["nowhere.yaml", "mine.py"], "nowhere.yaml:1:1"),
        (["squares.yaml"], "FILE"),
    ],
)
def test_wrong_use(run: Run, lesson: str, tmp_path: Path, arguments: list[str], words: str) -> None:
    (tmp_path / "mine.py").write_text("y = 1")
    (tmp_path / "other.yaml").write_text(SQUARE)
    files = [each if each.startswith("-") else str(tmp_path / each) for each in arguments[:2]]
    done = run("grade", *files, *arguments[2:])
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def test_a_lesson_that_cannot_judge(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "fails.yaml"
    path.write_text(FAILS + LESSON[LESSON.index("exercise:") :])
    (tmp_path / "mine.py").write_text("y = 1")
    done = run("grade", str(path), str(tmp_path / "mine.py"), "--exercise", "1", "--json")
    assert done.returncode == 1
    said = json.loads(done.stdout)
    assert (said["status"], said["say"]) == ("unjudged", "Step 2 of the lesson failed.")
