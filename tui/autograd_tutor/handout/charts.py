"""The picture that a step's lesson has drawn, as lines in shares of it."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence

from autograd_tutor.analysis.curves import Curve, curve_of
from autograd_tutor.analysis.tangent_point import TangentPoint, tangent_point
from autograd_tutor.handout import labels
from autograd_tutor.handout.blocks import Block, Chart, ChartLine, Note, Place
from autograd_tutor.recording.plots import Plot
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render import spoken_values
from autograd_tutor.render.curves import LETTERS, CurvePicture, curve_title, plot_rows
from autograd_tutor.render.function_plot import function_rows
from autograd_tutor.render.plot_scale import Scale, linear_scale, scale_of
from autograd_tutor.render.rows import Row
from autograd_tutor.render.sanitize import sanitize_line

_WIDTH, _HEIGHT = 64, 12
"""Of the picture in characters."""

_TICKS = 5

_STYLES = ("operation", "leaf", "grad", "done", "string", "keyword")


def chart(trace: Trace, plot: Plot, hidden: Collection[str]) -> Iterator[Block]:
    """The picture at the end of the step; none of what is `hidden`, by its names."""
    if {plot.at, *plot.curve} & set(hidden):
        yield Note(labels.chart_withheld())
    elif plot.function:
        yield from _function(trace, plot)
    else:
        found = [curve_of(trace, name, len(trace)) for name in plot.curve[: len(LETTERS)]]
        yield from _curves(trace, [each for each in found if each is not None])


def _function(trace: Trace, plot: Plot) -> Iterator[Block]:
    plotted = None if trace.result is None else trace.result.plotted
    if plotted is None or not plotted.points:
        return
    at = len(trace) - 1
    point = tangent_point(trace, plot, at)
    across = linear_scale(plot.low, plot.high, _TICKS, exact=True)
    up = scale_of([value for _, value, _ in plotted.points], _TICKS)
    values = [(place, value) for place, value, _ in plotted.points]
    lines = [ChartLine(plot.function, "operation", _pieces(values, across, up))]
    if point is not None and point.value is not None:
        lines.append(ChartLine("tangent", "grad", _pieces(_tangent(point, across, up), across, up)))
    yield Chart(
        labels.function(sanitize_line(plot.function)),
        tuple(lines),
        _ticks(across),
        _ticks(up),
        sanitize_line(plot.at),
        () if point is None else _places([(point.place, point.value)], across, up),
        _texts(spoken_values.function_rows(trace, plot, at)),
        _texts(function_rows(plot, plotted, point, _WIDTH, _HEIGHT)),
    )


def _tangent(point: TangentPoint, across: Scale, up: Scale) -> list[tuple[float, float]]:
    """Two ends of the tangent inside of the picture; none where it is no line."""
    value, slope = point.value, point.slope
    if value is None or slope is None or not (math.isfinite(value) and math.isfinite(slope)):
        return []
    ends = [across.low, across.high]
    if slope:
        ends += [point.place + (edge - value) / slope for edge in (up.low, up.high)]
        ends = sorted(ends)[1:3]
    return [(place, value + slope * (place - point.place)) for place in ends]


def _curves(trace: Trace, curves: Sequence[Curve]) -> Iterator[Block]:
    if not curves:
        return
    last = max(1, *(curve.last for curve in curves))
    whole = linear_scale(0.0, float(last), _TICKS, exact=True)
    across = whole._replace(ticks=tuple(tick for tick in whole.ticks if tick.is_integer()))
    up = scale_of(
        [value for each in curves for _, value in each.points if value is not None], _TICKS
    )
    names = [curve_title(each.name, each.is_norm) for each in curves]
    letters = LETTERS[: len(curves)] if len(curves) > 1 else ("",)
    titles = [f"{letter}: {name}" for letter, name in zip(letters, names, strict=True)]
    at = len(trace) - 1
    yield Chart(
        labels.curves(titles if len(curves) > 1 else names),
        tuple(
            ChartLine(name, style, _pieces(_held(curve), across, up), letter)
            for name, style, curve, letter in zip(names, _STYLES, curves, letters, strict=False)
        ),
        _ticks(across),
        _ticks(up),
        labels.MOMENT,
        (),
        _texts(row for each in curves for row in spoken_values.numbers_rows(each)),
        _texts(plot_rows(CurvePicture(curves, _WIDTH, _HEIGHT), at, _WIDTH)),
    )


def _held(curve: Curve) -> list[tuple[float, float | None]]:
    """The points of a curve whose number stays as it is up to the next one."""
    found: list[tuple[float, float | None]] = []
    for place, value in curve.points:
        if found and curve.is_held:
            found.append((float(place), found[-1][1]))
        found.append((float(place), value))
    return [*found, (float(curve.last), found[-1][1])] if found and curve.is_held else found


def _pieces(
    points: Iterable[tuple[float, float | None]], across: Scale, up: Scale
) -> tuple[tuple[Place, ...], ...]:
    """The lines between neighbours that both have a place in the picture."""
    pieces: list[list[Place]] = [[]]
    for point in points:
        found = _places([point], across, up)
        pieces[-1].extend(found)
        if not found and pieces[-1]:
            pieces.append([])
    return tuple(tuple(piece) for piece in pieces if piece)


def _places(
    points: Iterable[tuple[float, float | None]], across: Scale, up: Scale
) -> tuple[Place, ...]:
    found = []
    for place, value in points:
        at = across.share(place)
        share = None if value is None or not math.isfinite(value) else up.share(value)
        if at is not None and share is not None and -0.01 <= at <= 1.01 and -0.01 <= share <= 1.01:
            found.append((at, share))
    return tuple(found)


def _ticks(scale: Scale) -> tuple[tuple[float, str], ...]:
    pairs = zip(scale.shares(scale.ticks), scale.texts(), strict=True)
    return tuple((at, text) for at, text in pairs if at is not None and -0.01 <= at <= 1.01)


def _texts(rows: Iterable[Row]) -> tuple[str, ...]:
    return tuple(each.text.rstrip() for each in rows)
