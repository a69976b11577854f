"""The user interface's handle on a kernel: start it, ask it for runs, hear what they record."""

from __future__ import annotations

import contextlib
import functools
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from types import TracebackType

from msgspec import Struct

from autograd_tutor.trace.wire import (
    BadFrame,
    Broken,
    Command,
    Ended,
    FrameReader,
    KillRun,
    Limits,
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
_SOCKET_BYTES = 2**18
_STDERR_KEPT = 8 * 1024
_CLOSE_SECONDS = 1.0
_NUDGE_SECONDS = 1.0
_PACKAGES = str(Path(__file__).resolve().parent.parent)
_BOOT = (
    "import sys; sys.path.append(sys.argv.pop(1)); "
    "from autograd_tutor.kernel.__main__ import main; main()"
)


class RunRecord(Struct, frozen=True):
    """A run recorded something."""

    run: int
    record: Record


class KernelLost(Struct, frozen=True):
    """The kernel ended by itself; `start_run` starts another one. Every run has `Ended` too."""

    reason: str


KernelEvent = Ready | Broken | Started | RunRecord | Ended | KernelLost


class Kernel:
    """A kernel process, started again when it is needed and gone.

    All methods return at once. What happens is told to `notify`, on a thread of the kernel's own,
    with all events that arrived in one go, in order. `notify` must be quick (post and return) and
    must not raise: while it runs nothing is read, and a snippet that waits to be read is on the
    clock. For each run the last event is `Ended`, whatever happens.

    Create it on the main thread: on Linux the kernel is tied to the thread that started it.
    """

    def __init__(
        self, notify: Callable[[list[KernelEvent]], None], command: Sequence[str] | None = None
    ) -> None:
        self._notify = notify
        self._command = tuple(command or (sys.executable, "-P", "-c", _BOOT, _PACKAGES))
        self._ids = count(1)
        self._calls: deque[Callable[[], None]] = deque()
        self._events: list[KernelEvent] = []
        self._selector = selectors.DefaultSelector()
        self._woken, self._waker = socket.socketpair()
        for end in (self._woken, self._waker):
            end.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ, self._on_wake)
        self._closing = False
        self._lock = threading.Lock()
        self._zygote: _Zygote | None = self._start_zygote()
        self._thread = threading.Thread(target=self._serve, name="kernel", daemon=True)
        self._thread.start()

    @property
    def ready(self) -> bool:
        """Whether torch is imported, so that runs start at once."""
        zygote = self._zygote
        return zygote is not None and zygote.ready and not zygote.lost

    def start_run(self, seed: int, setup: str, limits: Limits) -> int:
        """Start a fresh run; returns its id. It waits where torch is still being imported."""
        with self._lock:
            if self._zygote is None or self._zygote.lost:
                self._zygote = self._start_zygote()
            zygote = self._zygote
        run = next(self._ids)
        start = StartRun(run=run, seed=seed, setup=setup, limits=limits)
        if zygote is None:
            self._call(lambda: self._events.append(Ended(run, "lost", 0)))
        else:
            self._call(lambda: zygote.start_run(start))
        return run

    def step(self, request: StepRequest) -> None:
        """Record one step in the run `request.run`, after those asked for before."""
        self._call(lambda: self._to_run(request.run, request))

    def kill(self, run: int) -> None:
        """End a run now, whatever it does."""
        self._call(lambda: self._to_run(run, KillRun(run)))

    def close(self) -> None:
        """End the kernel and all of its runs; returns when they are gone. Can be repeated."""
        if self._closing:
            return
        self._closing = True
        self._call(lambda: None)
        self._thread.join()
        self._selector.close()
        for end in (self._woken, self._waker):
            end.close()

    def __enter__(self) -> Kernel:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _start_zygote(self) -> _Zygote | None:
        try:
            zygote = _Zygote(self._command, self._selector, self._tell)
        except OSError as error:
            reason = f"the kernel cannot be started ({error.strerror}); check {self._command[0]}."
            self._call(functools.partial(self._tell, Broken(reason)))
            return None
        self._call(zygote.watch)
        return zygote

    def _tell(self, event: KernelEvent) -> None:
        self._events.append(event)

    def _call(self, call: Callable[[], None]) -> None:
        """Have the kernel's thread do something: everything below belongs to it alone."""
        self._calls.append(call)
        with contextlib.suppress(BlockingIOError, OSError):  # awake anyway, or closed
            self._waker.send(b"\0")

    def _to_run(self, run: int, command: StepRequest | KillRun) -> None:
        zygote = self._zygote
        if zygote is not None and not zygote.lost:
            zygote.to_run(run, command)

    def _serve(self) -> None:
        while not self._closing:
            busy = self._zygote is not None and self._zygote.busy
            ready = self._selector.select(_NUDGE_SECONDS if busy else None)
            for key, events in ready:
                key.data(events)
            while self._calls:
                self._calls.popleft()()
            if not ready and self._zygote is not None:
                self._zygote.nudge()
            if self._events:
                events_now, self._events = self._events, []
                self._notify(events_now)
        if self._zygote is not None and not self._zygote.lost:
            self._zygote.close()

    def _on_wake(self, _events: int) -> None:
        with contextlib.suppress(BlockingIOError):
            self._woken.recv(4096)


