"""Find a lesson by typing a part of its title, summary or id."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from autograd_tutor.course.library import Summary
from autograd_tutor.render.course import course_listing
from autograd_tutor.render.keybar import keybar
from autograd_tutor.ui.line_view import Bar, StyledScreen
from autograd_tutor.ui.pane import Pane


class SearchScreen(StyledScreen[Path | None]):
    """Answers the path of a lesson, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "back", id="search-cancel", priority=True),
        Binding("down", "choose(1)", "down", id="search-down", priority=True),
        Binding("up", "choose(-1)", "up", id="search-up", priority=True),
    ]

    def __init__(self, lessons: Sequence[Summary], done: Callable[[str], int]) -> None:
        super().__init__()
        self._done = done
        self._lessons = lessons
        self._found = list(lessons)
        self._at = 0

    def compose(self) -> ComposeResult:
        search = Input(placeholder="a word of the lesson's title or text", id="search")
        search.cursor_blink = False
        yield search
        found = Pane("Lessons", 1, id="found")
        found.can_focus = False
        yield found
        yield Bar(id="keys")

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self._show()

    def on_resize(self) -> None:
        self._show()

    def on_input_changed(self, event: Input.Changed) -> None:
        self._found = matching(self._lessons, event.value)
        self._at = 0
        self._show()

    def on_input_submitted(self) -> None:
        self.dismiss(self._found[self._at].path if self._found else None)

    def action_choose(self, by: int) -> None:
        self._at = max(0, min(self._at + by, len(self._found) - 1))
        self._show()

    def action_cancel(self) -> None:
        self.dismiss(None)

    def _show(self) -> None:
        listing = course_listing(self._found, self._done, self._at)
        self.query_one(Pane).fill(lambda _: listing)
        bar = self.query_one("#keys", Bar)
        hints = [("Enter", "open", True), ("↑ ↓", "choose", False), ("Esc", "back", False)]
        bar.show([keybar(hints, bar.size.width)])


def matching(lessons: Sequence[Summary], words: str) -> list[Summary]:
    """The lessons in which every word is found, those with all words in the title first."""
    wanted = words.casefold().split()

    def holds(text: str) -> bool:
        folded = text.casefold()
        return all(word in folded for word in wanted)

    found = [s for s in lessons if holds(f"{s.id} {s.title} {s.summary} {s.chapter}")]
    return sorted(found, key=lambda lesson: not holds(lesson.title))
