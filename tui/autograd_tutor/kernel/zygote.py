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
from typing import TYPE_CHECKING

from autograd_tutor import linux
from autograd_tutor.kernel.bounds import Bounds
from autograd_tutor.kernel.control import Control, Gone
from autograd_tutor.kernel.processes import (
    RunProcess,
    how_it_ended,
    kill_group,
    reap,
)
from autograd_tutor.kernel.scratch import Scratch
from autograd_tutor.kernel.starter import Starter
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
    EndCause,
    Ended,
    Importing,
    KillRun,
    Leaving,
    Ping,
    Pong,
    Report,
    RunCommand,
    RunReport,
    Started,
    StartRun,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_CHUNK = 2**18


class Zygote:
    """Does what the client asks for on `control`, until that is closed."""

    def __init__(self, control: socket.socket, scratch: Scratch) -> None:
        self._control = Control(control)
        self._scratch = scratch
        self._bounds = Bounds()
        self._postponed: list[RunCommand] = []
        self._runs: dict[int, RunProcess] = {}
        self._selector = selectors.DefaultSelector()
        self._stopping = False
        self._wakeups = Wakeups(self._stop)
        self._starter = Starter(self._selector, scratch, self._close_in_fork, self._wakeups.wake)
        self._warm = self._starter.warm
        linux.adopt_orphans()
        self._register(control, self._on_control)
        self._register(self._wakeups.socket, self._on_wakeup)

    def serve(self) -> None:
        """Loop until the client is gone, then end every run."""
        try:
            while not self._stopping:
                self._warm.look(all(run.step is None for run in self._runs.values()))
                self._execute_postponed()
                for key, events in self._selector.select(self._timeout()):
                    key.data(events)
                self._reap_ended()
                self._enforce_deadlines()
                for run, cause in self._bounds.exceeded(self._runs.values(), self._warm.pids):
                    self._kill(run, cause)
        finally:
            self._shut_down()

    def _stop(self) -> None:
        self._stopping = True

    def _register(self, end: socket.socket, callback: Callable[[int], None]) -> None:
        self._selector.register(end, selectors.EVENT_READ, callback)

    def _on_wakeup(self, _events: int) -> None:
        self._wakeups.clear()
        self._starter.finish()

    def _timeout(self) -> float | None:
        """Seconds until something is due; None if nothing is."""
        times = [run.due for run in self._runs.values() if run.due is not None]
        times += [self._bounds.due] if self._runs else []
        times += self._warm.due
        return max(0.0, min(times) - time.monotonic()) if times else None

    # Commands of the client

    def _on_control(self, _events: int) -> None:
        try:
            for command in self._control.commands():
                if isinstance(command, Ping):
                    self._report(Pong())
                else:
                    self._postponed.append(command)
        except Gone:
            self._stopping = True
        self._execute_postponed()

    def _execute_postponed(self) -> None:
        """Execute what has been asked for; new runs, and what is for them, may have to wait."""
        commands, self._postponed = self._postponed, []
        for command in commands:
            is_new = command.run not in self._runs
            if is_new and (self._postponed or self._starter.has_to_wait()):
                self._postponed.append(command)
            else:
                self._execute(command)

    def _execute(self, command: RunCommand) -> None:
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
        run = self._starter.start(start, data)
        if run is None:
            self._report(Ended(start.run, "lost", 0))
            return
        self._runs[run.id] = run
        self._register(run.link, functools.partial(self._on_run, run))
        self._flush(run)
        self._report(Started(run.id, run.pid))

    def _close_in_fork(self) -> None:
        """In a new run: close everything that belongs to the zygote."""
        self._wakeups.close()
        self._selector.close()
        self._control.close()
        self._scratch.close()
        self._warm.close()
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
            self._starter.note_slow(run, report.slow)

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
                self._end_strays()
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

    def _end_strays(self) -> None:
        """End what ended runs have left behind."""
        runs = {run.pid for run in self._runs.values()}
        linux.end_children(runs | self._warm.pids, STRAY_SECONDS)

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
            self._end_strays()
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
