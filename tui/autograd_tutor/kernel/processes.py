"""The processes of the runs, as the zygote sees them: what each is at, and how it is ended."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from collections import deque
from collections.abc import Container

from autograd_tutor.kernel import limits
from autograd_tutor.recording.wire import (
    EndCause,
    Ended,
    FrameReader,
    RunReport,
    StartRun,
    StepRequest,
)

SETUP = -1
"""Stands for the setup code where a step's number is expected."""

_STRAY_GENERATIONS = 10
_LONGEST_IMPORT = 60.0


class RunProcess:
    """What the zygote knows of one run."""

    def __init__(self, start: StartRun, pid: int, link: socket.socket, token: bytes) -> None:
        self.id = start.run
        self.pid = pid
        self.link = link
        self.token = token
        """What the recorder says bears this; what a snippet says does not."""
        self.memory = start.limits.memory
        self.reader: FrameReader[RunReport] = FrameReader(RunReport)
        self.waiting: deque[StepRequest] = deque()
        self.outgoing = b""
        self.step: int | None = SETUP
        """What it is executing; None: nothing."""
        self.due: float | None = time.monotonic() + start.limits.seconds
        """When to interrupt it, or to kill it if `interrupted`."""
        self.import_began: float | None = None
        """When it began the slow import that does not count as its time; it has one."""
        self.interrupted = False
        self.hung_up = False
        self.cause: EndCause | None = None
        """Why it was killed, if it was."""
        self._may_import = True
        self.left: EndCause | None = None
        """Why it went by itself, as far as it has said so."""

    def step_done(self) -> None:
        """What it was executing is done; it is at nothing now."""
        self.step = self.due = None
        self.interrupted = False
        if self.import_began is not None:  # perhaps it goes on in a thread, in others' time
            self._may_import = False

    def hear_of_import(self, done: bool) -> None:
        """A slow import begins or is done: what it takes is added to the time of the step."""
        now = time.monotonic()
        if self.due is None or self.interrupted or done == (self.import_began is None):
            return
        if self.import_began is None:
            self.import_began = now
            self.due += _LONGEST_IMPORT
        elif self._may_import:
            self._may_import = False
            self.due -= max(0.0, _LONGEST_IMPORT - (now - self.import_began))


def how_it_ended(run: RunProcess, code: int) -> Ended:
    """The report on a run that is gone; `code` as `reap` returned it."""
    if code == -signal.SIGKILL and run.cause is not None:
        return Ended(run.id, run.cause, signal.SIGKILL)
    if run.left is not None:
        return Ended(run.id, run.left, 0)
    if code < 0:
        return Ended(run.id, "signal", -code)
    return Ended(run.id, "exit", code)


def kill_group(leader: int) -> None:
    """SIGKILL to a run and to everything in its process group."""
    for kill in (os.kill, os.killpg):  # it may not have become the leader of its group yet
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(leader, signal.SIGKILL)


def reap(pid: int) -> int | None:
    """The exit code of a run, negative for a signal; None while it lives. Its group ends with it.

    Where the system can look without reaping, the group is killed while its number is still taken.
    """
    if hasattr(os, "waitid"):
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return None
        kill_group(pid)
    seen, status = os.waitpid(pid, os.WNOHANG)
    if seen == 0:
        return None
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(status)


def kill_strays(runs: Container[int]) -> None:
    """End what runs have left behind in sessions of its own: children that are not `runs`."""
    for _ in range(_STRAY_GENERATIONS):
        found = limits.strays(runs)
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        if not found:
            return
