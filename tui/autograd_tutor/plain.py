"""Runs a lesson without a screen: told in text, or as JSON lines."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Protocol

from autograd_tutor.client import (
    Broken,
    Ended,
    Kernel,
    KernelEvent,
    KernelLost,
    Ready,
    RunRecord,
    reason_of_end,
)
from autograd_tutor.course import target as targets
from autograd_tutor.course.model import Lesson
from autograd_tutor.recording import export
from autograd_tutor.recording.model import Error, StepResult
from autograd_tutor.recording.trace import Recording, Trace
from autograd_tutor.recording.wire import ResultRecord, SetupFailed, SnapshotRecord
from autograd_tutor.render import narration
from autograd_tutor.render.printing import Printer
from autograd_tutor.render.rows import row


class Teller(Protocol):
    """Tells what happens, as it happens."""

    def lesson(self, torch: str) -> None:
        """The lesson begins, in this version of torch."""

    def step(self, index: int) -> None:
        """A step begins."""

    def snapshot(self, trace: Trace) -> None:
        """A line was executed: the last snapshot of the trace."""

    def result(self, index: int, result: StepResult) -> None:
        """A step has ended."""

    def setup_failed(self, error: Error) -> None:
        """Nothing can be run."""

    def stopped(self, trace: Trace, limit: str | None, reason: str, seconds: float) -> None:
        """The run's process is gone, in the midst of a step."""

    def unrun(self, index: int) -> None:
        """No step after this one is run."""


def trace(target: str, as_json: bool, backward: bool = False) -> int:
    """Run the lesson `target` and tell what happens; returns the exit status.

    `backward`: in text, tell of every node of a backward pass; JSON always does.

    Raises CourseError where there is no such lesson, or the file has problems.
    """
    lesson, recording = targets.find(target)
    teller: Teller = _JsonTeller(lesson) if as_json else _TextTeller(lesson, backward)
    if recording is not None:
        return _replay(recording, lesson, teller)
    return _Run(lesson, teller).play()


class _Run:
    """One run of a lesson, followed to its end."""

    def __init__(self, lesson: Lesson, teller: Teller) -> None:
        self._lesson = lesson
        self._teller = teller
        self._recording = Recording()
        self._queue: SimpleQueue[list[KernelEvent]] = SimpleQueue()
        self._id = 0

    def play(self) -> int:
        """Run every step, up to the first that does not end as it is meant to."""
        lesson = self._lesson
        with Kernel(self._queue.put) as kernel:
            self._id = kernel.start_run(lesson.seed, lesson.setup, lesson.limits, lesson.path)
            events = self._events()
            torch = self._wait_for_torch(events)
            if torch is None:
                return 1
            self._teller.lesson(torch)
            all_ok = True
            for index, step in enumerate(lesson.steps):
                trace = self._recording.begin(index, step.code)
                self._teller.step(index)
                kernel.step(lesson.request(self._id, index))
                if not self._follow(trace, events):
                    return 1
                assert trace.result is not None
                all_ok &= trace.result.ok and trace.result.truncated != "recording failed"
                if not trace.result.ok and not trace.result.failed:
                    self._teller.unrun(index)
                    return 1
        return 0 if all_ok else 1

    def _events(self) -> Iterator[KernelEvent]:
        while True:
            yield from self._queue.get()

    def _wait_for_torch(self, events: Iterator[KernelEvent]) -> str | None:
        """The version of torch, once it is imported; None where that fails, which is said."""
        for event in events:
            match event:
                case Ready(torch=torch):
                    return torch
                case Broken(reason=reason) | KernelLost(reason=reason):
                    print(f"autograd-tutor: {reason}", file=sys.stderr)
                    return None
        return None

    def _follow(self, trace: Trace, events: Iterator[KernelEvent]) -> bool:
        """Tell what a step records; returns whether it came to its end."""
        begun = time.monotonic()
        for event in events:
            match event:
                case RunRecord(record=SetupFailed(error=error)):
                    self._teller.setup_failed(error)
                    return False
                case RunRecord(record=SnapshotRecord() as record):
                    self._recording.add(record)
                    self._teller.snapshot(trace)
                case RunRecord(record=ResultRecord() as record):
                    self._recording.add(record)
                    self._teller.result(trace.step, record.result)
                    return True
                case Ended(run=run, cause=cause) if run == self._id:
                    limit = _LIMITS.get(cause)
                    reason = reason_of_end(event, self._lesson.limits)
                    seconds = time.monotonic() - begun
                    self._teller.stopped(trace, limit, reason, seconds)
                    return False
        return False


_LIMITS = {"deadline": "seconds", "memory": "memory"}
"""The limit that a run has passed whose process was ended, by the cause of that."""


