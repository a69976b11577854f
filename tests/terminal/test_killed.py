"""The terminal is given back even where the program is killed."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from autograd_tutor import linux
from terminal.emulator import Terminal
from terminal.lessons import WALK, write
from terminal.program import PROGRAM, environment, wait_until_gone
from terminal.test_leaving import assert_restored

pytestmark = [
    pytest.mark.starts,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="finds processes in /proc"),
]


def kill_alone(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def kill_group(pid: int) -> None:
    os.killpg(pid, signal.SIGKILL)


def kill_stopped(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)
    os.kill(pid, signal.SIGKILL)


@contextmanager
def shell(home: Path, *command: str) -> Iterator[Terminal]:
    with Terminal(command, env=environment(home, PS1="ready> "), cwd=str(home)) as terminal:
        yield terminal


def program_in(terminal: Terminal) -> int:
    (pid,) = linux.children(terminal.process.pid)
    return pid


def restored(terminal: Terminal) -> bool:
    return terminal.modes[1049] is False and terminal.modes[25] is True


def test_a_script_that_ran_it_goes_on_with_the_terminal(home: Path) -> None:
    command = shlex.join((*PROGRAM, write(home, "walk", WALK)))
    with shell(home, "/bin/sh", "-c", f"read go; {command}; echo over: $?; read end") as terminal:
        before = terminal.settings()
        terminal.send(b"\n")
        terminal.wait_for("The first explanation.")
        terminal.press("right")
        terminal.wait_for("111")
        assert terminal.settings() != before
        os.kill(program_in(terminal), signal.SIGKILL)
        terminal.wait_for(lambda terminal: b"over: 137" in terminal.raw)  # on either screen
        terminal.wait_for(restored)
        assert_restored(terminal)
        wait_until_gone(home, spared={terminal.process.pid})
        assert terminal.settings() == before


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize("kill", [kill_alone, kill_group, kill_stopped])
def test_an_interactive_shell_goes_on_with_the_terminal(
    home: Path, kill: Callable[[int], None]
) -> None:
    (home / ".inputrc").write_text("set enable-bracketed-paste off\n")  # which bash turns on itself
    with shell(home, "bash", "--norc", "--noprofile", "-i") as terminal:
        terminal.wait_for("ready>")
        lesson = write(home, "walk", WALK)
        terminal.send(f"{shlex.join((*PROGRAM, lesson))}\n".encode())
        terminal.wait_for("The first explanation.")
        kill(program_in(terminal))
        terminal.wait_for(restored)
        terminal.send(b"echo $((6 * 7))4242\n")
        terminal.wait_for("424242")
        assert_restored(terminal)
        wait_until_gone(home, spared={terminal.process.pid})


def test_nothing_is_written_where_the_program_has_given_the_terminal_back(home: Path) -> None:
    command = shlex.join((*PROGRAM, write(home, "walk", WALK)))
    with shell(home, "/bin/sh", "-c", f"{command}; echo over: $?; read end") as terminal:
        terminal.wait_for("The first explanation.")
        terminal.press("ctrl+q")
        terminal.wait_for("over: 0")
        wait_until_gone(home, spared={terminal.process.pid})
        terminal.send(b"\n")
        terminal.wait_end()
        assert terminal.raw.rstrip().endswith(b"over: 0")
        assert_restored(terminal)


IMPORTED = """\
format: 1
title: What is imported
summary: An optimizer makes torch import much.
setup: import torch
steps:
  - id: look
    title: Look
    explain: The only explanation.
    code: |
      import sys
      print("imported:", "torch._dynamo" in sys.modules)
"""


def warm_and_spare_are_there(program: int) -> bool:
    """Whether a process has three children: a run, the warm process, the next run."""
    return any(len(linux.children(pid)) == 3 for pid in linux.descendants(program))


@pytest.mark.timeout(400)  # it imports when a processor is idle: other tests may leave none
def test_nothing_is_left_of_what_imports_in_the_background(home: Path) -> None:
    command = shlex.join((*PROGRAM, write(home, "imported", IMPORTED)))
    with shell(home, "/bin/sh", "-c", f"{command}; echo over: $?; read end") as terminal:
        terminal.wait_for("The only explanation.")
        terminal.press("end")
        terminal.wait_for("imported: False")
        program = program_in(terminal)
        terminal.wait_for(lambda _: warm_and_spare_are_there(program), timeout=300.0)
        terminal.press("f5", "end")
        terminal.wait_for("imported: True")
        os.kill(program, signal.SIGKILL)
        wait_until_gone(home, spared={terminal.process.pid})
