"""Plays lessons from their first step to their last and waits for what happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from queue import SimpleQueue

from autograd_tutor.client import Kernel, KernelEvent
from autograd_tutor.course.model import Lesson
from autograd_tutor.course.target import Target
from autograd_tutor.course.trust import sandboxing
from autograd_tutor.playing.happenings import (
    Began,
    CannotRun,
    Happening,
    PlaythroughEnded,
    SetupRaised,
    StepBegan,
    StepEnded,
    Stopped,
)
from autograd_tutor.playing.lesson_run import LessonRun
from autograd_tutor.playing.played import Played
from autograd_tutor.playing.saved_run import SavedRun
from autograd_tutor.recording.trace import Recording


class Playthrough:
    """Plays lessons one after the other, in one kernel that is started for the first that runs.

    On the main thread only. Recordings are replayed; they need no kernel. Raises NoSandbox where
    one was asked for and cannot be.
    """

    def __init__(self, sandbox: bool | None = None) -> None:
        """`sandbox`: whether lessons run in one; None: those that others wrote."""
        self._sandbox = sandbox
        self.recording: Recording | None = None
        """What was recorded of the lesson that is played, or was last."""
        self._queue: SimpleQueue[list[KernelEvent]] = SimpleQueue()
        self._kernel: Kernel | None = None

    def __enter__(self) -> Playthrough:
        return self

    def __exit__(self, *_: object) -> None:
        if self._kernel is not None:
            self._kernel.close()

    def play(self, target: Target) -> Iterator[Happening]:
        """What happens, as it happens; `PlaythroughEnded` is the last of it."""
        if target.recording is None:
            yield from self.run(target.lesson.shown)
        else:
            self.recording = target.recording
            yield from replay(SavedRun(target))

    def run(self, lesson: Lesson, foreign: bool | None = None) -> Iterator[Happening]:
        """What happens where all steps run as they are; its questions hold nothing back.

        `foreign`: whether somebody else wrote what runs; None: as the place of its file says.
        """
        sandboxed = sandboxing(lesson.path, self._sandbox, foreign)
        self.recording = None
        self._kernel = self._kernel or Kernel(self._queue.put)
        asked = {step.id: range(len(step.predictions)) for step in lesson.steps}
        run = LessonRun(lesson, self._kernel, sandboxing=sandboxed, settled=asked)
        events = self._events()
        heard = (happening for event in events if (happening := run.hear(event)) is not None)
        if run.recording.origin is None and isinstance(stopped := next(heard), Stopped):
            yield CannotRun(stopped.reason)
            yield PlaythroughEnded(False)
            return
        # Until torch is imported, nothing else happens.
        assert run.recording.origin is not None
        self.recording = run.recording
        yield run.began(run.recording.origin.torch)
        yield from play_through(run, lambda: heard)
        run.close()

    def _events(self) -> Iterator[KernelEvent]:
        while True:
            yield from self._queue.get()


def replay(run: SavedRun) -> Iterator[Happening]:
    """What happened when the lesson was recorded."""
    yield Began(run.torch, run.sandboxed)
    yield from play_through(run, run.happenings)


def play_through(run: Played, happenings: Callable[[], Iterator[Happening]]) -> Iterator[Happening]:
    """Open step after step, up to the first that does not end as it is meant to.

    `happenings`: what happens in the open step.
    """
    as_meant = True
    for step in range(len(run.lesson.steps)):
        run.go(step)
        yield StepBegan(step, run.codes[step])
        ended = None
        for happening in happenings():
            yield happening
            if isinstance(happening, StepEnded | SetupRaised | Stopped):
                ended = happening
                break
        as_meant &= isinstance(ended, StepEnded) and ended.as_meant
        if not isinstance(ended, StepEnded) or not ended.goes_on:
            break
    yield PlaythroughEnded(as_meant)
