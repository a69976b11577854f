"""The custom Functions of a script, as their classes are written."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from autograd_tutor.analysis.diagnosis.run import Run
from autograd_tutor.analysis.loops import parsed
from autograd_tutor.recording.model import Node
from autograd_tutor.recording.trace import Trace


class Own(NamedTuple):
    """A custom Function of which nodes were made."""

    name: str
    trace: Trace
    """Of the step whose code has the class."""
    nodes: tuple[Node, ...]
    forward: ast.FunctionDef
    backward: ast.FunctionDef


def own_functions(run: Run) -> Iterator[Own]:
    """All whose class stands in the script, with both methods in it."""
    by_name: dict[str, list[Node]] = {}
    for number in run.found:
        node = run.nodes[number]
        if node.custom:
            by_name.setdefault(node.name.removesuffix("Backward"), []).append(node)
    for trace in run.traces if by_name else ():
        tree = parsed(trace.source)
        for each in ast.walk(tree) if tree is not None else ():
            if isinstance(each, ast.ClassDef) and each.name in by_name:
                forward, backward = function_in(each, "forward"), function_in(each, "backward")
                if forward is not None and backward is not None:
                    nodes = tuple(by_name.pop(each.name))
                    yield Own(each.name, trace, nodes, forward, backward)


def function_in(of: ast.AST, name: str) -> ast.FunctionDef | None:
    """The function of a name that stands in a class, or in any code."""
    found = (n for n in ast.walk(of) if isinstance(n, ast.FunctionDef) and n.name == name)
    return next(found, None)


def arguments(function: ast.FunctionDef) -> tuple[str, ...]:
    """The names of all arguments, the first (`ctx`) apart."""
    given = function.args
    names = [each.arg for each in (*given.posonlyargs, *given.args)][1:]
    return (*names, *([given.vararg.arg] if given.vararg is not None else []))


def returned(function: ast.FunctionDef) -> list[ast.expr]:
    """All that its `return`s give back, the elements of tuples each."""
    found: list[ast.expr] = []
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and node.value is not None:
            is_tuple = isinstance(node.value, ast.Tuple)
            found += (
                node.value.elts if isinstance(node.value, ast.Tuple) and is_tuple else [node.value]
            )
    return found
