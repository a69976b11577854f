"""Names that an exercise does without, found in code before any of it is run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache

from autograd_tutor.limits.interface import MOST_PARSED

_BY_TEXT = ("getattr", "setattr", "delattr", "hasattr")
"""Functions that take the name of an attribute as a text."""


@lru_cache(maxsize=16)
def refusal(forbid: tuple[tuple[str, str], ...], code: str) -> str:
    """Why code is not run, for people; `` where it may be.

    `forbid`: names, perhaps with dots before them, each with the reason. Code that Python cannot
    parse may be run: then it says so itself.
    """
    if not forbid:
        return ""
    if len(code) > MOST_PARSED:
        return f"Not run: it has more than {MOST_PARSED:,} characters."
    try:
        tree = ast.parse(code)
        uses = sorted(_uses(tree))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    for line, used in uses:
        for name, why in forbid:
            if used == name or used.endswith(f".{name}"):
                return f"Not run: line {line} uses {name}. {why.strip()}"
    return ""


def _uses(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The line and the name of all that the code mentions, with what stands before its dots."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name):
                yield node.lineno, name
            case ast.Attribute():
                yield node.end_lineno or node.lineno, _dotted(node)
            case ast.alias(name=name):
                yield from ((node.lineno, part) for part in _beginnings(name))
            case ast.ImportFrom(module=module, names=names):
                yield from ((node.lineno, part) for part in _beginnings(module or ""))
                yield from ((node.lineno, f"{module}.{each.name}") for each in names)
            case ast.Call(func=ast.Name(id=called), args=[_, ast.Constant(value=str(name)), *_]):
                if called in _BY_TEXT:
                    yield node.lineno, name


def _beginnings(name: str) -> list[str]:
    """Of `a.b.c`: `a`, `a.b` and itself."""
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts) + 1)]


def _dotted(node: ast.expr) -> str:
    """`a.b.c` of an attribute; `.c` where something else than a name stands before it."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    parts.append(node.id if isinstance(node, ast.Name) else "")
    return ".".join(reversed(parts))
