"""Wakes the zygote's loop: for a signal, or from another thread."""

from __future__ import annotations

import contextlib
import signal
import socket
import sys
from collections.abc import Callable


class Wakeups:
    """A socket that becomes readable when a signal arrives or `wake` is called.

    SIGCHLD only wakes; SIGTERM also calls `on_terminate`, where the guard sends it.
    """

    def __init__(self, on_terminate: Callable[[], None]) -> None:
        self.socket, self._waker = socket.socketpair()
        for end in (self.socket, self._waker):
            end.setblocking(False)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _signal, _frame: None)
        if sys.platform != "linux":  # there, nobody has to ask: see the guard
            signal.signal(signal.SIGTERM, lambda _signal, _frame: on_terminate())
        # Inherited by runs: one whose time is up before it has its own handler is not killed by it.
        signal.signal(signal.SIGXCPU, signal.SIG_IGN)

    def wake(self) -> None:
        """Wake the loop; for any thread."""
        with contextlib.suppress(BlockingIOError):  # a full buffer: it is awake anyway
            self._waker.send(b"\0")

    def clear(self) -> None:
        """Empty the socket, so that the loop can sleep again."""
        with contextlib.suppress(BlockingIOError):
            while self.socket.recv(4096):
                pass

    def close(self) -> None:
        """In a new run: give up the sockets and the signals' share in them."""
        signal.set_wakeup_fd(-1)
        self.socket.close()
        self._waker.close()
