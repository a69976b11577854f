"""A text area for Python: what is typed next stands where Python takes it to belong."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.widgets import TextArea

from autograd_tutor.messages import _


class CodeArea(TextArea):
    """Enter keeps the indentation, one level deeper after a colon; Backspace takes a level away."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+home", "document_end(False)", _("start of the code"), show=False),
        Binding("ctrl+end", "document_end(True)", _("end of the code"), show=False),
    ]

    def on_key(self, event: events.Key) -> None:
        """Enter; every other key, and what is pasted, is the area's own."""
        if event.key != "enter":
            return
        event.stop()
        event.prevent_default()
        start, end = sorted(self.selection)
        self.replace(f"\n{self._indent_after(start)}", start, end, maintain_selection_offset=False)

    def action_delete_left(self) -> None:
        """One character, or of the blanks before a line's first word those of one level."""
        (line, column), end = self.selection
        before = self.document[line][:column]
        if (line, column) == end and before and not before.strip(" "):
            self.delete((line, (column - 1) // self.indent_width * self.indent_width), end)
        else:
            super().action_delete_left()

    def action_document_end(self, last: bool) -> None:
        """Go to the end of the code, or to its start."""
        self.move_cursor(self.document.end if last else (0, 0))

    def _indent_after(self, place: tuple[int, int]) -> str:
        line, column = place
        before = self.document[line][:column]
        indent = before[: len(before) - len(before.lstrip())]
        return indent + " " * self.indent_width * before.rstrip().endswith(":")
