"""The client's side of one kernel process."""

from __future__ import annotations

import contextlib
import functools
import os
import selectors
import signal
import socket
import subprocess
import time
from collections import deque
from collections.abc import Callable, Sequence

from autograd_tutor.client.events import KernelEvent, KernelLost, RunRecord
from autograd_tutor.client.run_connection import SOCKET_BYTES, RunConnection
from autograd_tutor.client.spawn import spawn
from autograd_tutor.limits import CLOSE_SECONDS, KERNEL_STDERR, KERNEL_STDERR_LINE
from autograd_tutor.recording.wire import (
    BadFrame,
    Broken,
    Command,
    Ended,
    FrameReader,
    KillRun,
    Ready,
    Record,
    Report,
    ResultRecord,
    SnapshotRecord,
    Started,
    StartRun,
    StepRequest,
    encode,
)

_CHUNK = 2**18


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
        self._stderr = b""
        self._control, theirs = socket.socketpair()
        try:
            self._process = spawn(command, theirs)
        except OSError:
            self._control.close()
            raise
        finally:
            theirs.close()
        self._control.setblocking(False)

    @property
    def busy(self) -> bool:
        """Whether any run has something to do."""
        return any(run.steps for run in self._runs.values())

    def nudge(self) -> None:
        """Wake the zygote in case the snippet stopped it; it would keep no deadline then."""
        self._process.send_signal(signal.SIGCONT)

    def watch(self) -> None:
        """Begin to listen."""
        self._selector.register(self._control, selectors.EVENT_READ, self._on_control)
        assert self._process.stderr is not None
        os.set_blocking(self._process.stderr.fileno(), False)
        self._selector.register(self._process.stderr, selectors.EVENT_READ, self._on_stderr)

    def start_run(self, start: StartRun) -> None:
        """Ask for a run."""
        if self.lost:
            self._report(Ended(start.run, "lost", 0))
            return
        try:
            run = self._runs[start.run] = RunConnection(start.run)
        except OSError:  # no descriptors left
            self._report(Ended(start.run, "lost", 0))
            return
        callback = functools.partial(self._on_data, run)
        self._selector.register(run.data, selectors.EVENT_READ, callback)
        self._send(start, run.theirs.fileno())

    def to_run(self, number: int, command: StepRequest | KillRun) -> None:
        """Pass a command on, unless the run has ended."""
        run = self._runs.get(number)
        if run is None:
            return
        if isinstance(command, StepRequest):
            run.steps.add(command.step)
        self._send(command)

    def terminate(self) -> None:
        """Have the process end its runs and itself, from any thread, without waiting."""
        self._process.terminate()

    def close(self) -> None:
        """End the process and its runs, and wait until it is gone."""
        if self.torch is None:  # it may be importing torch, and has no runs
            self._process.kill()
        if not self._hangs_up():
            self._process.kill()
            self._kill_runs()
        self._process.wait()
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
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._outgoing else 0)
        self._selector.modify(self._control, events, self._on_control)

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
            case Ready(torch=torch):
                self.torch = torch
            case Broken():
                self._broken = True
            case Started(number, pid):
                self._runs[number].pid = pid
                self._runs[number].theirs.close()
            case Ended(number, _, code):
                run = self._runs.pop(number)
                self._drain(run)
                if run.broken:
                    report = Ended(number, "protocol", code)
        self._report(report)

    def _on_data(self, run: RunConnection, _events: int) -> None:
        if run.id in self._runs and not self._read(run):
            self._selector.unregister(run.data)

    def _read(self, run: RunConnection) -> bool:
        """Take what has arrived; returns whether more can come."""
        try:
            data = run.data.recv(_CHUNK)
            for record in run.reader.feed(data):
                self._check(run, record)
                self._report(RunRecord(run.id, record))
        except BlockingIOError:
            return True
        except BadFrame:
            run.broken = True
            self._send(KillRun(run.id))
            return False
        except OSError:
            return False
        return bool(data)

    def _check(self, run: RunConnection, record: Record) -> None:
        match record:
            case SnapshotRecord(snapshot):
                step = snapshot.step
            case ResultRecord(result):
                step = result.step
            case _:
                return
        if step not in run.steps:
            raise BadFrame("a record of a step that was not asked for")
        if isinstance(record, ResultRecord):
            run.steps.remove(step)

    def _drain(self, run: RunConnection) -> None:
        """Take what a run that is gone has left, and close its socket."""
        if run.data in self._selector.get_map():
            self._selector.unregister(run.data)
            left = 4 * SOCKET_BYTES // _CHUNK
            while not run.broken and left > 0 and self._read(run):
                left -= 1
        run.close()

    def _on_stderr(self, _events: int) -> None:
        stream = self._process.stderr
        if self.lost or stream is None:
            return
        data = os.read(stream.fileno(), _CHUNK)
        self._stderr = (self._stderr + data)[-KERNEL_STDERR:]
        if not data:
            self._selector.unregister(stream)

    def _lose(self) -> None:
        """The process is gone or of no use: end what is left of it and report it."""
        self.lost = True
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(CLOSE_SECONDS)
        self._process.kill()
        code = self._process.wait()
        self._kill_runs()
        if not self._broken:
            self._report(KernelLost(self._why(code)))
        for run in list(self._runs.values()):
            self._drain(run)
            self._report(Ended(run.id, "lost", 0))
        self._forget()

    def _why(self, code: int) -> str:
        stream = self._process.stderr
        if stream is not None and stream in self._selector.get_map():
            with contextlib.suppress(BlockingIOError):
                self._stderr += os.read(stream.fileno(), _CHUNK)
        lines = self._stderr.decode("utf-8", "backslashreplace").strip().splitlines()
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"exited with {code}"
        when = "" if self.torch else " while it imported torch"
        detail = f" ({lines[-1][:KERNEL_STDERR_LINE]})" if lines else ""
        return f"The process that runs snippets {how}{when}{detail}. The next run starts a new one."

    def _kill_runs(self) -> None:
        for run in self._runs.values():
            if run.pid is not None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(run.pid, signal.SIGKILL)

    def _forget(self) -> None:
        for run in self._runs.values():
            run.close()
        self._runs.clear()
        stream = self._process.stderr
        for source in (self._control, stream):
            if source is not None and source in self._selector.get_map():
                self._selector.unregister(source)
        self._control.close()
        if stream is not None:
            stream.close()