def _replay(recording: Recording, lesson: Lesson, teller: Teller) -> int:
    """Tell of a recording from its beginning; returns the exit status that the run had."""
    assert recording.origin is not None
    teller.lesson(recording.origin.torch)
    grown = _Growing(recording, teller)
    for record in recording.records:
        if isinstance(record, SnapshotRecord):
            trace = grown.trace(record.snapshot.step)
            grown.recording.add(record)
            teller.snapshot(trace)
            continue
        step, result = record.result.step, record.result
        grown.trace(step)
        grown.recording.add(record)
        teller.result(step, result)
        grown.all_ok &= result.ok and result.truncated != "recording failed"
        if not result.ok and not result.failed:
            teller.unrun(step)
            return 1
    if recording.end is None:
        return 0 if grown.all_ok else 1
    trace = grown.trace(max(recording.traces))
    if isinstance(recording.end, SetupFailed):
        teller.setup_failed(recording.end.error)
        return 1
    end = recording.end
    reason = reason_of_end(end, lesson.limits)
    teller.stopped(trace, _LIMITS.get(end.cause), reason, end.seconds)
    return 1


class _Growing:
    """The recording once more, as far as it has been told."""

    def __init__(self, recording: Recording, teller: Teller) -> None:
        self.recording = Recording(recording.origin)
        self.all_ok = True
        self._whole = recording
        self._teller = teller

    def trace(self, step: int) -> Trace:
        """The trace of a step; the first time, it is told that the step begins."""
        known = self.recording.traces.get(step)
        if known is None:
            known = self.recording.begin(step, self._whole.traces[step].code)
            self._teller.step(step)
        return known


class _TextTeller:
    """Sentences on standard output."""

    def __init__(self, lesson: Lesson, backward: bool) -> None:
        self._lesson = lesson
        self._backward = backward
        self._trace: Trace | None = None
        self._next = 0
        """The first snapshot of the step that was not looked at."""
        self._told = 0
        """How many snapshots of the step were told."""
        self._printer = Printer()

    def lesson(self, torch: str) -> None:
        lesson = self._lesson
        self._printer.print(narration.lesson_rows(lesson.id, lesson.title, torch, lesson.seed))

    def step(self, index: int) -> None:
        self._trace, self._next, self._told = None, 0, 0
        steps = self._lesson.steps
        step = steps[index]
        self._printer.print(narration.step_rows(index, len(steps), step.title, step.explain))

    def snapshot(self, trace: Trace) -> None:
        self._trace = trace
        self._tell(trace)

    def _tell(self, trace: Trace, all_of_it: bool = False) -> None:
        """Tell what is new, but a backward pass only when it has ended: what arrives at a node may
        be what the pass begins with, which is told with its end.
        """
        while self._next < len(trace):
            index = self._next
            backward = trace.snapshots[index].backward
            if backward is not None and backward.call not in trace.passes and not all_of_it:
                return
            self._next += 1
            if self._backward or backward is None:
                self._printer.print(narration.snapshot_rows(trace, index, self._told))
                self._told = self._next

    def result(self, index: int, result: StepResult) -> None:
        if self._trace is not None:
            self._tell(self._trace, all_of_it=True)
        step = self._lesson.steps[index]
        self._printer.print([row()])
        self._printer.print(narration.result_rows(result, step.raises, len(step.expect)))

    def setup_failed(self, error: Error) -> None:
        self._printer.print(narration.setup_rows(error))

    def stopped(self, trace: Trace, limit: str | None, reason: str, seconds: float) -> None:
        self._tell(trace, all_of_it=True)
        count = len(self._lesson.steps)
        self._printer.print(narration.stopped_rows(trace.step, count, reason))

    def unrun(self, index: int) -> None:
        self._printer.print(narration.unrun_rows(index, len(self._lesson.steps)))


class _JsonTeller:
    """The JSON lines of `trace --json`; what is no part of them goes to standard error."""

    def __init__(self, lesson: Lesson) -> None:
        self._lesson = lesson

    def lesson(self, torch: str) -> None:
        lesson = self._lesson
        _print_json(export.lesson(lesson.id, lesson.title, torch, lesson.seed))

    def step(self, index: int) -> None:
        step = self._lesson.steps[index]
        _print_json(export.step(index, step.id, step.title, step.code))

    def snapshot(self, trace: Trace) -> None:
        snapshot = trace.snapshots[-1]
        for node in snapshot.nodes:
            _print_json(export.node(node))
        _print_json(export.snapshot(snapshot))

    def result(self, index: int, result: StepResult) -> None:
        _print_json(export.result(result))

    def setup_failed(self, error: Error) -> None:
        print(
            f"autograd-tutor: the lesson's setup failed: {error.type}: {error.message}",
            file=sys.stderr,
        )

    def stopped(self, trace: Trace, limit: str | None, reason: str, seconds: float) -> None:
        _print_json(export.stopped(trace, limit, reason, seconds))

    def unrun(self, index: int) -> None:
        """Objects that are not there say so."""


def _print_json(line: export.Object) -> None:
    # ASCII: it can be printed in every locale, and no control character comes through.
    print(json.dumps(line, ensure_ascii=True, allow_nan=False), flush=True)
