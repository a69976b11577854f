"""A formula's expression as it is read: `grad * conj(other)` is written `grad · other`."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import lru_cache

from autograd_tutor.formulas.expression import NotSimple, called, parsed
from autograd_tutor.formulas.words import CONDITIONS, FUNCTIONS, NAMES, PHRASES, SIGNS, UNREAD

_CHOICE, _LOGIC, _COMPARISON, _SUM, _PRODUCT, _MINUS, _POWER, _ATOM = range(8)
"""How tightly each binds, the loosest first."""

Written = tuple[str, int]

_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉"
_OPERATORS: Mapping[type[ast.operator], tuple[str, int]] = {
    ast.Add: ("+", _SUM),
    ast.Sub: ("−", _SUM),
    ast.Mult: ("·", _PRODUCT),
    ast.Div: ("/", _PRODUCT),
    ast.FloorDiv: ("//", _PRODUCT),
    ast.MatMult: ("@", _PRODUCT),
}
_LOGICAL: Mapping[type[ast.boolop], str] = {ast.And: " and ", ast.Or: " or "}
_SIGNS: Mapping[type[ast.cmpop], str] = {
    ast.Gt: ">",
    ast.GtE: "≥",
    ast.Lt: "<",
    ast.LtE: "≤",
    ast.Eq: "=",
}


def as_read(expression: str, numbers: Mapping[str, str] | None = None) -> str:
    """The expression for reading, with the text in `numbers` in place of each name it has.

    Raises NotSimple for an expression that has no such form.
    """
    return _written(expression, _Writer(numbers)) if numbers else _read(expression)


def leaves_out_conjugates(expression: str) -> bool:
    """Whether what is read holds for real numbers alone."""
    conjugated = "conj(" in expression or ".mH" in expression
    return conjugated and "conj(" not in as_read(expression)


@lru_cache(maxsize=1024)
def _read(expression: str) -> str:
    return _written(expression, _Writer({}))


def _written(expression: str, writer: _Writer) -> str:
    its = parsed(expression)
    definitions = [f", {name} = {writer.text(value, _CHOICE)}" for name, value in its.definitions]
    return "".join([writer.text(its.stated, _CHOICE), *definitions])


class _Writer:
    def __init__(self, numbers: Mapping[str, str]) -> None:
        self._numbers = numbers

    def text(self, node: ast.expr, at_least: int) -> str:
        """In parentheses unless it binds as tightly as asked for."""
        text, binds = self._of(node)
        return text if binds >= at_least else f"({text})"

    def _right(self, node: ast.expr, at_least: int) -> str:
        """After an operator a minus sign is put in parentheses too."""
        text = self.text(node, at_least)
        return f"({text})" if text.startswith(("-", "−")) else text

    def _of(self, node: ast.expr) -> Written:
        match node:
            case ast.Constant(value=int() | float() as number):
                return f"{number:g}", _ATOM
            case ast.Name(id=name):
                text = self._numbers.get(name) or NAMES.get(name, name)
                return text, _MINUS if text.startswith("-") else _ATOM
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return f"−{self._right(operand, _POWER)}", _MINUS
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                return self._power(left, right)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                sign, binds = _OPERATORS[type(op)]
                tighter = binds if isinstance(op, ast.Add) else binds + 1
                return f"{self.text(left, binds)} {sign} {self._right(right, tighter)}", binds
            case ast.BoolOp(op=logical, values=values):
                texts = [self.text(each, _COMPARISON) for each in values]
                return _LOGICAL[type(logical)].join(texts), _LOGIC
            case ast.Compare(left=left, ops=ops, comparators=others):
                return self._comparison(left, ops, others), _COMPARISON
            case ast.IfExp(test=test, body=body, orelse=other):
                texts = [self.text(each, _LOGIC) for each in (body, test, other)]
                return "{} if {} else {}".format(*texts), _CHOICE
            case ast.Attribute(value=value, attr="mT" | "mH"):
                return f"{self.text(value, _ATOM)}ᵀ", _ATOM
            case ast.Attribute(value=value, attr="H"):
                return f"{self.text(value, _ATOM)}ᴴ", _ATOM
            case ast.Subscript(value=ast.Name(id="grads"), slice=ast.Constant(value=int() as at)):
                return f"grad{_SUBSCRIPTS[at]}", _ATOM
            case ast.Call():
                return self._call(*called(node))
        raise NotSimple(ast.unparse(node))

    def _power(self, base: ast.expr, exponent: ast.expr) -> Written:
        below = self.text(base, _ATOM)
        match exponent:
            case ast.Constant(value=int() as number) if 2 <= number <= 9:
                return f"{below}{_SUPERSCRIPTS[number]}", _POWER
        return f"{below}^{self._right(exponent, _ATOM)}", _POWER

    def _comparison(self, left: ast.expr, ops: list[ast.cmpop], others: list[ast.expr]) -> str:
        pairs = zip(ops, others, strict=True)
        signs = [f" {_SIGNS[type(op)]} {self.text(other, _SUM)}" for op, other in pairs]
        return "".join([self.text(left, _SUM), *signs])

    def _call(self, name: str, arguments: tuple[ast.expr, ...]) -> Written:
        first = arguments[0]
        if name == "keepdim" and self._numbers:
            return self._keepdim(first)
        if name in UNREAD and not (name == "conj" and _has_grad(first)):
            return self._of(first)
        if name == "t":
            return f"{self.text(first, _ATOM)}ᵀ", _ATOM
        if name == "abs":
            return f"|{self.text(first, _CHOICE)}|", _ATOM
        if name == "cross":
            texts = [self.text(each, _ATOM) for each in arguments]
            return " × ".join(texts), _PRODUCT
        if name in PHRASES:
            return PHRASES[name].format(*map(self._in_phrase, arguments)), _CHOICE
        if name in CONDITIONS:
            return CONDITIONS[name].format(self.text(first, _SUM)), _COMPARISON
        if name not in SIGNS and name not in FUNCTIONS and name != "conj":
            raise NotSimple(name)
        texts = [self.text(each, _LOGIC) for each in arguments]
        if len(texts) == 1 and ", " not in texts[0]:
            texts = [self.text(first, _CHOICE)]
        return f"{SIGNS.get(name, name)}({', '.join(texts)})", _ATOM

    def _keepdim(self, inner: ast.expr) -> Written:
        """Of numbers, those with the dimensions back: they are to be read as they broadcast."""
        match inner:
            case ast.Name(id=name) | ast.Call(args=[ast.Name(id=name)]):
                text = self._numbers.get(f"keepdim({name})")
                if text is not None:
                    return text, _MINUS if text.startswith("-") else _ATOM
        raise NotSimple(ast.unparse(inner))

    def _in_phrase(self, node: ast.expr) -> str:
        """What stands within words; words about words need no parentheses."""
        inner = isinstance(node, ast.Call) and called(node)[0] in PHRASES
        return self.text(node, _CHOICE if inner else _COMPARISON)


def _has_grad(node: ast.expr) -> bool:
    return any(isinstance(each, ast.Name) and each.id == "grad" for each in ast.walk(node))
