"""The editor for a step's snippet."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import TextArea

from autograd_tutor.render.headline import headline
from autograd_tutor.render.keybar import keybar
from autograd_tutor.ui.line_view import Bar, StyledScreen


class EditScreen(StyledScreen[str | None]):
    """Answers the code to run, or None when the learner thinks better of it.

    Changes are thrown away only by the key that says so: Escape asks first.
    """

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
        self._asking = False
        """Whether it is asked what becomes of the changes; the editor has no focus then."""

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
        self._show_bars()

    def on_descendant_focus(self) -> None:
        """The learner keeps editing, be it with a key or the mouse."""
        self._asking = False
        self._show_bars()

    def on_key(self, event: events.Key) -> None:
        """While it is asked: `t` throws the changes away, any other key keeps editing."""
        if not self._asking:
            return
        event.stop()
        if event.key == "t":
            self.dismiss(None)
        else:
            self.query_one(TextArea).focus()

    def action_run(self) -> None:
        self.dismiss(self.query_one(TextArea).text)

    def action_cancel(self) -> None:
        if self._asking:
            self.query_one(TextArea).focus()
        elif self.query_one(TextArea).text == self._code:
            self.dismiss(None)
        else:
            self._asking = True
            self.set_focus(None)
            self._show_bars()

    def _show_bars(self) -> None:
        head, bar = self.query_one("#headline", Bar), self.query_one("#keys", Bar)
        state = "changed, not run" if self._asking else ""
        head.show([headline(f"Edit: {self._title}", state, head.size.width)])
        hints = [("F2", "the lesson's code", False), ("F5", "run", True), ("Esc", "cancel", False)]
        if self._asking:
            hints = [("Esc", "edit on", True), ("t", "throw away", False), ("F5", "run", True)]
        bar.show([keybar(hints, bar.size.width)])

    def action_original(self) -> None:
        area = self.query_one(TextArea)
        area.focus()
        area.replace(self._original, (0, 0), area.document.end)
