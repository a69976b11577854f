"""What came of a check of gradients; while it runs, that it does."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from autograd_tutor.messages import _
from autograd_tutor.playing.key_messages import Hint
from autograd_tutor.playing.verification import Verification
from autograd_tutor.render.checked_rows import checked_view
from autograd_tutor.render.explanation import MEASURE
from autograd_tutor.render.rows import Listing, Row, wrap
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.ui import keys
from autograd_tutor.ui.pane_screen import PaneScreen


class CheckedScreen(PaneScreen):
    """To leave it ends the check."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.CHECKED, *keys.SCROLL]

    def __init__(self, verification: Verification, call: int, first_line: int) -> None:
        """`first_line`: the number of the step's first line."""
        super().__init__(_("Check"), "V", id="checked")
        self._verification = verification
        self._call = call
        self._first_line = first_line
        self._shown = False

    def on_mount(self) -> None:
        super().on_mount()
        self._fill()

    def recorded(self) -> None:
        if self._verification.done and not self._shown:
            self._shown = True
            self._fill()
            self.show()

    def action_leave(self) -> None:
        if not self._verification.done:
            self._verification.close()
        self.dismiss()

    def action_help(self) -> None:
        self.app.help([(_("Check"), keys.CHECKED), (_("Scroll"), keys.SCROLL)])

    @property
    def hints(self) -> list[Hint]:
        """The keys that matter here."""
        return [Hint("j k", _("scroll"))] if self._verification.done else []

    @property
    def way_out(self) -> Hint:
        """The key that leaves, which stops a check that runs."""
        return Hint("Esc", _("back") if self._verification.done else _("stop"))

    def _fill(self) -> None:
        title = _("Check of pass {call}").format(call=self._call)
        self.pane.fill(lambda width: Listing(self._rows(width), title=title), reset=True)

    def _rows(self, width: int) -> list[Row]:
        found = self._verification
        if found.results:
            return checked_view(found.results[-1].checked, self._first_line, width)
        text = sanitize_line(found.problem) or _(
            "Running the step again and again, each time with one entry of a leaf moved a little..."
        )
        return wrap([(text, "failure" if found.problem else "dim")], min(width, MEASURE))
