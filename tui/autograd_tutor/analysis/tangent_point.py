"""Where on a lesson's function the learner is, and how steep it is there."""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple

from autograd_tutor.analysis.curves import curve_of
from autograd_tutor.recording.plots import Plot
from autograd_tutor.recording.trace import Trace


class TangentPoint(NamedTuple):
    """A point of a function; `value` and `slope` are None where they were not worked out."""

    place: float
    value: float | None = None
    slope: float | None = None


def tangent_point(trace: Trace, plot: Plot, index: int) -> TangentPoint | None:
    """The point at a moment; None where the number that it is at is not there yet."""
    numbers = curve_of(trace, plot.at, len(trace))
    place = None if numbers is None else numbers.value_at(index)
    if place is None:
        return None
    plotted = None if trace.result is None else trace.result.plotted
    points = () if plotted is None else plotted.at
    at = bisect_left(points, place, key=lambda point: point[0])
    if at < len(points) and points[at][0] == place:
        return TangentPoint(*points[at])
    return TangentPoint(place)
