"""Parts of the soak: many trials each, every one made of its number and the seed alone."""

from __future__ import annotations

import os
import signal
import tempfile
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from random import Random
from types import FrameType

from autograd_tutor import linux

Measured = Mapping[str, float]
"""What a trial measured, by name with its unit: "clean-up, s"."""

_COMPLAINT = 3000
"""Characters of what is said of a trial that failed."""


@dataclass(frozen=True)
class Part:
    """Trials of one kind. A trial that does not hold raises."""

    name: str
    count: int
    minutes: float
    """After which no further trial begins."""
    trial: Callable[[int, Random], Measured]
    batch: int = 1
    """Trials that a process makes in a row: many where one takes milliseconds."""
    most: Mapping[str, float] = field(default_factory=dict)
    """The most that may be measured, of some."""
    longest: int = 180
    """Seconds after which a trial has failed that does not end."""


@dataclass(frozen=True)
class Failure:
    """A trial that did not hold."""

    part: str
    seed: int
    number: int
    why: str

    @property
    def again(self) -> str:
        """The command that makes this trial only."""
        return f'make soak ARGS="--only {self.part} --seed {self.seed} --item {self.number}"'


@dataclass
class Outcome:
    """What came of a part."""

    part: Part
    planned: int
    done: int = 0
    seconds: float = 0.0
    measured: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failures: list[Failure] = field(default_factory=list)


_Result = tuple[int, Measured, str]
"""A trial's number, what it measured, and why it failed, if it did."""


def carry_out(
    part: Part, numbers: Sequence[int], seed: int, minutes: float, jobs: int,
    report: Callable[[Outcome], None],
) -> Outcome:  # fmt: skip
    """Make these trials in so many processes at once, until time is up."""
    outcome = Outcome(part, len(numbers))
    begin = time.monotonic()
    batches = (numbers[at : at + part.batch] for at in range(0, len(numbers), part.batch))
    running: set[Future[list[_Result]]] = set()
    with ProcessPoolExecutor(jobs, get_context("spawn"), _prepare) as pool:
        for batch in batches:
            if time.monotonic() - begin > 60 * minutes:
                break
            running.add(pool.submit(_attempt, part, batch, seed))
            if len(running) >= jobs:
                running = _collect(running, outcome, seed)
                report(outcome)
        while running:
            running = _collect(running, outcome, seed)
    outcome.seconds = time.monotonic() - begin
    return outcome


@contextmanager
def folder() -> Iterator[Path]:
    """An empty folder for a trial, gone after it."""
    with tempfile.TemporaryDirectory(prefix="soak-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def _prepare() -> None:
    """What each process does first: it keeps away from the learner's own state."""
    linux.adopt_orphans()
    os.environ["AUTOGRAD_TUTOR_STATE"] = tempfile.mkdtemp(prefix="soak-state-")
    os.environ["AUTOGRAD_TUTOR_LESSONS"] = tempfile.mkdtemp(prefix="soak-lessons-")


def _attempt(part: Part, numbers: Sequence[int], seed: int) -> list[_Result]:
    signal.signal(signal.SIGALRM, _too_long)
    results: list[_Result] = []
    for number in numbers:
        signal.alarm(part.longest)
        try:
            measured = part.trial(number, Random(f"{seed}:{part.name}:{number}"))
            results.append((number, measured, _too_much(part, measured)))
        except Exception:  # noqa: BLE001 whatever it is, it is what did not hold
            results.append((number, {}, traceback.format_exc()[-_COMPLAINT:]))
        finally:
            signal.alarm(0)
    return results


def _too_long(_number: int, _frame: FrameType | None) -> None:
    raise AssertionError("it does not come to its end")


def _too_much(part: Part, measured: Measured) -> str:
    over = [f"{name}: {measured[name]:.3g}, at most {most:g}" for name, most in part.most.items()
            if measured.get(name, 0) > most]  # fmt: skip
    return "; ".join(over)


def _collect(
    running: set[Future[list[_Result]]], outcome: Outcome, seed: int
) -> set[Future[list[_Result]]]:
    done, left = wait(running, return_when=FIRST_COMPLETED)
    for future in done:
        for number, measured, why in future.result():
            outcome.done += 1
            for name, value in measured.items():
                outcome.measured[name].append(value)
            if why:
                outcome.failures.append(Failure(outcome.part.name, seed, number, why))
    return left
