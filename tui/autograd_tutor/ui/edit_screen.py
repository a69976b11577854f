"""The editor for a step's snippet, beside what the step says."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.timer import Timer
from textual.widgets import TextArea

from autograd_tutor.course.model import Step
from autograd_tutor.limits.interface import KEEP_SECONDS
from autograd_tutor.messages import _
from autograd_tutor.playing import exercises
from autograd_tutor.render.explanation import explanation_listing, grown_listing
from autograd_tutor.render.headline import headline
from autograd_tutor.render.keybar import keybar
from autograd_tutor.render.signs import spelled_formula
from autograd_tutor.ui.code_area import CodeArea
from autograd_tutor.ui.line_view import Bar, StyledScreen
from autograd_tutor.ui.pane import Pane
from autograd_tutor.ui.pane_layout import is_small

if TYPE_CHECKING:
    from autograd_tutor.playing.exercise_work import ExerciseWork


class Edited(NamedTuple):
    """What the learner has made of a snippet."""

    code: str
    write: bool = False
    """Into the script's file, too."""


class EditScreen(StyledScreen[Edited | None]):
    """Answers the code to run, or None when the learner thinks better of it.

    Changes are thrown away only by the key that says so: Escape asks first. Those of an exercise
    are kept as they are made.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5,ctrl+s", "run", _("run"), id="edit-run", priority=True),
        Binding("escape", "cancel", _("cancel"), id="edit-cancel", priority=True),
        Binding("f2,ctrl+o", "original", _("the lesson's code"), id="edit-original", priority=True),
        Binding("f3", "write", _("write to file"), id="edit-write", priority=True),
        Binding("f4,ctrl+t", "hint", _("hint"), id="edit-hint", priority=True),
        Binding("ctrl+down", "scroll_text(1)", _("down"), id="edit-down", priority=True),
        Binding("ctrl+up", "scroll_text(-1)", _("up"), id="edit-up", priority=True),
    ]

    takes_text = True

    def __init__(
        self, step: Step, code: str, file: str = "", work: ExerciseWork | None = None
    ) -> None:
        """`file`: the name of the script that the code can be written to, if there is one.

        `work`: on the exercise that the step is, if it is one.
        """
        super().__init__()
        self._step = step
        self._code = code
        self._file = file
        self._work = work
        self._keeping: Timer | None = None
        """Until what was written is kept."""
        self._note = ""
        """What there is to say of the last key."""
        self._asking = False
        """Whether it is asked what becomes of the changes; the editor has no focus then."""

    def compose(self) -> ComposeResult:
        yield Bar(id="headline")
        with Container(id="editing"):
            text = Pane(_("Explanation") if self._work is None else _("Task"), 1, id="task")
            text.can_focus = False
            text.display = bool(self._text.strip())
            yield text
            area = CodeArea(
                self._code,
                tab_behavior="indent",
                show_line_numbers=True,
                line_number_start=self._step.first_line,
                id="editor",
            )
            area.cursor_blink = False
            yield area
        yield Bar(id="keys")

    def on_mount(self) -> None:
        self.set_class(self.app.ascii_only, "-ascii")
        self._explanation.fill(partial(explanation_listing, self._title, self._text))
        self.query_one(TextArea).focus()

    def on_resize(self, event: events.Resize) -> None:
        small = is_small(event.size)
        beside = self._explanation.display and not small
        editing = self.query_one("#editing")
        editing.set_class(beside, "-beside")
        editing.set_class(self._explanation.display and small, "-below")
        self._show_bars()

    def on_descendant_focus(self) -> None:
        """The learner keeps editing, be it with a key or the mouse."""
        self._asking = False
        self._show_bars()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Keep what is written, soon; of many keys in a row once."""
        if self._work is not None and self._keeping is None:
            self._keeping = self.set_timer(KEEP_SECONDS, self.keep)

    def on_key(self, event: events.Key) -> None:
        """While it is asked, keys say what becomes of the changes; any other keeps editing."""
        if not self._asking:
            return
        event.stop()
        if event.key == "t":
            self.dismiss(None)
        elif event.key == "w" and self._file:
            self.action_write()
        else:
            self.query_one(TextArea).focus()

    def action_run(self) -> None:
        self.dismiss(Edited(self.query_one(TextArea).text))

    def action_write(self) -> None:
        if self._file:
            self.dismiss(Edited(self.query_one(TextArea).text, write=True))

    def action_hint(self) -> None:
        if self._work is None:
            return
        before = self._text
        self._note = "" if self._work.take_hint() else exercises.NO_HINT_WHILE_EDITING
        grown = partial(grown_listing, self._title, before, self._text)
        if before != self._text:
            self._explanation.fill(grown)
        self._show_bars()

    def action_scroll_text(self, rows: int) -> None:
        self._explanation.scroll_rows(rows)

    def action_cancel(self) -> None:
        if self._asking:
            self.query_one(TextArea).focus()
        elif self._work is not None or self.query_one(TextArea).text == self._code:
            self.keep()
            self.dismiss(None)
        else:
            self._asking = True
            self.set_focus(None)
            self._show_bars()

    def action_original(self) -> None:
        area = self.query_one(TextArea)
        area.focus()
        area.replace(self._step.code, (0, 0), area.document.end)

    def keep(self) -> None:
        if self._keeping is not None:
            self._keeping.stop()
            self._keeping = None
        if self._work is not None and not self._work.keep(self.query_one(TextArea).text):
            self._note = exercises.TOO_LONG
            self._show_bars()

    @property
    def _explanation(self) -> Pane:
        return self.query_one("#task", Pane)

    @property
    def _title(self) -> str:
        return self._spelled(self._step.title)

    @property
    def _text(self) -> str:
        return self._spelled(self._step.explain if self._work is None else self._work.text)

    def _spelled(self, text: str) -> str:
        return spelled_formula(text) if self.app.ascii_only else text

    def _show_bars(self) -> None:
        head, bar = self.query_one("#headline", Bar), self.query_one("#keys", Bar)
        state = _("changed, not run: throw it away?") if self._asking else self._note
        head.show(
            [headline(_("Edit: {title}").format(title=self._step.title), state, head.size.width)]
        )
        bar.show([keybar(self._hints, bar.size.width)])

    @property
    def _hints(self) -> list[tuple[str, str, bool]]:
        """The keys of the bar."""
        to_file = _("write to {file}").format(file=self._file)
        if self._asking:
            hints = [("Esc", _("keep editing"), True), ("t", _("throw away"), False)]
            hints += [("w", to_file, False)] if self._file else []
            return [*hints, ("F5", _("run"), True)]
        in_exercise = self._work is not None
        hints = [("F4", _("hint"), False)] if in_exercise else []
        hints += [("F2", _("starter") if in_exercise else _("the lesson's code"), False)]
        hints += [("F3", to_file, False)] if self._file else []
        if self._explanation.display:
            arrows = "Ctrl-Up Ctrl-Down" if self.app.ascii_only else "Ctrl-↑ ↓"
            hints += [(arrows, _("scroll the text"), False)]
        return [
            *hints,
            ("F5", _("run"), True),
            ("Esc", _("back") if in_exercise else _("cancel"), False),
        ]
