"""The glossary: its terms, those that are in view first, and one entry by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from autograd_tutor.course.glossary import Entry, Glossary
from autograd_tutor.messages import _
from autograd_tutor.playing.key_messages import Hint
from autograd_tutor.render.glossary import choice_listing, entry_rows, find, matching
from autograd_tutor.render.keybar import keybar
from autograd_tutor.render.rows import Listing
from autograd_tutor.ui import keys
from autograd_tutor.ui.line_view import Bar, StyledScreen
from autograd_tutor.ui.pane import Pane
from autograd_tutor.ui.pane_screen import PaneScreen


class GlossaryScreen(StyledScreen[None]):
    """All terms, filtered as one types."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", _("open"), id="open", priority=True),
        Binding("escape", "leave", _("back"), id="leave", priority=True),
        Binding("down", "choose(1)", _("down"), id="down", priority=True),
        Binding("up", "choose(-1)", _("up"), id="up", priority=True),
        Binding("pagedown", "choose(10)", _("page down"), id="page-down", priority=True),
        Binding("pageup", "choose(-10)", _("page up"), id="page-up", priority=True),
    ]

    def __init__(self, glossary: Glossary, here: Sequence[Entry]) -> None:
        """`here`: the entries of what was in view, which come first."""
        super().__init__()
        self._glossary = glossary
        self._all_here = here
        self._at = 0
        self._filter("")

    def compose(self) -> ComposeResult:
        words = Input(placeholder=_("a term, a node or an operation"), id="search")
        words.cursor_blink = False
        yield words
        terms = Pane(_("Glossary"), "d", id="terms")
        terms.can_focus = False
        yield terms
        yield Bar(id="keys")

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self._show()

    def on_resize(self) -> None:
        self._show()

    def on_input_changed(self, event: Input.Changed) -> None:
        self._filter(event.value)
        self._at = 0
        self._show()

    def action_open(self) -> None:
        # Not when the field reports it: keys that come right after Enter are for the entry.
        entries = [*self._here, *self._others]
        if entries:
            self.app.push_screen(EntryScreen(self._glossary, entries[self._at]))

    def action_choose(self, by: int) -> None:
        last = len(self._here) + len(self._others) - 1
        self._at = max(0, min(self._at + by, last))
        self._show()

    def action_leave(self) -> None:
        self.dismiss()

    def _filter(self, query: str) -> None:
        """With words to look for, what is called so comes first, in view or not."""
        found = matching(self._glossary, query)
        self._here = [] if query.strip() else self._all_here
        here = {each.term for each in self._here}
        self._others = [each for each in found if each.term not in here]

    def _show(self) -> None:
        here, others, at, spelled = self._here, self._others, self._at, self.app.ascii_only
        self.query_one(Pane).fill(lambda width: choice_listing(here, others, at, width, spelled))
        bar = self.query_one("#keys", Bar)
        hints = [
            ("Enter", _("open"), True),
            ("↑ ↓", _("choose"), False),
            ("Esc", _("back"), False),
        ]
        bar.show([keybar(hints, bar.size.width)])


class EntryScreen(PaneScreen):
    """One entry; digits open those that it names."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.ENTRY, *keys.SCROLL]

    def __init__(self, glossary: Glossary, entry: Entry) -> None:
        super().__init__(_("Glossary"), "d", id="entry")
        self._glossary = glossary
        self._way = [entry]
        """The entry that is shown, behind those that have led to it."""

    def on_mount(self) -> None:
        super().on_mount()
        self._fill()

    def action_see(self, number: int) -> None:
        see = self._way[-1].see
        if number > len(see):
            self.say(_("There is no {number} here.").format(number=number))
            return
        found = find(self._glossary, see[number - 1])
        assert found is not None  # a test follows them all
        if found in self._way:
            del self._way[self._way.index(found) + 1 :]
        else:
            self._way.append(found)
        self._fill()
        self.say("")

    def action_define(self) -> None:
        """All terms: those below, or new ones where a thing's own entry was opened."""
        below = self.app.screen_stack[-2]
        if isinstance(below, GlossaryScreen):
            self.dismiss()
        else:
            self.app.switch_screen(GlossaryScreen(self._glossary, self._way[::-1]))

    def action_leave(self) -> None:
        if len(self._way) > 1:
            self._way.pop()
            self._fill()
            self.say("")
        else:
            self.dismiss()

    def action_help(self) -> None:
        self.app.help([(_("Glossary"), keys.ENTRY), (_("Scroll"), keys.SCROLL)])

    @property
    def hints(self) -> list[Hint]:
        """The keys that matter here."""
        return [Hint("1-9", _("see")), Hint("j k", _("scroll")), Hint("d", _("all terms"))]

    def _fill(self) -> None:
        entry, lesson = self._way[-1], self._lesson()
        spelled = self.app.ascii_only

        def listing(width: int) -> Listing:
            rows = entry_rows(entry, width, lesson, spelled, numbered=True)
            return Listing(rows, title=_("Glossary"))

        self.pane.fill(listing, reset=True)

    def _lesson(self) -> str:
        """The title of the lesson that explains the term."""
        id = self._way[-1].lesson
        return next((each.title for each in self.app.lessons if each.id == id), "") if id else ""
