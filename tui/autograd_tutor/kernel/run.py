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
from time import sleep as _sleep
from types import FrameType
from typing import NoReturn

import msgspec
from msgspec import Struct

from autograd_tutor.kernel import limits
from autograd_tutor.kernel.output import Output, identity
from autograd_tutor.kernel.preload import SlowImports, loaded
from autograd_tutor.kernel.processes import SETUP
from autograd_tutor.kernel.recorder import RunRecorder
from autograd_tutor.recording.model import Error, Snapshot, StepResult
from autograd_tutor.recording.wire import (
    EndCause,
    FrameReader,
    Idle,
    Importing,
    Leaving,
    ResultRecord,
    SetupFailed,
    SnapshotRecord,
    StartRun,
    StepRequest,
    encode,
)

INTERRUPT = signal.SIGXCPU
"""What the zygote sends when the time is up. No snippet has a use for it."""

_RESERVE = 2**20
_LONGEST_GOODBYE = 10.0


class _Connection:
    """A socket within the snippet's reach, which may therefore be closed or be another's."""

    def __init__(self, end: socket.socket) -> None:
        self.end = end
        self._pid = os.getpid()
        self._identity = identity(end.fileno())

    def send(self, message: Struct) -> None:
        """Send a message; raises _Unconnected. Does nothing in a snippet's fork."""
        if os.getpid() == self._pid:
            self.send_bytes(encode(message))

    def send_bytes(self, data: bytes) -> None:
        """Send what is encoded already. Raises _Unconnected."""
        try:
            if identity(self.end.fileno()) != self._identity:
                raise _Unconnected
            self.end.sendall(data)
        except OSError as error:
            raise _Unconnected from error


class _Unconnected(Exception):
    """A connection is closed, or another's."""


class _Goodbye:
    """Tells the zygote why the run ends. Made beforehand: memory may be gone by then."""

    def __init__(self, zygote: _Connection, token: bytes) -> None:
        causes: tuple[EndCause, ...] = ("closed", "memory", "protocol", "fault")
        self._words = {cause: encode(Leaving(cause, token)) for cause in causes}
        self._zygote = zygote
        self._pid = os.getpid()
        self._reserve = bytearray(_RESERVE)

    def say(self, cause: EndCause) -> NoReturn:
        """End this process."""
        self._reserve.clear()
        if os.getpid() != self._pid:
            _exit(1)
        try:
            self._zygote.send_bytes(self._words[cause])
        except _Unconnected:  # the zygote sees that too, says so, and ends this
            _sleep(_LONGEST_GOODBYE)
        _exit(0)


class _Run:
    def __init__(
        self,
        start: StartRun,
        zygote: _Connection,
        data: _Connection,
        token: bytes,
        goodbye: _Goodbye,
    ) -> None:
        self._start = start
        self._goodbye = goodbye
        self._token = token
        self._pid = os.getpid()
        self._zygote = zygote
        self._data = data
        self._output = Output()
        script = _take_its_place(start.path)
        self._recorder = RunRecorder(self._emit, self._output.drain, script)
        os.register_at_fork(after_in_child=self._become_bystander)
        signal.signal(INTERRUPT, self._interrupt)
        sys.meta_path.insert(0, SlowImports(self._tell_of_import))

    def execute(self) -> None:
        """Setup, then the steps that are asked for, until one side is gone."""
        self._recorder.seed(self._start.seed)
        self._output.begin(self._start.limits.output)
        error = self._recorder.setup(self._start.setup)
        self._output.end()
        self._leave_if_forked()
        if error is not None:
            self._data.send(SetupFailed(error))
            return
        self._zygote.send(Idle(SETUP, self._token, loaded()))
        for request in self._requests():
            result = ResultRecord(self._step(request))
            # In this order, as who sees the result may end the run at once.
            self._zygote.send(Idle(request.step, self._token, loaded()))
            self._data.send(result)

    def _step(self, request: StepRequest) -> StepResult:
        self._output.begin(request.limits.output)
        try:
            result = self._recorder.step(request)
        except MemoryError:
            raise
        except BaseException as error:  # noqa: BLE001  # told to the learner: it is a fault of ours
            result = _recorder_failed(request, error)
        self._leave_if_forked()
        self._output.end()
        if self._output.truncated and result.truncated is None:
            return msgspec.structs.replace(result, truncated="output")
        return result

    def _requests(self) -> Iterator[StepRequest]:
        reader: FrameReader[StepRequest] = FrameReader(StepRequest)
        zygote, data = self._zygote.end, self._data.end
        poll = select.poll()
        try:
            for end in (zygote, data):
                poll.register(end, select.POLLIN)
        except ValueError as error:  # closed
            raise _Unconnected from error
        while True:
            ready = {descriptor for descriptor, _ in poll.poll()}
            if data.fileno() in ready:  # the client says nothing here: it is gone
                return
            try:
                received = zygote.recv(2**18)
            except OSError as error:
                raise _Unconnected from error
            if not received:
                return
            yield from reader.feed(received)

    def _tell_of_import(self, done: bool) -> None:
        try:
            self._zygote.send(Importing(done, self._token))
        except _Unconnected:
            self._goodbye.say("protocol")

    def _emit(self, snapshot: Snapshot) -> None:
        # The snippet is on the stack and might catch what is raised here.
        try:
            self._data.send(SnapshotRecord(snapshot))
        except _Unconnected:
            self._goodbye.say("protocol")
        except MemoryError:
            self._goodbye.say("memory")

    def _interrupt(self, _signal: int, _frame: FrameType | None) -> None:
        if os.getpid() == self._pid:
            self._recorder.interrupt()

    def _become_bystander(self) -> None:
        """In a process that the snippet forked: let go of the connections, record nothing."""
        sys.settrace(None)
        for connection in (self._zygote, self._data):
            connection.end.close()

    def _leave_if_forked(self) -> None:
        if os.getpid() != self._pid:
            _exit(0)


def execute(
    start: StartRun, zygote: socket.socket, data: socket.socket, parent: int, token: bytes
) -> NoReturn:
    """Be the run until it ends. To be called in a fresh fork of the zygote, `parent`.

    What is said to the zygote bears `token`.
    """
    os.setsid()
    limits.die_with_parent(signal.SIGKILL)
    if os.getppid() != parent:  # it went before it could be watched
        _exit(0)
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    limits.no_core_dumps()
    limits.bound_memory(start.limits.memory)
    # The thread that empties the output pipe is no reason to warn a learner who forks.
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
    link = _Connection(zygote)
    goodbye = _Goodbye(link, token)
    try:
        _Run(start, link, _Connection(data), token, goodbye).execute()
    except _Unconnected:
        goodbye.say("protocol")
    except MemoryError:
        goodbye.say("memory")
    except BaseException:  # noqa: BLE001  # there is nobody left to tell more
        goodbye.say("fault")
    goodbye.say("closed")


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
