"""Which lines of code belong to one statement."""

from __future__ import annotations

import ast

from autograd_tutor.course.python_source import parsed


def statement_lines(code: str) -> dict[int, int]:
    """The lines of code that run, each with the first line of its statement."""
    tree = parsed(code)
    found: dict[int, int] = {}
    for node in ast.walk(tree) if tree is not None else ():
        if not isinstance(node, ast.stmt):
            continue
        first = min([node.lineno, *[each.lineno for each in getattr(node, "decorator_list", [])]])
        found |= dict.fromkeys(range(first, _last_line(node) + 1), first)
    return found


def _last_line(node: ast.stmt) -> int:
    """The last line of a statement, or of the head of one that has others inside."""
    body = getattr(node, "body", [])
    if isinstance(node, ast.Match):
        return max(node.lineno, node.cases[0].pattern.lineno - 1)
    if body and isinstance(body[0], ast.stmt):
        return max(node.lineno, body[0].lineno - 1)
    return node.end_lineno or node.lineno
