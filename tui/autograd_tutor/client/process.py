"""The client's side of one kernel process and of its runs."""

from __future__ import annotations

import contextlib
import functools
import os
import selectors
import signal
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from autograd_tutor import linux
from autograd_tutor.client.events import KernelEvent, KernelLost, RunRecord
from autograd_tutor.client.guard_process import GuardProcess
from autograd_tutor.client.run_connection import RunConnection
from autograd_tutor.client.step_bounds import TooMuch
from autograd_tutor.limits.records import ANSWER_SECONDS, CLOSE_SECONDS
from autograd_tutor.messages import _
from autograd_tutor.recording.picture import LookRequest
from autograd_tutor.recording.wire import (
    BadFrame,
    Broken,
    Command,
    EndCause,
    Ended,
    FrameReader,
    KillRun,
    Ping,
    Pong,
    Ready,
    Record,
    Report,
    Started,
    StartRun,
    StepRequest,
    encode,
)

_CHUNK = 2**18
_LATEST = 2.0
"""Seconds between two rounds that count: this process was stopped if it were more."""

_NO_ANSWER = _(
    "The process that runs snippets no longer answers, as if the snippet had stopped it, so it was "
    "ended."
)


class ZygoteProcess:
    """One kernel process and its runs. Made on the caller's thread, then the kernel thread's."""

    def __init__(
        self,
        command: Sequence[str],
        selector: selectors.BaseSelector,
        report: Callable[[KernelEvent], None],
    ) -> None:
        self.torch: str | None = None
        """The version of torch, once it is imported."""
        self.lost = False
        self._report = report
        self._selector = selector
        self._runs: dict[int, RunConnection] = {}
        self._outgoing: deque[tuple[bytes, int | None]] = deque()
        self._reader: FrameReader[Report] = FrameReader(Report)
        self._broken = False
        self._isolated = False
        self._attended = time.monotonic()
        self._now = 0.0
        """Seconds for which `attend` was called as it should be: the clock of its deadlines."""
        self._asked: float | None = None
        """When it was asked for an answer that has not come."""
        self._stderr = b""
        self._control, theirs = socket.socketpair()
        try:
            self.guard = GuardProcess(command, theirs)
        except OSError:
            self._control.close()
            raise
        finally:
            theirs.close()
        self._control.setblocking(False)

    @property
    def awaited(self) -> bool:
        """Whether it owes an answer: then `attend` is to be called about once a second."""
        ready = self.torch is not None and not self.lost
        return ready and any(run.awaited for run in self._runs.values())

    def attend(self) -> None:
        """End it if it does not answer, and what else does not end in time.

        To be called when all that it has sent is read. The zygote has deadlines of its own; this is
        for one that is stopped, traced or deceived by a snippet.
        """
        now = time.monotonic()
        self._now += min(now - self._attended, _LATEST)
        self._attended = now
        if not self.awaited:
            self._asked = None
            return
        if self._asked is None:
            self._asked = self._now
            self._send(Ping())
        unkillable = any(run.killed and run.late(self._now) for run in self._runs.values())
        if unkillable or self._now - self._asked > ANSWER_SECONDS:
            self._lose(_NO_ANSWER)
            return
        for run in self._runs.values():
            if run.broken_off(self._now):
                self._kill(run, "protocol")
            elif run.late(self._now):
                self._kill(run, "deadline")

    def watch(self) -> None:
        """Begin to listen."""
        self._selector.register(self._control, selectors.EVENT_READ, self._on_control)
        self._selector.register(self.guard.stderr, selectors.EVENT_READ, self._on_stderr)

    def start_run(self, start: StartRun) -> None:
        """Ask for a run."""
        if self.lost:
            self._report(Ended(start.run, "lost", 0))
            return
        try:
            run = self._runs[start.run] = RunConnection(start)
        except OSError:  # no descriptors left
            self._report(Ended(start.run, "lost", 0))
            return
        callback = functools.partial(self._on_data, run)
        self._selector.register(run.data, selectors.EVENT_READ, callback)
        self._send(start, run.theirs.fileno())

    def to_run(self, number: int, command: StepRequest | LookRequest | KillRun) -> None:
        """Pass a command on, unless the run has ended."""
        run = self._runs.get(number)
        if run is None:
            return
        if isinstance(command, KillRun):
            self._kill(run, "killed")
        else:
            run.ask(command, self._now)
            self._send(command)

    def close(self) -> None:
        """End the process and its runs, and wait until it is gone."""
        if self.torch is None:  # it may be importing torch, and has no runs
            self.guard.terminate()
        if not self._hangs_up():
            self.guard.end()
            self._kill_runs()
        self.guard.wait()
        self._forget()

    def _hangs_up(self) -> bool:
        """Whether the process ends in time when asked to. (Popen would look every 50 ms only.)"""
        late = time.monotonic() + CLOSE_SECONDS
        try:
            self._control.shutdown(socket.SHUT_WR)
            while (left := late - time.monotonic()) > 0:
                self._control.settimeout(left)
                if not self._control.recv(_CHUNK):
                    return True
        except ConnectionError:
            return True
        except OSError:
            return False
        return False

    def _kill(self, run: RunConnection, cause: EndCause) -> None:
        run.kill(cause, self._now)
        self._send(KillRun(run.id))

    def _send(self, command: Command, descriptor: int | None = None) -> None:
        self._outgoing.append((encode(command), descriptor))
        self._flush()

    def _flush(self) -> None:
        try:
            while self._outgoing:
                data, descriptor = self._outgoing[0]
                descriptors = [] if descriptor is None else [descriptor]
                sent = socket.send_fds(self._control, [data], descriptors)
                if sent < len(data):
                    self._outgoing[0] = data[sent:], None
                else:
                    self._outgoing.popleft()
        except BlockingIOError:
            pass
        except OSError:  # it is gone: reading will find that out
            self._outgoing.clear()
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._outgoing else 0)
        self._selector.modify(self._control, wanted, self._on_control)

    def _on_control(self, events: int) -> None:
        if self.lost:
            return
        if events & selectors.EVENT_WRITE:
            self._flush()
        if not events & selectors.EVENT_READ:
            return
        try:
            data = self._control.recv(_CHUNK)
            for report in self._reader.feed(data):
                self._receive(report)
        except BlockingIOError:
            return
        except (OSError, BadFrame):
            data = b""
        if not data:
            self._lose()

    def _receive(self, report: Report) -> None:
        match report:
            case Ready(torch=torch, isolated=isolated):
                self.torch, self._isolated = torch, isolated
                if not isolated:
                    linux.refuse_tracers(True)
                    self.guard.adopt_strays()
            case Pong():
                self._asked = None
                return
            case Broken():
                self._broken = True
            case Started(number, pid):
                self._runs[number].start(pid, self._now)
            case Ended(number, _, code):
                run = self._runs.pop(number)
                self._drain(run)
                if run.killed in ("protocol", "deadline", "flood"):
                    report = Ended(number, run.killed, code)
        self._report(report)

    def _on_data(self, run: RunConnection, _events: int) -> None:
        if run.id in self._runs and not self._read(run, run.read(self._now)):
            self._selector.unregister(run.data)

    def _read(self, run: RunConnection, records: Iterator[Record]) -> bool:
        """Report what has arrived; returns whether more can come."""
        try:
            for record in records:
                self._report(RunRecord(run.id, record))
        except BlockingIOError:
            return True
        except BadFrame:
            self._kill(run, "protocol")
            return False
        except (TooMuch, MemoryError):
            self._kill(run, "flood")
            return False
        except (OSError, EOFError):
            return False
        return True

    def _drain(self, run: RunConnection) -> None:
        """Take what a run that is gone has left, and close its socket."""
        if run.data in self._selector.get_map():
            self._selector.unregister(run.data)
            if run.killed not in ("protocol", "flood"):
                self._read(run, run.read_rest(self._now))
        run.close()

    def _on_stderr(self, _events: int) -> None:
        if not self.lost and not self.guard.read_stderr():
            self._selector.unregister(self.guard.stderr)

    def _lose(self, why: str | None = None) -> None:
        """The process is gone or of no use: end what is left of it and report it, and `why`."""
        self.lost = True
        if why is None:
            self.guard.wait()
        else:
            self.guard.end()
        self._kill_runs()
        if not self._broken:
            self._report(
                KernelLost(_("{why} The next run starts a new one.").format(why=why or self._why()))
            )
        for run in list(self._runs.values()):
            self._drain(run)
            self._report(Ended(run.id, "lost", 0))
        self._forget()

    def _why(self) -> str:
        when = "" if self.torch else _(" while it imported torch")
        return _("The process that runs snippets {how_it_ended}.").format(
            how_it_ended=self.guard.how_it_ended(when)
        )

    def _kill_runs(self) -> None:
        """Kill what outlives a zygote that is killed, on systems without a parent-death signal."""
        for run in self._runs.values():
            if run.pid is not None and not self._isolated:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(run.pid, signal.SIGKILL)

    def _forget(self) -> None:
        for run in self._runs.values():
            run.close()
        self._runs.clear()
        for source in (self._control, self.guard.stderr):
            if source in self._selector.get_map():
                self._selector.unregister(source)
            source.close()
