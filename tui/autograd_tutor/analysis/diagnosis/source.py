"""What the text of a line says: which names it reads and sets, and what it calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

from autograd_tutor.analysis.loops import parsed
from autograd_tutor.analysis.statements import Statement, first_line, sets, statements


class Call(NamedTuple):
    """A call, or the reading of an attribute, in a line."""

    node: ast.Call | ast.Attribute
    name: str
    """What is called, without what it is called on: `backward`, `tensor`, `relu`, `data`."""
    on: str
    """The expression before that, as it is written: `loss`, `torch`, `torch.nn.functional`; `` of
    a plain name."""
    arguments: tuple[ast.expr, ...] = ()
    keywords: tuple[tuple[str, ast.expr], ...] = ()
    """Those with a name."""

    @property
    def receiver(self) -> ast.expr | None:
        """What it is called on."""
        called = self.node.func if isinstance(self.node, ast.Call) else self.node
        return called.value if isinstance(called, ast.Attribute) else None

    def keyword(self, name: str) -> ast.expr | None:
        """The value of a named argument."""
        return next((value for key, value in self.keywords if key == name), None)

    def is_true(self, name: str) -> bool:
        """Whether a named argument is written as True."""
        value = self.keyword(name)
        return isinstance(value, ast.Constant) and value.value is True


class SourceLine:
    """One statement, of a compound one its header alone; and those behind it on the same line."""

    def __init__(self, statement: Statement, others: Sequence[Statement] = ()) -> None:
        self.statement = statement
        """The first one."""
        self._all = (statement, *others)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All of its tree, in the order in which it is written, without nested statements."""
        return tuple([node for each in self._all for node in _within(each)])

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """All that it calls, the innermost first, as Python does; and `.data`, `.grad`, `.T`."""
        found: list[Call] = []
        for each in self._all:
            calls = [call for node in _within(each) if (call := _call(node)) is not None]
            found += reversed(calls)
        return tuple(found)

    @cached_property
    def called(self) -> frozenset[str]:
        """The names of all that it calls."""
        return frozenset([call.name for call in self.calls if isinstance(call.node, ast.Call)])

    @cached_property
    def reads(self) -> frozenset[str]:
        """The variables that it reads."""
        return frozenset(
            [n.id for n in self.nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
        ) | {base_of(each.target) for each in self._all if isinstance(each, ast.AugAssign)}

    @cached_property
    def sets(self) -> frozenset[str]:
        """The variables that it sets."""
        return frozenset().union(*map(sets, self._all)) - {""}

    def calls_of(self, *names: str) -> Iterator[Call]:
        """Its calls of functions or methods with these names."""
        return (each for each in self.calls if each.name in names)


@lru_cache(maxsize=16)
def source_lines(code: str) -> dict[int, SourceLine]:
    """By its first line each statement of a step's code, with others that begin there."""
    others: dict[int, list[Statement]] = {}
    tree = parsed(code)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.stmt):
            others.setdefault(node.lineno, []).append(node)
    return {
        line: SourceLine(first, _behind(first, others.get(line, [])))
        for line, first in statements(code).items()
    }


@lru_cache(maxsize=16)
def imported(code: str) -> frozenset[str]:
    """The names that a step's code imports: no objects of its own."""
    tree = parsed(code)
    imports = [
        node
        for node in (ast.walk(tree) if tree is not None else ())
        if isinstance(node, (ast.Import, ast.ImportFrom))
    ]
    aliases = [alias for each in imports for alias in each.names]
    return frozenset([each.asname or each.name.partition(".")[0] for each in aliases])


@lru_cache(maxsize=4096)
def source_line(code: str, line: int) -> SourceLine | None:
    """The statement that a line of the code is part of."""
    return source_lines(code).get(first_line(code, line))


def _behind(first: Statement, others: list[Statement]) -> list[Statement]:
    found = [each for each in others if each is not first]
    return sorted(found, key=lambda each: each.col_offset)


def written(node: ast.AST) -> str:
    """An expression as Python writes it; `` where that is not possible."""
    try:
        return ast.unparse(node)
    except (ValueError, RecursionError):
        return ""


def names_in(node: ast.AST) -> frozenset[str]:
    """The variables that an expression reads."""
    return frozenset(each.id for each in ast.walk(node) if isinstance(each, ast.Name))


def set_by(loops: Sequence[ast.comprehension]) -> frozenset[str]:
    """The variables that the loops of a comprehension set."""
    return frozenset().union(*(names_in(each.target) for each in loops))


def _within(node: ast.AST) -> Iterator[ast.AST]:
    pending = [node]
    while pending:
        each = pending.pop()
        yield each
        within = [
            child
            for child in ast.iter_child_nodes(each)
            if not isinstance(child, (ast.stmt, ast.ExceptHandler))
        ]
        pending += reversed(within)


def _call(node: ast.AST) -> Call | None:
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        return Call(node, node.attr, written(node.value)) if node.attr in _ATTRIBUTES else None
    if not isinstance(node, ast.Call):
        return None
    function = node.func
    named = tuple((each.arg, each.value) for each in node.keywords if each.arg is not None)
    if isinstance(function, ast.Attribute):
        return Call(node, function.attr, written(function.value), tuple(node.args), named)
    return Call(node, name_of(function), "", tuple(node.args), named)


def name_of(function: ast.AST | None) -> str:
    """What is called, without what it is called on: `backward` of `loss.backward`; `` of others."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def base_of(node: ast.AST) -> str:
    """The variable that an expression is a part of: `self` of `self.layers[0]`."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


_ATTRIBUTES = ("data", "grad", "T", "mT", "H")
"""Attributes whose reading does something with a tensor."""
