"""A lesson whose recorded moments can be walked, wherever they come from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from autograd_tutor.client import KernelEvent
from autograd_tutor.course.model import Lesson
from autograd_tutor.playing.edits import Edit
from autograd_tutor.playing.gate import Asking
from autograd_tutor.playing.verification import Verification
from autograd_tutor.recording.picture import Picture
from autograd_tutor.recording.questions import Answer
from autograd_tutor.recording.timeline import Timeline
from autograd_tutor.recording.trace import Recording, Trace


class EarlierRun(NamedTuple):
    """A step as it ran before it was edited, or run again."""

    trace: Trace
    seed: int


class Look(NamedTuple):
    """Which picture is asked for; the fields are those of `LookRequest`."""

    name: str
    at: tuple[int, ...]
    rows: int
    columns: int


class Played(Protocol):
    """One step of it is open. `LessonRun` runs in a kernel, `SavedRun` was recorded before."""

    @property
    def lesson(self) -> Lesson:
        """The lesson."""

    @property
    def step(self) -> int:
        """The index of the open step."""

    @property
    def codes(self) -> Sequence[str]:
        """The code of each step, as the learner has edited it."""

    @property
    def editable(self) -> Editable | None:
        """Itself, where its code can be edited and run again; None where nothing runs."""

    @property
    def problem(self) -> str | None:
        """Why nothing more will be recorded of the open step, for people."""

    @property
    def edited(self) -> bool:
        """Whether the open step's code is not the lesson's own."""

    @property
    def trace(self) -> Trace:
        """The trace of the open step; empty as long as nothing of it has been recorded."""

    @property
    def recording(self) -> Recording:
        """All steps that have run, as far as no question holds them back."""

    @property
    def timeline(self) -> Timeline:
        """The cursor in the open step; each step has its own."""

    @property
    def earlier(self) -> EarlierRun | None:
        """The open step in the run before this one, where there was one."""

    @property
    def running(self) -> bool:
        """Whether snapshots of the open step may still come."""

    @property
    def recording_on(self) -> bool:
        """Whether the open step is still being recorded, also where a question holds that back."""

    @property
    def asking(self) -> Asking | None:
        """The question of the open step at which the rest of it is held back, if it is."""

    @property
    def settled(self) -> bool:
        """Whether no question of the open step is open."""

    def settle(self, number: int) -> None:
        """A question of the open step is answered, or skipped: show what comes after it."""

    def answer(self, number: int) -> Answer | None:
        """The answer to a question of the open step, as soon as the run has come to it."""

    def first_to_ask(self, step: int) -> int:
        """The first of the steps up to this one that has an open question; else this one."""

    def take(self, event: KernelEvent) -> bool:
        """Take in what the kernel reports; whether the open step is affected."""

    @property
    def newest(self) -> Trace | None:
        """The trace whose end is what is there now, to be looked at; None where nothing is."""

    def look(self, look: Look, answer: Callable[[Picture | None], None]) -> bool:
        """Ask for a picture of what is there now, where `newest` is a trace; False if refused.

        `answer` gets it later, or None where there is none, unless the run ends before.
        """

    def go(self, step: int) -> bool:
        """Open another step; False where there is none."""

    def close(self) -> None:
        """End what runs."""


class Editable(Played, Protocol):
    """One that runs, and whose code the learner can change."""

    @property
    def edits(self) -> Sequence[Edit]:
        """What the learner has made of the lesson's code."""

    @property
    def sandboxed(self) -> bool:
        """Whether it runs in a sandbox."""

    @property
    def protection(self) -> str:
        """What there is to say of its sandbox, or of its want, when it is opened; often ``."""

    @property
    def refused(self) -> bool:
        """Whether the open step is not run for the names in its code."""

    @property
    def lost(self) -> Sequence[Edit]:
        """Edits whose step is gone from the lesson's file."""

    def edit(self, code: str) -> None:
        """Replace the open step's code with the learner's and run it."""

    def verify(self, call: int) -> Verification:
        """A check of a pass of the open step, in a run of its own."""

    def beside(self, code: str) -> Editable:
        """Another run of the lesson up to the open step, in which that has this code."""

    def start(self) -> None:
        """Play every step up to the open one anew."""

    def reseed(self, seed: int) -> None:
        """Play every step up to the open one anew, with another seed."""

    def reread(self, lesson: Lesson) -> None:
        """Play the lesson as its file is now; edits are kept where their step is still there."""
