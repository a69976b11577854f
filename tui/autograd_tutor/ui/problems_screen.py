"""What is wrong with the file that is previewed, until it is mended."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.binding import BindingType

from autograd_tutor.course.problem import LessonError
from autograd_tutor.messages import _
from autograd_tutor.playing.key_messages import Hint
from autograd_tutor.recording.printable import printable
from autograd_tutor.render import signs
from autograd_tutor.render.problems import Flaw, problems_listing
from autograd_tutor.ui import keys
from autograd_tutor.ui.pane_screen import PaneScreen


class ProblemsScreen(PaneScreen):
    """Lies on what was there before, if the file was in order then."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.SCROLL, *keys.PROBLEMS]
    hints = (Hint("j k", _("scroll")), Hint("?", _("help")))

    def __init__(self, error: LessonError, covers: bool = False) -> None:
        """`covers`: whether there is something to go back to."""
        super().__init__(_("Problems"), signs.FAILURE, id="problems")
        self._error = error
        self._covers = covers

    @property
    def place(self) -> tuple[str, Sequence[str]]:
        name = printable(self._error.problems[0].path.name)
        return name, (_("read again when it is saved"),)

    @property
    def way_out(self) -> Hint:
        return Hint("q", _("back") if self._covers else _("quit"))

    def on_mount(self) -> None:
        self._fill()

    def take(self, error: LessonError) -> None:
        """Show these problems instead."""
        if error.problems != self._error.problems:
            self._error = error
            self._fill()
            self.say("")

    def action_help(self) -> None:
        self.app.help([(_("Problems"), keys.PROBLEMS), (_("Scroll"), keys.SCROLL)])

    def action_leave(self) -> None:
        if self._covers:
            self.dismiss()
        else:
            self.app.leave()

    def _fill(self) -> None:
        flaws = [
            Flaw(
                f"{printable(each.path.name)}:{each.line}:{each.column}",
                each.message,
                each.mend,
                each.excerpt,
            )
            for each in self._error.problems
        ]
        self.pane.fill(partial(problems_listing, flaws), reset=True)
