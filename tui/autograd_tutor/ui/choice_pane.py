"""A pane in which the learner chooses a row, to open what it stands for."""

from __future__ import annotations

from abc import abstractmethod

from textual import events

from autograd_tutor.render.rows import Row
from autograd_tutor.ui.pane import Pane


class ChoicePane(Pane):
    """Knows which row is chosen, and keeps it in view; the pane above says what can be chosen.

    What the keys do that concern one pane alone, it does itself; each answers with a sentence for
    the learner where it did nothing, else with ``.
    """

    def __init__(self, title: str, number: int, *, id: str) -> None:
        super().__init__(title, number, id=id)
        self._chosen = 0

    @abstractmethod
    def open_chosen(self) -> str:
        """Open what the chosen row stands for; from there, go back."""

    def close_opened(self) -> bool:
        """From what was opened back to the list; whether anything was open."""
        return False

    @property
    @abstractmethod
    def _can_choose(self) -> bool:
        """Whether there are rows to choose from: else the keys scroll."""

    @abstractmethod
    def _row_towards(self, row: int, by: int) -> int | None:
        """The row that is chosen when the learner moves there by so many rows, if there is one."""

    @abstractmethod
    def _keep_choice(self) -> None:
        """Choose the row of a new listing."""

    @property
    def _follows_choice(self) -> bool:
        """Whether the chosen row comes into view with every new listing."""
        return self.has_focus

    def _last_row_of(self, row: int) -> int:
        """The last row of what the chosen one begins."""
        return row

    def on_click(self, event: events.Click) -> None:
        row = self._top + event.screen_y - self.region.y - 1
        if self._can_choose and self._top <= row < min(
            len(self._listing.rows), self._top + self.page
        ):
            self._choose(row)

    def scroll_rows(self, rows: int) -> bool:
        """Choose a row further down (negative: up)."""
        self._catch_up()
        if not self._can_choose:
            return super().scroll_rows(rows)
        row = self._row_towards(self._chosen + rows, rows)
        return super().scroll_rows(rows) if row is None else self._choose(row)

    def _choose(self, row: int) -> bool:
        """Choose a row and bring it into view; whether that is another one than before."""
        moved = row != self._chosen
        self._chosen = row
        self._bring_into_view(self._last_row_of(row))
        self._bring_into_view(row)
        self._paint()
        return moved

    def _scroll_to_listing(self) -> None:
        super()._scroll_to_listing()
        if self._can_choose:
            self._keep_choice()
            if self._follows_choice:
                self._bring_into_view(self._chosen)

    def _catch_up(self) -> None:
        """Know the rows before there is room for them: a key may come before that."""
        if self._stale:
            self._listing = self._content(self.inner_width)
            self._keep_choice()

    def _dressed(self, at: int, line: Row) -> Row:
        if at != self._chosen or not self.has_focus or line.base or not self._can_choose:
            return line
        return line._replace(base="chosen")
