"""What is wrong with the file that is previewed, until it is mended."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from autograd_tutor.course.problem import LessonError
from autograd_tutor.recording.printable import printable
from autograd_tutor.render import signs
from autograd_tutor.render.headline import headline
from autograd_tutor.render.keybar import keybar, notice
from autograd_tutor.render.problems import Flaw, problems_listing
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.ui import keys
from autograd_tutor.ui.line_view import Bar, StyledScreen
from autograd_tutor.ui.pane import Pane


class ProblemsScreen(StyledScreen[None]):
    """Lies on what was there before, if the file was in order then."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.SCROLL, *keys.PROBLEMS]

    def __init__(self, error: LessonError, covers: bool = False) -> None:
        """`covers`: whether there is something to go back to."""
        super().__init__()
        self._error = error
        self._covers = covers
        self._message = ""

    def compose(self) -> ComposeResult:
        yield Bar(id="headline")
        yield Pane("Problems", signs.FAILURE, id="problems")
        yield Bar(id="keys")

    def on_mount(self) -> None:
        self.query_one(Pane).focus()
        self._show()

    def on_resize(self) -> None:
        self._show_bars()

    def take(self, error: LessonError) -> None:
        """Show these problems instead."""
        if error.problems != self._error.problems:
            self._error = error
            self._message = ""
            self._show()

    def say(self, text: str) -> bool:
        self._message = text
        self._show_bars()
        return True

    def action_scroll_rows(self, rows: int) -> None:
        self.query_one(Pane).scroll_rows(rows)

    def action_scroll_pages(self, pages: int) -> None:
        self.query_one(Pane).scroll_pages(pages)

    def action_scroll_columns(self, columns: int) -> None:
        self.query_one(Pane).scroll_columns(columns)

    def action_help(self) -> None:
        self.app.help([("Problems", keys.PROBLEMS), ("Scroll", keys.SCROLL)])

    def action_leave(self) -> None:
        if self._covers:
            self.dismiss()
        else:
            self.app.leave()

    def _show(self) -> None:
        flaws = [
            Flaw(
                f"{printable(each.path.name)}:{each.line}:{each.column}",
                each.message,
                each.mend,
                each.excerpt,
            )
            for each in self._error.problems
        ]
        self.query_one(Pane).fill(partial(problems_listing, flaws), reset=True)
        self._show_bars()

    def _show_bars(self) -> None:
        head, bar = self.query_one("#headline", Bar), self.query_one("#keys", Bar)
        name = printable(self._error.problems[0].path.name)
        head.show([headline(name, "read again when it is saved", head.size.width)])
        if self._message:
            bar.show([notice(sanitize_line(self._message), failure=False)])
            return
        leave = "back" if self._covers else "quit"
        hints = [("j k", "scroll", False), ("q", leave, False), ("?", "help", False)]
        bar.show([keybar(hints, bar.size.width)])
