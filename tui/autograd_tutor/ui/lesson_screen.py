"""The lesson: five panes on one moment of a trace, and the keys that move through it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.widget import Widget

from autograd_tutor.course.model import Lesson
from autograd_tutor.playing import key_messages
from autograd_tutor.playing.lesson_run import Session
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.code import code_listing
from autograd_tutor.render.explanation import explanation_listing
from autograd_tutor.render.gradients import gradients_listing
from autograd_tutor.render.headline import headline, place_text
from autograd_tutor.render.keybar import keybar, notice
from autograd_tutor.render.outcome import outcome
from autograd_tutor.render.rows import Listing, clip, row
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.signs import spelled_out
from autograd_tutor.render.tensors import tensors_listing
from autograd_tutor.ui import keys
from autograd_tutor.ui.graph_pane import GraphPane
from autograd_tutor.ui.line_view import Bar, PaneGrid, StyledScreen
from autograd_tutor.ui.pane import Pane

if TYPE_CHECKING:
    from autograd_tutor.client import KernelEvent
    from autograd_tutor.ui.app import TutorApp

PANES = ("explanation", "code", "tensors", "graph", "gradients")

SMALL_WIDTH, SMALL_HEIGHT = 100, 28
"""Below either, the code and one other pane share the screen."""

REFRESH_SECONDS = 0.1
"""While a long step is being recorded, its progress is shown no more often than this."""


class LessonScreen(StyledScreen[None]):
    """Owns the session and its timeline, and hands every pane what to show."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *keys.WALK, *keys.PANES, *keys.GRAPH, *keys.SCROLL, *keys.OTHERS,
    ]  # fmt: skip
    AUTO_FOCUS = "#code"

    if TYPE_CHECKING:
        app: TutorApp

    class Moved(Message):
        """The learner is at another step, or has seen the end of this one."""

        def __init__(self, lesson: Lesson, step: int, finished: bool) -> None:
            super().__init__()
            self.lesson = lesson
            self.step = step
            self.finished = finished

    class Left(Message):
        """The learner goes back to the course."""

        def __init__(self, lesson: Lesson) -> None:
            super().__init__()
            self.lesson = lesson

    def __init__(self, lesson: Lesson, session: Session, said: str = "") -> None:
        """`said`: a sentence for the learner, shown until the first key."""
        super().__init__()
        self.lesson = lesson
        self.session = session
        self._other = "explanation"
        """The pane that shares a small screen with the code."""
        self._zoomed = False
        self._small = False
        self._said = said
        self._early_steps = 0
        """Steps forward asked for before they were recorded."""
        self._to_end = False
        """Whether the end was asked for before it was recorded."""
        self._refresh_due = False

    def compose(self) -> ComposeResult:
        """The headline, the panes, a line for what went wrong, and the keys."""
        yield Bar(id="headline")
        with PaneGrid(id="panes"):
            for number, name in enumerate(PANES, 1):
                kind = GraphPane if name == "graph" else Pane
                yield kind(name.capitalize(), number, id=name)
        yield Bar(id="outcome")
        yield Bar(id="keys")

    def on_mount(self) -> None:
        """Show the open step; what is recorded of it comes later."""
        self._arrange()
        self._open_step()

    # What the kernel reports

    def take(self, events: Sequence[KernelEvent]) -> None:
        """Take in what was recorded."""
        empty = not self.session.trace.snapshots
        affected = [event for event in events if self.session.take(event)]
        if not affected or not self.is_mounted:
            return
        if self.session.trace.done or self.session.problem or empty:
            self._on_recorded()
        elif not self._refresh_due:
            self._refresh_due = True
            self.set_timer(REFRESH_SECONDS, self._on_recorded)

    def _on_recorded(self) -> None:
        self._refresh_due = False
        timeline = self.session.timeline
        waiting = self._early_steps or self._to_end
        while self._early_steps and timeline.forward():
            self._early_steps -= 1
        if self._to_end:
            timeline.newest()
        if not self.session.running:
            self._early_steps, self._to_end = 0, False
        if waiting and not (self._early_steps or self._to_end):
            self._said = ""  # it said that there is something to wait for
        self._show()

    # Keys

    def action_forward(self) -> None:
        """To the next line."""
        moved = self.session.timeline.forward()
        if not moved and self.session.running:
            self._early_steps += 1
            self.say("Not recorded yet; this step is taken as soon as it is.")
        else:
            self._move(moved, lambda: key_messages.why_no_further(*self._ends))

    def action_back(self) -> None:
        """To the line before."""
        self._to_end = False
        self._move(self.session.timeline.back(), lambda: "This is the start of the step.")

    def action_into(self) -> None:
        """Into a backward pass or a call."""
        entered = self.session.timeline.into()
        inside = self.session.timeline.backward is not None
        if entered and inside:
            self._pane("tensors").fill(lambda _: Listing(()), reset=True)  # from its top
            if self._small and self._other == "explanation":
                self._other = "gradients"
                self._arrange()
        timeline = self.session.timeline
        self._move(entered, lambda: key_messages.why_not_into(timeline))

    def action_out(self) -> None:
        """Out of a backward pass or a call."""
        timeline = self.session.timeline
        moved = timeline.out()
        self._move(moved, lambda: key_messages.why_not_out(timeline))
        if moved and (said := key_messages.after_out(timeline)):
            self.say(said)

    def action_first(self) -> None:
        """To the start of the step or of the pass."""
        self._to_end = False
        timeline = self.session.timeline
        self._move(timeline.first(), lambda: key_messages.why_not_first(timeline))

    def action_last(self) -> None:
        """To the end of the step or of the pass."""
        timeline = self.session.timeline
        self._to_end = self.session.running and timeline.pass_position is None
        self._move(timeline.last(), lambda: key_messages.why_not_last(timeline, *self._ends))

    def action_next_step(self) -> None:
        """Open the next step."""
        self._go(self.session.step + 1, "This is the last step. q goes back to the course.")

    def action_previous_step(self) -> None:
        """Open the step before."""
        self._go(self.session.step - 1, "This is the first step.")

    def open_step(self, step: int) -> None:
        """Open any step of the lesson."""
        self._go(step, "There is no such step.")

    def action_pane(self, name: str) -> None:
        """Give a pane the focus, and a place on the screen if it has none."""
        if name != "code":
            self._other = name
        self._arrange(focus=name)
        self.set_focus(self._pane(name))  # at once: the next key may be there already
        self.say("")

    def action_cycle(self, by: Literal[1, -1]) -> None:
        """The focus to the next pane."""
        self.action_pane(PANES[(PANES.index(self._focused()) + by) % len(PANES)])

    def action_zoom(self) -> None:
        """One pane on the whole screen, or all again."""
        self._zoomed = not self._zoomed
        self._arrange()
        self.say("")

    def action_scroll_rows(self, rows: int) -> None:
        """Scroll the pane with the focus."""
        self._scrolled(self._pane(self._focused()).scroll_rows(rows))

    def action_scroll_pages(self, pages: int) -> None:
        """Scroll the pane with the focus by what is in view."""
        self._scrolled(self._pane(self._focused()).scroll_pages(pages))

    def action_scroll_columns(self, columns: int) -> None:
        """Scroll the pane with the focus sideways."""
        self._scrolled(self._pane(self._focused()).scroll_columns(columns))

    def action_open(self) -> None:
        """In the graph, all about a node, or back from it; elsewhere the next step."""
        if self._focused() == "graph":
            self.say(self._graph.open_chosen())
        else:
            self.action_next_step()

    def action_tree(self) -> None:
        """The graph as a tree, or as lanes again."""
        said = self._graph.turn()
        self._bring_graph()
        self.say(said)

    def action_fold(self) -> None:
        """Fold or unfold the chosen block of the graph; where none is chosen, all of them."""
        said = self._graph.fold(of_chosen=self._focused() == "graph")
        self._bring_graph()
        self.say(said)

    def action_edit(self) -> None:
        """Edit the step's code."""
        from autograd_tutor.ui.edit_screen import EditScreen

        step = self.lesson.steps[self.session.step]
        screen = EditScreen(step.title, self.session.codes[self.session.step], step.code)
        self.app.push_screen(screen, self._edited)

    def action_run_again(self) -> None:
        """Run the lesson anew."""
        self.session.start()
        self._open_step()
        self.say("Running the lesson again, from its start to this step.")

    def action_search(self) -> None:
        """Find a lesson."""
        self.app.search()

    def action_help(self) -> None:
        """All keys and signs."""
        self.app.help(
            [
                ("Walk", keys.WALK),
                ("Panes", [*keys.PANES, *keys.GRAPH, *keys.SCROLL]),
                ("More", keys.OTHERS),
            ]
        )

    def action_leave(self) -> None:
        """Leave the node's view, the zoom, or the lesson."""
        if self._graph.display and self._graph.close_node():
            self.say("")
        elif self._zoomed:
            self.action_zoom()
        else:
            self.post_message(self.Left(self.lesson))

    # What is on the screen

    def on_resize(self, event: events.Resize) -> None:
        """Choose the arrangement for the new size."""
        self._arrange()
        self._show_bars()

    def on_pane_chosen(self, message: Pane.Chosen) -> None:
        """Remember which pane to keep when there is room for one; its keys differ."""
        if message.pane.id and message.pane.id != "code":
            self._other = message.pane.id
        self._show_keys()

    def _pane(self, name: str) -> Pane:
        return self.query_one(f"#{name}", Pane)

    @property
    def _graph(self) -> GraphPane:
        return self.query_one("#graph", GraphPane)

    def _focused(self) -> str:
        return self.focused.id if isinstance(self.focused, Pane) and self.focused.id else "code"

    def _arrange(self, focus: str | None = None) -> None:
        """Decide which panes are on the screen."""
        small = self.size.width < SMALL_WIDTH or self.size.height < SMALL_HEIGHT
        if small != self._small:
            self._small = small
            self._order(code_first=small)
        focused = focus or self._focused()
        for name in PANES:
            roomy = not small or name in ("code", self._other)
            _display(self._pane(name), name == focused if self._zoomed else roomy)
        self.set_class(small and not self._zoomed, "-small")
        self.set_class(self._zoomed, "-zoomed")

    def _bring_graph(self) -> None:
        """Put the graph on the screen; with the focus only where the pane that has it must go."""
        if self._graph.display:
            return
        if self._zoomed or self._focused() != "code":
            self.action_pane("graph")
        else:
            self._other = "graph"
            self._arrange()

    def _order(self, code_first: bool) -> None:
        """Beside each other the explanation comes first; below each other the code stays on top."""
        panes, code, explanation = (
            self.query_one("#panes"),
            self._pane("code"),
            self._pane("explanation"),
        )
        if code_first:
            panes.move_child(explanation, after=code)
        else:
            panes.move_child(explanation, before=code)

    def say(self, text: str) -> None:
        """Answer a key with a sentence, until the next key."""
        self._said = text
        self._show_keys()

    @property
    def _ends(self) -> tuple[bool, bool, bool]:
        """Whether the step still runs, its run was lost, and whether it is the last."""
        session = self.session
        last_step = session.step + 1 == len(self.lesson.steps)
        return session.running, session.problem is not None, last_step

    def _move(self, moved: bool, why_not: Callable[[], str]) -> None:
        self._early_steps = 0
        if moved:
            self._said = ""
            self._show()
        else:
            self.say(why_not())

    def _scrolled(self, moved: bool) -> None:
        self.say("" if moved else "Nothing more to scroll to in this pane.")

    def _go(self, step: int, why_not: str) -> None:
        if self.session.go(step):
            self._said = ""
            self._open_step()
        else:
            self.say(why_not)

    def _edited(self, code: str | None) -> None:
        if code is not None:
            self._said = ""
            self.session.edit(code)
            self._open_step()

    def _open_step(self) -> None:
        step = self.lesson.steps[self.session.step]
        self._early_steps, self._to_end = 0, False
        self._graph.clear()
        title, text = step.title, step.explain
        if not text.strip() and self._other == "explanation":
            self._other = "tensors"
            self._arrange()
        if self.app.ascii_only:
            title, text = spelled_out(title), spelled_out(text)
        explain = partial(explanation_listing, title, text)
        self._pane("explanation").fill(explain, reset=True)
        for name in PANES[1:]:
            self._pane(name).fill(lambda _: Listing(()), reset=True)
        self.post_message(self.Moved(self.lesson, self.session.step, finished=False))
        self._show()

    def _show(self) -> None:
        """Everything that depends on the moment."""
        session = self.session
        timeline, trace = session.timeline, session.trace
        step = self.lesson.steps[session.step]
        title = "Code (edited)" if session.edited else "Code"
        code = partial(code_listing, trace.code, timeline)
        self._pane("code").fill(lambda width: code(width)._replace(title=title))
        if trace.snapshots:
            index, previous = timeline.index, timeline.previous
            now, before = trace.state_changed_first(index), trace.state(previous)
            tensors = partial(tensors_listing, now, before, step.watch)
            self._pane("tensors").fill(tensors)
            self._graph.show_moment(trace, index, previous, step.graph)
            self._pane("gradients").fill(self._gradients(trace, index, previous))
            if trace.done and index == len(trace) - 1:
                self.post_message(self.Moved(self.lesson, session.step, finished=True))
        else:
            for name in PANES[2:]:
                self._pane(name).fill(partial(_nothing, name.capitalize()))
        self._show_bars()

    def _gradients(self, trace: Trace, index: int, previous: int) -> Callable[[int], Listing]:
        watch = self.lesson.steps[self.session.step].watch
        if trace.snapshots[index].backward is None:
            return partial(
                gradients_listing, trace.state_changed_first(index), trace.state(previous), watch
            )
        # Late: the formulas are many, and no first screen needs them.
        from autograd_tutor.render.pass_flow import flow_listing

        spelled = self.app.ascii_only
        return partial(flow_listing, trace, index, previous, watch, ascii_only=spelled)

    def _show_bars(self) -> None:
        session = self.session
        if session.running and not session.trace.snapshots:
            waiting = "running …" if self.app.torch_ready else "torch is being imported …"
            place = f"step {session.step + 1}/{len(self.lesson.steps)} · {waiting}"
        else:
            place = place_text(
                session.step, len(self.lesson.steps), session.timeline, session.running
            )
        head = self.query_one("#headline", Bar)
        head.show([headline(self.lesson.title, place, head.size.width)])
        said = outcome(session.trace, session.problem, session.timeline.index)
        bar = self.query_one("#outcome", Bar)
        _display(bar, bool(said))
        bar.show([clip(notice(said, failure=True), self.size.width)])
        self._show_keys()

    def _show_keys(self) -> None:
        bar = self.query_one("#keys", Bar)
        if self._said:
            bar.show([clip(notice(sanitize_line(self._said), failure=False), bar.size.width)])
            return
        _, lost, last_step = self._ends
        of_pane = self._graph.hints if self._focused() == "graph" else ()
        hints = key_messages.hints(
            self.session.timeline, last_step, lost, of_pane, self.app.ascii_only
        )
        bar.show([keybar(hints, bar.size.width)])


def _display(widget: Widget, shown: bool) -> None:
    """Put a widget on the screen or take it off; a layout costs a whole repaint, so only then."""
    if widget.display is not shown:
        widget.display = shown


def _nothing(title: str, _width: int) -> Listing:
    return Listing([row(("Nothing recorded yet.", "dim"))], title=title)
