"""A kernel that is played by a test; no screen and no torch needed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import recordings

from autograd_tutor.client import Ended, KernelEvent, Ready, RunRecord, Started, weight
from autograd_tutor.recording.invocation import Invocation
from autograd_tutor.recording.picture import LookRequest
from autograd_tutor.recording.wire import Limits, Record, StepRequest
from autograd_tutor.ui.inbox import Inbox

READY = Ready("2.13.0", 1.0)

Answer = Callable[[StepRequest], list[Record]]


class PlayedKernel:
    """Stands in for `client.Kernel`: answers with records made by hand."""

    def __init__(self, answer: Answer = recordings.squares, *, prompt: bool = True) -> None:
        self.inbox: Inbox[KernelEvent] = Inbox(weight)
        self.torch: str | None = None
        self.requests: list[StepRequest] = []
        self.started: list[tuple[int, str, Limits]] = []
        self.sandboxed: list[bool] = []
        self.invocations: list[Invocation] = []
        """Of each run, whether it was to be so."""
        self.killed: list[int] = []
        self.looks: list[LookRequest] = []
        self.answer = answer
        self._prompt = prompt
        self._waiting: list[StepRequest] = []
        if prompt:
            self.report(READY)

    @property
    def run(self) -> int:
        """The newest run."""
        return len(self.started)

    def start_run(
        self,
        seed: int,
        setup: str,
        limits: Limits,
        path: Path | None = None,
        sandboxed: bool = False,
        invocation: Invocation = Invocation(),  # noqa: B008 - a frozen value
    ) -> int:
        self.started.append((seed, setup, limits))
        self.sandboxed.append(sandboxed)
        self.invocations.append(invocation)
        self._waiting = []
        if self._prompt:
            self.report(Started(self.run, 1))
        return self.run

    def step(self, request: StepRequest) -> None:
        assert request.run == self.run
        self.requests.append(request)
        self._waiting.append(request)
        if self._prompt:
            self.play()

    def look(self, request: LookRequest) -> None:
        self.looks.append(request)

    def kill(self, run: int) -> None:
        self.killed.append(run)

    def report(self, *events: KernelEvent) -> None:
        """Report these events."""
        for event in events:
            if isinstance(event, Ready):
                self.torch = event.torch
        self.inbox.put(list(events))

    def record(self, *records: Record, run: int | None = None) -> None:
        """Report these records of the newest run."""
        self.report(*(RunRecord(self.run if run is None else run, record) for record in records))

    def play(self) -> None:
        """Answer what has been asked."""
        waiting, self._waiting = self._waiting, []
        for request in waiting:
            self.record(*self.answer(request))

    def end(self, cause: str, code: int = 0) -> None:
        """Report that the newest run has ended."""
        self.report(Ended(self.run, cause, code))  # type: ignore[arg-type]
