"""The course: its lessons by chapter, and what each is about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message

from autograd_tutor.course.on_path import Course, OnPath
from autograd_tutor.course.summary import OPENED_CHAPTER, Summary
from autograd_tutor.messages import _, count
from autograd_tutor.playing.paths import course_of
from autograd_tutor.progress import Seen
from autograd_tutor.render.course import SeenOf, about_listing, course_listing, course_position
from autograd_tutor.render.headline import headline
from autograd_tutor.render.keybar import keybar, notice
from autograd_tutor.render.paths import left_words, place_spans
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
        self._all = lessons
        self._chosen = chosen
        self._seen_of = seen
        self._due_among = due
        self._message = message
        self._at = 0
        self._lessons: Sequence[Summary] = ()
        """Those of the list."""
        self._known: dict[str, Seen] = {}
        self._course = Course({}, frozenset(), frozenset())
        self._on: OnPath | None = None
        """The path that is followed."""

    def _seen(self, lesson: str) -> Seen:
        return self._known.get(lesson) or Seen()

    def compose(self) -> ComposeResult:
        yield Bar(id="headline")
        with PaneGrid(id="course"):
            yield Pane(_("Lessons"), 1, id="lessons")
            yield Pane(_("About"), 2, id="about")
        yield Bar(id="keys")

    def on_mount(self) -> None:
        self._arrange()
        if (
            self._on is not None
            and self._lessons
            and self._lessons[self._at].id in self._course.done
        ):
            self._chosen = None
            self._arrange()

    def on_screen_resume(self) -> None:
        self._arrange()
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
        self._all = lessons
        self._arrange()
        self._show()

    def action_choose(self, by: int) -> None:
        self._message = ""
        self._at = max(0, min(self._at + by, len(self._lessons) - 1))
        self._chosen = self._lessons[self._at].path if self._lessons else self._chosen
        self._show()

    def action_open(self) -> None:
        if self._lessons:
            self.post_message(self.Opened(self._lessons[self._at].path))

    def action_scroll_about(self, pages: int) -> None:
        self.query_one("#about", Pane).scroll_pages(pages)

    def action_review(self) -> None:
        self.app.review()

    def action_paths(self) -> None:
        self.app.choose_path(self._course, self._follow)

    def action_search(self) -> None:
        self.app.search()

    def action_help(self) -> None:
        self.app.help([(_("Course"), keys.COURSE)])

    def action_leave(self) -> None:
        self.app.leave()

    def _follow(self) -> None:
        """Another path is followed, or the whole course."""
        self._chosen = None if self.app.path is not None else self._chosen
        self._message = ""
        self._arrange()
        self._show()

    def _arrange(self) -> None:
        """Find out what the list has, and how far the learner is in each: of a path, its lessons.

        The chosen lesson stays chosen if it is among them, else it is the next one of the path.
        """
        self._known = {each.id: self._seen_of(each.id) for each in self._all}
        self._due = self._due_among(self._all)
        self._course = course = course_of(self._all, self._seen)
        path = self.app.path
        self._on = on = OnPath(path, course) if path is not None else None
        self._lessons, upcoming = self._all, None
        if on is not None:
            opened = [each for each in self._all if each.chapter == OPENED_CHAPTER]
            title = on.path.title
            self._lessons = [*opened, *(replace(each, chapter=title) for each in on.lessons)]
            upcoming = on.next.path if on.next is not None else None
        files = [each.path for each in self._lessons]
        at = (files.index(each) for each in (self._chosen, upcoming) if each in files)
        self._at = next(at, 0)

    def _show(self) -> None:
        head = self.query_one("#headline", Bar)
        title, (position, *shorter) = self._headline
        head.show([headline(title, position, head.size.width, shorter)])
        ready = {each.id for each in self._lessons if self._course.is_open(each)}
        listing = partial(course_listing, self._lessons, self._seen, self._at, ready=ready)
        self.query_one("#lessons", Pane).fill(listing)
        if self._lessons:
            chosen = self._lessons[self._at]
            after = next(iter(self._lessons[self._at + 1 :]), None)
            place = place_spans(chosen, self._course, self._on)
            following = after.title if after else None
            about = partial(about_listing, chosen, self._seen(chosen.id), following, place=place)
            self.query_one("#about", Pane).fill(about, reset=True)
        self._show_keys()

    @property
    def _headline(self) -> tuple[str, list[str]]:
        """What the list is, and how far the learner is in it, with a shorter form."""
        position = course_position(self._lessons, self._seen, self._due)
        if self._on is None:
            return _("Lessons"), [position]
        left = left_words(self._on)
        forms = [f"{position} · {left}", position] if left else [position]
        return _("Path: {title}").format(title=self._on.path.title), forms

    def _show_keys(self) -> None:
        bar = self.query_one("#keys", Bar)
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
            ("p", _("paths"), False),
            ("/", _("find"), False),
            ("PgDn", _("more of About"), False),
            ("Ctrl-P", _("commands"), False),
            ("q", _("quit"), False),
            ("?", _("help"), False),
        ]
        bar.show([keybar(hints, bar.size.width)])
