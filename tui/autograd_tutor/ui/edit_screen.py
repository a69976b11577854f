"""The editor for a step's snippet."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import TextArea

from autograd_tutor.render.headline import headline
from autograd_tutor.render.keybar import keybar
from autograd_tutor.ui.line_view import Bar, StyledScreen


class EditScreen(StyledScreen[str | None]):
    """Answers the code to run, or None when the learner thinks better of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5,ctrl+s", "run", "run", id="edit-run", priority=True),
        Binding("escape", "cancel", "cancel", id="edit-cancel", priority=True),
        Binding("f2,ctrl+o", "original", "the lesson's code", id="edit-original", priority=True),
    ]

    def __init__(self, title: str, code: str, original: str, first_line: int = 1) -> None:
        super().__init__()
        self._title = title
        self._code = code
        self._original = original
        self._first_line = first_line

    def compose(self) -> ComposeResult:
        yield Bar(id="headline")
        area = TextArea(
            self._code,
            tab_behavior="indent",
            show_line_numbers=True,
            line_number_start=self._first_line,
            id="editor",
        )
        area.cursor_blink = False
        yield area
        yield Bar(id="keys")

    def on_mount(self) -> None:
        self.set_class(self.app.ascii_only, "-ascii")
        self.query_one(TextArea).focus()

    def on_resize(self) -> None:
        head, bar = self.query_one("#headline", Bar), self.query_one("#keys", Bar)
        head.show([headline(f"Edit: {self._title}", "", head.size.width)])
        hints = [("F2", "the lesson's code", False), ("F5", "run", True), ("Esc", "cancel", False)]
        bar.show([keybar(hints, bar.size.width)])

    def action_run(self) -> None:
        self.dismiss(self.query_one(TextArea).text)

    def action_cancel(self) -> None:
        self.dismiss(None)

    def action_original(self) -> None:
        area = self.query_one(TextArea)
        area.replace(self._original, (0, 0), area.document.end)
