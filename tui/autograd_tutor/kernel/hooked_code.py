"""Compiles a step with calls of a hook where its loops begin, turn and end, and around lines.

So a step can run at its plain speed, without a trace function, and be followed again from a turn or
a line on. Python says of these calls that they are on a line behind the last one.
"""

from __future__ import annotations

import ast
import secrets
import warnings
from collections.abc import Callable, Iterator
from itertools import groupby
from types import CodeType
from typing import Literal, NamedTuple, TypeVar

from autograd_tutor.kernel.statements import header_lines

Kind = Literal["begin", "turn", "end", "open", "shut", "back"]
"""Of a loop: it begins, a turn of it begins, it has ended. Of lines: those that are asked for
begin, or others; back to those before."""

Hook = Callable[[Kind, int], None]
"""Called with the header of the loop; at lines with the one that ran last, 0: none of the code."""

_Node = TypeVar("_Node", ast.Constant, ast.Call, ast.Expr, ast.Try)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_FRAMES = (*_FUNCTIONS, ast.Lambda, ast.ClassDef)
_SUSPENDS = (ast.Yield, ast.YieldFrom, ast.Await, ast.AsyncFor, ast.AsyncWith)
_LOOPS = (ast.For, ast.While, ast.AsyncFor)


class Lines(NamedTuple):
    """The first and the last line (of the file) that are asked for."""

    first: int
    last: int


def hooked(
    code: str,
    filename: str,
    hook: Hook,
    hook_line: int,
    lines: Lines | None,
    within: bool = False,
) -> CodeType:
    """The code of a step, which compiles, with calls of `hook` on the line `hook_line`.

    `within`: within functions alone.
    """
    tree = ast.parse(code, filename)
    mark = f"\0{secrets.token_hex(16)}"  # a constant that no code has
    _Hooking(hook_line, lines, mark, _compiled(tree)).hook_all(tree, suspends=within)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # compiling the code as it is has shown them
        return _with_hook(compile(tree, filename, "exec", dont_inherit=True), hook, mark)


def _with_hook(code: CodeType, hook: Hook, mark: str) -> CodeType:
    consts: list[object] = []
    for each in code.co_consts:
        if type(each) is CodeType:
            consts.append(_with_hook(each, hook, mark))
        else:
            consts.append(hook if type(each) is str and each == mark else each)
    return code.replace(co_consts=tuple(consts))


class _Hooking:
    """Puts the calls into a tree."""

    def __init__(
        self, hook_line: int, lines: Lines | None, mark: str, let_be: set[ast.AST]
    ) -> None:
        """`mark`: the constant that stands for the hook; `let_be`: functions without it."""
        self._at = hook_line
        self._lines = lines
        self._mark = mark
        self._let_be = let_be

    def hook_all(self, node: ast.AST, follows: bool | None = False, suspends: bool = False) -> None:
        """`follows`: whether its lines are asked for as they come; None: as its caller's are.

        `suspends`: in a generator or coroutine, whose turns come and go, or where none count.
        """
        if node in self._let_be:
            return
        if isinstance(node, _FUNCTIONS):
            follows, suspends = None, any(isinstance(each, _SUSPENDS) for each in _own(node))
        before = 0 if isinstance(node, (ast.Module, *_FUNCTIONS)) else _line_of(node)
        for name in ("body", "orelse", "finalbody"):
            block: list[ast.stmt] | None = getattr(node, name, None)
            if isinstance(block, list):
                setattr(node, name, self._block(block, before, follows, suspends))
        for name in ("handlers", "cases"):
            for each in getattr(node, name, ()):
                self.hook_all(each, follows, suspends)

    def _block(
        self, block: list[ast.stmt], before: int, follows: bool | None, suspends: bool
    ) -> list[ast.stmt]:
        new: list[ast.stmt] = []
        for asked, group in groupby(block, self._is_asked_for):
            run: list[ast.stmt] = []
            last = before
            for each in group:
                last = each.lineno
                self.hook_all(each, bool(asked), suspends)
                is_loop = not suspends and _has_room(each)
                run.append(self._hooked_loop(each) if is_loop else each)
            if asked is not None and not suspends and asked != bool(follows) and self._lines:
                if asked:
                    run = [self._always([self._call("open", before), *run], "back", last)]
                elif follows is not None:
                    run = [self._always([self._call("shut", before), *run], "back", last)]
            new += run
            before = last
        return new

    def _is_asked_for(self, node: ast.stmt) -> bool | None:
        """Whether a statement is on the lines; None: no call may stand before it."""
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            return None
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return None
        first, last = header_lines(node)
        return self._lines is not None and self._lines.first <= last and first <= self._lines.last

    def _hooked_loop(self, loop: ast.stmt) -> ast.stmt:
        assert isinstance(loop, _LOOPS)
        line = loop.lineno
        loop.body.insert(0, self._call("turn", line))
        return self._always([self._call("begin", line), loop], "end", line)

    def _always(self, statements: list[ast.stmt], kind: Kind, line: int) -> ast.Try:
        """Call the hook after these statements, however they end."""
        return self._placed(ast.Try(statements, [], [], [self._call(kind, line)]))

    def _call(self, kind: Kind, line: int) -> ast.Expr:
        arguments: list[ast.expr] = [self._placed(ast.Constant(each)) for each in (kind, line)]
        call = self._placed(ast.Call(self._placed(ast.Constant(self._mark)), arguments, []))
        return self._placed(ast.Expr(call))

    def _placed(self, node: _Node) -> _Node:
        node.lineno = node.end_lineno = self._at
        node.col_offset = node.end_col_offset = 0
        return node


def _line_of(node: ast.AST) -> int:
    """Of a `case` that of its pattern: it has none itself; 0: none."""
    return int(getattr(getattr(node, "pattern", node), "lineno", 0))


def _has_room(loop: ast.stmt) -> bool:
    """Whether its body begins on a line of its own: else its turns are no moments."""
    return isinstance(loop, _LOOPS) and loop.body[0].lineno > header_lines(loop)[0]


def _own(function: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function without those of functions in it."""
    waiting = list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, _FRAMES):
            waiting += ast.iter_child_nodes(node)


def _compiled(tree: ast.AST) -> set[ast.AST]:
    """The functions that torch.compile gets, as a decorator or by their name.

    It knows no calls of ours, and raises where it comes to one.
    """
    nodes = list(ast.walk(tree))
    names = {
        argument.id
        for call in nodes
        if isinstance(call, ast.Call) and _is_compile(call.func)
        for argument in call.args[:1]
        if isinstance(argument, ast.Name)
    }
    return {
        each
        for each in nodes
        if isinstance(each, _FUNCTIONS)
        and (each.name in names or any(map(_is_compile, each.decorator_list)))
    }


def _is_compile(node: ast.expr) -> bool:
    """Whether it says `torch.compile`, or calls that."""
    said = node.func if isinstance(node, ast.Call) else node
    return (
        isinstance(said, ast.Attribute)
        and said.attr == "compile"
        and isinstance(said.value, ast.Name)
        and said.value.id == "torch"
    )
