"""Compiles a step with calls of a hook where its loops begin, turn and end, and at two lines.

So a step can run at its plain speed, without a trace function, and be followed again from a turn or
a line on. Python says of these calls that they are on a line behind the last one.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Literal, NamedTuple, TypeVar

from autograd_tutor.kernel.statements import header_lines

Kind = Literal["begin", "turn", "end", "open", "close"]
"""Of a loop: it begins, a turn of it begins, it has ended. Of lines: they are about to run, have
run."""

Hook = Callable[[Kind, int], None]
"""Called with the header of the loop; before lines with the line that runs before them, 0: none."""

_Node = TypeVar("_Node", ast.Constant, ast.Call, ast.Expr, ast.Try)
_MARK = "\0hook"
_FRAMES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_SUSPENDS = (ast.Yield, ast.YieldFrom, ast.Await)
_LOOPS = (ast.For, ast.While, ast.AsyncFor)


class Lines(NamedTuple):
    """The first and the last line (of the file) that are asked for."""

    first: int
    last: int


def hooked(code: str, filename: str, hook: Hook, hook_line: int, lines: Lines | None) -> CodeType:
    """The code of a step, which compiles, with calls of `hook` on the line `hook_line`."""
    tree = ast.parse(code, filename)
    _Hooking(tree, hook_line, lines).hook_all(tree)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # compiling the code as it is has shown them
        return _with_hook(compile(tree, filename, "exec", dont_inherit=True), hook)


def _with_hook(code: CodeType, hook: Hook) -> CodeType:
    consts = tuple(
        [
            hook if each == _MARK else _with_hook(each, hook) if type(each) is CodeType else each
            for each in code.co_consts
        ]
    )
    return code.replace(co_consts=consts)


class _Hooking:
    """Puts the calls into a tree."""

    def __init__(self, tree: ast.Module, hook_line: int, lines: Lines | None) -> None:
        self._at = hook_line
        self._first = self._last = None
        if lines is not None:
            spans = [(*header_lines(each), each) for each in ast.walk(tree) if _is_hookable(each)]
            after = [each for each in spans if each[1] >= lines.first]
            before = [each for each in spans if each[0] <= lines.last]
            self._first = min(after, key=lambda each: each[0])[2] if after else None
            self._last = max(before, key=lambda each: each[0])[2] if before else None

    def hook_all(self, node: ast.AST, suspends: bool = False) -> None:
        """`suspends`: it is in a generator or coroutine, whose turns come and go."""
        if isinstance(node, _FRAMES):
            suspends = any(isinstance(each, _SUSPENDS) for each in _own_nodes(node))
        for name in ("body", "handlers", "cases", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if not isinstance(block, list):
                continue
            before = 0 if isinstance(node, (ast.Module, *_FRAMES)) else _line_of(node)
            new: list[ast.AST] = []
            for each in block:
                if each is self._first:
                    new.append(self._call("open", before))
                self.hook_all(each, suspends)
                hooked = each
                if isinstance(each, _LOOPS) and not suspends and _has_room(each):
                    hooked = self._hooked_loop(each)
                new.append(self._always(hooked, "close", 0) if each is self._last else hooked)
                before = _line_of(each)
            setattr(node, name, new)

    def _hooked_loop(self, loop: ast.For | ast.While | ast.AsyncFor) -> ast.AST:
        line = loop.lineno
        loop.body.insert(0, self._call("turn", line))
        hooked = self._always(loop, "end", line)
        hooked.body.insert(0, self._call("begin", line))
        return hooked

    def _always(self, node: ast.AST, kind: Kind, line: int) -> ast.Try:
        """Call the hook after a statement, however it ends."""
        assert isinstance(node, ast.stmt)
        whole = ast.Try([node], [], [], [self._call(kind, line)])
        return self._placed(whole)

    def _call(self, kind: Kind, line: int) -> ast.Expr:
        arguments: list[ast.expr] = [self._placed(ast.Constant(each)) for each in (kind, line)]
        call = self._placed(ast.Call(self._placed(ast.Constant(_MARK)), arguments, []))
        return self._placed(ast.Expr(call))

    def _placed(self, node: _Node) -> _Node:
        node.lineno = node.end_lineno = self._at
        node.col_offset = node.end_col_offset = 0
        return node


def _is_hookable(node: ast.AST) -> bool:
    """Whether a call may stand before a statement: not before what has to come first."""
    if isinstance(node, ast.ImportFrom) and node.module == "__future__":
        return False
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return isinstance(node, ast.stmt) and not is_text


def _line_of(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 0))


def _has_room(loop: ast.For | ast.While | ast.AsyncFor) -> bool:
    """Whether its body begins on a line of its own: else its turns are no moments."""
    return loop.body[0].lineno > header_lines(loop)[0]


def _own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function without those of functions in it."""
    waiting = list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, _FRAMES):
            waiting += ast.iter_child_nodes(node)
