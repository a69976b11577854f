"""The statements of a step's code by their lines."""

from __future__ import annotations

import ast
from functools import lru_cache

from autograd_tutor.analysis.loops import parsed
from autograd_tutor.recording.followed import split_lines

_lines_of = lru_cache(maxsize=16)(split_lines)

Statement = ast.stmt | ast.ExceptHandler


@lru_cache(maxsize=16)
def statements(code: str) -> dict[int, Statement]:
    """By its first line each statement, of several on one line the first.

    A function or class with decorators begins with the first of them. Empty where the code was not
    parsed.
    """
    tree = parsed(code)
    found: dict[int, Statement] = {}
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, (ast.stmt, ast.ExceptHandler)):
            decorators = getattr(node, "decorator_list", ())
            line = min([node.lineno, *(each.lineno for each in decorators)])
            before = found.get(line)
            if before is None or node.col_offset < before.col_offset:
                found[line] = node
    return found


def code_line(code: str, number: int) -> str:
    """A line of a code as Python counts them, from 1; `` where there is none."""
    lines = _lines_of(code)
    return lines[number - 1] if 0 < number <= len(lines) else ""


def body_lines(statement: Statement) -> range:
    """The lines of the body of a compound statement; none of another or where it is on one line."""
    body = getattr(statement, "body", None)
    if not isinstance(body, list) or not body or body[0].lineno == statement.lineno:
        return range(0)
    return range(body[0].lineno, (body[-1].end_lineno or body[-1].lineno) + 1)


def _last_line(statement: Statement) -> int:
    """The last line of the statement, of a compound one of its header."""
    lines = body_lines(statement)
    return lines.start - 1 if lines else statement.end_lineno or statement.lineno


def is_on_one_line(statement: Statement) -> bool:
    """Whether the statement, or the header of a compound one, is on one line."""
    return _last_line(statement) == statement.lineno


def first_line(code: str, line: int) -> int:
    """The first line of the statement that a line is part of; the line itself where none is."""
    found = [at for at, each in statements(code).items() if at <= line <= _last_line(each)]
    return max(found, default=line)


def sets(statement: Statement) -> frozenset[str]:
    """The variables that the statement itself sets, without the body of a compound one."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return frozenset({statement.name})
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        names = (each.asname or each.name.partition(".")[0] for each in statement.names)
        return frozenset(names)
    found = {getattr(statement, "name", None) or ""}
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        if node is statement or not isinstance(node, (ast.stmt, ast.ExceptHandler)):
            pending += ast.iter_child_nodes(node)
    return frozenset(found)
