"""Two moments side by side: of the run before an edit and of this one, or both of this one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar, Literal

from textual.binding import BindingType

from autograd_tutor.analysis.comparison import Side, compare, corresponding
from autograd_tutor.analysis.ending import error_at
from autograd_tutor.messages import _
from autograd_tutor.playing.key_messages import NOTHING, Hint
from autograd_tutor.playing.played import EarlierRun, Played
from autograd_tutor.recording.timeline import Timeline
from autograd_tutor.render import signs
from autograd_tutor.render.comparison import Head, comparison_listing
from autograd_tutor.render.headline import place_text
from autograd_tutor.render.rows import Listing, row
from autograd_tutor.ui import keys
from autograd_tutor.ui.pane_screen import PaneScreen

Moving = Literal["both", "left", "right"]

_ASKED = _("A question comes first: q goes back to it.")


class CompareScreen(PaneScreen):
    """On the right is the run that is open; on the left the run before it, or itself."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.COMPARE, *keys.SCROLL]

    def __init__(self, run: Played) -> None:
        super().__init__(_("Compare"), id="comparison")
        self._run = run
        self._moving: Moving = "both"
        self._at_end = False
        """Whether to go to the end as soon as it is recorded."""
        self._stands_for: Sequence[int] = ()
        """For each moment of the right side that of the left one; of `_length` moments."""
        self._begin(run.earlier)

    def _begin(self, earlier: EarlierRun | None) -> None:
        """Compare with that run; with None, two moments of the open one."""
        run = self._run
        self._earlier = earlier
        self._right = Timeline(run.trace, run.timeline.index)
        trace = run.trace if earlier is None else earlier.trace
        self._left = Timeline(trace, max(0, self._right.previous))
        self._moving = "right" if earlier is None else "both"
        self._length = 0
        self._follow()

    def recorded(self) -> None:
        """Show what has been recorded of the open run meanwhile."""
        run = self._run
        if self._right.trace is not run.trace:  # it was run again
            self._begin(run.earlier if self._earlier is not None else None)
        if run.trace.done and self._at_end:
            self._right.newest()
            self._at_end = False
        self._follow()
        self.show()

    # Keys

    def action_forward(self) -> None:
        self._move("forward")

    def action_back(self) -> None:
        self._move("back")

    def action_into(self) -> None:
        self._move("into")

    def action_out(self) -> None:
        self._move("out")

    def action_first(self) -> None:
        self._move("first")

    def action_last(self) -> None:
        self._move("last")

    def action_side(self) -> None:
        order: tuple[Moving, ...] = ("both", "left", "right")
        self._moving = order[(order.index(self._moving) + 1) % len(order)]
        self.say("")

    def action_other(self) -> None:
        earlier = self._run.earlier
        if earlier is None:
            self.say(
                _("There is no run before this one: edit the step, or press s for a new seed.")
            )
        else:
            self._begin(earlier if self._earlier is None else None)
            self.say("")

    def action_seed(self) -> None:
        run = self._run.editable
        if run is None:
            self.say(_("This is a saved recording: it cannot be run with another seed here."))
            return
        run.reseed(run.lesson.seed + 1)
        self._at_end = True
        self._begin(run.earlier)
        self.say("")

    def action_help(self) -> None:
        self.app.help([(_("Compare"), keys.COMPARE), (_("Scroll"), keys.SCROLL)])

    def _move(self, how: Literal["forward", "back", "into", "out", "first", "last"]) -> None:
        timeline = self._left if self._moving == "left" else self._right
        moved = bool(timeline.trace.snapshots) and getattr(timeline, how)()
        if self._moving == "both":
            self._follow()
        asked = self._run.asking is not None and how in ("forward", "into", "last")
        why_not = _ASKED if asked else _("There is no further moment in that direction.")
        self.say("" if moved else why_not)

    def _follow(self) -> None:
        """Bring the left side to the moment that stands for that of the right one."""
        left, right = self._left, self._right
        if self._moving == "both" and left.trace.snapshots and right.trace.snapshots:
            if self._length != len(right.trace):
                self._length = len(right.trace)
                self._stands_for = corresponding(left.trace, right.trace)
            left.index = self._stands_for[right.index]

    # What is on the screen

    def show(self) -> None:
        super().show()
        pane = self.pane
        if not (self._left.trace.snapshots and self._right.trace.snapshots):
            pane.fill(lambda _: Listing([row((NOTHING, "dim"))]))
            return
        step = self._run.lesson.steps[self._run.step]
        left, right = (Side(each.trace, each.index) for each in (self._left, self._right))
        found = compare(left, right, step.graph)
        pane.fill(
            partial(comparison_listing, found, self._heads, self._by_seed, self.app.heat_marks)
        )

    @property
    def _heads(self) -> tuple[Head, Head]:
        seed, before = self._run.lesson.seed, self._earlier
        left = right = ""
        if before is not None:
            by_seed = self._by_seed
            left = _title(
                _("seed {seed}").format(seed=before.seed) if by_seed else _("the run before"),
                self._left,
            )
            right = _title(
                _("seed {seed}").format(seed=seed) if by_seed else _("this run"), self._right
            )
        return (left, place_text(self._left)), (right, place_text(self._right))

    @property
    def _by_seed(self) -> bool:
        return self._earlier is not None and self._earlier.seed != self._run.lesson.seed

    @property
    def place(self) -> tuple[str, Sequence[str]]:
        moving = self._moving
        what = (
            _("both sides move")
            if moving == "both"
            else {"left": _("the left side moves"), "right": _("the right side moves")}[moving]
        )
        return _("Compare: {title}").format(title=self._run.lesson.steps[self._run.step].title), (
            what,
        )

    @property
    def hints(self) -> list[Hint]:
        forward, back = ("Right", "Left") if self.app.ascii_only else ("→", "←")
        other = _("this run's moments") if self._earlier is not None else _("the run before")
        return [
            Hint(forward, _("next")),
            Hint(back, _("back")),
            Hint("Tab", _("which side moves")),
            *([Hint("s", _("another seed"))] if self._run.editable is not None else []),
            *([Hint("x", other)] if self._run.earlier is not None else []),
            Hint("?", _("help")),
        ]


def _title(what: str, side: Timeline) -> str:
    """What a run is called, and where it failed: a side that ends early should say why."""
    trace = side.trace
    if error_at(trace, len(trace) - 1) is None:
        return what
    return _("{what} {failure} in line {line_number}").format(
        what=what, failure=signs.FAILURE, line_number=trace.place(trace.snapshots[-1].line)
    )
