"""The course: its lessons by chapter, and what each is about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message

from autograd_tutor.course.summary import Summary
from autograd_tutor.messages import _, count
from autograd_tutor.render.course import SeenOf, about_listing, course_listing, course_position
from autograd_tutor.render.headline import headline
from autograd_tutor.render.keybar import keybar, notice
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.ui import keys
from autograd_tutor.ui.line_view import Bar, PaneGrid, StyledScreen
from autograd_tutor.ui.pane import Pane
from autograd_tutor.ui.pane_layout import SMALL_WIDTH


class CourseScreen(StyledScreen[None]):
    """A list to choose from."""

    BINDINGS: ClassVar[list[BindingType]] = keys.COURSE
    AUTO_FOCUS = "#lessons"

    class Opened(Message):
        """A lesson was chosen."""

        def __init__(self, path: Path) -> None:
            super().__init__()
            self.path = path

    def __init__(
        self,
        lessons: Sequence[Summary],
        seen: SeenOf,
        due: Callable[[Sequence[Summary]], int],
        chosen: Path | None = None,
        message: str = "",
    ) -> None:
        """`due`: how many questions of lessons are due for review."""
        super().__init__()
        self._lessons = lessons
        self._chosen = chosen
        self._seen = seen
        self._due_among = due
        self._due = due(lessons)
        self._at = next((i for i, lesson in enumerate(lessons) if lesson.path == chosen), 0)
        self._message = message

    def compose(self) -> ComposeResult:
        yield Bar(id="headline")
        with PaneGrid(id="course"):
            yield Pane(_("Lessons"), 1, id="lessons")
            yield Pane(_("About"), 2, id="about")
        yield Bar(id="keys")

    def on_mount(self) -> None:
        self._show()

    def on_screen_resume(self) -> None:
        self._due = self._due_among(self._lessons)
        self._show()

    def on_resize(self, event: events.Resize) -> None:
        """Beside each other, in a small terminal one above the other, in a tiny one the list."""
        self.set_class(event.size.width < SMALL_WIDTH, "-small")
        self.query_one("#about").display = event.size.width >= SMALL_WIDTH or event.size.height > 20
        self._show()

    def say(self, text: str) -> bool:
        self._message = text
        self._show()
        return True

    def take_lessons(self, lessons: Sequence[Summary]) -> None:
        chosen = self._lessons[self._at].path if self._lessons else self._chosen
        self._lessons, self._due = lessons, self._due_among(lessons)
        self._at = next((i for i, lesson in enumerate(lessons) if lesson.path == chosen), 0)
        self._show()

    def action_choose(self, by: int) -> None:
        self._message = ""
        self._at = max(0, min(self._at + by, len(self._lessons) - 1))
        self._show()

    def action_open(self) -> None:
        if self._lessons:
            self.post_message(self.Opened(self._lessons[self._at].path))

    def action_scroll_about(self, pages: int) -> None:
        self.query_one("#about", Pane).scroll_pages(pages)

    def action_review(self) -> None:
        self.app.review()

    def action_search(self) -> None:
        self.app.search()

    def action_help(self) -> None:
        self.app.help([(_("Course"), keys.COURSE)])

    def action_leave(self) -> None:
        self.app.leave()

    def _show(self) -> None:
        head, bar = self.query_one("#headline", Bar), self.query_one("#keys", Bar)
        position = course_position(self._lessons, self._seen, self._due)
        head.show([headline(_("Lessons"), position, head.size.width)])
        listing = partial(course_listing, self._lessons, self._seen, self._at)
        self.query_one("#lessons", Pane).fill(listing)
        if self._lessons:
            chosen = self._lessons[self._at]
            after = next(iter(self._lessons[self._at + 1 :]), None)
            content = partial(
                about_listing, chosen, self._seen(chosen.id), after.title if after else None
            )
            self.query_one("#about", Pane).fill(content, reset=True)
        if self._message:
            bar.show([notice(sanitize_line(self._message), failure=False)])
            return
        hints = [
            ("Enter", _("open"), True),
            *(
                [
                    (
                        "r",
                        _("review {questions}").format(questions=count(self._due, "question")),
                        True,
                    )
                ]
                if self._due
                else []
            ),
            ("↑ ↓", _("choose"), False),
            ("PgDn", _("more of About"), False),
            ("/", _("find"), False),
            ("Ctrl-P", _("commands"), False),
            ("q", _("quit"), False),
            ("?", _("help"), False),
        ]
        bar.show([keybar(hints, bar.size.width)])
