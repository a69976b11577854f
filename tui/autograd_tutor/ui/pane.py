"""A framed, scrollable view of rows; the five panes of a lesson are five of these."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.geometry import Size
from textual.message import Message

from autograd_tutor.messages import _, count
from autograd_tutor.playing.key_messages import Hint
from autograd_tutor.render.rows import Listing, Row, Span, clip, row
from autograd_tutor.ui.line_view import LineView

LEAST_PINNED = 5
"""Rows of a pane from which on some can be pinned: one that says what is left out, and one more."""

FRAME = 2
"""Rows that the frame takes; of columns twice as many, since the sides have a cell of air."""


class Pane(LineView, can_focus=True):
    """Content of any length behind a frame that says what it is and how much is out of view.

    Content is a function from the inner width to a listing. It is called when the pane is on the
    screen, and again when its width changes; of its rows only those in view are ever asked for.
    The frame is the pane's own, the rows are a view inside it: what is repainted of a row begins
    at the left edge of its widget.
    """

    class Chosen(Message):
        """The pane got the focus."""

        def __init__(self, pane: Pane) -> None:
            super().__init__()
            self.pane = pane

    def __init__(self, title: str, number: int | str, *, id: str) -> None:
        """`number`: the key that leads to it."""
        super().__init__(id=id)
        self.title = title
        self._number = number
        self._content: Callable[[int], Listing] = lambda _: Listing(())
        self._listing = Listing(())
        self._stale = True
        self._caught_up_at: Size | None = None
        """The size for which it was laid out before the event that reports that size."""
        self._size_before_layout: Size | None = None
        """The size that may be about to change, so that it is painted only after that."""
        self._top = 0
        self._left = 0
        self._scrolled = False
        """Whether the learner has scrolled what is shown: then nothing is pinned."""
        self._view = LineView()

    def compose(self) -> ComposeResult:
        yield self._view

    @property
    def hints(self) -> Sequence[Hint]:
        """The keys that matter here, as the bar of keys has them."""
        return ()

    @property
    def laid_out(self) -> bool:
        """Whether its content has been laid out for the size it has."""
        return not self._stale

    @property
    def inner_width(self) -> int:
        """Cells inside the frame."""
        return max(1, int(self.size.width) - 2 * FRAME)

    @property
    def page(self) -> int:
        """Rows inside the frame."""
        return max(1, int(self.size.height) - FRAME)

    @property
    def _upper(self) -> int:
        """Rows above those that are pinned: all that are in view, where all fit."""
        total, page = len(self._listing.rows), self.page
        if self._scrolled or total <= page or page < LEAST_PINNED:
            return page
        pinned = self._listing.pinned
        return page - min(pinned, max(2, page // 3, page - (total - pinned)))

    @property
    def all_in_view(self) -> bool:
        """Whether there is nothing to scroll to."""
        return not self._stale and len(self._listing.rows) <= self.page

    @property
    def goes_on(self) -> bool:
        """Whether there is more below what is in view."""
        in_sight = self.display and self.size.height and not self._stale
        return bool(in_sight) and self._top + self._upper < len(self._listing.rows)

    def fill(self, content: Callable[[int], Listing], *, reset: bool = False) -> None:
        """Show other content: from its top if `reset`, else scrolled as the one before was."""
        self._content = content
        self._scrolled = False
        if reset:
            self._top = self._left = 0
        self._lay_out()

    def scroll_rows(self, rows: int) -> bool:
        """Scroll by rows (negative: up); whether anything moved."""
        scrolled, self._scrolled = self._scrolled, True
        moved = self._move_to(self._top + rows, self._left)
        self._scrolled = moved or scrolled
        return moved

    def scroll_pages(self, pages: int) -> bool:
        """Scroll by what is in view, less a row, so that the eye finds its way."""
        return self.scroll_rows(pages * max(1, self._upper - 1))

    def scroll_columns(self, columns: int) -> bool:
        """Scroll sideways."""
        return self._move_to(self._top, self._left + columns)

    def wait_for_layout(self) -> None:
        """Paint nothing until `catch_up_with_layout`."""
        self._size_before_layout = self.size

    def catch_up_with_layout(self) -> None:
        """The layout that was due is done: show what came meanwhile."""
        before, self._size_before_layout = self._size_before_layout, None
        if before is not None and self._stale:
            self._lay_out()
            if self.size != before:  # else no event will report it
                self._caught_up_at = self.size

    def on_resize(self, event: events.Resize) -> None:
        self._size_before_layout = None
        caught_up, self._caught_up_at = self._caught_up_at, None
        if caught_up != self.size:
            self._lay_out()

    def on_show(self) -> None:
        self.catch_up()

    def catch_up(self) -> None:
        """Show what came while the pane was out of sight."""
        if self._stale:
            self._lay_out()

    def watch_has_focus(self, value: bool) -> None:
        """Show by the frame whether keys scroll this pane."""
        super().watch_has_focus(value)
        self._paint()

    def on_focus(self) -> None:
        self.post_message(self.Chosen(self))

    def on_click(self, event: events.Click) -> None:
        self.focus()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.scroll_rows(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.scroll_rows(-3)

    def _move_to(self, top: int, left: int) -> bool:
        top, left = self._within(top, left)
        moved = (top, left) != (self._top, self._left)
        self._top, self._left = top, left
        if moved:
            self._paint()
        return moved

    def _within(self, top: int, left: int) -> tuple[int, int]:
        """The nearest position that does not scroll beyond the rows."""
        rows, page, upper = self._listing.rows, self.page, self._upper
        pinned = self._listing.pinned if upper < page else 0
        top = max(0, min(top, len(rows) - pinned - upper))
        if left <= 0:
            return top, 0
        widest = max((line.width for line in rows[top : top + page]), default=0)
        return top, max(0, min(left, widest - self.inner_width))

    def _lay_out(self) -> None:
        width, height = self.size
        waiting = self._size_before_layout is not None
        self._stale = waiting or not (self.display and width and height)
        if self._stale:
            return
        self._listing = self._content(self.inner_width)
        if self._listing.title is not None and self._listing.title != self.title:
            self.title = self._listing.title
            self._top = self._left = 0
        self._scroll_to_listing()
        self._top, self._left = self._within(self._top, self._left)
        self._paint()

    def _scroll_to_listing(self) -> None:
        """Bring into view what a new listing is about."""
        upper, page = self._upper, self.page
        for at in self._listing.scroll_to:
            if at < len(self._listing.rows) - (page - upper):  # else it is pinned
                self._bring_into_view(at)

    def _bring_into_view(self, at: int) -> None:
        page = self._upper
        if at < self._top:
            self._top = max(0, at - 1 if page > 2 else at)
        elif at >= self._top + page:
            self._top = at - page + 1

    def _dressed(self, at: int, line: Row) -> Row:
        """The row at an index as it is to be shown."""
        return line

    def _paint(self) -> None:
        width, height = self.size
        if width <= 2 * FRAME or height <= FRAME:
            self.show([clip(row((self.title, "frame")), width)] if height else [])
            self._view.show([])
            return
        rows = self._listing.rows
        upper, page = self._upper, self.page
        in_view = rows[self._top : self._top + upper]
        shown = [self._dressed(at, line) for at, line in enumerate(in_view, self._top)]
        frame = "frame-focus" if self.has_focus else "frame"
        sides = Row((("│", frame), (" " * (width - 2), ""), ("│", frame)))
        foot = self._foot(frame, width, len(rows), len(shown))
        self.show([self._head(frame, width), *[sides] * (height - FRAME), foot])
        room = self.inner_width
        shown += self._pinned_rows(page - upper)
        self._view.show([columns(line, self._left, room) for line in shown])

    def _pinned_rows(self, room: int) -> list[Row]:
        """The heading of what is pinned, and the end of it."""
        if not room:
            return []
        rows, pinned = self._listing.rows, self._listing.pinned
        heading = rows[len(rows) - pinned]
        if pinned > room:
            left_out = _("  … {rows} before these").format(rows=count(pinned - room, "row"))
            if room > 1:
                heading = clip(heading, max(1, self.inner_width - len(left_out)))
            heading = Row((*heading.spans, (left_out, "dim")))
        return [heading, *rows[len(rows) - room + 1 :]]

    def _head(self, frame: str, width: int) -> Row:
        title_style = "title" if self.has_focus else "dim"
        title = clip(row((f"{self._number} ", "dim"), (self.title, title_style)), width - 5)
        line = "─" * (width - 5 - title.width)
        return Row((("╭ ", frame), *title.spans, (f" {line}─╮", frame)))

    def _foot(self, frame: str, width: int, total: int, shown: int) -> Row:
        position = ""
        if shown < total:
            position = _(" {first}–{last} of {total:,} ").format(
                first=self._top + 1, last=self._top + shown, total=total
            )
        if len(position) > width - 4:
            position = ""
        line = "─" * (width - 3 - len(position))
        return row((f"╰{line}", frame), (position, "dim"), ("─╯", frame))


def columns(line: Row, left: int, room: int) -> Row:
    """The part of a row that is in view, with `…` where it goes on."""
    if left:
        spans: list[Span] = []
        skip = left + 1
        for text, style in line.spans:
            if cut := _beyond(text, skip):
                spans.append((cut, style))
            skip = max(0, skip - cell_len(text))
        line = Row((("…", "dim"), *spans) if spans else (), line.base)
    return clip(line, room)


def _beyond(text: str, skip: int) -> str:
    """A text without its first cells; of a wide character cut in two, a blank is left."""
    if text.isascii():
        return text[skip:]
    for at, character in enumerate(text):
        if skip <= 0 and cell_len(character):
            return " " * -skip + text[at:]
        skip -= cell_len(character)
    return " " * -skip
