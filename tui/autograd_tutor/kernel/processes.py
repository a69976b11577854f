"""The runs' processes as the zygote sees them: what each is doing, and how it is ended."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable

from autograd_tutor.kernel.usage import ProcessorTime
from autograd_tutor.limits.kernel import IMPORT_SECONDS, LOOK_SECONDS
from autograd_tutor.recording.picture import LookRequest
from autograd_tutor.recording.wire import (
    EndCause,
    Ended,
    ForkRun,
    FrameReader,
    RunReport,
    StepRequest,
    encode,
)

SETUP = -1
"""Stands for the setup code where a step's number is expected."""
LOOK = -2
"""Stands there for a picture that is asked for."""


class RunProcess:
    """What the zygote knows of one run."""

    def __init__(
        self,
        request: ForkRun,
        pid: int,
        link: socket.socket,
        inherited: int,
        *,
        warm: bool = False,
    ) -> None:
        """`inherited`: MiB that it has from the process that has forked it."""
        start = request.start
        self.id = start.run
        self.pid = pid
        self.folder = request.folder
        """What it may write into, if it is in a sandbox."""
        self.link = link
        self.token = request.token
        """Proves that a report comes from the recorder: the snippet does not know it."""
        self.memory = start.limits.memory + inherited
        """MiB, with what it has from before."""
        self.warm = warm
        """Whether the warm process has forked it."""
        self.reader: FrameReader[RunReport] = FrameReader(RunReport)
        self.waiting: deque[StepRequest | LookRequest] = deque()
        """What it is asked for and was not sent to it yet."""
        self.outgoing = b""
        """Bytes of a step that were not sent yet."""
        self.step: int | None = SETUP
        """The step that it executes; None: it is idle."""
        self.due: float | None = time.monotonic() + start.limits.seconds
        """When to interrupt it, or to kill it if it is `interrupted`; in seconds of monotonic()."""
        self.seconds = start.limits.seconds
        """What its last step may take, and as much processor time when that has ended."""
        self.import_began: float | None = None
        """When its slow import began, which does not count as its time; it may have one."""
        self.interrupted = False
        self.disconnected = False
        self.cause: EndCause | None = None
        """Why it was killed, if it was."""
        self._may_import = True
        self._processor = ProcessorTime()
        self._overtime: float | None = None
        """Seconds of processor time since it is idle; None before the first look."""
        self.exit_cause: EndCause | None = None
        """Why it ended by itself, if it has reported that."""

    def start_next(self) -> bool:
        """Give an idle run the next step that waits, to be sent by `send`; False: nothing to do."""
        if self.step is not None or not self.waiting:
            return False
        request = self.waiting.popleft()
        if isinstance(request, LookRequest):
            self.step, self.due = LOOK, time.monotonic() + LOOK_SECONDS
        else:
            self.step, self.seconds = request.step, request.limits.seconds
            self.due = time.monotonic() + self.seconds
            self._overtime = None
        self.outgoing = encode(request)
        return True

    def send(self) -> None:
        """Send as much of `outgoing` as the connection takes now."""
        try:
            sent = self.link.send(self.outgoing)
        except OSError:  # its buffer is full, or the run is gone, which reading from it shows
            sent = 0
        self.outgoing = self.outgoing[sent:]

    def step_done(self) -> None:
        """The step is done; the run is idle now."""
        self.step = self.due = None
        self.interrupted = False
        if self.import_began is not None:  # a thread may still import, at the cost of later steps
            self._may_import = False

    def overworks(self, pids: Iterable[int]) -> bool:
        """Whether it has worked for too long since its step has ended; `pids`: its processes.

        Its word that the step has ended is enough for this: the snippet may have given it.
        """
        if self.step is not None:
            return False
        used = self._processor.used(pids)
        self._overtime = 0.0 if self._overtime is None else self._overtime + used
        return self._overtime > self.seconds

    def note_import(self, done: bool) -> None:
        """A slow import begins or is done: the time that it takes is added to that of the step."""
        now = time.monotonic()
        if self.due is None or self.interrupted or done == (self.import_began is None):
            return
        if self.import_began is None:
            self.import_began = now
            self.due += IMPORT_SECONDS
        elif self._may_import:
            self._may_import = False
            self.due -= max(0.0, IMPORT_SECONDS - (now - self.import_began))


def how_it_ended(run: RunProcess, code: int) -> Ended:
    """The report on a run that has ended; `code` is what `reap` returned."""
    if code == -signal.SIGKILL and run.cause is not None:
        return Ended(run.id, run.cause, signal.SIGKILL)
    if run.exit_cause is not None:
        return Ended(run.id, run.exit_cause, 0)
    if code < 0:
        return Ended(run.id, "signal", -code)
    return Ended(run.id, "exit", code)


def fork(child: Callable[[], object]) -> int:
    """Fork a process that calls `child` and ends; its id, or 0 if that fails."""
    try:
        pid = os.fork()
    except OSError:
        return 0
    if pid == 0:
        try:
            child()
        finally:
            os._exit(70)
    return pid


def kill_group(leader: int) -> None:
    """Send SIGKILL to a run and to everything in its process group."""
    for kill in (os.kill, os.killpg):  # it may not lead its own group yet
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(leader, signal.SIGKILL)


def reap(pid: int) -> int | None:
    """The exit code of a run, negative for a signal; None while it lives. Its group ends with it.

    Where waitid exists, the group is killed before the run is reaped: its id cannot be reused yet.
    """
    if hasattr(os, "waitid"):
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return None
        kill_group(pid)
    reaped, status = os.waitpid(pid, os.WNOHANG)
    if reaped == 0:
        return None
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(status)
