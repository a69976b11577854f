"""The process that imports torch once and forks a run whenever the client asks for one.

It never executes a torch operation: a fork after OpenMP has started its threads hangs. It holds the
deadlines, because the client's event loop may be blocked by a stalled terminal.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import os
import selectors
import signal
import socket
import time
from collections import deque
from typing import TYPE_CHECKING, NoReturn

from autograd_tutor.kernel import limits
from autograd_tutor.trace.wire import (
    BadFrame,
    Broken,
    Command,
    EndCause,
    Ended,
    FrameReader,
    Idle,
    KillRun,
    Ready,
    Report,
    Started,
    StartRun,
    StepRequest,
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


def serve(control: socket.socket, *, poll_memory: bool = not limits.MEMORY_ENFORCED) -> NoReturn:
    """Import torch, say so on `control`, then obey what arrives there until it is closed."""
    began = time.perf_counter()
    gc.disable()  # the collector finds nothing while modules are imported, and looks often
    try:
        import torch

        from autograd_tutor.kernel import run as _  # noqa: F401  # what a fork needs
    except Exception as error:  # noqa: BLE001  # whatever a broken installation raises
        control.sendall(encode(Broken(_why_broken(error))))
        os._exit(1)
    gc.freeze()
    gc.enable()
    report = Ready(str(torch.__version__), time.perf_counter() - began)
    with contextlib.suppress(OSError):  # the client is gone
        control.sendall(encode(report))
        _Zygote(control, poll_memory).serve()
    os._exit(0)


def _why_broken(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name in {"torch", "numpy", "msgspec"}:
        return f"{error.name} is not installed; install it with `pip install {error.name}`."
    first_line = (str(error).strip() or "no reason given").splitlines()[0]
    return f"torch cannot be imported ({type(error).__name__}: {first_line}); reinstall it."


class _Run:
    """What the zygote knows of one run."""

    def __init__(self, start: StartRun, pid: int, link: socket.socket) -> None:
        self.id = start.run
        self.pid = pid
        self.link = link
        self.memory = start.limits.memory
        self.reader: FrameReader[Idle] = FrameReader(Idle)
        self.waiting: deque[StepRequest] = deque()
        self.outgoing = b""
        self.step: int | None = -1
        """What it is executing: -1 the setup, None nothing."""
        self.due: float | None = time.monotonic() + start.limits.seconds
        """When to interrupt it, or to kill it if `interrupted`."""
        self.interrupted = False
        self.hung_up = False
        self.cause: EndCause | None = None
        """Why it was killed, if it was."""


class _Zygote:
    def __init__(self, control: socket.socket, poll_memory: bool) -> None:
        self._control = control
        self._poll_memory = poll_memory
        self._memory_due = 0.0
        self._reader: FrameReader[Command] = FrameReader(Command)
        self._descriptors: deque[int] = deque()
        self._runs: dict[int, _Run] = {}
        self._selector = selectors.DefaultSelector()
        self._woken, self._waker = socket.socketpair()
        self._stopping = False
        limits.adopt_orphans()
        self._catch_signals()
        self._watch(control, self._on_control)
        self._watch(self._woken, self._on_wake)

    def serve(self) -> None:
        """Loop until the client is gone; then end every run."""
        while not self._stopping:
            for key, events in self._selector.select(self._timeout()):
                key.data(events)
            self._bury_the_dead()
            self._enforce_deadlines()
            if self._poll_memory:
                self._enforce_memory()
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

    def _timeout(self) -> float | None:
        moments = [run.due for run in self._runs.values() if run.due is not None]
        if self._poll_memory and moments:
            moments.append(self._memory_due)
        return max(0.0, min(moments) - time.monotonic()) if moments else None

    # What the client says

    def _on_control(self, _events: int) -> None:
        data, descriptors, _, _ = socket.recv_fds(self._control, _CHUNK, _MAX_DESCRIPTORS)
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)
        self._descriptors += descriptors
        if not data:
            self._stopping = True
            return
        for command in self._reader.feed(data):
            self._obey(command)

    def _obey(self, command: Command) -> None:
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
        zygote = os.getpid()
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
                execute(start, theirs, data, zygote)
            finally:
                os._exit(70)
        theirs.close()
        data.close()
        ours.setblocking(False)
        run = self._runs[start.run] = _Run(start, pid, ours)
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

    def _on_run(self, run: _Run, events: int) -> None:
        if run.id not in self._runs:
            return
        try:
            if events & selectors.EVENT_WRITE:
                self._flush(run)
            if events & selectors.EVENT_READ:
                self._hear(run)
        except BadFrame:
            self._kill(run, "protocol")
        except BlockingIOError:
            pass  # a spurious wake-up
        except OSError:
            self._hung_up(run)

    def _hear(self, run: _Run) -> None:
        data = run.link.recv(_CHUNK)
        if not data:
            self._hung_up(run)
        for idle in run.reader.feed(data):
            if idle.step != run.step:
                raise BadFrame("a step is done that was not asked for")
            run.step = run.due = None
            run.interrupted = False
            self._forward(run)

    def _hung_up(self, run: _Run) -> None:
        """The run is about to be seen dead; if it is not, its snippet closed the connection."""
        self._selector.unregister(run.link)
        run.link.close()
        run.hung_up = run.interrupted = True
        run.due = time.monotonic() + _EXIT_GRACE

    def _forward(self, run: _Run) -> None:
        if run.step is not None or not run.waiting:
            return
        request = run.waiting.popleft()
        run.step = request.step
        run.due = time.monotonic() + request.limits.seconds
        run.outgoing = encode(request)
        self._flush(run)

    def _flush(self, run: _Run) -> None:
        try:
            sent = run.link.send(run.outgoing)
        except BlockingIOError:
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

    def _kill(self, run: _Run, cause: EndCause) -> None:
        """SIGKILL to the run and all of its group; what is left is done when it is seen dead."""
        run.cause = run.cause or cause
        run.due = None
        _kill_group(run.pid)

    def _bury_the_dead(self) -> None:
        ended = [(run, _reap(run.pid)) for run in self._runs.values()]
        for run, code in ended:
            if code is None:
                continue
            del self._runs[run.id]
            if not run.hung_up:
                self._selector.unregister(run.link)
                run.link.close()
            self._kill_strays()
            self._report(_how_it_ended(run, code))

    def _kill_strays(self) -> None:
        """End what a run has left behind in sessions of its own."""
        for pid in limits.strays(run.pid for run in self._runs.values()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)

    def _report(self, report: Report) -> None:
        self._control.sendall(encode(report))

    def _shut_down(self) -> None:
        for run in self._runs.values():
            _kill_group(run.pid)
        late = time.monotonic() + _SHUTDOWN_SECONDS
        while self._runs and time.monotonic() < late:
            self._runs = {id: run for id, run in self._runs.items() if _reap(run.pid) is None}
            time.sleep(0.002)
        self._kill_strays()


def _how_it_ended(run: _Run, code: int) -> Ended:
    from autograd_tutor.kernel.run import EXIT_CLOSED, EXIT_PROTOCOL

    if code in (EXIT_CLOSED, EXIT_PROTOCOL):
        return Ended(run.id, "closed" if code == EXIT_CLOSED else "protocol", 0)
    if code == -signal.SIGKILL and run.cause is not None:
        return Ended(run.id, run.cause, signal.SIGKILL)
    if code < 0:
        return Ended(run.id, "signal", -code)
    return Ended(run.id, "exit", code)


def _kill_group(leader: int) -> None:
    for kill in (os.kill, os.killpg):  # it may not have become the leader of its group yet
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(leader, signal.SIGKILL)


def _reap(pid: int) -> int | None:
    """The exit code of a run, negative for a signal; None while it lives. Its group ends with it.

    Where the system can look without reaping, the group is killed while its number is still taken.
    """
    if hasattr(os, "waitid"):
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return None
        _kill_group(pid)
    seen, status = os.waitpid(pid, os.WNOHANG)
    if seen == 0:
        return None
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(status)
