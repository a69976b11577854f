"""One lesson being walked: its run in the kernel, the traces so far, the learner's own code."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_tutor.client import Kernel, KernelEvent, KernelLost, RunRecord, reason_of_end
from autograd_tutor.course.model import Lesson
from autograd_tutor.recording.timeline import Timeline
from autograd_tutor.recording.trace import Recording, Trace
from autograd_tutor.recording.wire import Broken, Ended, SetupFailed


class Session:
    """The state behind a lesson's screen; knows nothing of widgets.

    All steps up to the one that is open are asked for in one run. Code that was edited, or a run
    that ended before its time, needs a new run, in which the earlier steps are played again.
    """

    def __init__(
        self, lesson: Lesson, kernel: Kernel, step: int = 0, codes: Sequence[str] | None = None
    ) -> None:
        """`codes`: the learner's own code for each step, from an earlier session."""
        self.lesson = lesson
        self.step = max(0, min(step, len(lesson.steps) - 1))
        own = codes if codes is not None and len(codes) == len(lesson.steps) else None
        self.codes = list(own) if own is not None else [step.code for step in lesson.steps]
        self.problem: str | None = None
        """Why nothing more will be recorded in this run, for people."""
        self._kernel = kernel
        self._recording = Recording()
        self._timelines: dict[int, Timeline] = {}
        self._run = -1
        self._asked = 0
        self.start()

    def start(self) -> None:
        """Begin a new run and play every step up to the open one."""
        if self._run >= 0:
            self._kernel.kill(self._run)
        self.problem = None
        self._recording = Recording()
        self._timelines = {}
        self._asked = 0
        lesson = self.lesson
        self._run = self._kernel.start_run(lesson.seed, lesson.setup, lesson.limits, lesson.path)
        self._ask()

    def close(self) -> None:
        """End the run; the session is over."""
        self._kernel.kill(self._run)

    def go(self, step: int) -> bool:
        """Open another step; False where there is none."""
        if not 0 <= step < len(self.lesson.steps):
            return False
        self.step = step
        self._ask()
        return True

    def edit(self, code: str) -> None:
        """Put the learner's code in the open step's place and run it."""
        self.codes[self.step] = code
        self.start()

    @property
    def edited(self) -> bool:
        """Whether the open step's code is not the lesson's own."""
        return self.codes[self.step] != self.lesson.steps[self.step].code

    @property
    def trace(self) -> Trace:
        """The trace of the open step; empty as long as nothing of it has been recorded."""
        return self._recording.traces[self.step]

    @property
    def timeline(self) -> Timeline:
        """The cursor in the open step."""
        timeline = self._timelines.get(self.step)
        if timeline is None:
            timeline = self._timelines[self.step] = Timeline(self.trace)
        return timeline

    @property
    def running(self) -> bool:
        """Whether snapshots of the open step may still come."""
        return not self.trace.done and self.problem is None

    def take(self, event: KernelEvent) -> bool:
        """Take in what the kernel reports; whether the open step is affected."""
        match event:
            case RunRecord(run=run) if run != self._run:
                return False
            case RunRecord(record=SetupFailed(error=error)):
                self.problem = f"The lesson's setup failed: {error.type}: {error.message}"
            case RunRecord(record=record) if not isinstance(record, SetupFailed):
                return self._recording.add(record) is self.trace
            case Ended(run=run) if run == self._run and self.problem is None:
                self.problem = reason_of_end(event, self.lesson.limits)
            case Broken(reason=reason) | KernelLost(reason=reason) if self.problem is None:
                self.problem = reason
            case _:
                return False
        return True

    def _ask(self) -> None:
        """Ask for every step that the open one needs and that has not been asked for."""
        while self._asked <= self.step:
            step = self._asked
            self._recording.begin(step, self.codes[step])
            if self.problem is None:
                self._kernel.step(self.lesson.request(self._run, step, self.codes[step]))
            self._asked += 1
