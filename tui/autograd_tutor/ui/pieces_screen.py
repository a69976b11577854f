"""The lines of a solution in another order, to be put in order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from textual.binding import BindingType

from autograd_tutor.messages import _
from autograd_tutor.playing import exercises
from autograd_tutor.playing.exercise_work import ExerciseWork
from autograd_tutor.playing.key_messages import Hint
from autograd_tutor.render.explanation import explanation_listing
from autograd_tutor.render.pieces import pieces_listing
from autograd_tutor.render.rows import Listing, Row
from autograd_tutor.render.signs import spelled_formula
from autograd_tutor.ui import keys
from autograd_tutor.ui.pane_screen import PaneScreen


class PiecesScreen(PaneScreen):
    """Each line keeps its indentation; the order stays as it is when the screen is left."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.PIECES]

    def __init__(self, work: ExerciseWork) -> None:
        super().__init__(_("Lines"), id="pieces")
        self._step, self._text = work.step, work.text
        self.order = work.pieces
        self.leads_to: Literal["", "check", "solution"] = ""
        """What is to be done when the screen is left."""
        self._chosen = 0
        self._taken = False
        """Whether the chosen line goes with the keys that choose."""

    def action_choose(self, by: int) -> None:
        if self._taken:
            self.action_move(by)
            return
        at = self._chosen + by
        inside = 0 <= at < len(self.order)
        self._chosen = at if inside else self._chosen
        self.say("" if inside else _("There is no further line."))

    def action_move(self, by: int) -> None:
        at, to = self._chosen, self._chosen + by
        if not 0 <= to < len(self.order):
            self.say(_("There is no further line."))
            return
        order = list(self.order)
        order[at], order[to] = order[to], order[at]
        self.order, self._chosen = tuple(order), to
        self.say("")

    def action_take(self) -> None:
        self._taken = not self._taken
        self.say("")

    def action_check(self) -> None:
        self.leads_to = "check"
        self.dismiss()

    def action_solution(self) -> None:
        if self._message != exercises.SHOWS_SOLUTION:
            self.say(exercises.SHOWS_SOLUTION)
            return
        self.leads_to = "solution"
        self.dismiss()

    def action_help(self) -> None:
        self.app.help([(_("Lines in order"), keys.PIECES)])

    def show(self) -> None:
        super().show()
        order, chosen, taken = self.order, self._chosen, self._taken
        title, text = self._step.title, self._text
        if self.app.ascii_only:
            title, text = spelled_formula(title), spelled_formula(text)

        def listing(width: int) -> Listing:
            found = pieces_listing(order, chosen, taken, width)
            task = explanation_listing(title, text, width).rows
            return found._replace(rows=[*found.rows, Row(), *task])

        self.pane.fill(listing)

    @property
    def place(self) -> tuple[str, Sequence[str]]:
        return _("Put the lines in order: {title}").format(title=self._step.title), (
            _("each keeps its indentation"),
            "",
        )

    @property
    def hints(self) -> list[Hint]:
        """The keys that matter here."""
        move = [Hint("j k", _("move it"), True), Hint("Space", _("put down"))]
        choose = [Hint("j k", _("choose")), Hint("J K", _("move")), Hint("Space", _("take"))]
        return [
            *(move if self._taken else choose),
            Hint("Enter", _("check"), True),
            Hint("H", _("solution")),
            Hint("?", _("help")),
        ]
