"""The loop of the process that has imported torch and forks a run whenever the client asks for one.

It never executes a torch operation: a fork after OpenMP has started its threads hangs. It holds the
deadlines, because the client's event loop may be blocked by a stalled terminal.
"""

from __future__ import annotations

import contextlib
import functools
import os
import selectors
import signal
import socket
import time
from collections import deque
from typing import TYPE_CHECKING

from autograd_tutor.kernel import limits
from autograd_tutor.kernel.preload import Preloader
from autograd_tutor.kernel.processes import (
    RunProcess,
    how_it_ended,
    kill_group,
    kill_strays,
    reap,
)
from autograd_tutor.recording.wire import (
    BadFrame,
    Command,
    EndCause,
    Ended,
    FrameReader,
    Importing,
    KillRun,
    Leaving,
    Report,
    RunReport,
    Started,
    StartRun,
    encode,
)

if TYPE_CHECKING:
    from collections.abc import Callable

GRACE = 1.0
"""Seconds between asking a run to stop and killing it."""

_EXIT_GRACE = 0.25
_SHUTDOWN_SECONDS = 0.5
_MEMORY_EVERY = 0.5
_CHUNK = 2**18
_MAX_DESCRIPTORS = 64
_TOKEN_BYTES = 16


class Zygote:
    """Obeys what arrives on `control` until that is closed."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._poll_memory = not limits.MEMORY_ENFORCED
        self._memory_due = 0.0
        self._reader: FrameReader[Command] = FrameReader(Command)
        self._descriptors: deque[int] = deque()
        self._postponed: deque[Command] = deque()
        self._runs: dict[int, RunProcess] = {}
        self._selector = selectors.DefaultSelector()
        self._woken, self._waker = socket.socketpair()
        self._preloader = Preloader(self._wake)
        self._stopping = False
        limits.adopt_orphans()
        self._catch_signals()
        self._watch(control, self._on_control)
        self._watch(self._woken, self._on_wake)

    def serve(self) -> None:
        """Loop until the client is gone; then end every run."""
        try:
            while not self._stopping:
                for key, events in self._selector.select(self._timeout()):
                    key.data(events)
                self._bury_the_dead()
                self._enforce_deadlines()
                if self._poll_memory:
                    self._enforce_memory()
        finally:
            self._shut_down()

    def _catch_signals(self) -> None:
        for end in (self._woken, self._waker):
            end.setblocking(False)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _signal, _frame: None)
        signal.signal(signal.SIGTERM, self._on_sigterm)
        # A run that is out of time before it has its handler gets away with it once.
        signal.signal(signal.SIGXCPU, signal.SIG_IGN)

    def _on_sigterm(self, _signal: int, _frame: object) -> None:
        self._stopping = True

    def _watch(self, end: socket.socket, callback: Callable[[int], None]) -> None:
        self._selector.register(end, selectors.EVENT_READ, callback)

    def _on_wake(self, _events: int) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._woken.recv(4096):
                pass

        self._preloader.settle()
        while self._postponed and not self._preloader.busy:
            self._obey(self._postponed.popleft())

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError):  # so full that it is awake anyway
            self._waker.send(b"\0")

    def _timeout(self) -> float | None:
        moments = [run.due for run in self._runs.values() if run.due is not None]
        if self._poll_memory and moments:
            moments.append(self._memory_due)
        return max(0.0, min(moments) - time.monotonic()) if moments else None

    # What the client says

    def _on_control(self, _events: int) -> None:
        try:
            data, descriptors, _, _ = socket.recv_fds(self._control, _CHUNK, _MAX_DESCRIPTORS)
        except ConnectionError:
            data, descriptors = b"", []
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)
        self._descriptors += descriptors
        if not data:
            self._stopping = True
            return
        for command in self._reader.feed(data):
            self._obey(command)

    def _obey(self, command: Command) -> None:
        if self._preloader.busy and command.run not in self._runs:
            self._postponed.append(command)  # to start a run, or for one that is to be started
            return
        if isinstance(command, StartRun):
            self._start(command, socket.socket(fileno=self._descriptors.popleft()))
            return
        run = self._runs.get(command.run)
        if run is None:  # it has ended, and the client will have been told
            return
        if isinstance(command, KillRun):
            self._kill(run, "killed")
            return
        run.waiting.append(command)
        self._forward(run)

    def _start(self, start: StartRun, data: socket.socket) -> None:
        from autograd_tutor.kernel.run import execute

        ours, theirs = socket.socketpair()
        zygote, token = os.getpid(), os.urandom(_TOKEN_BYTES)
        try:
            pid = os.fork()
        except OSError:
            for end in (ours, theirs, data):
                end.close()
            self._report(Ended(start.run, "lost", 0))
            return
        if pid == 0:
            try:
                ours.close()
                self._let_go()
                execute(start, theirs, data, zygote, token)
            finally:
                os._exit(70)
        theirs.close()
        data.close()
        ours.setblocking(False)
        run = self._runs[start.run] = RunProcess(start, pid, ours, token)
        self._watch(ours, functools.partial(self._on_run, run))
        self._report(Started(start.run, pid))

    def _let_go(self) -> None:
        """In a new run: close everything that is the zygote's."""
        signal.set_wakeup_fd(-1)
        self._selector.close()
        for descriptor in self._descriptors:
            os.close(descriptor)
        for end in (self._control, self._woken, self._waker):
            end.close()
        for run in self._runs.values():
            run.link.close()

    # What runs say and do

    def _on_run(self, run: RunProcess, events: int) -> None:
        if run.hung_up:
            return
        try:
            if events & selectors.EVENT_WRITE:
                self._flush(run)
            if events & selectors.EVENT_READ:
                self._hear(run)
        except BadFrame:
            self._hang_up(run)
            self._kill(run, "protocol")

    def _hear(self, run: RunProcess) -> None:
        try:
            data = run.link.recv(_CHUNK)
        except BlockingIOError:  # a spurious wake-up
            return
        except ConnectionError:
            data = b""
        if not data:
            self._hang_up(run)
        for report in run.reader.feed(data):
            self._take(run, report)

    def _take(self, run: RunProcess, report: RunReport) -> None:
        if report.token != run.token:
            raise BadFrame("a report that is not the recorder's")
        if isinstance(report, Leaving):
            run.left = report.cause
            return
        if isinstance(report, Importing):
            run.hear_of_import(report.done)
            return
        if report.step != run.step:
            raise BadFrame("a step is done that was not asked for")
        run.step_done()
        self._forward(run)
        self._preloader.want(report.slow)

    def _hear_last_words(self, run: RunProcess) -> None:
        """Take what a run that is gone has left to be read."""
        with contextlib.suppress(BlockingIOError, ConnectionError, BadFrame):
            for report in run.reader.feed(run.link.recv(_CHUNK)):
                self._take(run, report)

    def _hang_up(self, run: RunProcess) -> None:
        """Listen to it no more. If it is not seen dead soon, its snippet closed the connection."""
        self._selector.unregister(run.link)
        run.link.close()
        run.hung_up = run.interrupted = True
        run.due = time.monotonic() + _EXIT_GRACE

    def _forward(self, run: RunProcess) -> None:
        if run.step is not None or run.hung_up or not run.waiting:
            return
        request = run.waiting.popleft()
        run.step = request.step
        run.due = time.monotonic() + request.limits.seconds
        run.outgoing = encode(request)
        self._flush(run)

    def _flush(self, run: RunProcess) -> None:
        try:
            sent = run.link.send(run.outgoing)
        except OSError:  # no room; or it is gone, which reading will tell
            sent = 0
        run.outgoing = run.outgoing[sent:]
        key = self._selector.get_key(run.link)
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if run.outgoing else 0)
        self._selector.modify(run.link, wanted, key.data)

    def _enforce_deadlines(self) -> None:
        now = time.monotonic()
        for run in list(self._runs.values()):
            if run.due is None or run.due > now:
                continue
            if run.interrupted:
                self._kill(run, "protocol" if run.hung_up else "deadline")
            else:
                run.interrupted, run.due = True, now + GRACE
                os.kill(run.pid, signal.SIGXCPU)

    def _enforce_memory(self) -> None:
        busy = [run for run in self._runs.values() if run.step is not None]
        if not busy or time.monotonic() < self._memory_due:
            return
        used = limits.resident(run.pid for run in busy)
        for run in busy:
            if used.get(run.pid, 0) > run.memory:
                self._kill(run, "memory")
        self._memory_due = time.monotonic() + _MEMORY_EVERY

    # How runs end

    def _kill(self, run: RunProcess, cause: EndCause) -> None:
        """SIGKILL to the run and all of its group; what is left is done when it is seen dead."""
        run.cause = run.cause or cause
        run.due = None
        kill_group(run.pid)

    def _bury_the_dead(self) -> None:
        ended = [(run, reap(run.pid)) for run in self._runs.values()]
        for run, code in ended:
            if code is None:
                continue
            del self._runs[run.id]
            if not run.hung_up:
                self._hear_last_words(run)
                self._selector.unregister(run.link)
                run.link.close()
            kill_strays({other.pid for other in self._runs.values()})
            self._report(how_it_ended(run, code))

    def _report(self, report: Report) -> None:
        try:
            self._control.sendall(encode(report))
        except OSError:
            self._stopping = True

    def _shut_down(self) -> None:
        for run in self._runs.values():
            kill_group(run.pid)
        late = time.monotonic() + _SHUTDOWN_SECONDS
        while self._runs and time.monotonic() < late:
            self._runs = {id: run for id, run in self._runs.items() if reap(run.pid) is None}
            time.sleep(0.002)
        kill_strays({run.pid for run in self._runs.values()})