class _Run:
    """The client's side of one run."""

    def __init__(self, number: int) -> None:
        self.id = number
        self.pid: int | None = None
        self.data, self.theirs = socket.socketpair()
        for end in (self.data, self.theirs):
            for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):  # 8 KiB on macOS otherwise
                end.setsockopt(socket.SOL_SOCKET, option, _SOCKET_BYTES)
        self.data.setblocking(False)
        self.reader: FrameReader[Record] = FrameReader(Record)
        self.steps: set[int] = set()
        """Those asked for and not yet ended."""
        self.broken = False
        """Whether something arrived that the recorder cannot have sent."""

    def close(self) -> None:
        self.data.close()
        self.theirs.close()


class _Zygote:
    """One kernel process and its runs. Made on the caller's thread, then the kernel thread's."""

    def __init__(
        self,
        command: Sequence[str],
        selector: selectors.BaseSelector,
        tell: Callable[[KernelEvent], None],
    ) -> None:
        self.ready = False
        self.lost = False
        self._tell = tell
        self._selector = selector
        self._runs: dict[int, _Run] = {}
        self._outgoing: deque[tuple[bytes, int | None]] = deque()
        self._reader: FrameReader[Report] = FrameReader(Report)
        self._broken = False
        self._stderr = b""
        self._control, theirs = socket.socketpair()
        try:
            self._process = _spawn(command, theirs)
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
            self._tell(Ended(start.run, "lost", 0))
            return
        run = self._runs[start.run] = _Run(start.run)
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

    def close(self) -> None:
        """End the process and its runs, and wait until it is gone."""
        if not self.ready:  # it may be importing torch, and has no runs
            self._process.kill()
        self._control.close()
        try:
            self._process.wait(_CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            self._kill_runs()
        self._forget()

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
        except OSError:  # it is gone, which reading will tell
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
                self._hear(report)
        except BlockingIOError:
            return
        except (OSError, BadFrame):
            data = b""
        if not data:
            self._lose()

    def _hear(self, report: Report) -> None:
        match report:
            case Ready():
                self.ready = True
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
        self._tell(report)

    def _on_data(self, run: _Run, _events: int) -> None:
        if run.id in self._runs and not self._read(run):
            self._selector.unregister(run.data)

    def _read(self, run: _Run) -> bool:
        """Take what has arrived; returns whether more can come."""
        try:
            data = run.data.recv(_CHUNK)
            for record in run.reader.feed(data):
                self._check(run, record)
                self._tell(RunRecord(run.id, record))
        except BlockingIOError:
            return True
        except BadFrame:
            run.broken = True
            self._send(KillRun(run.id))
            return False
        except OSError:
            return False
        return bool(data)

    def _check(self, run: _Run, record: Record) -> None:
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

    def _drain(self, run: _Run) -> None:
        """Take what a run that is gone has left, and close its socket."""
        if run.data in self._selector.get_map():
            self._selector.unregister(run.data)
            left = 4 * _SOCKET_BYTES // _CHUNK
            while not run.broken and left > 0 and self._read(run):
                left -= 1
        run.close()

    def _on_stderr(self, _events: int) -> None:
        stream = self._process.stderr
        if self.lost or stream is None:
            return
        data = os.read(stream.fileno(), _CHUNK)
        self._stderr = (self._stderr + data)[-_STDERR_KEPT:]
        if not data:
            self._selector.unregister(stream)

    def _lose(self) -> None:
        """The process is gone or of no use: end what is left of it and say so."""
        self.lost = True
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_CLOSE_SECONDS)
        self._process.kill()
        code = self._process.wait()
        self._kill_runs()
        if not self._broken:
            self._tell(KernelLost(self._why(code)))
        for run in list(self._runs.values()):
            self._drain(run)
            self._tell(Ended(run.id, "lost", 0))
        self._forget()

    def _why(self, code: int) -> str:
        stream = self._process.stderr
        if stream is not None and stream in self._selector.get_map():
            with contextlib.suppress(BlockingIOError):
                self._stderr += os.read(stream.fileno(), _CHUNK)
        said = self._stderr.decode("utf-8", "backslashreplace").strip().splitlines()
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"exited with {code}"
        return f"the kernel {how}" + (f": {said[-1][:200]}" if said else "")

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


