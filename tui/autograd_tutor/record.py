"""Runs a lesson and writes what happened into a file."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

from autograd_tutor.client import Broken, Ended, Kernel, KernelEvent, KernelLost, Ready, RunRecord
from autograd_tutor.course import target as targets
from autograd_tutor.course.model import Lesson
from autograd_tutor.course.saved import origin_of
from autograd_tutor.recording import file
from autograd_tutor.recording.recognition import printable
from autograd_tutor.recording.trace import Recording, Trace
from autograd_tutor.recording.wire import ResultRecord, RunEnded, SetupFailed, SnapshotRecord
from autograd_tutor.render.sentences import count


def record(target: str, path: Path) -> int:
    """Run the lesson `target`, write its recording to `path`, and say so on standard error.

    Returns the exit status, which is that of `trace`. A target that is a recording is written anew.

    Raises CourseError where there is no such lesson, or the file has problems; RecordingError where
    the recording cannot be written.
    """
    file.check_writable(path)
    lesson, recording = targets.find(target)
    if recording is None:
        recording = run(lesson)
    if recording is None:
        return 1
    size = file.save(recording, path)
    print(f"{printable(path)}: {summary(recording, size)}", file=sys.stderr)
    return 0 if is_as_meant(recording) else 1


def summary(recording: Recording, size: int) -> str:
    """What is in a recording of `size` bytes, in a line."""
    steps, begun = _steps(recording), len(recording.traces)
    moments = sum(len(trace) - 1 for trace in recording.traces.values() if trace.snapshots)
    whole = count(steps, "step") if begun == steps else f"{begun} of {steps} steps"
    return f"{whole}, {count(moments, 'moment')}, {size / 1000:,.0f} kB."


def is_as_meant(recording: Recording) -> bool:
    """Whether every step was run and did what it was meant to."""
    results = [trace.result for trace in recording.traces.values()]
    return len(results) == _steps(recording) and all(
        result is not None and result.ok and result.truncated != "recording failed"
        for result in results
    )


def _steps(recording: Recording) -> int:
    return 0 if recording.origin is None else len(recording.origin.codes)


def run(lesson: Lesson) -> Recording | None:
    """The recording of a fresh run; None where torch cannot be imported, which is said.

    Ends with the first step that does not end as it is meant to.
    """
    queue: SimpleQueue[list[KernelEvent]] = SimpleQueue()
    with Kernel(queue.put) as kernel:
        number = kernel.start_run(lesson.seed, lesson.setup, lesson.limits, lesson.path)
        events = _events(queue)
        torch = _wait_for_torch(events)
        if torch is None:
            return None
        recording = Recording(origin_of(lesson, torch))
        for index, step in enumerate(lesson.steps):
            trace = recording.begin(index, step.code)
            kernel.step(lesson.request(number, index))
            _follow(recording, trace, number, events)
            result = trace.result
            if result is None or not (result.ok or result.failed):
                break
    return recording


def _events(queue: SimpleQueue[list[KernelEvent]]) -> Iterator[KernelEvent]:
    while True:
        yield from queue.get()


def _wait_for_torch(events: Iterator[KernelEvent]) -> str | None:
    for event in events:
        match event:
            case Ready(torch=torch):
                return torch
            case Broken(reason=reason) | KernelLost(reason=reason):
                print(f"autograd-tutor: {reason}", file=sys.stderr)
                return None
    return None


def _follow(recording: Recording, trace: Trace, number: int, events: Iterator[KernelEvent]) -> None:
    """Take in what a step records until it has ended, or the run has."""
    begun = time.monotonic()
    for event in events:
        match event:
            case RunRecord(record=SetupFailed() as failed):
                recording.end = failed
                return
            case RunRecord(record=SnapshotRecord() | ResultRecord() as record):
                recording.add(record)
                if trace.done:
                    return
            case Ended(run=run, cause=cause, code=code) if run == number:
                recording.end = RunEnded(cause, code, time.monotonic() - begun)
                return
