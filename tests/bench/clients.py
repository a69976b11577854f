"""What the user interface waits for at its client: a fresh run until its result has arrived."""

from __future__ import annotations

import queue
import time
from pathlib import Path
from typing import NamedTuple

from autograd_tutor.client import Kernel, KernelEvent, KernelLost, RunRecord
from autograd_tutor.course import library
from autograd_tutor.recording.wire import (
    Broken,
    Ended,
    Limits,
    Ready,
    ResultRecord,
    SetupFailed,
    StepRequest,
)

SNIPPETS = Path(__file__).with_name("snippets")
TIMEOUT = 60.0
PAUSE = 0.5
"""Seconds for which a learner reads."""
IMPORTING = 0.5
"""Seconds of a run that has to import its optimizer: two, or more."""
PLAIN = """\
w = torch.ones(1, requires_grad=True)
loss = (w * w).sum()
loss.backward()
"""
OPTIMIZER = f"{PLAIN}torch.optim.SGD([w], lr=0.1).step()\n"


class Waits(NamedTuple):
    """Seconds of every repetition."""

    small: list[float]
    """A lesson of five lines, edited and run afresh."""
    mlp: list[float]
    """The 200-epoch MLP, all of its snapshots."""
    plain: list[float]
    """A parameter, when what is slow to import has been imported in the background."""
    optimizer: list[float]
    """The same, and an optimizer."""


def measure(repetitions: int) -> Waits:
    """Run each snippet afresh `repetitions` times, ending the run before first."""
    events: queue.SimpleQueue[KernelEvent] = queue.SimpleQueue()

    def notify(arrived: list[KernelEvent]) -> None:
        for event in arrived:
            events.put(event)

    small = library.find(str(SNIPPETS / "small.yaml")).steps[0].code
    mlp = (SNIPPETS / "mlp.py").read_text()
    waits = Waits([], [], [], [])
    with Kernel(notify) as kernel:
        while not isinstance(event := events.get(timeout=TIMEOUT), Ready):
            if isinstance(event, Broken | KernelLost):
                raise RuntimeError(event.reason)
        run = fresh(kernel, events, None, small)[0]
        for number in range(repetitions):
            run, seconds = fresh(kernel, events, run, f"{small}edited = {number}\n")
            waits.small.append(seconds)
        for _ in range(repetitions):
            run, seconds = fresh(kernel, events, run, mlp)
            waits.mlp.append(seconds)
        run, seconds = fresh(kernel, events, run, OPTIMIZER)
        while seconds > IMPORTING:
            time.sleep(PAUSE)
            run, seconds = fresh(kernel, events, run, OPTIMIZER)
        for _ in range(repetitions):
            for code, found in ((PLAIN, waits.plain), (OPTIMIZER, waits.optimizer)):
                time.sleep(PAUSE)
                run, seconds = fresh(kernel, events, run, code)
                found.append(seconds)
    return waits


def fresh(
    kernel: Kernel, events: queue.SimpleQueue[KernelEvent], old: int | None, code: str
) -> tuple[int, float]:
    """End the run before, start one, record a step; returns the run and the seconds it took."""
    begin = time.perf_counter()
    if old is not None:
        kernel.kill(old)
    run = kernel.start_run(0, "import torch", Limits())
    kernel.step(StepRequest(run, 0, code, "<step 1>", (), None, Limits()))
    while True:
        match events.get(timeout=TIMEOUT):
            case RunRecord(run=number, record=ResultRecord(result)) if number == run:
                if not result.ok:
                    raise RuntimeError(f"the snippet failed: {result}")
                return run, time.perf_counter() - begin
            case RunRecord(run=number, record=SetupFailed(error)) if number == run:
                raise RuntimeError(f"the setup failed: {error}")
            case Ended(run=number) as ended if number == run:
                raise RuntimeError(f"the run ended early: {ended}")
