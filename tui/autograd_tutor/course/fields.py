"""Takes the fields of a lesson's file out of YAML nodes; says what is wrong where it is not so."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from autograd_tutor.course.location import Location
from autograd_tutor.course.problem import Report, nearest, quoted
from autograd_tutor.course.python_source import as_name
from autograd_tutor.course.shapes import Group
from autograd_tutor.course.yaml_nodes import Mapping, Node, Refused, Scalar, Sequence
from autograd_tutor.recording.printable import printable

_WHOLE = re.compile(r"[-+]?\d{1,18}")
_DECIMAL = re.compile(r"[-+]?(\d{1,18}(\.\d*)?|\.\d+)([eE][-+]?\d{1,3})?")

_TAKEN_FOR = {
    "bool": "a truth value",
    "int": "a number",
    "float": "a number",
    "null": "nothing at all",
    "timestamp": "a date",
    "other": "a sign of its own",
}


class Fields:
    """The fields of one mapping, each at most once, all of them known."""

    def __init__(
        self, location: Location, group: Group, nodes: dict[str, Node], report: Report
    ) -> None:
        self._location = location
        self._group = group
        self._nodes = nodes
        self._report = report

    @classmethod
    def of(cls, node: Node, group: Group, report: Report) -> Fields | None:
        """The fields of a node, its problems reported; None if it is no mapping."""
        owner, known = group.owner, group.names
        if isinstance(node, Refused):
            return None
        if not isinstance(node, Mapping):
            message = f"{owner} is {_described(node)}, not a set of fields"
            report.add(node.location, message, f"write fields such as {known[0]}: …")
            return None
        nodes: dict[str, Node] = {}
        lines: dict[str, int] = {}
        for key, value in node.pairs:
            name = key.text if isinstance(key, Scalar) else None
            if name is None or name not in known:
                _report_unknown(key, owner, known, report)
            elif name in nodes:
                message = f"{name} is there twice, first at line {lines[name]}"
                report.add(key.location, message, "remove one of the two")
            else:
                nodes[name], lines[name] = value, key.location.line
        return cls(node.location, group, nodes, report)

    def get(self, key: str) -> Node | None:
        """The value of a field, None if the field is not there."""
        return self._nodes.get(key)

    def require(self, keys: tuple[str, ...] = ()) -> None:
        """Report those of these fields that are missing; by default, of all that must be there."""
        for key in keys or self._group.required:
            if key not in self._nodes:
                example = f"add {key}: …" if key != "format" else "add format: 1"
                self._report.add(self._location, f"{self._group.owner} has no {key}", example)


def _report_unknown(key: Node, owner: str, known: tuple[str, ...], report: Report) -> None:
    if isinstance(key, Refused):
        return
    if not isinstance(key, Scalar):
        message = f"{owner} has {_described(key)} for a key"
        report.add(key.location, message, "put a text that begins with [ or { in quotes")
        return
    meant = None if report.full else nearest(key.text, known)
    mend = f"did you mean {meant}?" if meant else f"known are {', '.join(known)}"
    report.add(key.location, f"{owner} has an unknown key {quoted(key.text)}", mend)


def _described(node: Node) -> str:
    match node:
        case Sequence():
            return "a list"
        case Mapping():
            return "a set of fields"
        case Scalar(tag="str"):
            return "a text"
        case Scalar(tag=tag):
            return _TAKEN_FOR[tag]
        case _:
            return "something else"


def text(node: Node | None, key: str, report: Report) -> str | None:
    """The text of a field; None if it is missing, or has been reported as no text or empty."""
    if node is None or isinstance(node, Refused):
        return None
    if not isinstance(node, Scalar):
        mend = "put a text that YAML reads so in quotes"
        report.add(node.location, f"{key} is {_described(node)}, not a text", mend)
        return None
    if not node.text.strip() or (node.tag == "null" and not node.text):
        report.add(node.location, f"{key} is empty", "write something, or remove the key")
        return None
    if node.tag != "str":
        message = f"{key} is {printable(node.text)}, which YAML takes for {_TAKEN_FOR[node.tag]}"
        report.add(node.location, message, f"put it in quotes: {quoted(node.text)}")
        return None
    return node.text


def one_line(node: Node | None, key: str, report: Report) -> str | None:
    """The text of a field that has to be a single line, without the blanks around it."""
    found = text(node, key, report)
    if found is None or node is None:
        return None
    if "\n" in found.strip():
        report.add(node.location, f"{key} is longer than one line", "write it on one line")
        return None
    return found.strip()


def number(node: Node | None, key: str, report: Report, *, whole: bool) -> float | None:
    """The number of a field; None if it is missing or has been reported as no number."""
    if node is None or isinstance(node, Refused):
        return None
    if isinstance(node, Scalar) and not node.style:
        if _WHOLE.fullmatch(node.text):
            return int(node.text)
        if not whole and _DECIMAL.fullmatch(node.text) and math.isfinite(float(node.text)):
            return float(node.text)
    shown = quoted(node.text) if isinstance(node, Scalar) else _described(node)
    expected = "a whole number" if whole else "a number"
    report.add(node.location, f"{key} is {shown}, not {expected}", f"write {expected}: 10")
    return None


def whole_number(node: Node | None, key: str, report: Report, least: int, most: int) -> int | None:
    """The whole number of a field; None if it is missing, no such number, or out of range."""
    value = number(node, key, report, whole=True)
    if node is None or value is None:
        return None
    if not least <= value <= most:
        mend = f"write a whole number from {least} to {most}"
        report.add(node.location, f"the {key} {int(value)} is out of range", mend)
        return None
    return int(value)


def word(node: Node | None, key: str, words: tuple[str, ...], report: Report) -> str | None:
    """The word of a field that has to be one of these."""
    found = one_line(node, key, report)
    if found is None or node is None or found in words:
        return found
    mend = f"write one of {', '.join(words)}"
    report.add(node.location, f"{key} is {quoted(found)}, which is not known", mend)
    return None


def truth(node: Node | None, key: str, report: Report) -> bool:
    """The truth value of a field, False if it is missing or has been reported."""
    if node is None or isinstance(node, Refused):
        return False
    if isinstance(node, Scalar) and node.tag == "bool" and node.text.lower() in ("true", "false"):
        return node.text.lower() == "true"
    shown = quoted(node.text) if isinstance(node, Scalar) else _described(node)
    report.add(node.location, f"{key} is {shown}, not true or false", f"write {key}: true")
    return False


class Pair(NamedTuple):
    """A key of any text, and its value."""

    key: str
    text: str
    location: Location


def pairs(node: Node | None, key: str, report: Report, *, numeric: bool = False) -> list[Pair]:
    """Keys of any text with the text of each; with a number, too, where they may be `numeric`."""
    if node is None or isinstance(node, Refused):
        return []
    if not isinstance(node, Mapping) or not node.pairs:
        shown = "empty" if isinstance(node, Mapping) else _described(node)
        message = f"{key} is {shown}, where names with a text each should be"
        report.add(node.location, message, f"write {key}: {{name: text}}")
        return []
    found: dict[str, Pair] = {}
    for name, value in node.pairs:
        if not isinstance(name, Scalar) or not name.text.strip():
            report.add(name.location, f"a key of {key} is no text", "put it in quotes")
        elif name.text.strip() in found:
            message = f"{quoted(name.text)} is there twice in {key}"
            report.add(name.location, message, "remove one of the two")
        elif numeric and isinstance(value, Scalar) and value.tag in ("int", "float"):
            found[name.text.strip()] = Pair(name.text.strip(), value.text, name.location)
        elif (content := text(value, name.text.strip(), report)) is not None:
            found[name.text.strip()] = Pair(name.text.strip(), content, name.location)
    return list(found.values())


def items(node: Node | None, key: str, report: Report) -> tuple[Node, ...] | None:
    """The items of a list; None if it is missing or has been reported as no list."""
    if node is None or isinstance(node, Refused):
        return None
    if isinstance(node, Sequence):
        return node.items
    report.add(
        node.location, f"{key} is {_described(node)}, not a list", 'put "- " before each item'
    )
    return None


def name(node: Node | None, key: str, report: Report) -> tuple[str, Location] | None:
    """The name of a value (`loss`, `model.0.weight`, `ws[0]`), None if missing or reported."""
    written = one_line(node, key, report)
    if written is None or node is None:
        return None
    found = as_name(written)
    if found is None:
        mend = 'write a variable, or how to reach it: loss, ws[0], params["a"], model.weight'
        report.add(node.location, f"{key}: {quoted(written)} is no name of a value", mend)
        return None
    return found, node.location


def names(node: Node | None, key: str, report: Report) -> list[tuple[str, Location]]:
    """The names in a list of them; those that are reported are left out."""
    found = (name(child, key, report) for child in items(node, key, report) or ())
    return [named for named in found if named is not None]
