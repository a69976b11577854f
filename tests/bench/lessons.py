"""How soon each lesson of the course shows its first values in a program that is warm."""

from __future__ import annotations

import queue
import time

from autograd_tutor.client import Kernel, KernelEvent, RunRecord
from autograd_tutor.course import library
from autograd_tutor.course.model import Lesson
from autograd_tutor.recording.wire import Ended, SnapshotRecord, StepRequest
from bench.clients import IMPORTING, OPTIMIZER, PAUSE, TIMEOUT, fresh
from bench.measured import Figure, median, say

AT_MOST = 1.3


def figures(repetitions: int) -> list[Figure]:
    """Of each lesson, in turn, `repetitions` times."""
    course = [library.load(path) for path in library.course_files()]
    waits: dict[str, list[float]] = {lesson.id: [] for lesson in course}
    events: queue.SimpleQueue[KernelEvent] = queue.SimpleQueue()

    def notify(arrived: list[KernelEvent]) -> None:
        for event in arrived:
            events.put(event)

    with Kernel(notify) as kernel:
        run, seconds = fresh(kernel, events, None, OPTIMIZER)
        while seconds > IMPORTING:
            time.sleep(PAUSE)
            run, seconds = fresh(kernel, events, run, OPTIMIZER)
        for number in range(repetitions):
            say(f"lessons {number + 1}/{repetitions}")
            for lesson in course:
                time.sleep(PAUSE)
                run, seconds = _first_values(kernel, events, run, lesson)
                waits[lesson.id].append(seconds)
    first = course[0].id
    return [
        Figure(
            f"first values of the lesson {lesson.id}",
            1000 * median(waits[lesson.id]),
            "ms",
            1000 * median(waits[first]),
            first,
            at_most_ratio=AT_MOST,
        )
        for lesson in course
    ]


def _first_values(
    kernel: Kernel, events: queue.SimpleQueue[KernelEvent], old: int, lesson: Lesson
) -> tuple[int, float]:
    """End the run before, start one of the lesson; the seconds until its first line has run."""
    begin = time.perf_counter()
    kernel.kill(old)
    step = lesson.steps[0]
    run = kernel.start_run(lesson.seed, lesson.setup, lesson.limits, lesson.path)
    kernel.step(StepRequest(run, 0, step.code, "<step 1>", (), step.raises, lesson.limits))
    while True:
        match events.get(timeout=TIMEOUT):
            case RunRecord(run=number, record=SnapshotRecord(moment)) if number == run:
                if moment.index:  # the first moment is before the first line
                    return run, time.perf_counter() - begin
            case Ended(run=number) as ended if number == run:
                raise RuntimeError(f"the run of {lesson.id} ended early: {ended}")
