"""Where in a lesson's file something is that the text of a field is about."""

from __future__ import annotations

import ast
import re
from typing import Protocol

from autograd_tutor.course.location import Location


class Add(Protocol):
    """Takes in a problem: where, what, and how to mend it."""

    def __call__(self, location: Location, message: str, mend: str) -> None:
        """Add it."""


def in_expression(location: Location, expression: str, reason: str) -> Location:
    """Where in a Python expression the name is that an exception's message quotes, if one is."""
    names = re.findall(r"'(\w+)'", reason)
    try:
        tree = ast.parse(expression, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return location
    for name in reversed(names):
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id == name:
                return _at(location, expression, node.lineno, node.col_offset)
            if isinstance(node, ast.Attribute) and node.attr == name:
                end = node.end_col_offset or 0
                begin = end - len(name.encode())
                return _at(location, expression, node.end_lineno or node.lineno, begin)
    return location


def _at(location: Location, text: str, line: int, offset: int) -> Location:
    """The tree counts bytes in a line, from 0."""
    before = text.split("\n")[line - 1].encode()[:offset].decode()
    return location.at(line, len(before) + 1)
