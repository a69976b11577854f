"""The learner's code beside a solution, and what there is to say of that."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.binding import BindingType

from autograd_tutor.messages import _
from autograd_tutor.playing.exercise_work import ExerciseWork
from autograd_tutor.playing.key_messages import Hint
from autograd_tutor.render.beside import beside_listing
from autograd_tutor.render.signs import spelled_formula
from autograd_tutor.ui import keys
from autograd_tutor.ui.pane_screen import PaneScreen


class SolutionScreen(PaneScreen):
    """Lines that only one side has stand out."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.SOLUTION, *keys.SCROLL]

    def __init__(self, work: ExerciseWork, code: str) -> None:
        super().__init__(_("Solution"), id="solution")
        self._work = work
        self._code = code

    def on_mount(self) -> None:
        super().on_mount()
        exercise = self._work.exercise
        then = spelled_formula(exercise.then) if self.app.ascii_only else exercise.then
        self.pane.fill(partial(beside_listing, self._code, exercise.solution, then))

    def action_help(self) -> None:
        self.app.help([(_("Solution"), keys.SOLUTION), (_("Scroll"), keys.SCROLL)])

    @property
    def place(self) -> tuple[str, Sequence[str]]:
        what = _("solved") if self._work.solved else _("not solved, looked up")
        return _("Solution: {title}").format(title=self._work.step.title), (what,)

    @property
    def hints(self) -> list[Hint]:
        """The keys that matter here."""
        return [Hint("j k", _("scroll")), Hint("?", _("help"))]
