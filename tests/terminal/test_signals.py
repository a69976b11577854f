"""Whatever ends or stops the program, and whatever its terminal does, both are in order after."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from terminal.conftest import Start
from terminal.emulator import TIMEOUT, Terminal
from terminal.lessons import WALK, write
from terminal.program import PROGRAM, environment, wait_until_gone
from terminal.test_leaving import assert_restored, spinning

pytestmark = [
    pytest.mark.starts,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at processes in /proc"),
]

ENDING = ["HUP", "INT", "QUIT", "USR1", "USR2", "ALRM", "TERM", "XCPU", "RTMIN"]


def opened(start: Start, home: Path, **options: int) -> Terminal:
    """The program with a lesson open that reacts to keys."""
    terminal = start(write(home, "walk", WALK), **options)
    terminal.wait_for("The first explanation.")
    terminal.press("right")
    return terminal.wait_for("111")


def wait_stopped(pid: int, states: str = "T") -> None:
    """Wait until a process is stopped."""
    end = time.monotonic() + TIMEOUT
    while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in states:
        assert time.monotonic() < end, "it goes on"
        time.sleep(0.01)


@pytest.mark.parametrize("name", ENDING)
def test_a_signal_gives_the_terminal_back(start: Start, home: Path, name: str) -> None:
    number = signal.Signals[f"SIG{name}"]
    terminal = start(write(home, "walk", WALK))
    before = terminal.settings()
    terminal.wait_for("The first explanation.")
    assert terminal.settings() != before
    terminal.process.send_signal(number)
    assert terminal.wait_end() == 128 + number
    assert_restored(terminal)
    assert terminal.settings() == before
    assert b"Traceback" not in terminal.raw
    wait_until_gone(home)


@pytest.mark.parametrize(
    ("name", "keys"), [("TERM", ""), ("TERM", "llllhhhh"), ("HUP", "q"), ("USR1", "\x03")]
)
def test_a_terminal_that_reads_nothing_holds_up_no_signal(
    start: Start, home: Path, name: str, keys: str
) -> None:
    """Nor do keys that were pressed meanwhile; when it reads again, it gets its modes back."""
    number = signal.Signals[f"SIG{name}"]
    terminal = spinning(start, home)
    terminal.stall()
    terminal.press(*keys)
    terminal.process.send_signal(number)
    assert terminal.process.wait(TIMEOUT) == 128 + number
    terminal.wait_end()
    assert_restored(terminal)
    wait_until_gone(home)


def test_a_terminal_that_reads_nothing_and_closes(start: Start, home: Path) -> None:
    terminal = spinning(start, home)
    terminal.stall()
    terminal.close()
    assert terminal.process.wait(TIMEOUT) == 128 + signal.SIGHUP
    wait_until_gone(home)


@pytest.mark.parametrize("ignored", ["HUP", "HUP TERM"])
def test_a_terminal_that_closes_ends_a_program_that_ignores_signals(
    home: Path, ignored: str
) -> None:
    """As `nohup` has it: there is nothing left to draw on."""
    command = f"trap '' {ignored}; exec {' '.join(PROGRAM)} {write(home, 'walk', WALK)}"
    with Terminal(("sh", "-c", command), env=environment(home), cwd=str(home)) as terminal:
        terminal.wait_for("The first explanation.")
        for name in ignored.split():
            terminal.process.send_signal(signal.Signals[f"SIG{name}"])
        terminal.press("right")
        terminal.wait_for("111")
        terminal.close()
        assert terminal.process.wait(TIMEOUT) == 128 + signal.SIGHUP
    wait_until_gone(home)


HANGS = """
import threading
from autograd_tutor.ui.signals import Signals
from autograd_tutor.ui.terminal import Terminal
terminal = Terminal()
with Signals(terminal) as signals:
    if entered:
        terminal.enter()
        terminal.write("\x1b[?1049h\x1b[?25l\x1b[?1003h")
    terminal.write("It hangs.")
    terminal.flush()
    if served:
        signals.serve(None, lambda call: None)
    for _ in range(2):
        threading.Event().wait()
