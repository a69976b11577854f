"""A screen with one pane, which most keys close."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from autograd_tutor.messages import _
from autograd_tutor.playing.key_messages import Hint
from autograd_tutor.render.headline import headline
from autograd_tutor.render.keybar import keybar, notice_rows
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.ui.line_view import Bar, StyledScreen
from autograd_tutor.ui.pane import Pane


class PaneScreen(StyledScreen[None]):
    """The pane; below it the keys, or why the last one did nothing; above it where one is."""

    def __init__(self, title: str, number: int | str = 0, *, id: str) -> None:
        super().__init__()
        self.pane = Pane(title, number, id=id)
        self._headline, self._keys = Bar(id="headline"), Bar(id="keys")
        self._message = ""

    def compose(self) -> ComposeResult:
        if self.place is not None:
            yield self._headline
        yield from (self.pane, self._keys)

    def on_mount(self) -> None:
        self.pane.focus()

    def on_resize(self) -> None:
        self.show()

    @property
    def place(self) -> tuple[str, Sequence[str]] | None:
        """The title and the place of the headline, with shorter forms; None: there is none."""
        return None

    @property
    def hints(self) -> Sequence[Hint]:
        """The keys that matter here; the one that leaves is added."""
        return ()

    @property
    def way_out(self) -> Hint:
        """The key that leaves."""
        return Hint("Esc", _("back"))

    def say(self, text: str) -> bool:
        self._message = text
        self.show()
        return True

    def show(self) -> None:
        """Show where one is, and the keys, or why the last one did nothing."""
        width, place = self.size.width, self.place
        if place is not None:
            title, (position, *shorter) = place
            self._headline.show([headline(title, position, width, shorter)])
        rows = notice_rows(sanitize_line(self._message), width, self.size.height // 8, "strong")
        rows = rows or [keybar([*self.hints, self.way_out], width)]
        if self._keys.size.height != len(rows):  # else it would be laid out anew
            self._keys.styles.height = len(rows)
        self._keys.show(rows)

    def action_scroll_rows(self, rows: int) -> None:
        self.pane.scroll_rows(rows)

    def action_scroll_pages(self, pages: int) -> None:
        self.pane.scroll_pages(pages)

    def action_scroll_columns(self, columns: int) -> None:
        self.pane.scroll_columns(columns)

    def action_leave(self) -> None:
        self.dismiss()
