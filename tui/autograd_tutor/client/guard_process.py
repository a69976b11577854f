"""The process that the client starts, the kernel's guard: its start, its last words and its end."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Sequence

from autograd_tutor import environment, linux
from autograd_tutor.limits.kernel import STRAY_SECONDS
from autograd_tutor.limits.records import CLOSE_SECONDS, KERNEL_STDERR, KERNEL_STDERR_LINE
from autograd_tutor.messages import _

_CHUNK = 2**18

_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",  # macOS
    "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",  # or macOS aborts runs that use its frameworks
    "PYTHONHASHSEED": "0",  # the same run twice goes through its sets in the same order
}
"""What makes forks safe and runs alike."""

_guards: set[int] = set()
"""The ids of those that run, or whose end was not noticed yet."""
_changing = threading.Lock()
"""Held while one starts, and while what others have left is looked for."""


class _Ours:
    """This process's children, but for those that a kernel has left: no kernel has its session."""

    def __contains__(self, pid: object) -> bool:
        try:
            return pid in _guards or os.getsid(int(str(pid))) == os.getsid(0)
        except ProcessLookupError:
            return True


class GuardProcess:
    """A session of its own, away from the terminal and its signals."""

    def __init__(self, command: Sequence[str], control: socket.socket) -> None:
        """Start it. Raises OSError."""
        with _changing:
            self._process = subprocess.Popen(
                (*command, str(control.fileno())),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                bufsize=0,
                env={**environment.cleaned(os.environ), **_ENVIRONMENT},
                pass_fds=(control.fileno(),),
                start_new_session=True,
            )
            _guards.add(self.pid)
        self._adopts = False
        assert self._process.stderr is not None
        self.stderr = self._process.stderr
        os.set_blocking(self.stderr.fileno(), False)
        self._written = b""

    @property
    def pid(self) -> int:
        """Its id."""
        return self._process.pid

    def read_stderr(self) -> bool:
        """Take what it has written to its standard error; returns whether more can come."""
        with contextlib.suppress(BlockingIOError):
            data = os.read(self.stderr.fileno(), _CHUNK)
            self._written = (self._written + data)[-KERNEL_STDERR:]
            return data != b""
        return True

    def terminate(self) -> None:
        """Have it end its runs and itself, from any thread, without waiting."""
        self._process.terminate()
        self._process.send_signal(signal.SIGCONT)

    def end(self) -> None:
        """End it, by force if need be, and all that it has started."""
        self.terminate()
        if not self._ended():
            linux.end_descendants(self.pid, STRAY_SECONDS)
            self._process.kill()
            self._process.wait()
        self._end_strays()

    def wait(self) -> None:
        """Wait until it is gone, which it is about to be; end it if that takes too long."""
        if self._ended():
            self._end_strays()
        else:
            self.end()

    def adopt_strays(self) -> None:
        """From now on, should it be killed, what it leaves becomes this process's, to be ended."""
        self._adopts = True
        linux.adopt_orphans()

    def _end_strays(self) -> None:
        """End what is left of all kernels that are gone."""
        with _changing:
            _guards.discard(self.pid)
            if self._adopts:
                linux.end_children(_Ours(), STRAY_SECONDS)

    def how_it_ended(self, when: str) -> str:
        """In words that complete a sentence, `when` among them, with what it wrote last."""
        self.read_stderr()
        code = self._process.wait()
        lines = self._written.decode("utf-8", "backslashreplace").strip().splitlines()
        how = (
            _("was ended by {name}").format(name=signal.Signals(-code).name)
            if code < 0
            else _("exited with {code}").format(code=code)
        )
        last = f" ({lines[-1][:KERNEL_STDERR_LINE]})" if lines else ""
        return f"{how}{when}{last}"

    def _ended(self) -> bool:
        try:
            self._process.wait(CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            return False
        return True