"""


@pytest.mark.parametrize(("entered", "served"), [(False, False), (True, False), (True, True)])
def test_a_program_that_hangs_is_ended(home: Path, entered: bool, served: bool) -> None:
    """At its start, or whatever its event loop is held up by."""
    script = f"entered, served = {entered}, {served}\n{HANGS}"
    with Terminal((sys.executable, "-c", script), env=environment(home)) as terminal:
        before = terminal.settings()
        terminal.wait_for("It hangs.")
        terminal.process.send_signal(signal.SIGTERM)
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.wait_end() == 128 + signal.SIGTERM
        if entered:
            assert_restored(terminal)
        assert terminal.settings() == before


def test_a_stop_gives_the_terminal_back_and_takes_it_again(start: Start, home: Path) -> None:
    terminal = start(write(home, "walk", WALK))
    before = terminal.settings()
    terminal.wait_for("The first explanation.")
    terminal.press("right")
    terminal.wait_for("111")
    for _ in range(2):
        terminal.process.send_signal(signal.SIGTSTP)
        wait_stopped(terminal.process.pid)
        while terminal.read(0):
            pass
        terminal.feed()
        assert_restored(terminal)
        assert terminal.settings() == before
        terminal.screen.reset()
        terminal.process.send_signal(signal.SIGCONT)
        terminal.wait_for("111")
        assert terminal.modes[1049]
    terminal.press("left")
    terminal.wait_for(lambda shown: "111" not in shown.text)
    terminal.press("ctrl+q")
    assert terminal.wait_end() == 0
    assert_restored(terminal)
    assert terminal.settings() == before


def test_a_stop_while_the_terminal_reads_nothing(start: Start, home: Path) -> None:
    terminal = opened(start, home)
    terminal.stall()
    terminal.process.send_signal(signal.SIGTSTP)
    wait_stopped(terminal.process.pid)
    while terminal.read(0):
        pass
    terminal.feed()
    assert_restored(terminal)
    terminal.screen.reset()
    terminal.process.send_signal(signal.SIGCONT)
    terminal.wait_for("111")
    terminal.press("ctrl+q")
    assert terminal.wait_end() == 0


def test_a_signal_ends_a_program_that_is_stopped(start: Start, home: Path) -> None:
    terminal = opened(start, home)
    terminal.process.send_signal(signal.SIGTSTP)
    wait_stopped(terminal.process.pid)
    terminal.process.send_signal(signal.SIGTERM)
    terminal.process.send_signal(signal.SIGCONT)
    assert terminal.wait_end() == 128 + signal.SIGTERM
    assert_restored(terminal)


def test_a_stop_that_nobody_can_notice(start: Start, home: Path) -> None:
    """After SIGSTOP a shell sets the terminal up for itself; going on takes it again."""
    terminal = opened(start, home)
    own = terminal.settings()
    terminal.process.send_signal(signal.SIGSTOP)
    wait_stopped(terminal.process.pid)
    os.system(f"stty sane < {terminal.name}")
    assert terminal.settings() != own
    terminal.screen.reset()
    terminal.process.send_signal(signal.SIGCONT)
    terminal.wait_for("111")
    terminal.wait_for(lambda shown: shown.settings() == own)
    terminal.press("left")
    terminal.wait_for(lambda shown: "111" not in shown.text)


def test_in_the_background_it_waits_to_be_brought_to_the_front(home: Path) -> None:
    program = f"{' '.join(PROGRAM)} {write(home, 'walk', WALK)}"
    command = (
        f'set -m; {program} & until [ -n "$(jobs -s)" ]; do sleep 0.01; done; '
        "echo in the background; fg; echo status $?; stty -a"
    )
    with Terminal(("bash", "-c", command), env=environment(home), cwd=str(home)) as terminal:
        terminal.wait_for("The first explanation.")
        assert terminal.raw.index(b"in the background") < terminal.raw.index(b"\x1b[?1049h")
        terminal.press("right")
        terminal.wait_for("111")
        terminal.press("ctrl+q")
        terminal.wait_end()
        assert "status 0" in terminal.text
        assert " icanon" in terminal.text
        assert " echo " in terminal.text


def test_a_flood_of_signals_that_mean_nothing(start: Start, home: Path) -> None:
    terminal = opened(start, home)
    for _ in range(2000):
        for number in (signal.SIGWINCH, signal.SIGPIPE, signal.SIGCHLD, signal.SIGURG):
            terminal.process.send_signal(number)
    terminal.press("left")
    terminal.wait_for(lambda shown: "111" not in shown.text)
    terminal.process.send_signal(signal.SIGTERM)
    assert terminal.wait_end() == 128 + signal.SIGTERM


def test_bytes_that_are_no_characters_are_no_keys(start: Start, home: Path) -> None:
    terminal = opened(start, home)
    terminal.send(b"\xff\xfe\xc3(")
    terminal.wait_quiet(0.2)
    terminal.press("left")
    terminal.wait_for(lambda shown: "111" not in shown.text)
    terminal.press("ctrl+q")
    assert terminal.wait_end() == 0


def test_the_screen_is_drawn_on_standard_output(home: Path) -> None:
    """Standard error may go anywhere, into a pipe that nobody reads, too."""
    command = f"{' '.join(PROGRAM)} {write(home, 'walk', WALK)} 2> >(sleep 1000)"
    with Terminal(("bash", "-c", command), env=environment(home), cwd=str(home)) as terminal:
        terminal.wait_for("The first explanation.")
        terminal.press("ctrl+q")
        terminal.wait_end()
        assert_restored(terminal)
