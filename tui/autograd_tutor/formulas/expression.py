"""The language of the formulas: Python's expressions, taken element by element, with definitions.

`a if c else b` chooses for each element, and what is not chosen may be nan; `low < x < high`,
`and`, `or` compare each; `//` is a quotient rounded down. After that names may be defined:
`grad * sign(d); d = self - other`.
"""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import NamedTuple


class NotSimple(ValueError):
    """The expression has a part that can be neither computed nor written here."""


class Parsed(NamedTuple):
    """An expression of the table as syntax trees."""

    stated: ast.expr
    """As it stands before the definitions."""
    definitions: tuple[tuple[str, ast.expr], ...]
    whole: ast.expr
    """With the definitions put in."""
    names: frozenset[str]
    """All names in `whole`."""


@lru_cache(maxsize=1024)
def parsed(expression: str) -> Parsed:
    """The syntax trees of an expression."""
    stated, *defined = expression.split("; ")
    pairs = [one.split(" = ", 1) for one in defined]
    definitions = tuple((name, _tree(value)) for name, value in pairs)
    whole = _tree(stated)
    for name, value in pairs:
        whole = _Defined(name, _tree(value)).visit(whole)
    names = frozenset(node.id for node in ast.walk(whole) if isinstance(node, ast.Name))
    return Parsed(_tree(stated), definitions, whole, names)


def called(node: ast.Call) -> tuple[str, tuple[ast.expr, ...]]:
    """A call as the name of the function and its arguments."""
    if node.keywords or not isinstance(node.func, ast.Name):
        raise NotSimple(ast.unparse(node))
    return node.func.id, tuple(node.args)


def _tree(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


class _Defined(ast.NodeTransformer):
    """Puts an expression in place of a name."""

    def __init__(self, name: str, value: ast.expr) -> None:
        self._name = name
        self._value = value

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._value if node.id == self._name else node
