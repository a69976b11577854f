"""One run: the forked process in which a lesson's snippets are executed and recorded."""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
import traceback
import warnings
from collections.abc import Iterator
from os import _exit  # a snippet may replace os._exit
from time import sleep as _sleep
from types import FrameType
from typing import NoReturn

import msgspec
from msgspec import Struct

from autograd_tutor import linux
from autograd_tutor.kernel import os_limits, sandbox
from autograd_tutor.kernel.main_module import imitate_python
from autograd_tutor.kernel.output import Output, identity
from autograd_tutor.kernel.preload import SlowImports, loaded
from autograd_tutor.kernel.processes import LOOK, SETUP
from autograd_tutor.kernel.recorder import RunRecorder
from autograd_tutor.kernel.refusals import Refusals
from autograd_tutor.kernel.unseen import unseen
from autograd_tutor.limits.kernel import FAREWELL_SECONDS
from autograd_tutor.limits.records import RECORD_BYTES
from autograd_tutor.recording.model import Error, Snapshot, StepResult
from autograd_tutor.recording.picture import Looked, LookRequest
from autograd_tutor.recording.wire import (
    EndCause,
    ForkRun,
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
"""The signal that the zygote sends when the time is up. Snippets do not use it."""

_RESERVED_BYTES = 2**20


class _Connection:
    """A socket that the snippet can reach, so that it may have closed or replaced it."""

    def __init__(self, end: socket.socket) -> None:
        self.end = end
        self._pid = os.getpid()
        self._identity = identity(end.fileno())
        self.sent = 0
        """Bytes of the messages that were sent."""

    def send(self, message: Struct) -> None:
        """Send a message. Does nothing in a fork that the snippet made.

        Raises _Disconnected, and _TooLarge for what the client would not take.
        """
        if os.getpid() == self._pid:
            data = encode(message)
            if len(data) > RECORD_BYTES:
                raise _TooLarge(f"one moment would take more than {RECORD_BYTES // 2**20} MiB")
            self.sent += len(data)
            self.send_bytes(data)

    def send_bytes(self, data: bytes) -> None:
        """Send an encoded message. Raises _Disconnected."""
        try:
            if identity(self.end.fileno()) != self._identity:
                raise _Disconnected
            self.end.sendall(data)
        except OSError as error:
            raise _Disconnected from error


class _Disconnected(Exception):
    """A connection was closed or replaced."""


class _TooLarge(Exception):
    """A message is larger than RECORD_BYTES."""


class _Farewell:
    """Reports to the zygote why the run ends. Made in advance: memory may be used up by then."""

    def __init__(self, zygote: _Connection, token: bytes) -> None:
        causes: tuple[EndCause, ...] = ("closed", "memory", "protocol", "fault", "sandbox")
        self._reports = {cause: encode(Leaving(cause, token)) for cause in causes}
        self._zygote = zygote
        self._pid = os.getpid()
        self._reserve = bytearray(_RESERVED_BYTES)

    def exit(self, cause: EndCause) -> NoReturn:
        """Report the cause and end this process."""
        self._reserve.clear()
        if os.getpid() != self._pid:
            _exit(1)
        try:
            self._zygote.send_bytes(self._reports[cause])
        except _Disconnected:  # the zygote notices, reports it, and kills this process
            _sleep(FAREWELL_SECONDS)
        _exit(0)


class _StepServer:
    """Executes the setup and the steps of one run, and sends what it records."""

    def __init__(
        self,
        start: StartRun,
        zygote: _Connection,
        data: _Connection,
        token: bytes,
        farewell: _Farewell,
        script: str | None,
        refusals: Refusals | None,
    ) -> None:
        self._start = start
        self._farewell = farewell
        self._token = token
        self._pid = os.getpid()
        self._zygote = zygote
        self._data = data
        self._output = Output()
        self._recorder = RunRecorder(
            self._emit,
            self._output.drain,
            script,
            lambda: self._data.sent,
            refusals,
            start.invocation,
        )
        os.register_at_fork(after_in_child=self._disconnect_fork)
        signal.signal(INTERRUPT, self._interrupt)
        sys.meta_path.insert(0, SlowImports(self._report_import))

    def execute(self) -> None:
        """Execute the setup, then the steps that are asked for, until one side is gone."""
        self._recorder.seed(self._start.seed)
        gc.collect()  # what it took to start: a snippet that collects counts its own garbage alone
        self._output.begin(self._start.limits.output)
        error = self._recorder.prepare() or self._recorder.setup(self._start.setup)
        self._output.end()
        self._leave_if_forked()
        if error is not None:
            self._data.send(SetupFailed(error))
            return
        self._zygote.send(Idle(SETUP, self._token, loaded()))
        for request in self._requests():
            if isinstance(request, LookRequest):
                self._look(request)
                continue
            result = ResultRecord(self._step(request))
            # In this order: whoever gets the result may end the run at once.
            self._zygote.send(Idle(request.step, self._token, loaded()))
            self._data.send(result)

    def _step(self, request: StepRequest) -> StepResult:
        self._output.begin(request.limits.output)
        try:
            result = self._recorder.step(request)
        except MemoryError:
            raise
        except BaseException as error:  # noqa: BLE001  # shown to the learner: a fault of this program
            result = _failed_result(request, error)
        self._leave_if_forked()
        self._output.end()
        if self._output.truncated and result.truncated is None:
            return msgspec.structs.replace(result, truncated="output")
        return result

    def _look(self, request: LookRequest) -> None:
        try:
            picture = self._recorder.look(request)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001  # one tensor that cannot be read ends no run
            picture = None
        self._zygote.send(Idle(LOOK, self._token))
        self._data.send(Looked(request.number, picture))

    def _requests(self) -> Iterator[StepRequest | LookRequest]:
        reader: FrameReader[StepRequest | LookRequest] = FrameReader(StepRequest | LookRequest)
        zygote, data = self._zygote.end, self._data.end
        poll = select.poll()
        try:
            for end in (zygote, data):
                poll.register(end, select.POLLIN)
        except ValueError as error:  # closed
            raise _Disconnected from error
        while True:
            ready = {descriptor for descriptor, _ in poll.poll()}
            if data.fileno() in ready:  # the client sends nothing here: it is gone
                return
            try:
                received = zygote.recv(2**18)
            except OSError as error:
                raise _Disconnected from error
            if not received:
                return
            yield from reader.feed(received)

    def _report_import(self, done: bool) -> None:
        try:
            self._zygote.send(Importing(done, self._token))
        except _Disconnected:
            self._farewell.exit("protocol")

    def _emit(self, snapshot: Snapshot) -> None:
        # The snippet is on the stack: it might catch what is raised here.
        try:
            self._data.send(SnapshotRecord(snapshot))
        except _Disconnected:
            self._farewell.exit("protocol")
        except MemoryError:
            self._farewell.exit("memory")

    @unseen
    def _interrupt(self, _signal: int, _frame: FrameType | None) -> None:
        if os.getpid() == self._pid:
            self._recorder.interrupt()

    def _disconnect_fork(self) -> None:
        """In a process that the snippet has forked: close the connections, record nothing."""
        sys.settrace(None)
        for connection in (self._zygote, self._data):
            connection.end.close()

    def _leave_if_forked(self) -> None:
        if os.getpid() != self._pid:
            _exit(0)


def execute(request: ForkRun, zygote: socket.socket, data: socket.socket, parent: int) -> NoReturn:
    """Execute a run until it ends. Call this in a new child of the zygote.

    `parent` is the zygote's process id.
    """
    start, token = request.start, request.token
    os.setsid()
    linux.die_with_parent(signal.SIGKILL)
    if os.getppid() != parent:  # it ended before die_with_parent
        _exit(0)
    _become_ordinary(start.limits.memory)
    link = _Connection(zygote)
    farewell = _Farewell(link, token)
    path = None if start.path is None else os.fsdecode(start.path)
    script = imitate_python(path, start.invocation)
    try:
        refusals = Refusals(sandbox.enter(request.folder, path)) if start.sandboxed else None
    except Exception:  # noqa: BLE001  # whatever is missing, nothing is run without it
        farewell.exit("sandbox")
    try:
        server = _StepServer(start, link, _Connection(data), token, farewell, script, refusals)
        server.execute()
    except _Disconnected:
        farewell.exit("protocol")
    except MemoryError:
        farewell.exit("memory")
    except BaseException:  # noqa: BLE001  # nobody is left to report more to
        farewell.exit("fault")
    farewell.exit("closed")


def _become_ordinary(memory: int) -> None:
    """In the fork: be as any process, but for its limits; `memory` in MiB."""
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    linux.refuse_tracers(False)  # or it could not read all of its own /proc/self
    os_limits.no_core_dumps()
    os_limits.bound_memory(memory)
    # A learner who forks shall not be warned of the thread that empties the output pipe.
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)


def _failed_result(request: StepRequest, error: BaseException) -> StepResult:
    fault = Error(
        type=type(error).__name__,
        message=f"the recorder failed, not the snippet: {error}",
        line=0,
        traceback="".join(traceback.format_exception(error)),
    )
    return StepResult(
        step=request.step, ok=False, snapshots=0, nodes=0, truncated=None, failed=(), error=fault,
        seconds=0.0,
    )  # fmt: skip
