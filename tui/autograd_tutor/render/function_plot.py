"""A lesson's function, and its tangent at the learner's point."""

from __future__ import annotations

import math

from autograd_tutor.analysis.tangent_point import TangentPoint
from autograd_tutor.messages import _
from autograd_tutor.recording.number_text import short_number_text
from autograd_tutor.recording.plots import FunctionPoint, Plot, PlottedFunction
from autograd_tutor.render import signs
from autograd_tutor.render.picture import NONFINITE, Frame, Line, Mark, Picture
from autograd_tutor.render.plot_scale import Scale, linear_scale, scale_of
from autograd_tutor.render.rows import Row, Span, row, wrap
from autograd_tutor.render.sanitize import sanitize_line

_DIGITS = 8
"""Characters of a number in the legend."""


def function_rows(
    plot: Plot, plotted: PlottedFunction, point: TangentPoint | None, width: int, height: int
) -> list[Row]:
    """The picture in `height` rows, and its legend below."""
    problem: list[Row] = []
    if plotted.problem is not None:
        text = _("The function {problem}.").format(problem=sanitize_line(plotted.problem))
        problem = wrap([(text, "")], width, row((f"{signs.FAILURE} ", "failure")), 2)
    if not plotted.points:
        return problem
    across = linear_scale(plot.low, plot.high, max(2, width // 10), exact=True)
    up = scale_of([value for _, value, _ in plotted.points], max(2, height // 3))
    lines = [Line(_line(plotted.points, across, up), "operation")]
    marks = [_odd(each, across) for each in plotted.points if up.share(each[1]) is None]
    if point is not None and (tangent := _tangent(point, across, up)):
        lines.insert(0, Line(tangent, "grad"))
    picture = Picture(Frame(width, height, across, up), lines, marks)
    return [*_with_point(picture, point, across, up), *_legend(plot, point, width), *problem]


def _line(
    points: tuple[FunctionPoint, ...], across: Scale, up: Scale
) -> list[tuple[float, float] | None]:
    found: list[tuple[float, float] | None] = []
    for place, value, _unused in points:
        at, share = across.share(place), up.share(value)
        found.append(None if at is None or share is None else (at, share))
    return found


def _odd(point: FunctionPoint, across: Scale) -> Mark:
    """NaN stands on the axis, an infinity at its end of the picture."""
    up = None if math.isnan(point[1]) else float(point[1] > 0)
    return Mark(across.share(point[0]) or 0.0, up, *NONFINITE)


def _tangent(point: TangentPoint, across: Scale, up: Scale) -> list[tuple[float, float]]:
    """From end to end of what is in the picture; nothing where it is not known, or not finite."""
    if point.value is None or point.slope is None:
        return []
    if not all(map(math.isfinite, (point.value, point.slope))):
        return []
    ends = [across.low, across.high]
    if point.slope:
        ends += [point.place + (edge - point.value) / point.slope for edge in (up.low, up.high)]
        low, high = sorted(ends)[1:3]  # of two ranges that overlap, what is in both
    else:
        low, high = ends
    found = []
    for place in (low, high):
        at, share = across.share(place), up.share(point.value + point.slope * (place - point.place))
        if at is None or share is None or not -0.01 <= at <= 1.01 or not -0.01 <= share <= 1.01:
            return []
        found.append((at, share))
    return found


def _with_point(
    picture: Picture, point: TangentPoint | None, across: Scale, up: Scale
) -> list[Row]:
    at = None if point is None else across.share(point.place)
    if point is None or at is None or not 0 <= at <= 1:
        return picture.rows()
    share = None if point.value is None else up.share(point.value)
    marks = [] if share is None else [Mark(at, share, signs.LEAF, "leaf current")]
    return picture.rows(marks, (at, short_number_text(point.place, _DIGITS)))


def _legend(plot: Plot, point: TangentPoint | None, width: int) -> list[Row]:
    source = sanitize_line(plot.function)
    rows = wrap([(source, "operation")], width, row((f"{signs.OPERATION} ", "operation")), 2)
    name = sanitize_line(plot.at)
    if point is None:
        return [
            *rows,
            *wrap([(_("{name} is not there yet").format(name=name), "dim")], width, row("  "), 2),
        ]
    where = f"{name} = {short_number_text(point.place, _DIGITS)}"
    text: list[Span] = [(where, "leaf")]
    if point.value is not None:
        text.append(
            (_("  value {value}").format(value=short_number_text(point.value, _DIGITS)), "")
        )
    rows += wrap(text, width, row((f"{signs.LEAF} ", "leaf")), 2)
    if point.slope is not None:
        slope = _("tangent: slope {slope}").format(slope=short_number_text(point.slope, _DIGITS))
        rows += wrap([(slope, "grad")], width, row((f"{signs.GRAD} ", "grad")), 2)
    return rows
