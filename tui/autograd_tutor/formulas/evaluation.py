"""The value of a formula's expression in plain Python numbers, where it is simple enough."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping, Sequence

from autograd_tutor.formulas import arrays
from autograd_tutor.formulas.arrays import Array, Number, Shape, mapped, scalar
from autograd_tutor.formulas.expression import NotSimple, called, parsed

Noise = Callable[[Number, Number], Number]
"""Moves a value by an error; the second number is the size of what it was computed from."""


def _exactly(value: Number, _magnitude: Number) -> Number:
    return value


class Evaluator:
    """Computes expressions over named arrays.

    Choices are made once: evaluating again with other numbers follows the same side of every
    comparison, so that a small change of the numbers gives a small change of the value.
    """

    def __init__(
        self, shape: Shape, keepdim_shape: Shape, compared_in: Callable[[float], float] = float
    ) -> None:
        """`keepdim_shape`: that of the input, with the dimensions in the saved `dim` of size 1.

        `compared_in` rounds both sides of a comparison to the dtype it is made in.
        """
        self._shape = shape
        self._keepdim_shape = keepdim_shape
        self._compared_in = compared_in
        self._names: Mapping[str, Array] = {}
        self._choices: dict[ast.AST, Array] = {}
        self._noise: Noise = _exactly

    def value(self, expression: str, names: Mapping[str, Array], noise: Noise = _exactly) -> Array:
        """Raises NotSimple for what is not known here, UnfitShapes for shapes that disagree.

        `noise` is put on every number that is used or computed on the way.
        """
        self._names = names
        self._noise = noise
        return self._of(parsed(expression).whole)

    def summed(self, array: Array, shape: Shape) -> Array:
        """As `summed_to`, with the noise of the last value."""
        sizes = arrays.summed_to(mapped(abs, array), shape)
        return mapped(self._noise, arrays.summed_to(array, shape), sizes)

    def with_dims(self, array: Array) -> Array:
        """With the dimensions back that a reduction dropped."""
        return arrays.reshaped(array, self._keepdim_shape)

    def lacks_dims(self, array: Array) -> bool:
        """Whether it has the elements of the reduction's result."""
        return len(array.values) == math.prod(self._keepdim_shape)

    def _of(self, node: ast.expr) -> Array:
        match node:
            case ast.Constant(value=int() | float() as number):
                return scalar(number)
            case ast.Name(id=name) if name in self._names:
                return mapped(self._noise_on_name, self._names[name])
            case ast.Name(id=name) if name in _CONSTANTS:
                return scalar(_CONSTANTS[name])
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return mapped(lambda value: -value, self._of(operand))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return mapped(lambda value: not value, self._of(operand))
            case ast.BinOp(left=left, op=ast.MatMult(), right=right):
                return self._matrix_product(self._of(left), self._of(right))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
                value = mapped(_BINARY[type(op)], self._of(left), self._of(right))
                return mapped(self._noise, value, value)
            case ast.BoolOp(op=logical, values=values):
                return mapped(_LOGICAL[type(logical)], *map(self._of, values))
            case ast.Compare(left=left, ops=ops, comparators=others):
                if node not in self._choices:
                    self._choices[node] = self._comparison([left, *others], ops)
                return self._choices[node]
            case ast.IfExp(test=test, body=body, orelse=other):
                return mapped(_chosen, *map(self._of, (test, body, other)))
            case ast.Attribute(value=value, attr="mT" | "mH" | "H"):
                return arrays.transposed(self._of(value))
            case ast.Call():
                return self._call(*called(node))
        raise NotSimple(ast.unparse(node))

    def _comparison(self, operands: list[ast.expr], ops: list[ast.cmpop]) -> Array:
        sides = [mapped(self._side, self._of(each)) for each in operands]
        pairs = zip(ops, sides, sides[1:], strict=False)
        return mapped(_all_true, *(mapped(_COMPARED[type(op)], *both) for op, *both in pairs))

    def _side(self, value: Number) -> Number:
        return value if isinstance(value, bool) else self._compared_in(value)

    def _noise_on_name(self, value: Number) -> Number:
        """Small integers are exact; an exponent that is one has to stay one."""
        exact = abs(value) < _SURELY_EXACT and value == math.floor(value)
        return value if exact else self._noise(value, value)

    def _matrix_product(self, left: Array, right: Array) -> Array:
        sizes = arrays.matrix_product(mapped(abs, left), mapped(abs, right))
        return mapped(self._noise, arrays.matrix_product(left, right), sizes)

    def _call(self, name: str, arguments: tuple[ast.expr, ...]) -> Array:
        match arguments:
            case [given, ast.Name(id="shape")]:
                return self._shaped(name, self._of(given))
        first, *others = map(self._of, arguments)
        known = self._of_arrays(name, first, others)
        if known is not None:
            return known
        if others or name not in _FUNCTIONS:
            raise NotSimple(name)
        found = mapped(_guarded(_FUNCTIONS[name]), first)
        if name in _OF_UP_TO_ONE:
            return mapped(lambda result: self._noise(result, 1.0), found)
        return mapped(self._noise, found, found)

    def _of_arrays(self, name: str, first: Array, others: Sequence[Array]) -> Array | None:
        """Of functions that are not of each element by itself, and of those that do not round."""
        match name, others:
            case "conj", []:
                return first
            case "t", []:
                return arrays.transposed(first)
            case "keepdim", []:
                return self.with_dims(first)
            case "sum", []:
                return self.summed(first, self._keepdim_shape)
            case "max", [second]:
                return mapped(_larger, first, second)
            case "clamp", [low, high]:
                return mapped(_clamped, first, low, high)
            case "outer", [second]:
                column = arrays.reshaped(first, (len(first.values), 1))
                return mapped(lambda left, right: left * right, column, second)
            case "is_real", []:  # complex numbers are not computed with
                return scalar(True)
            case "is_nan", []:
                return mapped(math.isnan, first)
            case "is_finite", []:
                return mapped(math.isfinite, first)
            case "shared", [condition]:
                count = arrays.summed_to(condition, self._keepdim_shape)
                return mapped(_divided, mapped(_chosen, condition, first, scalar(0.0)), count)
            case "others", []:
                product = arrays.product_of_others(first, self._keepdim_shape)
                return mapped(self._noise, product, product)
            case "xlogy", [second]:
                value = mapped(_xlogy, first, second)
                return mapped(self._noise, value, value)
            case "any", []:
                return scalar(any(first.values))
            case "ndim", []:
                return scalar(len(first.shape))
        return None

    def _shaped(self, name: str, value: Array) -> Array:
        match name:
            case "sum_to":
                return self.summed(value, self._shape)
            case "expand":
                return arrays.expanded(value, self._shape)
            case "reshape":
                return arrays.reshaped(value, self._shape)
        raise NotSimple(name)


