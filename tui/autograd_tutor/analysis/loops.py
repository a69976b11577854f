"""The loops of a step's code, as far as their turns can be counted from the lines that ran."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from autograd_tutor.limits.interface import MOST_PARSED
from autograd_tutor.recording.followed import Source

_OWN_FRAME = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_SUSPENDS = (ast.Yield, ast.YieldFrom, ast.Await)


class Loop(NamedTuple):
    """A `for` or a `while`; lines are counted from 1."""

    header: int
    first: int
    """The first line of its body."""
    last: int
    names: tuple[str, ...]
    """The variables that each turn sets; none for `while`."""

    def holds(self, line: int) -> bool:
        """Whether a line is in its body."""
        return self.first <= line <= self.last


@lru_cache(maxsize=16)
def parsed(code: str) -> ast.Module | None:
    """The tree of a step's code; None where it is too long to be read at once, or no Python.

    With what it follows of other files, the trees of all that are not too long.
    """
    if not isinstance(code, Source):
        return _parsed(code)
    trees = [_parsed(part.code, part.before) for part in code.parts]
    found = [tree for tree in trees if tree is not None]
    return ast.Module([each for tree in found for each in tree.body], []) if found else None


@lru_cache(maxsize=64)
def _parsed(code: str, before: int = 0) -> ast.Module | None:
    """The tree of code that comes after so many lines."""
    if len(code) > MOST_PARSED:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they would be printed on the screen
            return ast.parse("\n" * before + code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


@lru_cache(maxsize=16)
def find_loops(code: str) -> dict[int, Loop]:
    """The loops by their headers.

    Without those that a generator or a coroutine leaves in the middle of a turn, since lines do not
    show which call of it goes on; and without a `while` on one line, whose tests have no moments.
    """
    tree = parsed(code)
    return {} if tree is None else {each.header: each for each in _loops(tree)}


def _loops(tree: ast.Module) -> Iterator[Loop]:
    for node in ast.walk(tree):
        if not isinstance(node, (ast.For, ast.While)) or _suspends(node):
            continue
        first, last = node.body[0].lineno, node.body[-1].end_lineno or node.body[-1].lineno
        if isinstance(node, ast.For):
            names = [each.id for each in ast.walk(node.target) if isinstance(each, ast.Name)]
            yield Loop(node.lineno, first, last, tuple(names))
        elif first > node.lineno:
            yield Loop(node.lineno, first, last, ())


def _suspends(loop: ast.AST) -> bool:
    pending = [loop]
    while pending:
        node = pending.pop()
        if isinstance(node, _SUSPENDS):
            return True
        if not isinstance(node, _OWN_FRAME):
            pending += ast.iter_child_nodes(node)
    return False
