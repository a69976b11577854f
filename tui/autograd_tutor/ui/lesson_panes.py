"""The five panes of a lesson: which of them are on the screen, and what each shows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.message import Message

from autograd_tutor.analysis.code_state import shown_part
from autograd_tutor.analysis.step_contents import has_gradients, has_graph
from autograd_tutor.course.model import Step
from autograd_tutor.limits.interface import LAYOUT_SECONDS
from autograd_tutor.messages import _
from autograd_tutor.playing import pane_titles
from autograd_tutor.playing.key_messages import NOTHING
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.code import code_listing, code_rows
from autograd_tutor.render.explanation import explanation_listing, grown_listing
from autograd_tutor.render.rows import Listing, row
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.signs import spelled_formula
from autograd_tutor.ui.gradients_pane import GradientsPane
from autograd_tutor.ui.graph_pane import GraphPane
from autograd_tutor.ui.line_view import PaneGrid, display
from autograd_tutor.ui.pane import Pane
from autograd_tutor.ui.pane_layout import Needs, PaneLayout, is_small, regions
from autograd_tutor.ui.picture_pane import PicturePane
from autograd_tutor.ui.tensors_pane import TensorsPane

if TYPE_CHECKING:
    from autograd_tutor.analysis.goal_graph import GoalGraph
    from autograd_tutor.playing.played import Played

_MOST_PRINTED = 6
"""Rows of what the code prints that are reckoned with."""
_SIGN = 3
"""Cells between the number of a line and its code."""

PANES = ("explanation", "code", "tensors", "graph", "gradients")
TITLES = dict(zip(PANES, pane_titles.PANES, strict=True))

PICTURE = "picture"
"""The view that has the screen to itself while it is open."""

_CLASSES: dict[str, type[Pane]] = {
    "tensors": TensorsPane,
    "graph": GraphPane,
    "gradients": GradientsPane,
}


class LessonPanes(PaneGrid):
    """All that have something to show; in a small terminal the code and one more; zoomed, one."""

    class LaidOut(Message):
        """The panes have got other sizes, for a step or a question."""

    def __init__(self) -> None:
        super().__init__(id="panes")
        self.other = "explanation"
        """The pane that shares a small screen with the code."""
        self.zoomed = False
        self.small = False
        """Whether only the code and one other pane have room."""
        self._before_tensor: tuple[str, bool] | None = None
        """While a tensor fills the screen, the pane that had the focus, and whether it did so."""
        self.has_text = True
        """Whether the open step has an explanation."""
        self.task_text: str | None = None
        """Of an exercise, the task and what was said of it, in the place of the explanation."""
        self.goal: GoalGraph | None = None
        """The graph that the open exercise wants to be built, where it is known."""
        self.marks: Mapping[int, str] = {}
        """By line of the open step the key of what goes wrong there."""
        self._step: Step | None = None
        self._text = ""
        """What the explanation shows."""
        self._layout = PaneLayout()
        self._before_picture: str | None = None
        """While the picture fills the screen, the pane that had the focus."""
        self._size_before = self.size
        """The size before the layout that `wait_for_layout` waits for."""

    def compose(self) -> ComposeResult:
        for number, name in enumerate(PANES, 1):
            yield _CLASSES.get(name, Pane)(TITLES[name], number, id=name)
        picture = PicturePane()
        picture.display = False
        yield picture

    @property
    def layout(self) -> PaneLayout:
        """Each pane has room by what it has to show."""
        return self._layout

    @property
    def complete(self) -> bool:
        """Whether all panes are there; they go before the screen does."""
        return len(self.children) == len(PANES) + 1

    def pane(self, name: str) -> Pane:
        """The pane of this name."""
        return self.query_one(f"#{name}", Pane)

    @property
    def graph(self) -> GraphPane:
        """The graph's pane."""
        return self.query_one("#graph", GraphPane)

    @property
    def tensors(self) -> TensorsPane:
        """The tensors' pane."""
        return self.query_one("#tensors", TensorsPane)

    @property
    def gradients(self) -> GradientsPane:
        """The gradients' pane."""
        return self.query_one("#gradients", GradientsPane)

    @property
    def picture(self) -> PicturePane:
        """The view of numbers over time."""
        return self.query_one(PicturePane)

    @property
    def focused(self) -> str:
        """The name of the pane that keys scroll."""
        focused = self.screen.focused
        return focused.id if isinstance(focused, Pane) and focused.id else "code"

    def rearrange(self, focus: str | None = None) -> None:
        """Decide which panes are on the screen, one of which has the focus or is about to."""
        self.small = is_small(self.screen.size)
        focused = focus or self.focused
        alone = self.zoomed or self._before_picture is not None
        for name in (*PANES, PICTURE):
            roomy = name != PICTURE and (self.has_text or name != "explanation")
            if self.small:
                roomy = name in ("code", self.other)
            pane, shown = self.pane(name), name == focused if alone else roomy
            if display(pane, shown) and shown:
                self.call_after_refresh(pane.catch_up)  # no event tells of a pane back at once
                self.call_after_refresh(self.post_message, self.LaidOut())

    @property
    def pane_to_look_at(self) -> str | None:
        """The pane out of sight that the explanation speaks of first."""
        step = self._step
        if step is None or self.zoomed or not self.small:
            return None
        if self.goal is not None and not self.graph.display:
            return "graph"
        named = [PANES[index] for index in pane_titles.panes_named(step.explain)]
        return next((name for name in named if not self.pane(name).display), None)

    def bring(self, name: str) -> None:
        """Give a pane the focus, and room on the screen if it has none."""
        if name != PICTURE:
            self._before_picture = None
        if name != "tensors":
            self.close_tensor()
        self.prefer(name)
        self.rearrange(focus=name)
        self.screen.set_focus(self.pane(name))  # at once: the next key may be there already

    def open_tensor(self, name: str) -> None:
        """Show all about a tensor on the whole screen; what was there comes back afterwards."""
        before = self.focused, self.zoomed
        self.tensors.open_name(name)
        self.zoomed = True
        self.bring("tensors")
        self._before_tensor = before

    @property
    def chosen_tensor(self) -> str | None:
        """The name of what is open or chosen in the pane with the focus; of a gradient, its own."""
        if self.tensors.opened is not None:
            return self.tensors.opened
        if self.focused == "tensors":
            return self.tensors.chosen_name
        name = self.gradients.chosen_name if self.focused == "gradients" else None
        return None if name is None else f"{name}.grad"

    def close_tensor(self) -> bool:
        """From a tensor back to what was on the screen before; whether one was shown."""
        before, self._before_tensor = self._before_tensor, None
        if before is None:
            return False
        self.tensors.close_opened()
        focused, self.zoomed = before
        self.bring(focused)
        return True

    def open_picture(self) -> bool:
        """Let the picture fill the screen; whether it did not before."""
        if self._before_picture is not None:
            return False
        self.close_tensor()
        self._before_picture = self.focused
        self.bring(PICTURE)
        return True

    def close_picture(self) -> bool:
        """From the picture back to the panes; whether it was shown."""
        before = self._before_picture
        if before is not None:
            self.bring(before)
        return before is not None

    def bring_graph(self) -> None:
        """Put the graph on the screen; with the focus only where the pane that has it must go."""
        if self.graph.display:
            return
        if self.zoomed or self.focused != "code":
            self.bring("graph")
        else:
            self.other = "graph"
            self.rearrange()

    def prefer(self, name: str) -> None:
        """Remember which pane stands beside the code when there is room for one."""
        if name not in ("code", PICTURE):
            self.other = name

    def show_beside(self, name: str) -> None:
        """Let a small screen show this pane beside the code; `` or code: nothing else."""
        if self.small and name in PANES and name != "code":
            self._show_instead(name, {each for each in PANES if each not in ("code", name)})

    def show_pass(self) -> None:
        """Let a small screen show the gradients of a pass, unless it shows the graph."""
        if self.small:
            self._show_instead("gradients", {"explanation", "tensors"})

    def _show_instead(self, name: str, others: Collection[str]) -> None:
        """Show a pane where a small screen has one of others, whose focus it takes over."""
        if self.other not in others:
            return
        before, self.other = self.other, name
        if self.small and not self.zoomed and self.focused == before:
            self.bring(name)
        else:
            self.rearrange()

    def wait_for_layout(self) -> None:
        """Delay painting until the coming change of height, so that each pane is painted once."""
        self._size_before = self.size
        for pane in self.query_children(Pane):
            pane.wait_for_layout()
        self.set_timer(LAYOUT_SECONDS, self._catch_up)  # two changes may cancel each other out

    def on_resize(self) -> None:
        if self.size != self._size_before:  # else that of a change before
            self._catch_up()

    def _catch_up(self) -> None:
        for pane in self.query_children(Pane):  # none while the screen closes
            pane.catch_up_with_layout()
        self.post_message(self.LaidOut())

    def show_step(self, step: Step) -> None:
        """Show what holds for a whole step, and forget the moment of the one before."""
        self.close_tensor()  # first: it brings back the pane that had the focus
        new, self._step = step is not self._step, step
        self.has_text = bool(step.explain.strip() or step.then.strip())
        if not self.has_text:
            self._show_instead("tensors", {"explanation"})
        elif new and self.small:
            self._show_instead("explanation", PANES[2:])
        self.rearrange()
        self.picture.forget()
        self.graph.forget(new)
        self.tensors.forget()

    def show_moment(self, run: Played, step: Step, from_top: Collection[str] = ()) -> None:
        """Show the moment of the open step where the learner is; some panes from their top."""
        trace, timeline = run.trace, run.timeline

        def fill(name: str, content: Callable[[int], Listing]) -> None:
            self.pane(name).fill(content, reset=name in from_top)

        text = self.task_text or step.explained(run.settled)
        self._share_room(trace, step, text)
        if "explanation" in from_top or text != self._text:
            self._text = text
            fill("explanation", self._explanation(step, text))
        title = _("Code (edited)") if run.edited else _("Code")
        if self.task_text is not None:
            title = _("Your code") if run.edited else _("Code (starter)")
        if not self.has_text:
            title = f"{title} · {sanitize_line(step.title)}"
        if file := shown_part(timeline).file:
            title = _("Code of {file}").format(file=sanitize_line(file))
        code = partial(code_listing, trace.code, timeline, marks=self.marks)
        fill("code", lambda width: code(width)._replace(title=title))
        if not trace.snapshots:
            for name in PANES[2:]:
                fill(name, partial(_nothing, TITLES[name], self.goal))
            return
        index, previous = timeline.index, timeline.previous
        self.tensors.show_moment(trace, index, previous, step, reset="tensors" in from_top)
        reset = "graph" in from_top
        goal = self.goal
        self.graph.show_moment(trace, index, previous, step.graph, reset=reset, goal=goal)
        reset = "gradients" in from_top
        self.gradients.show_moment(trace, index, previous, step, reset=reset)
        self.picture.show_moment(trace, index, step)

    def _explanation(self, step: Step, text: str) -> Callable[[int], Listing]:
        title, text = self._spelled(step.title), self._spelled(text)
        listing = partial(explanation_listing, title, text, plot=step.plot)
        pane = _("Explanation") if self.task_text is None else _("Task")
        return lambda width: listing(width)._replace(title=pane)

    def show_task(self, step: Step, text: str, bring: bool) -> None:
        """Show a task of which more is said now; where it is and `bring`, on the screen."""
        before, self.task_text = self.task_text, text
        if before is None or before == text:
            return
        self._text = text
        grown = partial(
            grown_listing, self._spelled(step.title), self._spelled(before), self._spelled(text)
        )
        self.pane("explanation").fill(lambda width: grown(width)._replace(title=_("Task")))
        if bring and self.zoomed:
            self.bring("explanation")
        elif bring and self.small:
            self._show_instead("explanation", PANES[2:])

    def _spelled(self, text: str) -> str:
        return spelled_formula(text) if self.app.ascii_only else text

    def _share_room(self, trace: Trace, step: Step, explained: str) -> None:
        """Give every pane the room that it needs in the open step."""
        longest = max(trace.source.parts, key=lambda part: part.last_line - part.before)
        lines, shown = trace.code.rstrip("\n").split("\n"), longest.code.rstrip("\n").split("\n")
        empty = []
        if trace.done:  # before that nobody knows
            empty += [] if self.goal or has_graph(trace, len(trace)) else ["graph"]
            empty += [] if has_gradients(trace, len(trace)) else ["gradients"]
        printing = [line for line in lines if "print(" in line]
        often = any(line[0].isspace() for line in printing)  # in a loop, or a function
        printed = _MOST_PRINTED if often else min(_MOST_PRINTED, len(printing))
        if step.raises is not None:  # its message is what one is to read
            printed = _MOST_PRINTED
        text = self._explanation(step, explained)
        self._layout.needs = Needs(
            lambda width: len(text(width).rows),
            lambda width: (
                code_rows(longest.code, longest.first, width) + printed + 2 * bool(printed)
            ),
            max(map(cell_len, shown)) + len(f"{len(shown) + longest.first}") + _SIGN,
            empty,
        )
        names = tuple([name for name in (*PANES, PICTURE) if self.pane(name).display])
        wanted = regions(self.size, names, self._layout.needs)
        if any(self.pane(name).size != region.size for name, region in wanted.items()):
            for name in names:
                self.pane(name).wait_for_layout()
            self.pane("code").refresh(layout=True)  # which has its parent arrange anew
            self.call_after_refresh(self._catch_up)


def _nothing(title: str, goal: GoalGraph | None, width: int) -> Listing:
    rows = [row((NOTHING, "dim"))]
    if goal is not None and title == "Graph":
        from autograd_tutor.render.goal import goal_rows

        rows += [row(), *goal_rows(goal, None, width)]
    return Listing(rows, title=title)
