"""A kernel for tests: runs snippets and waits for what comes of them."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

import autograd_tutor
from autograd_tutor import linux
from autograd_tutor.client import (
    Ended,
    Kernel,
    KernelEvent,
    Ready,
    RunRecord,
    Started,
)
from autograd_tutor.recording.model import Error, Snapshot, StepResult
from autograd_tutor.recording.wire import (
    Limits,
    ResultRecord,
    SetupFailed,
    SnapshotRecord,
    StepRequest,
)

PACKAGES = str(Path(autograd_tutor.__file__).parents[1])

PATIENCE = 60.0
"""Seconds after which a test gives up waiting."""

PATIENT = Limits(seconds=60.0)

DEADLINES = (0.5, 2.0, 8.0, 30.0)
"""Seconds for a snippet without end: a slow machine needs more of them to come to its end."""


@dataclass
class Outcome:
    """What came of one step: its result, or how the run ended before there was one."""

    run: int
    snapshots: list[Snapshot] = field(default_factory=list)
    result: StepResult | None = None
    setup_failed: Error | None = None
    ended: Ended | None = None

    @property
    def stdout(self) -> str:
        """Everything that was printed."""
        return "".join(snapshot.stdout for snapshot in self.snapshots)

    @property
    def error(self) -> Error | None:
        """What the snippet raised."""
        return self.result.error if self.result is not None else None


def zygote_like(code: str) -> tuple[str, ...]:
    """A command for a kernel that executes `code` first."""
    boot = f"import sys; sys.path.insert(0, {PACKAGES!r})\n{textwrap.dedent(code)}\n"
    return (
        sys.executable,
        "-P",
        "-c",
        boot + "from autograd_tutor.kernel.__main__ import main\nmain()",
    )


NO_NAMESPACES = "from autograd_tutor.kernel import namespaces; namespaces.AVAILABLE = False"
"""The start of a kernel on a system that gives it none."""

_PROBE = """\
import os
from autograd_tutor import linux
from autograd_tutor.kernel.namespaces import fork_apart
linux.adopt_orphans()
first = fork_apart()
os._exit(first is None if not first else os.waitstatus_to_exitcode(os.waitpid(first, 0)[1]))
"""

NAMESPACES_GIVEN = subprocess.run([sys.executable, "-c", _PROBE], check=False).returncode == 0
"""Whether this machine gives a kernel namespaces of its own."""

KERNELS: dict[str, Sequence[str] | None] = {"not isolated": zygote_like(NO_NAMESPACES)}
"""The commands of kernels that shall behave alike."""
if NAMESPACES_GIVEN:
    KERNELS["isolated"] = None


def in_time(outcome: Outcome) -> bool:
    """Whether a step was stopped within the time that it has for that."""
    return outcome.ended is None


class Session:
    """A `Kernel` whose events are collected, so that a test can wait for one."""

    def __init__(self, command: Sequence[str] | None = None) -> None:
        self.events: list[KernelEvent] = []
        self._pids: dict[int, int] = {}
        self._arrived = threading.Condition()
        self.kernel = Kernel(self._notify, command)

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kernel.close()

    def _notify(self, events: list[KernelEvent]) -> None:
        for event in events:
            if isinstance(event, Started):
                self._pids[event.run] = self.outside(event.pid)
        with self._arrived:
            self.events += events
            self._arrived.notify_all()

    def wait(self, matches: Callable[[KernelEvent], bool], since: int = 0) -> KernelEvent:
        """The first event after `since` that `matches`."""
        index = since
        late = time.monotonic() + PATIENCE
        with self._arrived:
            while True:
                while index < len(self.events):
                    if matches(self.events[index]):
                        return self.events[index]
                    index += 1
                left = late - time.monotonic()
                assert left > 0, f"nothing came but {self.events[-5:]}"
                self._arrived.wait(left)

    def wait_ready(self) -> Ready:
        """Wait until torch is imported."""
        event = self.wait(lambda event: isinstance(event, Ready))
        assert isinstance(event, Ready)
        return event

    def pid(self, run: int) -> int:
        """The process of a run, by the number that it has for us."""
        self.wait(lambda event: isinstance(event, Started) and event.run == run)
        return self._pids[run]

    @property
    def isolated(self) -> bool:
        """Whether the kernel has namespaces of its own."""
        return self.wait_ready().isolated

    @property
    def guard(self) -> int:
        """The process that the client has started."""
        assert self.kernel._zygote is not None
        return self.kernel._zygote.guard.pid

    @property
    def zygote(self) -> int:
        """The process that forks the runs."""
        (zygote,) = linux.children(self.guard)
        return zygote

    def outside(self, pid: int) -> int:
        """The number that a process of the kernel has for us: by `pid` it knows itself.

        0 if it is gone.
        """
        if not Path("/proc/self/status").exists():  # there are no namespaces either
            return pid
        for found in linux.descendants(self.guard):
            if process_ids(found)[-1:] == [pid]:
                return found
        return 0

    def ended(self, run: int) -> Ended:
        """How a run ended, once it has."""
        event = self.wait(lambda event: isinstance(event, Ended) and event.run == run)
        assert isinstance(event, Ended)
        return event

    def start(
        self,
        limits: Limits = PATIENT,
        setup: str = "import torch",
        seed: int = 0,
        path: Path | None = None,
        sandboxed: bool = False,
    ) -> int:
        """Start a run."""
        return self.kernel.start_run(seed, setup, limits, path, sandboxed)

    def ask(
        self, run: int, code: str, step: int = 0, limits: Limits = PATIENT, **more: Any
    ) -> None:
        """Ask for a step; `more`: fields of the request."""
        self.kernel.step(
            StepRequest(
                run=run, step=step, code=code, filename=f"<step {step + 1}>", expect=(),
                raises=None, limits=limits, **more,
            )
        )  # fmt: skip

    def step(
        self, run: int, code: str, step: int = 0, limits: Limits = PATIENT, **more: Any
    ) -> Outcome:
        """Record one step to its end."""
        self.ask(run, code, step, limits, **more)
        return self.outcome(run, step)

    def outcome(self, run: int, step: int = 0) -> Outcome:
        """What came of a step that was asked for, once it is over."""
        outcome = Outcome(run)
        self.wait(lambda event: _is_end(event, run, step))
        with self._arrived:
            events = list(self.events)
        for event in events:
            match event:
                case RunRecord(number, SnapshotRecord(snapshot)) if number == run:
                    if snapshot.step == step:
                        outcome.snapshots.append(snapshot)
                case RunRecord(number, ResultRecord(result)) if number == run:
                    if result.step == step:
                        outcome.result = result
                case RunRecord(number, SetupFailed(error)) if number == run:
                    outcome.setup_failed = error
                case Ended(number) if number == run:
                    outcome.ended = event
        return outcome

    def execute(
        self,
        code: str,
        limits: Limits = PATIENT,
        setup: str = "import torch",
        setup_seconds: float = PATIENCE,
        path: Path | None = None,
        keep: bool = False,
        sandboxed: bool = False,
    ) -> Outcome:
        """Record one step in a fresh run, which is killed if it goes on, unless it is to `keep`."""
        patient = msgspec.structs.replace(limits, seconds=setup_seconds)
        run = self.start(patient, setup, path=path, sandboxed=sandboxed)
        outcome = self.step(run, code, limits=limits)
        if not keep:
            self.kernel.kill(run)
        return outcome

    def execute_until_stopped(
        self,
        code: str,
        limits: Limits = PATIENT,
        reached: Callable[[Outcome], bool] = in_time,
        keep: bool = False,
    ) -> Outcome:
        """Record a step that does not end by itself, with the first deadline that is late enough.

        `reached`: whether the snippet came to where it has no end. Else the machine was too slow.
        """
        for seconds in DEADLINES:
            outcome = self.execute(
                code, msgspec.structs.replace(limits, seconds=seconds), keep=keep
            )
            if reached(outcome):
                break
        return outcome

    def assert_works(self) -> None:
        """The next run computes a gradient."""
        outcome = self.execute(LESSON, Limits(seconds=30))
        assert outcome.result is not None, outcome.ended
        assert outcome.error is None
        assert outcome.stdout == "tensor([2.])\n"


LESSON = """\
theta = torch.nn.Parameter(torch.tensor([1.0]))
loss = theta * theta
loss.backward()
print(theta.grad)
"""


def _is_end(event: KernelEvent, run: int, step: int) -> bool:
    match event:
        case RunRecord(number, ResultRecord(result)):
            return number == run and result.step == step
        case Ended(number):
            return number == run
        case _:
            return False


def process_ids(pid: int) -> list[int]:
    """The numbers that a process has in each process namespace, ours first; [] if it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return []
    (numbers,) = (row.split()[1:] for row in status.splitlines() if row.startswith("NSpid:"))
    return [int(number) for number in numbers]


def wait_until(true: Callable[[], bool], what: str) -> None:
    """Wait for something that sends no event."""
    late = time.monotonic() + PATIENCE
    nothing = threading.Event()
    while not true():
        assert time.monotonic() < late, f"not so after {PATIENCE:g} s: {what}"
        nothing.wait(0.01)


def alive(pid: int) -> bool:
    """Whether a process exists and is not a zombie that nobody has reaped."""
    if pid == 0:  # as `outside` says
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):  # gone by now, or no such folder here
        return not Path("/proc/self/stat").exists()
    return status.rpartition(")")[2].split()[0] != "Z"
