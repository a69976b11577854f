"""The same question with other numbers: the code of a lesson with some names set anew."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from autograd_tutor.course.model import Lesson, Locations, Step
from autograd_tutor.course.python_source import parsed, syntax_fault
from autograd_tutor.course.tasks import Prediction


class NoVariant(Exception):
    """There is none; the text says why, as part of a sentence about `name`."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(why)
        self.name = name


@dataclass(frozen=True)
class _Span:
    """The characters of a value: lines from 1, columns from 0."""

    first_line: int
    begin: int
    last_line: int
    end: int

    def replaced(self, code: str, value: str) -> str:
        """The code with this value in its place; all around it stays as it is."""
        lines = code.split("\n")
        head = lines[self.first_line - 1][: self.begin]
        tail = lines[self.last_line - 1][self.end :]
        whole = f"{head}{value}{tail}".split("\n")
        return "\n".join([*lines[: self.first_line - 1], *whole, *lines[self.last_line :]])


def variant(lesson: Lesson, step: int, prediction: Prediction) -> Lesson:
    """The lesson up to this step (from 0), with the names of the prediction's `again` set anew.

    Of each name the newest assignment before the moment gets another value; where there is none in
    the step, one in the steps before it, then in the setup. Nothing is expected of that code, and
    the step asks this one question. Raises NoVariant.
    """
    if not prediction.again:
        raise NoVariant("", "nothing is to be set anew")
    codes = [lesson.setup, *[each.code for each in lesson.steps[: step + 1]]]
    line = prediction.line
    for name, value in prediction.again:
        value = _fit(name, value)
        for place in range(len(codes) - 1, -1, -1):
            before = line if place == step + 1 else 0
            span = _newest(codes[place], name, before)
            if span is not None:
                break
        else:
            raise NoVariant(name, "no line before the moment assigns it")
        codes[place] = span.replaced(codes[place], value)
        if place == step + 1 and span.last_line < line:
            line += value.count("\n") - (span.last_line - span.first_line)
    asked = replace(prediction, line=line)
    steps = [
        _step(own, code, (asked,) if number == step else ())
        for number, (own, code) in enumerate(zip(lesson.steps[: step + 1], codes[1:], strict=True))
    ]
    return replace(lesson, setup=codes[0], steps=tuple(steps))


def _step(own: Step, code: str, predictions: tuple[Prediction, ...]) -> Step:
    at = own.locations
    if code != own.code:
        at = Locations(at.step, at.code._replace(exact=False), at.graph, at.raises, at.watch)
    return replace(own, code=code, expect=(), plot=None, predictions=predictions, locations=at)


def _fit(name: str, value: str) -> str:
    """The value as it can stand in the place of any other; in brackets where it has to be."""
    value = value.strip()
    if fault := syntax_fault(value, "eval"):
        raise NoVariant(name, f"its value is no Python expression: {fault.message}")
    tree = ast.parse(value, mode="eval").body
    value = ast.get_source_segment(value, tree) or value  # without a comment
    bare = not isinstance(tree, ast.Tuple | ast.Lambda | ast.NamedExpr | ast.IfExp)
    return value if bare and "\n" not in value else f"({value})"


def _newest(code: str, name: str, line: int) -> _Span | None:
    """The value that the name has before this line; 0: at the end of the code.

    Where no line before it assigns the name, what the line itself assigns.
    """
    tree = parsed(code)
    if tree is None:
        return None
    found = [
        value
        for statement in _statements(tree.body)
        for target, value in _assigned(statement)
        if target == name and (not line or value.lineno <= line)
    ]
    earlier = [value for value in found if not line or value.lineno < line]
    newest = max(earlier or found, key=lambda value: value.lineno, default=None)
    return None if newest is None else _span(code, newest)


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """All statements that share the namespace: those of functions and classes do not."""
    for each in body:
        yield each
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        for field in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(each, field, []))
        for handler in getattr(each, "handlers", []):
            yield from _statements(handler.body)


def _assigned(statement: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """The names that a statement gives a value of their own, and the expression of each."""
    match statement:
        case ast.Assign(targets=[target], value=value):
            pass
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            pass
        case _:
            return
    match target, value:
        case ast.Name(id=name), _:
            yield name, value
        case (
            (ast.Tuple(elts=names) | ast.List(elts=names)),
            ast.Tuple(elts=values) | ast.List(elts=values),
        ) if len(names) == len(values) and not any(
            isinstance(each, ast.Starred) for each in [*names, *values]
        ):
            for each, own in zip(names, values, strict=True):
                if isinstance(each, ast.Name):
                    yield each.id, own


def _span(code: str, value: ast.expr) -> _Span:
    """Where the expression stands; the tree counts bytes in a line."""
    lines = code.split("\n")
    last_line, end = value.end_lineno or value.lineno, value.end_col_offset or 0
    return _Span(
        value.lineno,
        len(lines[value.lineno - 1].encode()[: value.col_offset].decode()),
        last_line,
        len(lines[last_line - 1].encode()[:end].decode()),
    )
