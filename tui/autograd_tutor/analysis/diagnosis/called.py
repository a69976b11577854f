"""Which module a line calls, by whatever name its function has for it."""

from __future__ import annotations

import ast

from autograd_tutor.analysis.diagnosis.own import function_in
from autograd_tutor.analysis.diagnosis.run import Line, Moment, Run
from autograd_tutor.analysis.diagnosis.source import written
from autograd_tutor.analysis.loops import parsed
from autograd_tutor.recording.local_names import local_prefix

_DEEP = 6
"""Callers that are gone back to at most."""


def module_called(run: Run, line: Line, function: ast.expr) -> str:
    """The recorded name of the module that an expression stands for, `` where that is not known."""
    at: Line | None = line
    node: ast.expr | None = function
    for _ in range(_DEEP):
        name = written(node) if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)) else ""
        if at is None or not name:
            return ""
        found = _known(at, name)
        if found:
            return found
        caller = caller_of(run, at)
        node = _given(at, caller, name) if caller is not None else None
        at = caller
    return ""


def calls_module(run: Run, line: Line) -> bool:
    """Whether a line calls a module whose name is known."""
    calls = line.source.calls if line.source is not None else ()
    return any(
        isinstance(each.node, ast.Call) and module_called(run, line, each.node.func)
        for each in calls
    )


def _known(line: Line, name: str) -> str:
    modules = line.trace.training(line.index)
    function = line.snapshot.function
    for each in (local_prefix(function) + name, name) if function else (name,):
        if each in modules:
            return each
    own = name.removeprefix("self") if name.startswith("self.") else ""
    found = [each for each in modules if each == own[1:] or each.endswith(own)] if own else []
    return found[0] if len(found) == 1 else ""


def caller_of(run: Run, line: Line) -> Line | None:
    """The line that called the function of a line."""
    snapshots, depth = line.trace.snapshots, line.snapshot.depth
    for index in range(line.index + 1, len(snapshots)):
        each = snapshots[index]
        if each.backward is None and each.depth < depth:
            return run.line_of(Moment(line.trace.step, index))
    return None


def _given(line: Line, caller: Line, name: str) -> ast.expr | None:
    """What a caller gave the function of a line as an argument of a name."""
    called = (line.snapshot.function or "").rpartition(".")[2]
    tree = parsed(line.trace.source)
    function = function_in(tree, called) if tree is not None else None
    call = next(iter(caller.source.calls_of(called)), None) if caller.source is not None else None
    if function is None or call is None:
        return None
    names = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
    names = names[1:] if names[:1] == ["self"] else names
    if name in names and names.index(name) < len(call.arguments):
        return call.arguments[names.index(name)]
    return call.keyword(name)
