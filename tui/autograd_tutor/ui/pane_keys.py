"""What the keys do that concern the panes of a lesson alone, and not the moment."""

from __future__ import annotations

from typing import Literal

from autograd_tutor.messages import _
from autograd_tutor.playing import key_messages
from autograd_tutor.ui.choice_pane import ChoicePane
from autograd_tutor.ui.item_pane import ItemPane
from autograd_tutor.ui.lesson_panes import PANES, PICTURE, LessonPanes
from autograd_tutor.ui.line_view import StyledScreen
from autograd_tutor.ui.pane import Pane

NO_PICTURE = _("v shows numbers over time; this key is for what is drawn there.")


class PaneKeys(StyledScreen[None]):
    """A screen with the panes of a lesson; it says what a key did not do, or nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._panes = LessonPanes()

    def action_pane(self, name: str) -> None:
        if name == "explanation" and not self._panes.has_text:
            self.say(_("This step has no explanation."))
            return
        self._panes.bring(name)
        self.say("")

    def action_cycle(self, by: Literal[1, -1]) -> None:
        self._panes.close_picture()
        names = [name for name in PANES if name != "explanation" or self._panes.has_text]
        self.action_pane(names[(names.index(self._panes.focused) + by) % len(names)])

    def action_zoom(self) -> None:
        if not self._panes.close_picture() and not self._panes.close_tensor():
            self._panes.zoomed = not self._panes.zoomed
            self._panes.rearrange()
        self.say("")

    def action_scroll_rows(self, rows: int) -> None:
        self._scrolled(self._focused_pane.scroll_rows(rows))

    def action_scroll_pages(self, pages: int) -> None:
        self._scrolled(self._paged_pane.scroll_pages(pages))

    @property
    def _paged_pane(self) -> Pane:
        """What pages are turned in: the text, as long as all of the code is in view."""
        pane, text = self._focused_pane, self._panes.pane("explanation")
        return text if pane.id == "code" and text.display and pane.all_in_view else pane

    def action_scroll_columns(self, columns: int) -> None:
        self._scrolled(self._focused_pane.scroll_columns(columns))

    def action_open(self) -> None:
        pane = self._focused_pane
        if self._panes.close_picture() or self._panes.close_tensor():
            self.say("")
        elif not isinstance(pane, ChoicePane):
            self.say(key_messages.WHY_NOT_OPEN)
        elif isinstance(pane, ItemPane) and pane.chosen_name is not None:
            self._panes.open_tensor(pane.chosen_name)
            self.say("")
        else:
            self.say(pane.open_chosen())

    def action_picture(self) -> None:
        if not self._panes.open_picture() and not self._panes.picture.next_view():
            self._panes.close_picture()
        self.say("")

    def action_show_or_hide(self) -> None:
        self.say(self._panes.picture.show_or_hide() if self._in_picture else NO_PICTURE)

    def action_scale(self) -> None:
        self.say(self._panes.picture.change_scale() if self._in_picture else NO_PICTURE)

    @property
    def _in_picture(self) -> bool:
        return self._panes.focused == PICTURE

    def action_sort(self) -> None:
        self._panes.bring("gradients")
        self.say(self._panes.gradients.sort())

    def action_next_odd(self) -> None:
        self._panes.bring("gradients")
        self.say(self._panes.gradients.next_odd())

    def action_tree(self) -> None:
        message = self._panes.graph.turn()
        self._panes.bring_graph()
        self.say(message)

    def action_graph_of(self, name: str | None = None) -> None:
        """The graph of a tensor: the chosen one; where it is shown, the automatic one."""
        graph = self._panes.graph
        chosen = name or self._panes.chosen_tensor
        if chosen is None and graph.tensor is None:
            self.say(key_messages.CHOOSE_TENSOR)
            return
        shown = name is None and chosen in (None, graph.tensor, f"{graph.tensor}.grad")
        message = graph.choose_tensor(None if shown else chosen)
        self._panes.bring_graph()
        self.say(message)

    def action_fold(self) -> None:
        message = self._panes.graph.fold(of_chosen=self._panes.focused == "graph")
        self._panes.bring_graph()
        self.say(message)

    @property
    def _focused_pane(self) -> Pane:
        return self._panes.pane(self._panes.focused)

    def _scrolled(self, moved: bool) -> None:
        self.say("" if moved else _("Nothing more to scroll to in this pane."))
