"""Which statement each line of a snippet belongs to."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator


def tree_of(code: str) -> ast.Module | None:
    """The syntax tree of code that compiles; None for one that is nested too deeply for `ast`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # compiling the code has shown them already
        try:
            return ast.parse(code)
        except (RecursionError, MemoryError):
            return None


class Statements:
    """Maps physical lines to the first line of their statement.

    A simple statement has all of its lines; a compound one (`for`, `with`, `def` with its
    decorators, a `case`, an `except`) has its header only. Of two statements on one line the first
    one owns it. Without a tree every line is a statement of its own.
    """

    def __init__(self, tree: ast.Module | None, code: str) -> None:
        self._first = [0]
        self.loops: set[int] = set()
        """First lines of loops."""
        self.plain_yields: set[int] = set()
        """First lines of `yield x` as a statement: when it resumes it is already done."""
        self.first = self.add(tree, code)
        """First line of the first statement; 0: there is none, or the tree is missing."""

    def add(self, tree: ast.Module | None, code: str, before: int = 0) -> int:
        """Add code whose first line comes after so many; the first line of its first statement."""
        count = code.count("\n") + code.count("\r") + code.count("\f") + 2
        self._first += range(len(self._first), before + count + 1)
        owned = bytearray(count + 1)
        for first, last, node in _headers(tree) if tree is not None else ():
            if isinstance(node, (ast.For, ast.While, ast.AsyncFor)):
                self.loops.add(self._first[before + first])
            if isinstance(node, ast.Expr) and isinstance(node.value, (ast.Yield, ast.YieldFrom)):
                self.plain_yields.add(before + first)
            owner = self._first[before + first] if owned[first] else before + first
            for line in range(first, min(last, count) + 1):
                if not owned[line]:
                    owned[line] = 1
                    self._first[before + line] = owner
        return min((before + line for line in range(count + 1) if owned[line]), default=0)

    def first_line(self, line: int) -> int:
        """The first line of the statement that has a part on this line (1-based)."""
        return self._first[line] if 0 <= line < len(self._first) else line


def _headers(tree: ast.Module) -> Iterator[tuple[int, int, ast.AST]]:
    """First line, last line and node of every statement or header, outermost first."""
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        blocks = _blocks(node)
        if not isinstance(node, ast.Module):
            yield (*_lines(node, blocks), node)
        for block in reversed(blocks):
            pending.extend(reversed(block))


def header_lines(node: ast.AST) -> tuple[int, int]:
    """The first and the last line of a statement; of a compound one, of its header."""
    return _lines(node, _blocks(node))


def _blocks(node: ast.AST) -> list[list[ast.AST]]:
    names = ("body", "handlers", "cases", "orelse", "finalbody")
    found = (getattr(node, name, None) for name in names)
    return [block for block in found if isinstance(block, list) and block]


def _lines(node: ast.AST, blocks: list[list[ast.AST]]) -> tuple[int, int]:
    if isinstance(node, ast.match_case):
        first, last = node.pattern.lineno, node.pattern.end_lineno or node.pattern.lineno
        if node.guard is not None:
            last = node.guard.end_lineno or last
        return first, last
    first: int = node.lineno  # type: ignore[attr-defined, no-redef]
    for decorator in getattr(node, "decorator_list", ()):
        first = min(first, decorator.lineno)
    if not blocks:
        return first, node.end_lineno or first  # type: ignore[attr-defined]
    inner = blocks[0][0]
    begins = min(
        [_lines(inner, [])[0] if isinstance(inner, ast.match_case) else inner.lineno]  # type: ignore[attr-defined]
        + [decorator.lineno for decorator in getattr(inner, "decorator_list", ())]
    )
    return first, max(first, begins - 1)
