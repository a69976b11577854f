"""A learner's work on one exercise: what is kept of it, and how far the help has come."""

from __future__ import annotations

from typing import Protocol

from autograd_tutor.course.model import Step
from autograd_tutor.playing.exercises import Help, next_help, task_text
from autograd_tutor.playing.pieces import joined, pieces_of, shuffled
from autograd_tutor.recording.questions import Verdict

NOTHING_WRITTEN = "\n"
"""Code of which all was deleted: no text stands for the starter."""


class Code(Protocol):
    """The learner's code."""

    @property
    def text(self) -> str:
        """`` where the starter was left as it is."""


class Done(Protocol):
    """What was done with an exercise."""

    @property
    def code(self) -> Code:
        """The code as it was written last."""

    @property
    def hints(self) -> int:
        """How many were looked at."""

    @property
    def state(self) -> str:
        """`solved`, `shown`: its solution was looked at; or nothing."""


class Notes(Protocol):
    """Keeps what was done with exercises, by the keys of lessons and the ids of steps."""

    def exercise(self, lesson: str, step: str) -> Done:
        """What was done with it."""

    def note_code(self, lesson: str, step: str, code: str) -> bool:
        """Keep the learner's code; whether it is kept."""

    def note_try(self, lesson: str, step: str, mistake: str = "") -> None:
        """Note that it was run and judged; `mistake`: the id of a known one."""

    def note_hint(self, lesson: str, step: str, hints: int) -> None:
        """Note that so many of its hints have been looked at."""

    def note_solved(self, lesson: str, step: str) -> None:
        """Note that it is solved."""

    def note_shown(self, lesson: str, step: str) -> None:
        """Note that its solution was looked at."""


class ExerciseWork:
    """A learner's work on one exercise."""

    def __init__(self, notes: Notes, lesson: str, step: Step) -> None:
        """`lesson`: the key under which it is kept."""
        assert step.exercise is not None
        self.step = step
        self.exercise = step.exercise
        self._notes = notes
        self._lesson = lesson
        self._not_kept: str | None = None
        """Code that is too long for that."""
        self._taken_back = ""
        """The code that the starter has replaced."""
        self._order: tuple[str, ...] = ()
        """The pieces as the learner has put them."""

    # The code

    @property
    def code(self) -> str:
        """What the learner has written last; the starter, as long as that is nothing."""
        if self._not_kept is not None:
            return self._not_kept
        return self._done.code.text or self.step.code

    def keep(self, code: str) -> bool:
        """Keep code as it is now; whether that could be done."""
        own = "" if code == self.step.code else code or NOTHING_WRITTEN
        kept = self._notes.note_code(self._lesson, self.step.id, own)
        self._not_kept = None if kept else own
        return kept

    def reset(self) -> str | None:
        """The starter; of what is the starter already, the code before; None: there is none."""
        code = self.code
        if code != self.step.code:
            self._taken_back = code
            self.keep(self.step.code)
            return self.step.code
        before, self._taken_back = self._taken_back, ""
        if before:
            self.keep(before)
        return before or None

    # The help

    @property
    def hints(self) -> int:
        """How many were looked at."""
        return min(self._done.hints, len(self.exercise.hints))

    @property
    def solved(self) -> bool:
        """Whether the learner has solved it, now or before."""
        return self._done.state == "solved"

    @property
    def state(self) -> str:
        """`solved`, `shown`: its solution was looked at; or nothing."""
        return self._done.state

    @property
    def settled(self) -> bool:
        """Whether it counts as done."""
        return bool(self._done.state)

    @property
    def next_help(self) -> Help:
        """What helps next."""
        return next_help(self.exercise, self.hints, self.settled)

    @property
    def text(self) -> str:
        """The task and all that was said of it, in Markdown."""
        return task_text(self.step, self.hints, self.solved)

    def take_hint(self) -> bool:
        """Give the next hint; whether there is one."""
        if self.next_help != "hint":
            return False
        self._notes.note_hint(self._lesson, self.step.id, self.hints + 1)
        return True

    def show_solution(self) -> None:
        """Note that the solution is looked at."""
        if not self.settled:
            self._notes.note_shown(self._lesson, self.step.id)

    @property
    def pieces(self) -> tuple[str, ...]:
        """The lines of the solution, as the learner has put them so far."""
        if not self._order:
            seed = f"{self._lesson}/{self.step.id}"
            self._order = shuffled(pieces_of(self.exercise.solution), seed)
        return self._order

    def put(self, order: tuple[str, ...]) -> str:
        """Put the pieces in this order; the code that they are."""
        self._order = order
        return joined(order)

    # The verdict

    def judged(self, verdict: Verdict | None) -> None:
        """Note what the run of the learner's code led to; None: to no verdict."""
        self._notes.note_try(self._lesson, self.step.id, "" if verdict is None else verdict.mistake)
        if verdict is not None and verdict.solved:
            self._notes.note_solved(self._lesson, self.step.id)

    @property
    def _done(self) -> Done:
        return self._notes.exercise(self._lesson, self.step.id)
