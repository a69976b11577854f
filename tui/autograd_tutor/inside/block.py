"""Which lines of a program are recorded, and what is shown of its file."""

from __future__ import annotations

import ast
import linecache
import os
import textwrap
from collections.abc import Iterable
from types import CodeType, FrameType
from typing import Any, NamedTuple

from autograd_tutor.kernel.statements import tree_of
from autograd_tutor.recording.printable import printable

_NO_SOURCE = "...  # the source of this line is not there\n"


class Span(NamedTuple):
    """Lines of a file, from the first to the last."""

    first: int
    last: int

    def __contains__(self, line: object) -> bool:
        return isinstance(line, int) and self.first <= line <= self.last


class Block(NamedTuple):
    """What is recorded."""

    code: CodeType
    """What the lines are part of: a module, a function, a cell of a notebook."""
    span: Span
    lines: tuple[str, ...]
    """All of the file."""
    tree: ast.Module | None
    """None where the file is no Python any more."""
    name: str
    """What people call the file: `train.py`, `In [3]`."""
    module: str
    """The `__name__` of the module."""
    in_header: bool = False
    """Whether it stands on the line of its `with`."""

    @property
    def file(self) -> str:
        """What Python calls the file."""
        return self.code.co_filename


class Shown(NamedTuple):
    """Code as a recording has it; `first_line` is the number of its first line in the file."""

    code: str
    first_line: int


def block_around(frame: FrameType) -> Block:
    """The block of the `with` that a frame is about to enter; else all of the frame's code."""
    found = block_of(frame.f_code, frame.f_globals)
    inner = _with_at(found.tree, frame.f_lineno)
    if inner is None:
        return found
    span = Span(inner.body[0].lineno, inner.end_lineno or inner.lineno)
    return found._replace(span=span, in_header=frame.f_lineno in span)


def block_of(code: CodeType, variables: dict[str, Any]) -> Block:
    """All lines of a function or a module, whose global variables these are."""
    span = _span_of(code)
    lines = linecache.getlines(code.co_filename, variables)
    lines = lines + [_NO_SOURCE] * (span.last - len(lines))
    try:
        tree = tree_of("".join(lines))
    except (SyntaxError, ValueError):  # the file has changed since it was imported
        tree = None
    name = printable(_name_of(code.co_filename, variables))
    return Block(code, span, tuple(lines), tree, name, str(variables.get("__name__", "")))


def shown(block: Block, called: Iterable[CodeType]) -> Shown:
    """The lines of a block, without indentation; or what has the functions that it `called`, too.

    That is whole statements of the file: what is shown is Python by itself.
    """
    spans = [block.span, *map(_span_of, called)]
    first, last = min(span.first for span in spans), max(span.last for span in spans)
    if (first, last) == block.span:
        text = textwrap.dedent("".join(block.lines[first - 1 : last]))
        if _is_python(text):
            return Shown(text, first)
    for statement in block.tree.body if block.tree is not None else ():
        decorators = getattr(statement, "decorator_list", ())
        begin = min([statement.lineno, *[each.lineno for each in decorators]])
        end = statement.end_lineno or begin
        if begin <= last and first <= end:
            first, last = min(first, begin), max(last, end)
    return Shown("".join(block.lines[first - 1 : last]), first)


def _with_at(tree: ast.Module | None, line: int) -> ast.With | ast.AsyncWith | None:
    """The innermost `with` that has the line in its header."""
    inner = None
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.With | ast.AsyncWith):
            ends = [each.context_expr.end_lineno or node.lineno for each in node.items]
            if line in Span(node.lineno, max(ends)) and (inner is None or inner.lineno < line):
                inner = node
    return inner


def _span_of(code: CodeType) -> Span:
    every = [line for _, _, line in code.co_lines() if line]
    every += [_span_of(each).last for each in code.co_consts if isinstance(each, CodeType)]
    return Span(max(1, code.co_firstlineno), max([*every, code.co_firstlineno, 1]))


def _is_python(text: str) -> bool:
    try:
        return bool(tree_of(text))
    except (SyntaxError, ValueError):
        return False


def _name_of(file: str, variables: dict[str, Any]) -> str:
    cells = variables.get("In")
    if "get_ipython" in variables and isinstance(cells, list):
        return f"In [{len(cells) - 1}]"
    return os.path.basename(file) or "program"
