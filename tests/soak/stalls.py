"""A terminal that takes nothing, or little: the program ends in time when it is to end."""

from __future__ import annotations

import contextlib
import os
import signal
import termios
import threading
import time
from collections.abc import Iterator
from random import Random

from soak.sitting import ANY, gone, opened, press_any
from soak.trials import Measured, Part, folder
from terminal.emulator import Terminal
from terminal.lessons import SPIN, WALK, write

SIGNALS = ("TERM", "HUP", "INT", "QUIT", "USR1")


def trial(number: int, chance: Random) -> Measured:
    """One way not to read, one way to end."""
    stall = STALLS[number % len(STALLS)]
    with folder() as home:
        lesson = write(home, "a", chance.choice((SPIN, WALK)))
        with opened(home, *chance.choice(((lesson,), ("inside-backward",), ()))) as terminal:
            terminal.wait_for(lambda shown: shown.modes.get(1049))
            press_any(terminal, chance, ANY, chance.randrange(30))
            assert terminal.process.poll() is None
            with stall(terminal, chance):
                return _end(terminal, chance) | {"left, s": gone(home)}


def _end(terminal: Terminal, chance: Random) -> dict[str, float]:
    """Ask it to end, by a signal or by closing the terminal; the seconds that it takes."""
    for _ in range(chance.randrange(20)):
        with contextlib.suppress(BlockingIOError):  # what is written to it need not be read either
            os.write(
                terminal._master, chance.choice((b"l", b"h", b"\x1b", b"j", b"e", b"\x1b[15~"))
            )
    drain_none = chance.random() * 0.3
    time.sleep(drain_none)
    begin = time.monotonic()
    way = chance.choice((*SIGNALS, "close"))
    if way == "close":
        terminal.close()
        number = int(signal.SIGHUP)
    else:
        number = signal.Signals[f"SIG{way}"]
        terminal.process.send_signal(number)
    status = terminal.process.wait(30)
    seconds = time.monotonic() - begin
    assert status == 128 + number, status
    return {way: 1, "end, s": seconds}


@contextlib.contextmanager
def _nothing(terminal: Terminal, _chance: Random) -> Iterator[None]:
    """Nobody reads, and the program has written until no more can be written."""
    with contextlib.suppress(AssertionError):  # a screen that writes little does not fill it
        terminal.stall()
    yield


@contextlib.contextmanager
def _stopped(terminal: Terminal, _chance: Random) -> Iterator[None]:
    """Output is stopped, as ^S does."""
    descriptor = os.open(terminal.name, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        termios.tcflow(descriptor, termios.TCOOFF)
        yield
    finally:
        with contextlib.suppress(termios.error):
            termios.tcflow(descriptor, termios.TCOON)
        os.close(descriptor)


@contextlib.contextmanager
def _slow(terminal: Terminal, chance: Random) -> Iterator[None]:
    """A few bytes are read now and then."""
    over = threading.Event()
    pause, size = chance.uniform(0.005, 0.2), chance.choice((1, 16, 256))

    def read() -> None:
        while not over.wait(pause):
            with contextlib.suppress(BlockingIOError, OSError):
                os.read(terminal._master, size)  # which may have been closed

    reader = threading.Thread(target=read)
    reader.start()
    try:
        _wiggle(terminal, 40)
        yield
    finally:
        over.set()
        reader.join()


def _wiggle(terminal: Terminal, times: int) -> None:
    """Sizes that change give it something to write."""
    for number in range(times):
        terminal._set_size(100 + number % 2, 40)
        time.sleep(0.01)


STALLS = (_nothing, _stopped, _slow)
PART = Part("stalls", 90, 3, trial, most={"end, s": 2.0, "left, s": 3.0})
