"""Names that an exercise forbids, found in the learner's code before any of it runs."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from autograd_tutor.course.python_source import parsed

_DOTTED = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
_BY_TEXT = ("getattr", "setattr", "hasattr", "delattr", "__import__", "import_module")
_STATEMENTS: dict[str, tuple[type[ast.AST], ...]] = {
    "for": (ast.For, ast.AsyncFor, ast.comprehension),
    "while": (ast.While,),
    "if": (ast.If, ast.IfExp),
    "with": (ast.With, ast.AsyncWith),
    "try": (ast.Try,),
    "lambda": (ast.Lambda,),
    "def": (ast.FunctionDef, ast.AsyncFunctionDef),
    "class": (ast.ClassDef,),
    "del": (ast.Delete,),
    "import": (ast.Import, ast.ImportFrom),
    "global": (ast.Global,),
    "raise": (ast.Raise,),
    "assert": (ast.Assert,),
}


class Forbidden(NamedTuple):
    """A forbidden name that is used, where (line and column from 1), and why it is forbidden."""

    name: str
    reason: str
    line: int
    column: int


def first_forbidden(code: str, forbid: Iterable[tuple[str, str]]) -> Forbidden | None:
    """The first use of a forbidden name; None where there is none, or the code is no Python."""
    return min(uses(code, forbid), key=lambda each: (each.line, each.column), default=None)


def uses(code: str, forbid: Iterable[tuple[str, str]]) -> list[Forbidden]:
    """All uses of the names that are forbidden, each of which has its reason."""
    tree, reasons = parsed(code), [(name.strip(), reason) for name, reason in forbid]
    if tree is None or not reasons:
        return []
    lines = code.split("\n")
    return [
        Forbidden(name, reason, place.lineno, _column(lines, place))
        for node in ast.walk(tree)
        for name, reason in reasons
        if (place := _use(node, name)) is not None
    ]


def can_be_forbidden(name: str) -> bool:
    """Whether it is a name (`data`, `torch.no_grad`), or a word of Python's that can be found."""
    if keyword.iskeyword(name):
        return name in _STATEMENTS
    return _DOTTED.fullmatch(name) is not None


class _Place(NamedTuple):
    lineno: int
    col_offset: int


def _use(node: ast.AST, name: str) -> _Place | None:
    """Where this node itself uses the name, if it does.

    `data` stands for a variable, an attribute or an import of that name, also where `getattr` gets
    it as a text; `torch.no_grad` for that chain, for its end behind another name of the module, and
    for `from torch import no_grad`; `for` for loops and comprehensions.
    """
    if name in _STATEMENTS:
        return _place(node) if isinstance(node, _STATEMENTS[name]) else None
    *before, last = name.split(".")
    for spelled, place in _names(node):
        parts = spelled.split(".")
        if parts[-len(before) - 1 :] == [*before, last]:
            return place
    return None


def _names(node: ast.AST) -> Iterator[tuple[str, _Place]]:
    """The names that a node spells, dotted as far as it goes, and where each is."""
    match node:
        case ast.Name(id=name) | ast.arg(arg=name):
            yield name, _place(node)
        case ast.Attribute(attr=attribute):
            end = (node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)
            width = len(attribute.encode())
            place = _Place(end[0], end[1] - width)
            yield _chain(node) or f".{attribute}", place
        case ast.Import(names=names):
            yield from ((each.name, _place(each)) for each in names)
        case ast.ImportFrom(module=module, names=names):
            yield from ((f"{module}.{each.name}", _place(each)) for each in names)
        case ast.Call(func=func, args=args) if _called(func) in _BY_TEXT:
            for each in args:
                if isinstance(each, ast.Constant) and isinstance(each.value, str):
                    yield each.value, _place(each)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name, _place(node)


def _chain(node: ast.expr) -> str | None:
    """`torch.autograd.grad` of the attributes of a variable; None of those of a call or item."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None if not parts else "." + ".".join(reversed(parts))
    return ".".join([node.id, *reversed(parts)])


def _called(func: ast.expr) -> str:
    if isinstance(func, ast.Attribute):
        return func.attr
    return func.id if isinstance(func, ast.Name) else ""


def _place(node: ast.AST) -> _Place:
    if isinstance(node, ast.comprehension):
        node = node.target
    return _Place(getattr(node, "lineno", 1), getattr(node, "col_offset", 0))


def _column(lines: list[str], place: _Place) -> int:
    """The column, from 1, in characters: the tree counts bytes, from 0."""
    line = lines[place.lineno - 1] if place.lineno <= len(lines) else ""
    return len(line.encode()[: place.col_offset].decode(errors="ignore")) + 1
