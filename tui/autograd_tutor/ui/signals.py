"""What signals ask of the program: to end, to stop for a while, to go on.

Here alone is decided how the program ends when something other than the learner ends it. A thread
of its own sees to that, since the event loop may be held up by anything: a terminal that takes
nothing, a snippet's records, a file.
"""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import FrameType, TracebackType
from typing import NoReturn, Protocol

from autograd_tutor.limits.interface import LEAVE_SECONDS, TERMINAL_SECONDS
from autograd_tutor.ui.terminal import Terminal

_STATUS = 128
"""Added to a signal's number it is the exit status, as shells have it."""

_OF_JOBS = ("SIGTSTP", "SIGCONT", "SIGTTIN", "SIGTTOU")
_IGNORED = ("SIGCHLD", "SIGURG", "SIGWINCH", "SIGINFO")
_FAULTS = ("SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL")
_UNSERVABLE = ("SIGKILL", "SIGSTOP")


class Served(Protocol):
    """What runs in the event loop; every call returns at once."""

    def end(self, status: int) -> None:
        """End in good order, with this exit status."""

    def pause(self) -> None:
        """Give the terminal back, stop, and take it again."""

    def take_again(self) -> None:
        """Take the terminal again: whatever had it meanwhile may have changed it."""

    def resize(self) -> None:
        """The terminal has another size."""


class Signals:
    """Serves all signals that would end or stop the program; a context manager.

    The program ends in good order if it can within LEAVE_SECONDS, and at once otherwise.
    """

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.number: int | None = None
        """The signal that ends the program, if any does."""
        self._call: Callable[[Callable[[], None]], object] | None = None
        self._served: Served | None = None
        self._paused = threading.Event()
        self._resize_due = threading.Event()
        self._continuations = 0
        """Of our own stops, which nobody has to react to."""
        self._ending = frozenset(_ending())
        self._arriving, self._arrived = os.pipe()
        for end in (self._arriving, self._arrived):
            os.set_blocking(end, False)

    @property
    def status(self) -> int | None:
        """The exit status, where a signal ends the program."""
        return None if self.number is None else _STATUS + self.number

    def __enter__(self) -> Signals:
        signal.set_wakeup_fd(self._arrived, warn_on_full_buffer=False)
        for number in (*self._ending, signal.SIGTSTP, signal.SIGCONT):
            signal.signal(number, self._note)
        threading.Thread(target=self._serve, name="signals", daemon=True).start()
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """The terminal is given back. A signal's deadline stands until the process is gone."""
        self._served = None
        self.terminal.restore()

    def serve(self, served: Served, call: Callable[[Callable[[], None]], object]) -> None:
        """From now on somebody can react; `call` makes the event loop call something."""
        self._call, self._served = call, served

    def stop(self) -> bool:
        """Stop the process; when it goes on in the foreground, whether it has not to end."""
        self._paused.set()
        while self.number is None:
            self._continuations += 1
            os.kill(os.getpid(), signal.SIGSTOP)
            if self.terminal.in_foreground:
                break
        self._paused.clear()
        return self.number is None

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if number in self._ending and self.number is None:
            self.number = number

    def _serve(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})  # the end needs the terminal
        for number in self._numbers():
            match number:
                case signal.SIGTSTP:
                    self._pause()
                case signal.SIGCONT if self._continuations:
                    self._continuations -= 1
                case signal.SIGCONT:
                    self._ask(lambda served: served.take_again())
                case signal.SIGWINCH if not self._resize_due.is_set():
                    self._resize_due.set()
                    self._ask(self._resize)
                case _ if number in self._ending:
                    self._end(number)

    def _numbers(self) -> Iterator[int]:
        """The signals that arrive; a terminal that is closed ends the program as SIGHUP does."""
        poll = select.poll()
        poll.register(self._arriving, select.POLLIN)
        poll.register(self.terminal.keys, 0)
        while True:
            for descriptor, events in poll.poll():
                if descriptor == self._arriving:
                    yield from os.read(self._arriving, 4096)
                    continue
                poll.unregister(descriptor)
                if events & (select.POLLHUP | select.POLLERR):
                    self._end(signal.SIGHUP)

    def _end(self, number: int) -> NoReturn:
        """The first signal decides; the rest is over in time, whatever happens."""
        self.number = self.number or number
        status = _STATUS + self.number
        self._ask(lambda served: served.end(status))
        time.sleep(TERMINAL_SECONDS)
        self.terminal.give_up()
        time.sleep(LEAVE_SECONDS - TERMINAL_SECONDS)
        self.terminal.restore()
        os._exit(status)

    def _pause(self) -> None:
        self._paused.clear()
        self._ask(lambda served: served.pause())
        if not self._paused.wait(TERMINAL_SECONDS):
            self.terminal.give_up()

    def _resize(self, served: Served) -> None:
        """Once for all sizes that have come meanwhile."""
        self._resize_due.clear()
        served.resize()

    def _ask(self, ask: Callable[[Served], None]) -> None:
        served, call = self._served, self._call
        if served is not None and call is not None:
            with suppress(RuntimeError):  # the event loop has ended
                call(lambda: ask(served))


def _ending() -> Iterator[int]:
    """Signals that end a process which does not ask for them; not those of its own faults.

    What was ignored when the program was started (nohup) stays so.
    """
    others = (*_OF_JOBS, *_IGNORED, *_FAULTS, *_UNSERVABLE)
    numbers = {getattr(signal, name) for name in others if hasattr(signal, name)}
    for number in signal.valid_signals() - numbers:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            yield int(number)