def _spawn(command: Sequence[str], control: socket.socket) -> subprocess.Popen[bytes]:
    """Start a zygote in a session of its own, away from the terminal and its signals."""
    bound = threading.current_thread() is threading.main_thread()
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return subprocess.Popen(
        (*command, str(control.fileno()), str(os.getpid()), str(int(bound))),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        bufsize=0,
        env={**os.environ, **one},
        pass_fds=(control.fileno(),),
        start_new_session=True,
    )


def explain(ended: Ended, limits: Limits) -> str:
    """What happened to a run and what to do next, in a sentence or two."""
    seconds = f"{limits.seconds:g} s"
    match ended.cause:
        case "closed":
            return "The run has ended. Run it again to go on."
        case "exit":
            return (
                f"The snippet ended its process with exit status {ended.code}. "
                "Take the exit out and run again."
            )
        case "signal":
            return (
                f"The snippet's process was ended by {_signal_name(ended.code)}. "
                "Change the line that did it and run again."
            )
        case "deadline":
            return (
                f"The snippet was still busy after {seconds} and did not stop when told to, so "
                "its process was ended. Look for a loop without end and run again."
            )
        case "memory":
            return (
                f"The snippet used more than {limits.memory} MiB of memory, so its process was "
                "ended. Use smaller tensors and run again."
            )
        case "killed":
            return "The run was stopped. Run it again to go on."
        case "protocol":
            return (
                "The snippet closed or wrote into a file descriptor that the recording needs, so "
                "its process was ended. Leave descriptors above 2 alone and run again."
            )
        case "lost":
            return "The process that runs the snippets is gone. Run again to start a new one."


def _signal_name(number: int) -> str:
    names = {
        signal.SIGSEGV: "SIGSEGV (it reached for memory that is not its own)",
        signal.SIGABRT: "SIGABRT (a library gave up)",
        signal.SIGKILL: "SIGKILL (by itself, or by the system when memory ran out)",
    }
    try:
        known = signal.Signals(number)
    except ValueError:
        return f"signal {number}"
    return names.get(known, known.name)
