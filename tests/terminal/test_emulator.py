"""The tests' own terminal does what a terminal does."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from terminal.conftest import Start
from terminal.emulator import Gone, Terminal
from terminal.lessons import SPIN, write
from terminal.program import environment, left_behind, wait_until_gone
from terminal.test_leaving import needs_proc

RAW = "import os, sys, tty; tty.setraw(0); put = lambda data: os.write(1, data); "


def python(home: Path, script: str) -> Terminal:
    return Terminal((sys.executable, "-c", script), env=environment(home), columns=30, rows=5)


def test_queries_are_answered(home: Path) -> None:
    script = RAW + r"put(b'\x1b[?2026$p\x1b[6n'); got = b''" + "\n"
    script += "while not got.endswith(b'R'): got += os.read(0, 100)\n"
    script += "put(ascii(got).encode())"
    with python(home, script) as terminal:
        terminal.wait_for(r"\x1b[?2026;2$y\x1b[1;1R")


def test_sequences_cut_in_two_are_put_together(home: Path) -> None:
    with python(home, "input()") as terminal:
        for part in (b"a\x1b", b"[3", b"1mb\x1b]0;ti", b"tle\x07\xe2\x86", b"\x92c\x1b[<u!"):
            terminal.show(part)
        assert terminal.lines[0] == "ab→c!"
        assert terminal.screen.title == "title"


def test_modes_are_the_last_ones_set(home: Path) -> None:
    script = RAW + r"put(b'\x1b[?1049h\x1b[?25l\x1b[?1000;1003h\x1b[?1003l'); put(b'done')"
    with python(home, script) as terminal:
        terminal.wait_for("done")
        assert terminal.modes == {1049: True, 25: False, 1000: True, 1003: False}


def test_a_new_size_reaches_the_program(home: Path) -> None:
    script = "import os, signal\n"
    script += "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGWINCH])\n"
    script += "print('ready', *os.get_terminal_size())\n"
    script += "signal.sigwait([signal.SIGWINCH])\nprint(*os.get_terminal_size())"
    with python(home, script) as terminal:
        terminal.wait_for("ready 30 5")
        terminal.resize(44, 7)
        terminal.wait_for("44 7")


def test_waiting_for_what_never_comes_tells_what_is_there(home: Path) -> None:
    with python(home, "print('something else')") as terminal:
        terminal.wait_for("something")
        with pytest.raises(Gone, match="something else"):
            terminal.wait_for("nothing of the kind")
        assert terminal.wait_end() == 0


def test_rows_are_those_that_the_screen_shows(home: Path) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    texts = ("a", "語", "e\u0301x", "🙂", "x語" * 3, "a b  ", "", "語🙂", "\u0301", "é→∇")
    with python(home, "input()") as terminal:
        for _ in range(300):
            place = f"\x1b[{chance.randrange(1, 9)};1H\x1b[2K"
            terminal.show(f"{place}{chance.choice(texts)}{chance.choice(texts)}".encode())
            if chance.random() < 0.05:
                terminal.resize(chance.randrange(20, 40), chance.randrange(2, 9))
            shown = [line.rstrip() for line in terminal.screen.display]
            assert terminal.lines == shown, f"seed {seed}"


@needs_proc
def test_what_a_fork_leaves_behind_is_found(start: Start, home: Path) -> None:
    terminal = start(write(home, "spin", SPIN))
    terminal.wait_for("This never ends.")
    assert terminal.process.pid in left_behind(home)
    with pytest.raises(AssertionError, match="still running"):
        wait_until_gone(home, timeout=0.0)
    terminal.press("ctrl+q")
    assert terminal.wait_end() == 0
    wait_until_gone(home)


@needs_proc
def test_children_that_move_away_are_found(home: Path) -> None:
    script = "import os, time\n"
    script += "if os.fork() == 0: os.setsid(); print('away'); os.read(0, 1)\n"
    script += "else: os.read(0, 1)"
    with python(home, script) as terminal:
        terminal.wait_for("away")
        assert len(left_behind(home)) == 2
        with pytest.raises(AssertionError, match="still running"):
            wait_until_gone(home, timeout=0.0)
