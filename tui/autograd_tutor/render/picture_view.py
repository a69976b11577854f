"""What fills the screen while numbers are looked at over time: a picture, and what it can show."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Literal, NamedTuple

from autograd_tutor.analysis.curves import (
    Curve,
    CurveName,
    curve_names,
    curve_of,
    number_at,
    pass_curves,
    shown_first,
)
from autograd_tutor.analysis.tangent_point import tangent_point
from autograd_tutor.analysis.trace_cache import cached_per_trace
from autograd_tutor.messages import _
from autograd_tutor.recording.plots import Plot
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.curves import (
    LETTERS,
    Chooser,
    CurvePicture,
    chooser_rows,
    plot_rows,
)
from autograd_tutor.render.function_plot import function_rows
from autograd_tutor.render.picture import is_too_small
from autograd_tutor.render.rows import Listing, Row, wrap
from autograd_tutor.render.sanitize import sanitize_line

View = Literal["function", "pass", "curves"]

_LEAST_CHOICES = 3
"""Rows of the list of curves, where there are as many."""


class Moment(NamedTuple):
    """Where the learner is, and what the open step has drawn and watched."""

    trace: Trace
    at: int
    """The snapshot."""
    plot: Plot | None = None
    watch: tuple[str, ...] = ()


class PictureChoice(NamedTuple):
    """What the learner has chosen to see."""

    view: View | None = None
    """None: what suits the moment."""
    shown: tuple[str, ...] | None = None
    """The names of the curves; None: as the lesson has it, or what changes."""
    chosen: str | None = None
    """The name in the list that the next key is about."""
    log: bool = False


def views(moment: Moment) -> list[View]:
    """What there is to see, what suits the moment best first."""
    found: list[View] = []
    if moment.trace.snapshots[moment.at].backward is not None:
        found.append("pass")
    if moment.plot is not None and moment.plot.function:
        found.insert(0, "function")
    return [*found, "curves"]


def view_at(moment: Moment, choice: PictureChoice) -> View:
    """What is seen."""
    possible = views(moment)
    return choice.view if choice.view in possible else possible[0]


def names_at(moment: Moment) -> tuple[CurveName, ...]:
    """What curves there are."""
    return curve_names(moment.trace, moment.watch)


def shown_names(moment: Moment, choice: PictureChoice) -> tuple[str, ...]:
    """The names of the curves that are drawn."""
    if choice.shown is not None:
        return choice.shown
    if moment.plot is not None and moment.plot.curve:
        return moment.plot.curve[: len(LETTERS)]
    return shown_first(moment.trace, moment.watch)[: len(LETTERS)]


def picture_listing(moment: Moment, choice: PictureChoice, width: int, height: int) -> Listing:
    """The whole view in so many cells."""
    view = view_at(moment, choice)
    if view == "function":
        return Listing(lesson_plot(moment, width, height), title=_("Function and tangent"))
    if view == "pass":
        return _pass_listing(moment, choice, width, height)
    return _curves_listing(moment, choice, width, height)


def lesson_plot(moment: Moment, width: int, height: int) -> list[Row]:
    """What the step's lesson has drawn, in so many cells; nothing where it has nothing drawn."""
    trace, plot = moment.trace, moment.plot
    if plot is None:
        return []
    if plot.curve:
        found = _picture(trace, plot.curve[: len(LETTERS)], len(trace), width, height - 1, False)
        return [] if found is None else plot_rows(found, moment.at, width)
    plotted = None if trace.result is None else trace.result.plotted
    if plotted is None:
        name = sanitize_line(plot.function)
        why = (
            _("is drawn when the step has ended")
            if trace.result is None
            else _("was not worked out")
        )
        return wrap([(f"{name} {why}.", "dim")], width)
    point = tangent_point(trace, plot, moment.at)
    return function_rows(plot, plotted, point, width, height - _LEGEND_OF_FUNCTION)


_LEGEND_OF_FUNCTION = 3
"""Rows below the picture of a function: itself, the point, the tangent."""


def _curves_listing(moment: Moment, choice: PictureChoice, width: int, height: int) -> Listing:
    trace, index = moment.trace, moment.at
    names = names_at(moment)
    shown = shown_names(moment, choice)
    title = _("Over time")
    if not names:
        text = _("No number in this step has changed yet: there is nothing to see over time.")
        return Listing(wrap([(text, "dim")], width), title=title)
    at = next((n for n, each in enumerate(names) if each.name == choice.chosen), 0)
    chooser = Chooser(names, frozenset(shown), at, partial(number_at, trace, index))
    choices = 0 if len(names) == 1 else min(len(names), max(_LEAST_CHOICES, height // 4))
    listed = {names[number].name for number in chooser.in_view(choices)} >= set(shown)
    legend = 0 if listed else 1 + len(shown) // 3
    room = height - choices - bool(choices) - legend
    picture = _picture(trace, shown, len(trace), width, room, choice.log)
    if picture is None:
        text = _("None of these curves is shown. Choose one with j and k; x shows it.")
        above = wrap([(text, "dim")], width)
    elif is_too_small(width, room):
        above = picture.legend(index, width)
    else:  # the list is a legend, too
        above = picture.rows(index) if listed else plot_rows(picture, index, width)
    if choice.log:
        title += _(", log scale")
    below = [Row(), *chooser_rows(chooser, picture, width, choices)] if choices else []
    return Listing([*above, *below], title=title)


def _pass_listing(moment: Moment, choice: PictureChoice, width: int, height: int) -> Listing:
    """The norms of what arrives at all nodes of the pass, as one curve."""
    trace, index = moment.trace, moment.at
    backward = trace.snapshots[index].backward
    assert backward is not None
    ran = trace.ran[backward.call]
    curves = pass_curves(trace, backward.call)
    title = _("Backward {call}: what arrives, node by node").format(call=backward.call)
    if not curves:
        text = _("Nothing of what arrives in this pass has a norm that is known.")
        return Listing(wrap([(text, "dim")], width), title=title)
    place = list(ran).index(backward.node)
    # Gradients grow and vanish by factors: here the scale of powers is the usual one.
    picture = CurvePicture(curves, width, height - 1, log=not choice.log, unit=_("node"))
    return Listing(plot_rows(picture, place, width), title=title)


@cached_per_trace(most=8)
def _picture(
    trace: Trace, names: Sequence[str], count: int, width: int, height: int, log: bool
) -> CurvePicture | None:
    curves = [curve_of(trace, name, count) for name in names]
    found: list[Curve] = [curve for curve in curves if curve is not None]
    return CurvePicture(found, width, height, log=log) if found else None
