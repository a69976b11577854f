"""Files that take for ever to read hold up neither keys nor the end, and nothing of them stays."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from autograd_tutor.course import library
from terminal.conftest import Start
from terminal.emulator import Terminal
from terminal.lessons import WALK, write
from terminal.program import PROGRAM, environment, left_behind, wait_until_gone

pytestmark = [
    pytest.mark.starts,
    pytest.mark.skipif(
        not sys.platform.startswith("linux"), reason="finds processes by their environment in /proc"
    ),
]

STUCK = f"""\
format: 1
title: Stuck
summary: One line that takes Python 3.11 ten seconds.
steps:
  - id: stuck
    title: Stuck
    explain: Never read.
    code: |
      x = f'{"{a}" * 85_000}'
"""

TOO_LONG = "reading the file takes longer than 5 s; make it shorter or simpler"


def own(home: Path, name: str, text: str) -> str:
    (home / "lessons").mkdir(exist_ok=True)
    return write(home / "lessons", name, text)


def reading(home: Path) -> bool:
    """Whether a process reads files: the interface's own fork, or one that was started."""
    commands = list(left_behind(home).values())
    forked = sum("-m autograd_tutor" in command for command in commands) > 1
    return forked or any("course.reader" in command for command in commands)


def at_end(start: Start, own_lessons: int) -> Terminal:
    """The last of all lessons is chosen."""
    terminal = start()
    terminal.wait_for(f"{len(library.course_files()) + own_lessons} lessons")
    terminal.press("end")
    return terminal


@pytest.mark.parametrize("command", ["check", "trace"])
def test_without_a_screen_there_is_one_line(home: Path, command: str) -> None:
    path = write(home, "stuck", STUCK)
    done = subprocess.run(
        [*PROGRAM, command, path], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        env=environment(home), cwd=home, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    first = (done.stdout + done.stderr).splitlines()[0]
    assert first == f"{path}:1:1: {TOO_LONG}"
    wait_until_gone(home)


def test_a_list_says_so_and_goes_on(home: Path) -> None:
    own(home, "01-stuck", STUCK)
    own(home, "02-walk", WALK)
    done = subprocess.run(
        [*PROGRAM, "list", "--json"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        env=environment(home), cwd=home, timeout=100, check=True,
    )  # fmt: skip
    stuck, walk = json.loads(done.stdout)[-2:]
    assert TOO_LONG in stuck["problem"]
    assert (walk["title"], walk["problem"]) == ("A walk", None)
    wait_until_gone(home)


def test_the_screen_serves_keys_and_ends_while_a_file_is_stuck(start: Start, home: Path) -> None:
    for number in range(5):
        own(home, f"0{number}-stuck{number}", STUCK)
    terminal = at_end(start, 5)
    terminal.wait_for("▶   04-stuck4.yaml  reading …")
    assert reading(home)
    terminal.press("q")
    assert terminal.wait_end() == 0
    wait_until_gone(home)


def test_nothing_is_left_when_the_screen_is_killed_meanwhile(start: Start, home: Path) -> None:
    own(home, "01-stuck", STUCK)
    terminal = at_end(start, 1)
    terminal.wait_for("01-stuck.yaml  reading …")
    assert reading(home)
    terminal.kill()
    assert terminal.wait_end() == -signal.SIGKILL
    wait_until_gone(home)


def test_a_lesson_that_is_stuck_is_not_opened_and_that_is_said(start: Start, home: Path) -> None:
    own(home, "01-stuck", STUCK)
    terminal = at_end(start, 1)
    terminal.wait_for("01-stuck.yaml  reading …")
    terminal.press("enter")
    terminal.wait_for("Reading 01-stuck.yaml …")
    terminal.wait_for("01-stuck.yaml  cannot be opened")
    terminal.wait_for("01-stuck.yaml:1:1: reading the file takes longer than 5 s")
    terminal.press("home", "enter")
    terminal.wait_for("step 1/")
    terminal.press("ctrl+q")
    assert terminal.wait_end() == 0
    wait_until_gone(home)


def test_one_s_own_lesson_opens_again_where_one_left_off(start: Start, home: Path) -> None:
    path = write(home, "walk", WALK)
    for target in ((path,), ()):
        terminal = start(*target)
        terminal.wait_for("The first explanation.")
        terminal.press("ctrl+q")
        assert terminal.wait_end() == 0
        wait_until_gone(home)


def test_a_program_that_is_opened_with_a_stuck_file_says_so(start: Start, home: Path) -> None:
    terminal = start(write(home, "stuck", STUCK))
    assert terminal.wait_end() == 1
    assert TOO_LONG in " ".join(terminal.text.split())
    wait_until_gone(home)
