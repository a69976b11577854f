"""However the program ends, the terminal is as it was and nothing of it keeps running."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from terminal.conftest import Start
from terminal.emulator import Terminal
from terminal.lessons import SPIN, WALK, write
from terminal.program import left_behind, wait_until_gone

pytestmark = pytest.mark.starts

needs_proc = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="finds processes by their environment in /proc"
)

MOUSE = (1000, 1002, 1003, 1005, 1006, 1015, 1016)


def assert_restored(terminal: Terminal) -> None:
    """The person's own screen and cursor are back and nothing keeps being reported."""
    modes = terminal.modes
    assert modes[1049] is False
    assert modes[25] is True
    for mode in (*MOUSE, 1004, 2004, 2026, 2048):
        assert not modes.get(mode), f"mode {mode} is left on"
    assert modes.get(7, True), "lines no longer wrap"
    pushed, popped = terminal.raw.count(b"\x1b[>1u"), terminal.raw.count(b"\x1b[<u")
    assert popped >= pushed


@needs_proc
def test_q_leads_back_to_the_course_and_then_out(start: Start, home: Path) -> None:
    terminal = start(write(home, "walk", WALK))
    terminal.wait_for("The first explanation.")
    terminal.press("q")
    terminal.wait_for("Automatic gradients")
    terminal.press("q")
    assert terminal.wait_end() == 0
    assert_restored(terminal)
    wait_until_gone(home)


@needs_proc
@pytest.mark.parametrize("key", ["ctrl+q", "ctrl+c"])
def test_quitting_restores_the_terminal_and_leaves_nothing(
    start: Start, home: Path, key: str
) -> None:
    terminal = start(write(home, "walk", WALK))
    terminal.wait_for("The first explanation.")
    terminal.press("right")
    terminal.wait_for("111")
    assert terminal.modes[1049] is True
    terminal.press(key)
    assert terminal.wait_end() == 0
    assert_restored(terminal)
    assert b"Traceback" not in terminal.raw
    wait_until_gone(home)


@needs_proc
def test_quitting_before_torch_is_imported_leaves_nothing(start: Start, home: Path) -> None:
    terminal = start(write(home, "walk", WALK))
    terminal.wait_for("The first explanation.")
    terminal.press("ctrl+q")
    assert terminal.wait_end() == 0
    assert_restored(terminal)
    wait_until_gone(home)


@needs_proc
def test_kill_9_leaves_nothing_while_a_snippet_spins(start: Start, home: Path) -> None:
    terminal = spinning(start, home)
    terminal.kill()
    wait_until_gone(home)


@needs_proc
def test_a_closed_terminal_leaves_nothing_while_a_snippet_spins(start: Start, home: Path) -> None:
    terminal = spinning(start, home)
    terminal.close()
    wait_until_gone(home)


@needs_proc
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_signal_ends_everything(start: Start, home: Path, number: signal.Signals) -> None:
    terminal = spinning(start, home)
    terminal.process.send_signal(number)
    terminal.wait_end()
    wait_until_gone(home)


def test_sigterm_restores_the_terminal(start: Start, home: Path) -> None:
    terminal = start(write(home, "walk", WALK))
    terminal.wait_for("The first explanation.")
    terminal.process.send_signal(signal.SIGTERM)
    assert terminal.wait_end() == 128 + signal.SIGTERM
    assert_restored(terminal)


def spinning(start: Start, home: Path) -> Terminal:
    """Open the lesson whose snippet never ends; its run is a third process, busy."""
    terminal = start(write(home, "spin", SPIN))
    terminal.wait_for("This never ends.")
    terminal.press("right")
    terminal.wait_for("43, 43")
    processes = left_behind(home)
    assert terminal.process.pid in processes
    assert len(processes) >= 3, processes
    assert all(os.getpgid(pid) != os.getpgid(0) for pid in processes)
    return terminal