_CONSTANTS: Mapping[str, float] = {"pi": math.pi, "inf": math.inf, "nan": math.nan}

_SURELY_EXACT = 1024

_OF_UP_TO_ONE = frozenset(("sigmoid", "tanh", "sin", "cos"))
"""Functions that kernels compute from 1 or a quarter turn, so that small values lose digits."""


def _sigmoid(value: float) -> float:
    if value >= 0:
        return 1 / (1 + math.exp(-value))
    grown = math.exp(value)
    return grown / (1 + grown)


def _log(value: float) -> float:
    return math.log(value) if value else -math.inf


def _sign(value: float) -> float:
    """Of nan it is 0, as in torch."""
    return float((value > 0) - (value < 0))


_FUNCTIONS: Mapping[str, Callable[[float], float]] = {
    "abs": abs,
    "sign": _sign,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": _log,
    "sin": math.sin,
    "cos": math.cos,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "sigmoid": _sigmoid,
    "trunc": lambda value: float(math.trunc(value)) if math.isfinite(value) else value,
}


def _guarded(function: Callable[[float], float]) -> Callable[[Number], Number]:
    """Outside its domain a function is nan, beyond the largest number it is infinite."""

    def apply(value: Number) -> Number:
        try:
            return function(value)
        except ValueError:
            return math.nan
        except OverflowError:
            return math.copysign(math.inf, value) if function is math.sinh else math.inf

    return apply


def _chosen(test: Number, yes: Number, no: Number) -> Number:
    return yes if test else no


def _all_true(*values: Number) -> bool:
    return all(values)


def _divided(left: Number, right: Number) -> Number:
    if right:
        return left / right
    if not left or math.isnan(left):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1, right)


def _floor_divided(left: Number, right: Number) -> Number:
    return left // right if right else _divided(left, right)


def _xlogy(left: Number, right: Number) -> Number:
    return 0.0 if left == 0 and not math.isnan(right) else left * _guarded(_log)(right)


def _power(base: Number, exponent: Number) -> Number:
    """torch takes roots for 0.5 and -0.5: of -inf one is nan, and 1 / √(-0) is -inf."""
    if base < 0 and exponent in (0.5, -0.5):
        return math.nan
    try:
        value = base**exponent
    except ZeroDivisionError:
        return math.copysign(math.inf, base) if exponent % 2 in (1, 1.5) else math.inf
    except OverflowError:
        return math.inf if base > 0 or exponent % 2 == 0 else -math.inf
    return math.nan if isinstance(value, complex) else value


def _larger(left: Number, right: Number) -> Number:
    return left if math.isnan(left) else max(left, right)


def _clamped(value: Number, low: Number, high: Number) -> Number:
    return value if math.isnan(value) else min(max(value, low), high)


_BINARY: Mapping[type[ast.operator], Callable[[Number, Number], Number]] = {
    ast.Add: lambda left, right: left + right,
    ast.Sub: lambda left, right: left - right,
    ast.Mult: lambda left, right: left * right,
    ast.Div: _divided,
    ast.FloorDiv: _floor_divided,
    ast.Pow: _power,
}

_LOGICAL: Mapping[type[ast.boolop], Callable[..., Number]] = {
    ast.And: lambda *values: all(values),
    ast.Or: lambda *values: any(values),
}

_COMPARED: Mapping[type[ast.cmpop], Callable[[Number, Number], Number]] = {
    ast.Gt: lambda left, right: left > right,
    ast.GtE: lambda left, right: left >= right,
    ast.Lt: lambda left, right: left < right,
    ast.LtE: lambda left, right: left <= right,
    ast.Eq: lambda left, right: left == right,
}
