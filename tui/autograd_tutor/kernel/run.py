"""One run: the forked process in which a lesson's snippets are executed and recorded."""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import traceback
import warnings
from collections.abc import Iterator
from os import _exit  # kept, so that a snippet which replaces it does not keep the run alive
from types import FrameType
from typing import NoReturn

import msgspec
from msgspec import Struct

from autograd_tutor.kernel import limits
from autograd_tutor.kernel.output import Output, identity
from autograd_tutor.kernel.preload import loaded
from autograd_tutor.kernel.processes import EXIT_CLOSED, EXIT_PROTOCOL, SETUP
from autograd_tutor.kernel.recorder import RunRecorder
from autograd_tutor.trace.model import Error, Snapshot, StepResult
from autograd_tutor.trace.wire import (
    FrameReader,
    Idle,
    ResultRecord,
    SetupFailed,
    SnapshotRecord,
    StartRun,
    StepRequest,
    encode,
)

INTERRUPT = signal.SIGXCPU
"""What the zygote sends when the time is up. No snippet has a use for it."""


class _Connection:
    """A socket within the snippet's reach, which may therefore be closed or be another's."""

    def __init__(self, end: socket.socket) -> None:
        self.end = end
        self._pid = os.getpid()
        self._identity = identity(end.fileno())

    def send(self, message: Struct) -> None:
        """Send a message; end the run if that does not work. Does nothing in a snippet's fork."""
        if os.getpid() != self._pid:
            return
        try:
            if identity(self.end.fileno()) != self._identity:
                _exit(EXIT_PROTOCOL)
            self.end.sendall(encode(message))
        except OSError:
            _exit(EXIT_PROTOCOL)


class _Run:
    def __init__(self, start: StartRun, zygote: socket.socket, data: socket.socket) -> None:
        self._start = start
        self._pid = os.getpid()
        self._in_snippet = False
        self._zygote = _Connection(zygote)
        self._data = _Connection(data)
        self._output = Output()
        script = _take_its_place(start.path)
        self._recorder = RunRecorder(self._emit, self._output.drain, script)
        os.register_at_fork(after_in_child=self._become_bystander)
        signal.signal(INTERRUPT, self._interrupt)

    def execute(self) -> None:
        """Setup, then the steps that are asked for, until one side is gone."""
        self._recorder.seed(self._start.seed)
        self._output.begin(self._start.limits.output)
        self._in_snippet = True
        error = self._recorder.setup(self._start.setup)
        self._in_snippet = False
        self._output.end()
        self._leave_if_forked()
        if error is not None:
            self._data.send(SetupFailed(error))
            return
        self._zygote.send(Idle(SETUP, loaded()))
        for request in self._requests():
            self._data.send(ResultRecord(self._step(request)))
            self._zygote.send(Idle(request.step, loaded()))

    def _step(self, request: StepRequest) -> StepResult:
        self._output.begin(request.limits.output)
        self._in_snippet = True
        try:
            result = self._recorder.step(request)
        except BaseException as error:  # noqa: BLE001  # told to the learner: it is a fault of ours
            result = _recorder_failed(request, error)
        self._in_snippet = False
        self._leave_if_forked()
        self._output.end()
        if self._output.truncated and result.truncated is None:
            return msgspec.structs.replace(result, truncated="output")
        return result

    def _requests(self) -> Iterator[StepRequest]:
        reader: FrameReader[StepRequest] = FrameReader(StepRequest)
        zygote, data = self._zygote.end, self._data.end
        poll = select.poll()
        for end in (zygote, data):
            poll.register(end, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in poll.poll()}
            if data.fileno() in ready:  # the client says nothing here: it is gone
                return
            received = zygote.recv(2**18)
            if not received:
                return
            yield from reader.feed(received)

    def _emit(self, snapshot: Snapshot) -> None:
        self._data.send(SnapshotRecord(snapshot))

    def _interrupt(self, _signal: int, _frame: FrameType | None) -> None:
        if self._in_snippet and os.getpid() == self._pid:
            self._recorder.interrupt()

    def _become_bystander(self) -> None:
        """In a process that the snippet forked: let go of the connections, record nothing."""
        sys.settrace(None)
        for connection in (self._zygote, self._data):
            connection.end.close()

    def _leave_if_forked(self) -> None:
        if os.getpid() != self._pid:
            _exit(0)


def execute(start: StartRun, zygote: socket.socket, data: socket.socket, parent: int) -> NoReturn:
    """Be the run until it ends. To be called in a fresh fork of the zygote, `parent`."""
    os.setsid()
    limits.die_with_parent(signal.SIGKILL)
    if os.getppid() != parent:  # it went before it could be watched
        _exit(EXIT_CLOSED)
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    limits.no_core_dumps()
    limits.bound_memory(start.limits.memory)
    # The thread that empties the output pipe is no reason to warn a learner who forks.
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
    try:
        _Run(start, zygote, data).execute()
    except OSError:
        _exit(EXIT_PROTOCOL)
    _exit(EXIT_CLOSED)


def _take_its_place(path: str | None) -> str | None:
    """Find modules, and be called, as `python PATH` would; returns the script's full name."""
    sys.argv = [""]
    if path is None:
        return None
    sys.path.insert(0, os.path.dirname(os.path.realpath(path)))
    if not path.lower().endswith(".py"):
        return None
    sys.argv = [path]
    return os.path.abspath(path)


def _recorder_failed(request: StepRequest, error: BaseException) -> StepResult:
    fault = Error(
        type=type(error).__name__,
        message=f"the recording failed, not the snippet: {error}",
        line=0,
        traceback="".join(traceback.format_exception(error)),
    )
    return StepResult(
        step=request.step, ok=False, snapshots=0, nodes=0, truncated=None, failed=(), error=fault,
        seconds=0.0,
    )  # fmt: skip
