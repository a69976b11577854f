"""A lesson that was recorded before: it is walked like a live one, but nothing of it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from autograd_tutor.client import KernelEvent, reason_of_end
from autograd_tutor.course.target import Target
from autograd_tutor.messages import _
from autograd_tutor.playing.happenings import (
    Happening,
    Recorded,
    SetupRaised,
    StepEnded,
    Stopped,
)
from autograd_tutor.playing.played import Look
from autograd_tutor.recording.followed import Sources
from autograd_tutor.recording.picture import Picture
from autograd_tutor.recording.timeline import Timeline
from autograd_tutor.recording.trace import Trace
from autograd_tutor.recording.wire import RunEnded, SetupFailed

NOT_RUN = _("This step was not run when the recording was made.")


class SavedRun:
    """The steps of a recording; those that it does not hold are empty and say so.

    Raises ValueError for a target that was not recorded, or whose recording has no origin.
    """

    def __init__(self, target: Target, step: int = 0) -> None:
        lesson, recording = target
        if recording is None or recording.origin is None:
            raise ValueError("no recording, or one without an origin")
        self.recording = recording
        self.torch = recording.origin.torch
        """The version of torch in which it was recorded."""
        self.sandboxed = recording.origin.sandboxed
        """Whether it ran in a sandbox then."""
        self.lesson = lesson
        self.codes = recording.origin.codes
        self._end = recording.end
        self.step = max(0, min(step, len(lesson.steps) - 1))
        self._recorded_steps = frozenset(recording.traces)
        self._traces = [
            recording.traces[index]
            if index in self._recorded_steps
            else Trace(index, code, None, recording.nodes, {index: Sources(code, step.first_line)})
            for index, (code, step) in enumerate(zip(self.codes, lesson.steps, strict=True))
        ]
        self._timelines = [Timeline(trace) for trace in self._traces]

    @property
    def editable(self) -> None:
        """It was recorded: its code cannot be edited or run again."""

    @property
    def earlier(self) -> None:
        """A recording is of one run."""

    @property
    def problem(self) -> str | None:
        """Why the open step does not come to its end."""
        if self.trace.done:
            return None
        if self.step not in self._recorded_steps:
            return NOT_RUN
        match self._end:
            case SetupFailed(error):
                return SetupRaised(error).reason
            case RunEnded():
                return reason_of_end(self._end, self.lesson.limits)
        return NOT_RUN

    @property
    def edited(self) -> bool:
        """Whether what ran in the open step was not the lesson's own code."""
        return self.codes[self.step] != self.lesson.steps[self.step].code

    @property
    def trace(self) -> Trace:
        """The trace of the open step."""
        return self._traces[self.step]

    @property
    def timeline(self) -> Timeline:
        """The cursor in the open step."""
        return self._timelines[self.step]

    @property
    def running(self) -> bool:
        """Nothing runs."""
        return False

    @property
    def recording_on(self) -> bool:
        """Nothing runs."""
        return False

    @property
    def asking(self) -> None:
        """A recording asks nothing."""

    @property
    def settled(self) -> bool:
        """Nothing is asked."""
        return True

    def settle(self, _number: int) -> None:
        """Nothing is asked."""

    def answer(self, _number: int) -> None:
        """Nothing is asked."""

    def first_to_ask(self, step: int) -> int:
        """No step asks."""
        return step

    def take(self, _event: KernelEvent) -> bool:
        """Do nothing: a recording gets no reports."""
        return False

    def happenings(self) -> Iterator[Happening]:
        """What was recorded of the open step, as if it happened now."""
        trace = self.trace
        for index in range(len(trace)):
            yield Recorded(trace, index)
        if trace.result is not None:
            yield StepEnded(trace, trace.result)
            return
        match self._end:
            case SetupFailed(error):
                yield SetupRaised(error)
            case RunEnded(cause, _, seconds):
                yield Stopped(trace, cause, self.problem or NOT_RUN, seconds)
            case None:
                yield Stopped(trace, "unrecorded", self.problem or NOT_RUN)

    @property
    def newest(self) -> None:
        """Nothing is there any more."""

    def look(self, _look: Look, _answer: Callable[[Picture | None], None]) -> bool:
        """Refuse."""
        return False

    def go(self, step: int) -> bool:
        """Open another step; False where there is none."""
        if not 0 <= step < len(self.lesson.steps):
            return False
        self.step = step
        return True

    def close(self) -> None:
        """Nothing runs."""
