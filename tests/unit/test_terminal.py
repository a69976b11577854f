"""The terminal that the screen is drawn on: a pseudo-terminal that a test reads, or not."""

from __future__ import annotations

import os
import select
import termios
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from autograd_tutor.ui.terminal import Terminal

FLOOD = "x" * 1_000_000
"""More than any pseudo-terminal holds."""


class Emulator:
    """The other side."""

    def __init__(self) -> None:
        self.master, self.slave = os.openpty()
        self.terminal = Terminal(self.slave, self.slave)

    def full(self) -> None:
        """Wait until the terminal takes nothing more."""
        poll = select.poll()
        poll.register(self.slave, select.POLLOUT)
        while poll.poll(0):
            pass

    def close(self) -> None:
        """As a closed window does."""
        if self.master >= 0:
            os.close(self.master)
        self.master = -1

    def read(self) -> bytes:
        """What has arrived and was not read."""
        os.set_blocking(self.master, False)
        data = b""
        with suppress(BlockingIOError):
            while part := os.read(self.master, 65536):
                data += part
        return data


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    made = Emulator()
    yield made
    made.close()
    os.close(made.slave)


def written_by_thread(terminal: Terminal) -> threading.Thread:
    """A thread that writes more than is read."""
    thread = threading.Thread(target=lambda: (terminal.write(FLOOD), terminal.flush()))
    thread.start()
    return thread


def test_what_is_written_arrives(emulator: Emulator) -> None:
    emulator.terminal.write("θ ")
    emulator.terminal.write("= 1")
    emulator.terminal.flush()
    assert emulator.read() == "θ = 1".encode()


def test_giving_up_ends_what_waits_to_be_written(emulator: Emulator) -> None:
    emulator.terminal.enter()
    writer = written_by_thread(emulator.terminal)
    emulator.full()
    assert writer.is_alive()
    emulator.terminal.give_up()
    writer.join()
    emulator.terminal.write(FLOOD)
    emulator.terminal.flush()  # waits for nothing


def test_a_full_terminal_is_given_back(emulator: Emulator) -> None:
    """All that it has not taken is dropped for what restores it, which comes last, and once."""
    before = termios.tcgetattr(emulator.slave)
    emulator.terminal.enter()
    raw = termios.tcgetattr(emulator.slave)
    raw[3] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(emulator.slave, termios.TCSANOW, raw)
    writer = written_by_thread(emulator.terminal)
    emulator.full()
    emulator.terminal.restore()
    writer.join()
    emulator.terminal.restore()
    emulator.terminal.leave()
    data = emulator.read()
    assert data.count(b"\x1b[?1049l") == 1
    assert not data.rpartition(b"\x1b[0m")[2]
    assert termios.tcgetattr(emulator.slave) == before


def test_leaving_restores_only_what_was_given_up(emulator: Emulator) -> None:
    emulator.terminal.enter()
    emulator.terminal.leave()
    assert emulator.read() == b""
    emulator.terminal.enter()
    emulator.terminal.give_up()
    emulator.terminal.leave()
    assert b"\x1b[?1049l" in emulator.read()


def test_a_terminal_that_is_entered_again_is_written_to_again(emulator: Emulator) -> None:
    emulator.terminal.enter()
    emulator.terminal.give_up()
    emulator.terminal.leave()
    emulator.read()
    emulator.terminal.enter()
    emulator.terminal.write("here")
    emulator.terminal.flush()
    assert emulator.read() == b"here"


def test_a_terminal_that_was_closed_takes_everything(emulator: Emulator) -> None:
    emulator.terminal.enter()
    emulator.close()
    emulator.terminal.write(FLOOD)
    emulator.terminal.flush()
    emulator.terminal.restore()


def test_others_who_have_the_terminal_still_wait_for_it(emulator: Emulator) -> None:
    """Not to block is a setting of an open file, which the shell shares."""
    assert os.get_blocking(emulator.slave)


def test_a_file_is_no_terminal() -> None:
    with open(os.devnull, "rb") as file, pytest.raises(OSError, match="ioctl"):
        Terminal(file.fileno(), file.fileno())


def test_what_waits_for_its_end_keeps_nothing_else_open(emulator: Emulator) -> None:
    waiting, other = os.pipe()
    with suppress(OSError):
        os.dup2(other, 1500)  # where no limit of 1024 reaches it
    emulator.terminal.survive_kill()
    for number in (other, 1500):
        with suppress(OSError):
            os.close(number)
    poll = select.poll()
    poll.register(waiting, select.POLLIN)
    assert poll.poll(60_000), "another process has the other end"
    assert os.read(waiting, 1) == b""
    os.close(waiting)
