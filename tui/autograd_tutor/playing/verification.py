"""Checks of gradients: runs of a lesson beside the one that is shown, which record nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import msgspec

from autograd_tutor.client import (
    Broken,
    Ended,
    Kernel,
    KernelEvent,
    KernelLost,
    RunRecord,
    reason_of_end,
)
from autograd_tutor.course.model import Lesson
from autograd_tutor.limits.checks import SPARE_SECONDS
from autograd_tutor.messages import _
from autograd_tutor.playing.happenings import SetupRaised
from autograd_tutor.recording.checks import Check, Checked
from autograd_tutor.recording.model import StepResult
from autograd_tutor.recording.trace import Trace
from autograd_tutor.recording.wire import Record, ResultRecord, SetupFailed


class CheckedStep(NamedTuple):
    """What came of the check of a step."""

    step: int
    checked: Checked


class Verification:
    """Runs a lesson up to the last step that is checked, and checks steps before they run."""

    def __init__(
        self,
        lesson: Lesson,
        kernel: Kernel,
        steps: Collection[int],
        check: Check,
        sandboxed: bool = False,
        codes: Sequence[str] | None = None,
    ) -> None:
        """`steps`: those to be checked. `codes`: what runs in each step, where it was edited."""
        self.results: list[CheckedStep] = []
        self.problem = ""
        """Why no more comes, for people; `` where all has come."""
        self.done = False
        self._lesson = lesson
        self._kernel = kernel
        self._check = check
        self._codes = codes or [each.code for each in lesson.steps]
        self._asked = list(_order(lesson, steps))
        """What is still to be asked for: which step, and whether it is checked or run."""
        self._run = kernel.start_run(
            lesson.seed, lesson.setup, lesson.limits, lesson.path, sandboxed, lesson.invocation
        )
        self._ask()

    def take(self, event: KernelEvent) -> bool:
        """Take in what the kernel reports; whether something is new."""
        if self.done:
            return False
        match event:
            case RunRecord(run=run, record=record) if run == self._run:
                return self._take(record)
            case Broken(reason=reason) | KernelLost(reason=reason):
                self._end(reason)
                return True
            case Ended(run=run) if run == self._run:
                self._end(reason_of_end(event, self._lesson.limits))
                return True
        return False

    def close(self) -> None:
        """End what runs."""
        self.done = True
        self._kernel.kill(self._run)

    def _take(self, record: Record) -> bool:
        if isinstance(record, SetupFailed):
            self._end(SetupRaised(record.error).reason)
            return True
        if not isinstance(record, ResultRecord):
            return False
        return self._took(record.result)

    def _took(self, result: StepResult) -> bool:
        if result.checked is not None:
            self.results.append(CheckedStep(result.step, result.checked))
        elif not result.ok:
            self._end(_("Step {step} failed.").format(step=result.step + 1))
            return True
        if self._asked:
            self._ask()
        else:
            self._end("")
        return result.checked is not None

    def _ask(self) -> None:
        step, checks = self._asked.pop(0)
        request = self._lesson.request(self._run, step, self._codes[step])
        limits = msgspec.structs.replace(request.limits, snapshots=1)
        if checks:
            seconds = self._check.seconds + 2 * SPARE_SECONDS
            limits = msgspec.structs.replace(limits, seconds=max(limits.seconds, seconds))
        check = self._check_of(step) if checks else None
        self._kernel.step(
            msgspec.structs.replace(
                request, limits=limits, expect=(), plot=None, questions=(), judge=None, check=check
            )
        )

    def _check_of(self, step: int) -> Check:
        """With the line as the step counts."""
        if not self._check.line:
            return self._check
        line = self._check.line - self._lesson.steps[step].first_line + 1
        return msgspec.structs.replace(self._check, line=max(0, line))

    def _end(self, problem: str) -> None:
        self.problem = problem
        self.close()


def call_at(trace: Trace, index: int) -> int:
    """The pass that a moment is in, or the last one before it; else the first of the step."""
    for snapshot in reversed(trace.snapshots[: index + 1]):
        if snapshot.backward is not None:
            return snapshot.backward.call
        if snapshot.passes:
            return snapshot.passes[-1].call
    return 1


def _order(lesson: Lesson, steps: Collection[int]) -> Iterator[tuple[int, bool]]:
    """A step is checked before it runs, for those after it. Exercises run only to be checked."""
    last = max(steps)
    for step in range(last + 1):
        if step in steps:
            yield step, True
        if step < last and lesson.steps[step].exercise is None:
            yield step, False
