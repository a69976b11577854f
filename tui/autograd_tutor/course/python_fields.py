"""The fields of a lesson's file that are Python, or text, with the place of that itself."""

from __future__ import annotations

from autograd_tutor.course.fields import items, text
from autograd_tutor.course.fstrings import fstring_fault
from autograd_tutor.course.location import Location
from autograd_tutor.course.problem import Report
from autograd_tutor.course.python_source import syntax_fault
from autograd_tutor.course.yaml_nodes import Node, Scalar

Placed = tuple[str, Location]
"""A text, and where it stands in the file."""

_TRUE = "write what is true after the step: x.item() == 2"


def code(node: Node | None, key: str, lines: list[str], report: Report) -> Placed:
    """The statements of a field; `` where there are none. `lines` are those of the file."""
    source = text(node, key, report)
    if source is None or not isinstance(node, Scalar):
        return "", Location()
    location = node.inner(lines)
    if node.style == ">":
        message = f"{key} is folded by its >, which joins its lines"
        report.add(node.location, message, f"write {key}: | instead")
    elif fault := syntax_fault(source):
        at = location.at(fault.line, fault.column)
        report.add(at, f"{key} is not Python: {fault.message}", "correct it here")
    return source, location


def prose(node: Node | None, key: str, lines: list[str], report: Report) -> Placed:
    """The text of a field, which may have Python in it; `` where there is none."""
    source = text(node, key, report)
    if source is None or not isinstance(node, Scalar):
        return "", Location() if node is None else node.location
    return source, node.inner(lines)


def filled_in(node: Node | None, key: str, lines: list[str], report: Report) -> Placed:
    """The text of a field, which is that of an f-string; `` where there is none."""
    source, location = prose(node, key, lines, report)
    if fault := fstring_fault(source):
        mend = "correct what stands in { }, or write {{ and }} for braces"
        report.add(location.after(source, fault[0]), f"{key} cannot be filled in: {fault[1]}", mend)
    return source, location


def expression(
    node: Node | None, key: str, lines: list[str], report: Report, mend: str = _TRUE
) -> Placed | None:
    """The expression of a field, also one that has been reported; None where there is none."""
    source = text(node, key, report)
    if source is None or not isinstance(node, Scalar):
        return None
    location = node.inner(lines)
    if fault := syntax_fault(source, "eval"):
        at = location.at(fault.line, fault.column)
        report.add(at, f"{key} is no Python expression: {fault.message}", mend)
    return source, location


def expressions(node: Node | None, key: str, lines: list[str], report: Report) -> list[Placed]:
    """The expressions of a list of them."""
    found = (expression(child, key, lines, report) for child in items(node, key, report) or ())
    return [each for each in found if each is not None]
