"""Gives the terminal back where the program itself cannot any more: it was killed.

A fork of the program, made before there are threads and before anything large is imported, waits
at a pipe for its end. It has a process group of its own, and runs nothing but this.
"""

from __future__ import annotations

import os
import select
import signal
import termios
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

from autograd_tutor import linux
from autograd_tutor.descriptors import close_all_but
from autograd_tutor.limits.interface import KEEPER_SECONDS

_ENTERED, _LEFT = b"+", b"-"


class Keeper:
    """The program's side. Where there cannot be another process, it does nothing."""

    def __init__(self, keys: int, screen: int, before: list[Any], restoring: bytes) -> None:
        """`keys`, `screen`: the terminal. What restores it: `restoring`, then settings `before`."""
        self._note = -1
        group = os.getpgrp()
        ended, self_ended = os.pipe()
        try:
            child = os.fork()
        except OSError:
            child = -1
        if child == 0:
            close_all_but({ended, keys, screen})
            _keep(ended, lambda: _restore(keys, screen, before, restoring, group))
        os.close(ended)
        self._note = self_ended

    def entered(self) -> None:
        """The screen is about to be drawn: from now on there is something to give back."""
        self._tell(_ENTERED)

    def left(self) -> None:
        """The terminal has been given back."""
        self._tell(_LEFT)

    def _tell(self, what: bytes) -> None:
        with suppress(OSError):  # it was killed
            os.write(self._note, what)


def _keep(ended: int, restore: Callable[[], None]) -> NoReturn:
    """In the fork: wait until nobody has the other end of the pipe any more."""
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        os.setpgid(0, 0)
        linux.refuse_tracers(True)
        last = _LEFT
        while noted := os.read(ended, 4096):
            last = noted[-1:]
        if last == _ENTERED:
            restore()
    finally:
        os._exit(0)


def _restore(keys: int, screen: int, before: list[Any], restoring: bytes, group: int) -> None:
    """Restore the terminal; a shell that has taken it already has made settings of its own.

    What others have written meanwhile is not dropped.
    """
    with suppress(OSError, termios.error):
        if os.tcgetpgrp(keys) == group:
            termios.tcsetattr(keys, termios.TCSANOW, before)
    poll = select.poll()
    poll.register(screen, select.POLLOUT)
    if poll.poll(1000 * KEEPER_SECONDS):
        with suppress(OSError):
            os.write(screen, restoring)
