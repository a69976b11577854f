"""The kernel's guard: the process that the client starts, and the parent of the zygote.

Whatever happens to the zygote, the guard ends what is left of it and then itself, as the zygote
did; and it ends the zygote when the client is gone. It does nothing else, so that nothing can hold
it up.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys
import time
from types import FrameType
from typing import NoReturn

from autograd_tutor import linux
from autograd_tutor.kernel import os_limits
from autograd_tutor.kernel.namespaces import fork_apart
from autograd_tutor.kernel.scratch import Scratch
from autograd_tutor.limits.kernel import LAST_SECONDS, SHUTDOWN_SECONDS

_AGAIN = 20.0
"""Milliseconds after which a zygote is looked for again that is to end."""

_END = signal.SIGKILL if sys.platform == "linux" else signal.SIGTERM
"""Ends the zygote. Its runs end with it on Linux; elsewhere it has to end them."""


def fork_zygote(control: socket.socket, scratch: Scratch) -> bool:
    """Return in the zygote's process: whether it lives apart, in namespaces of its own.

    `scratch`: what its runs write into. In the guard's, which is this one, watch over it until it
    has ended, and never return.
    """
    client = os.getppid()
    linux.adopt_orphans()
    zygote, apart = fork_apart(), True
    if zygote is None:
        zygote, apart = _fork(), False
    if zygote != 0:
        linux.refuse_tracers(True)
        _Guard(zygote, client, control, scratch).watch()
    os.setsid()
    return apart


def _fork() -> int:
    """Fork a child that ends with this process."""
    guard = os.getpid()
    child = os.fork()
    if child == 0:
        linux.die_with_parent(signal.SIGKILL)
        if os.getppid() != guard:
            os._exit(1)
    return child


class _Guard:
    """Waits for the zygote's end, or for a reason to bring it about."""

    def __init__(self, zygote: int, client: int, control: socket.socket, scratch: Scratch) -> None:
        self._scratch = scratch
        self._zygote = zygote
        self._client = client
        self._control = control
        self._ending = False
        self._late: float | None = None
        """When the zygote must have ended, in seconds of monotonic(), once it is to."""
        self._woken, self._waker = socket.socketpair()
        for end in (self._woken, self._waker):
            end.setblocking(False)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGCHLD, signal.SIGCONT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        # The client's end, even if somebody has stopped this process.
        linux.die_with_parent(signal.SIGCONT)
        self._poll = select.poll()
        self._poll.register(self._woken, select.POLLIN)
        self._poll.register(control, 0)  # that is: when the client has closed its end

    def watch(self) -> NoReturn:
        """Wait for the zygote's end, end what is left of it, and end as it did."""
        while (status := self._reap()) is None:
            self._ending = self._ending or os.getppid() != self._client
            if self._ending:
                self._late = self._late or time.monotonic() + 2 * SHUTDOWN_SECONDS
                os.kill(self._zygote, _END if time.monotonic() < self._late else signal.SIGKILL)
                if not linux.alive(self._zygote):  # a snippet's process traces it
                    linux.end_children((self._zygote,), LAST_SECONDS)
            self._wait()
        linux.end_children((), LAST_SECONDS)
        self._control.close()  # the client need not wait for this
        self._scratch.remove_all(LAST_SECONDS)
        code = os.waitstatus_to_exitcode(status)
        if code >= 0:
            os._exit(code)
        os_limits.no_core_dumps()
        with contextlib.suppress(OSError):  # SIGKILL has no other handler
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
        os._exit(1)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._ending = self._ending or number == signal.SIGTERM

    def _wait(self) -> None:
        """Wait for a signal, or for the client's end."""
        for descriptor, _ in self._poll.poll(_AGAIN if self._ending else None):
            if descriptor == self._control.fileno():
                self._ending = True
                self._poll.unregister(self._control)
            with contextlib.suppress(BlockingIOError):
                self._woken.recv(4096)

    def _reap(self) -> int | None:
        """Reap what has ended; the status of the zygote, as wait(2) gives it, once it has."""
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
            if pid == 0:
                return None
            if pid != self._zygote:  # an orphan
                continue
            if not os.WIFSTOPPED(status):
                return status
            os.kill(pid, signal.SIGCONT)  # a snippet has stopped it
