"""Reads what a step has drawn, its `plot:`, and reports what is wrong with it."""

from __future__ import annotations

import ast
from typing import NamedTuple

from autograd_tutor.course.fields import Fields, name, names, number, text
from autograd_tutor.course.lesson_fields import PLOT
from autograd_tutor.course.location import Location
from autograd_tutor.course.problem import Report, quoted
from autograd_tutor.course.python_source import syntax_fault
from autograd_tutor.course.yaml_nodes import Node, Scalar, Sequence
from autograd_tutor.recording.plots import Plot

_, _OF_FUNCTION = PLOT.choices
_EXAMPLE = '{function: "lambda t: t ** 2", at: theta, from: -2, to: 2}'


class PlacedPlot(NamedTuple):
    """A plot, if it is whole, and its locations, as in `Locations.plot`."""

    plot: Plot | None = None
    locations: tuple[Location, ...] = ()


def read_plot(node: Node | None, lines: list[str], report: Report) -> PlacedPlot:
    """The plot that a node is; `lines` are those of the file."""
    fields = None if node is None else Fields.of(node, PLOT, report)
    if fields is None or node is None:
        return PlacedPlot()
    curve, function = fields.get("curve"), fields.get("function")
    if curve is not None and function is not None:
        message = "plot has both a curve and a function"
        report.add(function.location, message, "leave one of them to another step")
        return PlacedPlot()
    if curve is None and function is None:
        report.add(
            node.location,
            "plot has neither curve nor function",
            f"write curve: loss, or {_EXAMPLE}",
        )
        return PlacedPlot()
    if curve is not None:
        return _curve(curve, fields, report)
    fields.require(_OF_FUNCTION)
    return _function(function, fields, lines, report)


def _curve(node: Node, fields: Fields, report: Report) -> PlacedPlot:
    for key in _OF_FUNCTION:
        if (other := fields.get(key)) is not None:
            message = f"plot has {key}, which belongs to a function"
            report.add(other.location, message, "remove it: a curve goes over all moments")
    if isinstance(node, Sequence):
        found = names(node, "curve", report)
        if not node.items:
            report.add(node.location, "curve names nothing", "write curve: loss")
    else:
        one = name(node, "curve", report)
        found = [] if one is None else [one]
    if not found:
        return PlacedPlot()
    return PlacedPlot(
        Plot(curve=tuple(each for each, _ in found)), tuple(location for _, location in found)
    )


def _function(node: Node | None, fields: Fields, lines: list[str], report: Report) -> PlacedPlot:
    source = text(node, "function", report)
    at = name(fields.get("at"), "at", report)
    low = number(fields.get("from"), "from", report, whole=False)
    high = number(fields.get("to"), "to", report, whole=False)
    end = fields.get("to")
    if low is not None and high is not None and end is not None and low >= high:
        message = f"the plot goes from {low:g} to {high:g}, which is not more"
        report.add(end.location, message, "write the greater number behind to")
        return PlacedPlot()
    if source is None or not isinstance(node, Scalar):
        return PlacedPlot()
    location = node.inner(lines)
    _judge_function(source, location, report)
    if at is None or low is None or high is None:
        return PlacedPlot()
    plot = Plot(function=source.strip(), at=at[0], low=float(low), high=float(high))
    return PlacedPlot(plot, (location, at[1]))


def _judge_function(source: str, location: Location, report: Report) -> None:
    """Report source that is no function of one number, as far as can be seen without running it."""
    if fault := syntax_fault(source, "eval"):
        where = location.at(fault.line, fault.column)
        message = f"function is no Python expression: {fault.message}"
        report.add(where, message, "write a function of one number: lambda t: t ** 2")
        return
    body = ast.parse(source.strip(), mode="eval").body
    if not isinstance(body, ast.Lambda):
        return
    given = [*body.args.posonlyargs, *body.args.args]
    if len(given) - len(body.args.defaults) > 1 or not (given or body.args.vararg):
        message = f"function {quoted(source.strip())} does not take one number"
        report.add(location, message, "write a function of one number: lambda t: t ** 2")
