"""What a step of a lesson has drawn, and what was worked out for that when the step had ended."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from autograd_tutor.limits.records import LESSON_ITEMS, PLOTTED_POINTS
from autograd_tutor.recording.bounded import Name, Text


class Plot(Struct, frozen=True, array_like=True):
    """A step's `plot:`; either `curve` or `function` is there."""

    curve: Annotated[tuple[Name, ...], Meta(max_length=LESSON_ITEMS)] = ()
    """The names whose numbers are drawn over the moments of the step."""
    function: Text = ""
    """A Python expression that gives a function of one number: `lambda t: t ** 2`."""
    at: Name = ""
    """The name of the number at which the function has its tangent."""
    low: float = -1.0
    high: float = 1.0
    """Where the picture begins and ends."""


FunctionPoint = tuple[float, float, float]
"""Where, the function's value there, and its derivative as autograd gives it."""


class PlottedFunction(Struct, frozen=True, array_like=True):
    """A function in numbers. What is not finite is recorded as it is."""

    points: Annotated[tuple[FunctionPoint, ...], Meta(max_length=PLOTTED_POINTS)] = ()
    """From `Plot.low` to `Plot.high`, in equal distances."""
    at: Annotated[tuple[FunctionPoint, ...], Meta(max_length=PLOTTED_POINTS)] = ()
    """At every number that `Plot.at` has been in the step, each once, in ascending order."""
    problem: Text | None = None
    """Why points are missing, in one line."""
