"""The loop of the process that has imported torch and forks a run when the client asks for one.

It never executes a torch operation: a fork after OpenMP has started its threads hangs. It enforces
the deadlines, because a stalled terminal may block the client's event loop.
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

from autograd_tutor import linux
from autograd_tutor.kernel.bounds import Bounds
from autograd_tutor.kernel.control import Control, Gone
from autograd_tutor.kernel.preload import Preloader
from autograd_tutor.kernel.processes import (
    RunProcess,
    how_it_ended,
    kill_group,
    reap,
)
from autograd_tutor.kernel.scratch import Scratch
from autograd_tutor.kernel.wakeups import Wakeups
from autograd_tutor.limits.kernel import (
    EXIT_SECONDS,
    GRACE_SECONDS,
    KILL_AGAIN_SECONDS,
    SHUTDOWN_SECONDS,
    STRAY_SECONDS,
)
from autograd_tutor.recording.wire import (
    BadFrame,
    Command,
    EndCause,
    Ended,
    Importing,
    KillRun,
    Leaving,
    Ping,
    Pong,
    Report,
    RunReport,
    Started,
    StartRun,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_CHUNK = 2**18
_TOKEN_BYTES = 16


class Zygote:
    """Does what the client asks for on `control`, until that is closed."""

    def __init__(self, control: socket.socket, scratch: Scratch) -> None:
        self._control = Control(control)
        self._scratch = scratch
        self._bounds = Bounds()
        self._postponed: deque[Command] = deque()
        self._runs: dict[int, RunProcess] = {}
        self._selector = selectors.DefaultSelector()
        self._stopping = False
        self._wakeups = Wakeups(self._stop)
        self._preloader = Preloader(self._wakeups.wake)
        linux.adopt_orphans()
        self._register(control, self._on_control)
        self._register(self._wakeups.socket, self._on_wakeup)

    def serve(self) -> None:
        """Loop until the client is gone, then end every run."""
        try:
            while not self._stopping:
                for key, events in self._selector.select(self._timeout()):
                    key.data(events)
                self._reap_ended()
                self._enforce_deadlines()
                for run, cause in self._bounds.exceeded(self._runs.values()):
                    self._kill(run, cause)
        finally:
            self._shut_down()

    def _stop(self) -> None:
        self._stopping = True

    def _register(self, end: socket.socket, callback: Callable[[int], None]) -> None:
        self._selector.register(end, selectors.EVENT_READ, callback)

    def _on_wakeup(self, _events: int) -> None:
        self._wakeups.clear()
        self._preloader.finish()
        while self._postponed and not self._preloader.busy:
            self._execute(self._postponed.popleft())

    def _timeout(self) -> float | None:
        """Seconds until something is due; None if nothing is."""
        if not self._runs:
            return None
        times = [run.due for run in self._runs.values() if run.due is not None]
        return max(0.0, min((*times, self._bounds.due)) - time.monotonic())

    # Commands of the client

    def _on_control(self, _events: int) -> None:
        try:
            for command in self._control.commands():
                self._execute(command)
        except Gone:
            self._stopping = True

    def _execute(self, command: Command) -> None:
        if isinstance(command, Ping):
            self._report(Pong())
            return
        if self._preloader.busy and command.run not in self._runs:
            self._postponed.append(command)  # it needs a fork, or a run that waits for one
            return
        if isinstance(command, StartRun):
            self._start(command, self._control.next_socket())
            return
        run = self._runs.get(command.run)
        if run is None:  # it has ended, which was reported
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
        folder = self._scratch.make(start.run) if start.sandboxed else ""
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
                self._close_in_fork()
                execute(start, theirs, data, zygote, token, folder)
            finally:
                os._exit(70)
        theirs.close()
        data.close()
        ours.setblocking(False)
        run = self._runs[start.run] = RunProcess(start, pid, ours, token, folder)
        self._register(ours, functools.partial(self._on_run, run))
        self._report(Started(start.run, pid))

    def _close_in_fork(self) -> None:
        """In a new run: close everything that belongs to the zygote."""
        self._wakeups.close()
        self._selector.close()
        self._control.close()
        self._scratch.close()
        for run in self._runs.values():
            run.link.close()

    # Reports of runs

    def _on_run(self, run: RunProcess, events: int) -> None:
        if run.disconnected:
            return
        try:
            if events & selectors.EVENT_WRITE:
                self._flush(run)
            if events & selectors.EVENT_READ:
                self._receive(run)
        except BadFrame:
            self._disconnect(run)
            self._kill(run, "protocol")

    def _receive(self, run: RunProcess) -> None:
        try:
            data = run.link.recv(_CHUNK)
        except BlockingIOError:  # a spurious wake-up
            return
        except ConnectionError:
            data = b""
        if not data:
            self._disconnect(run)
        for report in run.reader.feed(data):
            self._handle(run, report)

    def _handle(self, run: RunProcess, report: RunReport) -> None:
        if report.token != run.token:
            raise BadFrame("a report that does not come from the recorder")
        if isinstance(report, Leaving):
            run.exit_cause = report.cause
        elif isinstance(report, Importing):
            run.note_import(report.done)
        elif run.cause is None:  # otherwise it is to end, whatever it says
            if report.step != run.step:
                raise BadFrame("a report on a step that was not asked for")
            run.step_done()
            self._forward(run)
            self._preloader.request(report.slow)

    def _receive_rest(self, run: RunProcess) -> None:
        """Handle the reports that an ended run has sent before."""
        with contextlib.suppress(BlockingIOError, ConnectionError, BadFrame):
            for report in run.reader.feed(run.link.recv(_CHUNK)):
                self._handle(run, report)

    def _disconnect(self, run: RunProcess) -> None:
        """Close the connection. If the run does not end soon, its snippet has closed it."""
        self._selector.unregister(run.link)
        run.link.close()
        run.disconnected = run.interrupted = True
        run.due = time.monotonic() + EXIT_SECONDS

    def _forward(self, run: RunProcess) -> None:
        if not run.disconnected and run.start_next():
            self._bounds.look_soon()
            self._flush(run)

    def _flush(self, run: RunProcess) -> None:
        run.send()
        key = self._selector.get_key(run.link)
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if run.outgoing else 0)
        self._selector.modify(run.link, events, key.data)

    def _enforce_deadlines(self) -> None:
        now = time.monotonic()
        for run in list(self._runs.values()):
            if run.due is None or run.due > now:
                continue
            if run.cause is not None:  # the snippet may have it traced by one of its own
                linux.end_children({*self._pids_but(run), run.pid}, STRAY_SECONDS)
                self._kill(run, run.cause)
            elif run.interrupted:
                self._kill(run, "protocol" if run.disconnected else "deadline")
            else:
                run.interrupted, run.due = True, now + GRACE_SECONDS
                os.kill(run.pid, signal.SIGXCPU)

    # Ends of runs

    def _kill(self, run: RunProcess, cause: EndCause) -> None:
        """Send SIGKILL to the run and its group; `_reap_ended` does the rest."""
        run.cause = run.cause or cause
        run.due = time.monotonic() + KILL_AGAIN_SECONDS
        kill_group(run.pid)

    def _pids_but(self, run: RunProcess) -> set[int]:
        return {other.pid for other in self._runs.values() if other is not run}

    def _reap_ended(self) -> None:
        ended = [(run, reap(run.pid)) for run in self._runs.values()]
        for run, code in ended:
            if code is None:
                continue
            del self._runs[run.id]
            if not run.disconnected:
                self._receive_rest(run)
                self._selector.unregister(run.link)
                run.link.close()
            linux.end_children(self._pids_but(run), STRAY_SECONDS)
            self._scratch.remove(run.id)
            self._report(how_it_ended(run, code))

    def _report(self, report: Report) -> None:
        try:
            self._control.report(report)
        except Gone:
            self._stopping = True

    def _shut_down(self) -> None:
        for run in self._runs.values():
            kill_group(run.pid)
        deadline = time.monotonic() + SHUTDOWN_SECONDS
        while self._runs and time.monotonic() < deadline:
            self._runs = {id: run for id, run in self._runs.items() if reap(run.pid) is None}
            time.sleep(0.002)
        linux.end_children({run.pid for run in self._runs.values()}, STRAY_SECONDS)
