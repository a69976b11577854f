"""Find a lesson, or a step of one, by words of its title or text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from autograd_tutor.course.search import Hit, search
from autograd_tutor.course.summary import Summary
from autograd_tutor.messages import _
from autograd_tutor.render.course import SeenOf
from autograd_tutor.render.found import found_listing
from autograd_tutor.render.keybar import keybar
from autograd_tutor.ui.line_view import Bar, StyledScreen
from autograd_tutor.ui.pane import Pane


class SearchScreen(StyledScreen[Hit | None]):
    """Answers the lesson or the step to open, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", _("back"), id="search-cancel", priority=True),
        Binding("down", "choose(1)", _("down"), id="search-down", priority=True),
        Binding("up", "choose(-1)", _("up"), id="search-up", priority=True),
    ]

    def __init__(self, lessons: Sequence[Summary], seen: SeenOf) -> None:
        super().__init__()
        self._seen = seen
        self._lessons = lessons
        self._found = search(lessons, "")
        self._at = 0

    def compose(self) -> ComposeResult:
        words = Input(placeholder=_("a word of a title, a text or code"), id="search")
        words.cursor_blink = False
        yield words
        found = Pane(_("Lessons"), 1, id="found")
        found.can_focus = False
        yield found
        yield Bar(id="keys")

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self._show()

    def on_resize(self) -> None:
        self._show()

    def on_input_changed(self, event: Input.Changed) -> None:
        self._found = search(self._lessons, event.value)
        self._at = 0
        self._show()

    def take_lessons(self, lessons: Sequence[Summary]) -> None:
        chosen = self._found[self._at] if self._found else None
        self._lessons = lessons
        self._found = search(lessons, self.query_one(Input).value)
        places = [(hit.lesson.path, hit.step) for hit in self._found]
        at = (chosen.lesson.path, chosen.step) if chosen else None
        self._at = places.index(at) if at in places else 0
        self._show()

    def on_input_submitted(self) -> None:
        self.dismiss(self._found[self._at] if self._found else None)

    def action_choose(self, by: int) -> None:
        self._at = max(0, min(self._at + by, len(self._found) - 1))
        self._show()

    def action_cancel(self) -> None:
        self.dismiss(None)

    def _show(self) -> None:
        listing = found_listing(self._found, self._seen, self._at)
        self.query_one(Pane).fill(lambda _: listing)
        bar = self.query_one("#keys", Bar)
        hints = [
            ("Enter", _("open"), True),
            ("↑ ↓", _("choose"), False),
            ("Esc", _("back"), False),
        ]
        bar.show([keybar(hints, bar.size.width)])
