"""A condition over recorded values, as typed by a person: read by Python's parser, never executed.

Of its tree only what stands in the tables here is known, and every node becomes a function.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Collection, Sequence
from typing import NamedTuple

from autograd_tutor.analysis import operations
from autograd_tutor.analysis.array_methods import (
    ATTRIBUTES,
    MASKS,
    METHODS,
    of_mask,
    of_size,
)
from autograd_tutor.analysis.condition_parts import (
    Evaluate,
    about_all,
    always,
    check_there,
    of_tensor,
    of_variable,
    shown_as,
    slice_of,
)
from autograd_tutor.analysis.operations import FUNCTIONS, OF_MODULES, truth
from autograd_tutor.analysis.variable_names import (
    Variable,
    readable,
    recorded,
    spelled,
    why_unknown,
)
from autograd_tutor.limits.interface import DEEPEST_QUERY, LONGEST_QUERY
from autograd_tutor.messages import _
from autograd_tutor.recording.model import Tensor

_BINARY: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
    ast.Pow: "**", ast.BitAnd: "&", ast.BitOr: "|",
}  # fmt: skip
_UNARY: dict[type[ast.unaryop], str] = {
    ast.Not: "not", ast.USub: "-", ast.UAdd: "+", ast.Invert: "~",
}  # fmt: skip
_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip
_MODULES = ("torch", "math")
_REDUCED = {"any": of_mask, "all": of_mask, "sum": of_mask}
_SIZED = ("max", "min", "norm")

_SINGLE_EQUALS = re.compile(r"(?<![=!<>])=(?!=)")


class QueryError(Exception):
    """Why nothing can be looked for, in one line."""


class Unreadable(QueryError):
    """It is no Python, so perhaps it was not meant as a condition."""


class Condition(NamedTuple):
    """A condition that can be asked of any moment."""

    variables: tuple[Variable, ...]
    evaluate: Evaluate

    def holds(self, values: Sequence[Tensor | str]) -> bool:
        """Whether it is true with these values of its variables. Raises Unfit where unknown."""
        return truth(self.evaluate(values))


def read_condition(text: str, names: Collection[str], so_far: bool = False) -> Condition:
    """The condition in a text; `names`: all that any moment has. Raises QueryError.

    `so_far`: more names may come.
    """
    if len(text) > LONGEST_QUERY:
        raise QueryError(
            _("This is longer than {longest_query} characters.").format(longest_query=LONGEST_QUERY)
        )
    reader = _Reader(names, so_far)
    evaluate = reader.read(_tree(text), 0)
    return Condition(tuple(reader.variables), evaluate)


def _tree(text: str) -> ast.expr:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they would be printed on the screen
            return ast.parse(readable(text.strip()), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        hint = _("; == compares") if _SINGLE_EQUALS.search(text) else ""
        raise Unreadable(
            _("Python cannot read `{code}`{hint}.").format(code=text.strip(), hint=hint)
        ) from None


class _Reader:
    """Turns the tree of a condition into functions, and finds its variables."""

    def __init__(self, names: Collection[str], so_far: bool) -> None:
        self.variables: list[Variable] = []
        self._names = names
        self._so_far = so_far

    def read(self, node: ast.expr, level: int) -> Evaluate:
        """What a node of the tree evaluates to. Raises QueryError for what is not known here."""
        if level > DEEPEST_QUERY:
            raise QueryError(_("This is nested too deeply."))
        name = spelled(node)
        if name is not None and (names := recorded(name, self._names)):
            return self._variable(Variable(name, names))
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise QueryError(_("`{code}` cannot be used here.").format(code=shown_as(node)))
        found: Evaluate = method(node, level + 1)
        return found

    def _variable(self, variable: Variable) -> Evaluate:
        if variable not in self.variables:
            self.variables.append(variable)
        at = self.variables.index(variable)
        return of_variable(variable, at)

    def _constant(self, node: ast.Constant, level: int) -> Evaluate:
        if not isinstance(node.value, (int, float, complex, str, type(None))):
            raise QueryError(_("`{code}` cannot be used here.").format(code=shown_as(node)))
        return always(node.value)

    def _name(self, node: ast.Name, level: int) -> Evaluate:
        raise QueryError(why_unknown(node.id, self._names, self._so_far))

    def _tuple(self, node: ast.Tuple | ast.List, level: int) -> Evaluate:
        parts = [self.read(each, level) for each in node.elts]
        kind = tuple if isinstance(node, ast.Tuple) else list
        return lambda values: kind([part(values) for part in parts])

    _list = _tuple

    def _unaryop(self, node: ast.UnaryOp, level: int) -> Evaluate:
        sign, operand = _UNARY[type(node.op)], self.read(node.operand, level)
        return lambda values: operations.unary(sign, operand(values))

    def _binop(self, node: ast.BinOp, level: int) -> Evaluate:
        sign = _BINARY.get(type(node.op))
        if sign is None:
            raise QueryError(
                _("The operator of `{code}` cannot be used here.").format(code=shown_as(node))
            )
        left, right = self.read(node.left, level), self.read(node.right, level)
        return about_all(node, lambda values: operations.binary(sign, left(values), right(values)))

    def _boolop(self, node: ast.BoolOp, level: int) -> Evaluate:
        parts, ends = [self.read(each, level) for each in node.values], isinstance(node.op, ast.Or)

        def evaluate(values: Sequence[Tensor | str]) -> object:
            found: object = None
            for part in parts:
                found = part(values)
                if truth(found) is ends:
                    return found
            return found

        return evaluate

    def _compare(self, node: ast.Compare, level: int) -> Evaluate:
        signs = [_COMPARE[type(each)] for each in node.ops]
        parts = [self.read(each, level) for each in (node.left, *node.comparators)]
        if len(signs) == 1:
            (sign,), (one, other) = signs, parts
            return about_all(
                node, lambda values: operations.compare(sign, one(values), other(values))
            )

        def evaluate(values: Sequence[Tensor | str]) -> object:
            found: object = True
            left = parts[0](values)
            for sign, part in zip(signs, parts[1:], strict=True):
                right = part(values)
                found = operations.compare(sign, left, right)
                if not truth(found):
                    return found
                left = right
            return found

        return evaluate

    def _attribute(self, node: ast.Attribute, level: int) -> Evaluate:
        if isinstance(node.value, ast.Name) and node.value.id in _MODULES:
            if node.attr not in OF_MODULES:
                raise QueryError(_("`{code}` is not known here.").format(code=shown_as(node)))
            return always(OF_MODULES[node.attr])
        attribute = ATTRIBUTES.get(node.attr)
        if attribute is None:
            known = ", ".join(f".{name}" for name in ATTRIBUTES)
            of_method = _(" is a method: put () behind it") if node.attr in METHODS else ""
            what = of_method or _(" is not known here; these are: {known}").format(known=known)
            raise QueryError(f"`.{node.attr}`{what}.")
        base = self.read(node.value, level)
        return of_tensor(node.value, base, attribute)

    def _call(self, node: ast.Call, level: int) -> Evaluate:
        target, method = _called(node)
        if target is None or node.keywords:
            raise QueryError(_("`{code}` cannot be called here.").format(code=shown_as(node)))
        inner, before = _called(target) if isinstance(target, ast.Call) else (None, "")
        if inner is not None and before in MASKS and method in _REDUCED:
            base = self.read(inner, level)
            return of_tensor(inner, base, lambda array: of_mask(method, before, array))
        if inner is not None and before == "abs" and method in _SIZED:
            base = self.read(inner, level)
            return of_tensor(inner, base, lambda array: of_size(method, array))
        base = self.read(target, level)
        if isinstance(node.func, ast.Name):
            return about_all(target, lambda values: FUNCTIONS[method](base(values)))
        return of_tensor(target, base, METHODS[method])

    def _subscript(self, node: ast.Subscript, level: int) -> Evaluate:
        base, keys = self.read(node.value, level), self._keys(node.slice, level)
        shown = shown_as(node.value)

        def evaluate(values: Sequence[Tensor | str]) -> object:
            value = base(values)
            check_there(value, shown)
            return operations.item(value, keys(values))

        return about_all(node.value, evaluate)

    def _keys(self, node: ast.expr, level: int) -> Evaluate:
        if isinstance(node, ast.Tuple):
            parts = [self._keys(each, level) for each in node.elts]
            return lambda values: tuple([part(values) for part in parts])
        if isinstance(node, ast.Slice):
            ends = [
                always(None) if each is None else self.read(each, level)
                for each in (node.lower, node.upper, node.step)
            ]
            return lambda values: slice_of([end(values) for end in ends])
        return self.read(node, level)


def _called(node: ast.Call) -> tuple[ast.expr | None, str]:
    """The tensor of a method that is known, called as `x.norm()` or `torch.norm(x)`, and its name.

    Also the argument of a function of Python, as of `len(x)`.
    """
    function = node.func
    if isinstance(function, ast.Name):
        known = function.id in FUNCTIONS and len(node.args) == 1
        return (node.args[0] if known else None), function.id
    if not isinstance(function, ast.Attribute) or function.attr not in METHODS:
        return None, ""
    owner = function.value
    if isinstance(owner, ast.Name) and owner.id == "torch":
        return (node.args[0] if len(node.args) == 1 else None), function.attr
    return (None if node.args else owner), function.attr
