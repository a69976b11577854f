"""The pane of the gradients: a table, and inside of a pass what the node did."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from autograd_tutor.analysis.gradient_table import GradientRow, by_size, gradient_rows_at
from autograd_tutor.course.model import Step
from autograd_tutor.messages import _
from autograd_tutor.playing.key_messages import Hint
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.gradients import gradients_listing
from autograd_tutor.render.rows import Listing, Row
from autograd_tutor.ui.item_pane import ItemPane

LEAST_PLOT_ROWS, MOST_PLOT_ROWS = 11, 18
"""Rows of what a lesson has drawn, with its legend."""


class GradientsPane(ItemPane):
    """Lists every `.grad`, in order or by size; Enter opens the tensor."""

    def __init__(self, title: str, number: int, *, id: str) -> None:
        super().__init__(title, number, id=id)
        self._by_size = False
        self._rows: Callable[[], list[GradientRow]] | None = None
        self._in_pass: Callable[[int], Listing] | None = None
        self._plot: Callable[[int, int], list[Row]] | None = None
        """What the lesson has drawn, in so many cells."""
        self._odd_names: set[str] = set()
        """The names of those that are listed and are None, 0, or hold NaN or inf."""

    def show_moment(
        self, trace: Trace, index: int, previous: int, step: Step, *, reset: bool = False
    ) -> None:
        """Show the gradients at a snapshot; right after a node ran, what it did.

        What the step has drawn stands below.
        """
        watch = step.watch
        self._plot = None if step.plot is None else partial(_lesson_plot, trace, index, step)
        self._rows = lambda: gradient_rows_at(trace, index, previous, watch)
        self._in_pass = None
        if trace.snapshots[index].backward is not None:
            # Late: the formulas are many, and no first screen needs them.
            from autograd_tutor.render.pass_flow import flow_listing

            spelled = self.app.ascii_only
            self._in_pass = lambda width: flow_listing(
                trace, index, previous, watch, width, spelled, sort=self._sorted
            )
        self._show(reset=reset)

    def sort(self) -> str:
        """From the order of the code to that of sizes, or back; says which it is now."""
        if self._rows is None:
            return _("There are no gradients yet.")
        self._by_size = not self._by_size
        self._show(reset=True)
        return _("The largest .grad first.") if self._by_size else ""

    def next_odd(self) -> str:
        """Choose the next `.grad` that is None, 0, or holds NaN or inf; begins anew at the end."""
        chosen = self.chosen_key
        keys, odd = [key for key in self._listing.keys if key is not None], self._odd_names
        if not odd:
            return _("No .grad here is None, 0, NaN or inf.")
        at = keys.index(chosen) + 1 if chosen in keys else 0
        self.choose_key(next(key for key in (*keys[at:], *keys[:at]) if key in odd))
        return ""

    def open_chosen(self) -> str:
        """Says why no tensor is opened."""
        return _("There is no gradient to open here.")

    @property
    def hints(self) -> list[Hint]:
        """The keys that matter here, as the bar of keys has them."""
        self._catch_up()
        if not self._can_choose:
            return []
        found = [
            Hint("Enter", _("tensor")),
            Hint("s", _("as made") if self._by_size else _("by size")),
        ]
        odd = [Hint("!", _("None, 0, NaN"))] if self._odd_names else []
        return [*found, *odd, Hint("G", _("graph"))]

    def _sorted(self, rows: list[GradientRow]) -> list[GradientRow]:
        self._odd_names = {each.grad.name for each in rows if each.is_odd}
        return by_size(rows) if self._by_size else rows

    def _show(self, reset: bool = False) -> None:
        rows = self._rows
        if self._in_pass is not None:
            self.fill(self._with_plot(self._in_pass), reset=reset)
        elif rows is not None:
            listed = self._with_plot(lambda width: gradients_listing(self._sorted(rows()), width))
            self.fill(listed, reset=reset)

    def _with_plot(self, content: Callable[[int], Listing]) -> Callable[[int], Listing]:
        """The content, and what the lesson has drawn in what room is left below it."""
        plot = self._plot
        if plot is None:
            return content

        def both(width: int) -> Listing:
            listing = content(width)
            room = self.page - len(listing.rows) - 1
            below = [Row(), *plot(width, max(LEAST_PLOT_ROWS, min(room, MOST_PLOT_ROWS)))]
            keys = [*listing.keys, *([None] * len(below) if listing.keys else ())]
            return listing._replace(rows=[*listing.rows, *below], keys=keys)

        return both


def _lesson_plot(trace: Trace, index: int, step: Step, width: int, height: int) -> list[Row]:
    # Late: what draws is of no use to the first screen.
    from autograd_tutor.render.picture_view import Moment, lesson_plot

    return lesson_plot(Moment(trace, index, step.plot, step.watch), width, height)
