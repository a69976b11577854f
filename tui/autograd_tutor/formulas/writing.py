"""A formula's expression as it is read: `grad * other.conj()` is written `grad · other`."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from autograd_tutor.formulas.evaluation import FUNCTIONS, NotSimple, called, over_rows, parsed

_CHOICE, _LOGIC, _COMPARISON, _SUM, _PRODUCT, _MINUS, _POWER, _ATOM = range(8)
"""How tightly each binds, the loosest first."""

Written = tuple[str, int]

_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_OPERATORS: Mapping[type[ast.operator], tuple[str, int]] = {
    ast.Add: ("+", _SUM),
    ast.Sub: ("−", _SUM),
    ast.Mult: ("·", _PRODUCT),
    ast.Div: ("/", _PRODUCT),
    ast.MatMult: ("@", _PRODUCT),
    ast.BitAnd: ("and", _LOGIC),
    ast.BitOr: ("or", _LOGIC),
}
_SIGNS: Mapping[type[ast.cmpop], str] = {
    ast.Gt: ">",
    ast.GtE: "≥",
    ast.Lt: "<",
    ast.LtE: "≤",
    ast.Eq: "=",
}
_SHAPED = {"expand": "expanded", "reshape": "reshaped", "sum_to_size": "summed"}
_SPOKEN = {"sgn": "sign", "sigmoid": "σ", "sqrt": "√", "sum": "Σ"}


def as_read(expression: str, numbers: Mapping[str, str] | None = None) -> str:
    """The expression for reading, with the text in `numbers` in place of each name it has.

    Raises NotSimple for an expression that has no such form.
    """
    return _Writer(numbers or {}).text(parsed(expression), _CHOICE)


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
                text = self._numbers.get(name, name)
                return text, _MINUS if text.startswith("-") else _ATOM
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return f"−{self._right(operand, _POWER)}", _MINUS
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                return self._power(left, right)
            case ast.BinOp(
                left=ast.Compare() as first, op=ast.BitAnd(), right=ast.Compare() as last
            ) if ast.dump(first.comparators[0]) == ast.dump(last.left):
                more = f" {_SIGNS[type(last.ops[0])]} {self.text(last.comparators[0], _SUM)}"
                return self.text(first, _COMPARISON) + more, _COMPARISON
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                sign, binds = _OPERATORS[type(op)]
                tighter = binds if isinstance(op, ast.Add) else binds + 1
                return f"{self.text(left, binds)} {sign} {self._right(right, tighter)}", binds
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _SIGNS:
                sides = self.text(left, _SUM), self.text(right, _SUM)
                return f"{sides[0]} {_SIGNS[type(op)]} {sides[1]}", _COMPARISON
            case ast.Attribute(value=ast.Name(id="math"), attr="pi"):
                return "π", _ATOM
            case ast.Attribute(value=value, attr="mT"):
                return f"{self.text(value, _ATOM)}ᵀ", _ATOM
            case ast.Call():
                return self._call(*called(node))
        raise NotSimple(ast.unparse(node))

    def _power(self, base: ast.expr, exponent: ast.expr) -> Written:
        below = self.text(base, _ATOM)
        match exponent:
            case ast.Constant(value=int() as number) if 2 <= number <= 9:
                return f"{below}{_SUPERSCRIPTS[number]}", _POWER
        return f"{below}^{self._right(exponent, _ATOM)}", _POWER

    def _call(self, name: str, arguments: tuple[ast.expr, ...]) -> Written:
        if name == "where":
            condition, yes, no = (self.text(each, _LOGIC) for each in arguments)
            return f"{yes} if {condition} else {no}", _CHOICE
        if name in ("conj", "kept"):
            return self._of(arguments[0])
        if name in _SHAPED:
            shape = self._numbers.get("shape", "shape")
            return f"{self.text(arguments[0], _SUM)}, {_SHAPED[name]} to {shape}", _CHOICE
        if name == "t":
            return f"{self.text(arguments[0], _ATOM)}ᵀ", _ATOM
        if name == "abs":
            return f"|{self.text(arguments[0], _CHOICE)}|", _ATOM
        if name == "sum" and over_rows(arguments):
            arguments = arguments[:1]
        elif name not in FUNCTIONS and name not in ("clamp", "outer"):
            raise NotSimple(name)
        told = ", ".join(self.text(each, _LOGIC) for each in arguments)
        return f"{_SPOKEN.get(name, name)}({told})", _ATOM
