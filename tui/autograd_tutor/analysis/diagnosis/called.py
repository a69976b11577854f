"""Which module a line calls, by whatever name its function has for it."""

from __future__ import annotations

import ast

from autograd_tutor.analysis.diagnosis.naming import recorded, wholes
from autograd_tutor.analysis.diagnosis.run import Line


def module_called(line: Line, function: ast.expr) -> str:
    """The recorded name of the module that an expression stands for, `` where that is not known."""
    if not isinstance(function, (ast.Name, ast.Attribute, ast.Subscript)):
        return ""
    modules = line.trace.training(line.index)
    names = wholes(line.trace, line.index, recorded(function))
    return next((each for each in names if each in modules), "")


def calls_module(line: Line) -> bool:
    """Whether a line calls a module whose name is known."""
    calls = line.source.calls if line.source is not None else ()
    return any(
        isinstance(each.node, ast.Call) and module_called(line, each.node.func) for each in calls
    )
