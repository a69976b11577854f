"""What a run may send, and what the interface may take, on a real terminal."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import pytest
from floods import FLOODS

from terminal.conftest import Start
from terminal.emulator import Terminal
from terminal.lessons import WALK, write
from terminal.program import PROGRAM, environment, wait_until_gone
from terminal.test_leaving import assert_restored

pytestmark = [
    pytest.mark.starts,
    pytest.mark.skipif(
        not sys.platform.startswith("linux"), reason="finds processes in /proc, and bounds memory"
    ),
]


def test_a_run_that_sends_without_end_is_ended_with_a_word(start: Start, home: Path) -> None:
    lesson = f"""\
format: 1
title: A flood
summary: It sends and sends.
steps:
  - id: flood
    title: A flood
    explain: It floods.
    code: |
{textwrap.indent(FLOODS["small moments"], "      ")}
"""
    terminal = start(write(home, "flood", lesson))
    terminal.wait_for("It floods.")
    terminal.wait_for("The run sent more than")
    terminal.press("right")
    terminal.wait_for("moment 1/")
    terminal.press("ctrl+q")
    assert terminal.wait_end() == 0
    wait_until_gone(home)


def test_the_interface_ends_with_a_word_when_it_has_no_memory_left(home: Path) -> None:
    script = (
        "import sys; from autograd_tutor.ui import start, app; start.INTERFACE_DATA = 2**29\n"
        "app.TutorApp.search = lambda self: bytearray(2**30)\n"
        "from autograd_tutor.__main__ import main; sys.exit(main())"
    )
    argv = (PROGRAM[0], "-c", script, write(home, "walk", WALK))
    with Terminal(argv, env=environment(home), cwd=str(home)) as terminal:
        terminal.wait_for("The first explanation.")
        terminal.press("right")
        terminal.wait_for("111")  # torch has its own bounds
        terminal.press("/")
        assert terminal.wait_end() == 1
        assert_restored(terminal)
        assert "There is no memory left" in terminal.text
        assert b"Traceback" not in terminal.raw
    wait_until_gone(home)
