"""What the operators and functions of a condition do with recorded values, without `eval`."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from functools import lru_cache

from autograd_tutor.analysis import arrays
from autograd_tutor.analysis.array_methods import METHODS, Dtype, Opaque, elements_of
from autograd_tutor.analysis.array_parts import Key, part
from autograd_tutor.analysis.arrays import Array, Unfit
from autograd_tutor.analysis.dtypes import Number
from autograd_tutor.limits.interface import MOST_BITS
from autograd_tutor.messages import _
from autograd_tutor.recording.numbers import DTYPES

_NUMBERS = (bool, int, float, complex)
_PLAIN = {"True": True, "False": False, "None": None}

_ARITHMETIC: dict[str, Callable[..., Number]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "//": operator.floordiv, "%": operator.mod, "**": operator.pow,
    "&": operator.and_, "|": operator.or_,
}  # fmt: skip
_ORDER: dict[str, Callable[..., bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le,
    ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


@lru_cache(maxsize=4096)
def plain_value(text: str) -> object:
    """The value whose text was recorded, where Python can read it; else the text."""
    if text in _PLAIN:
        return _PLAIN[text]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return Opaque(text)


def truth(value: object) -> bool:
    """Whether a value counts as true. Raises Unfit where that is not known."""
    if isinstance(value, Array):
        return bool(value.only)
    return bool(_known(value))


def _known(value: object) -> object:
    if isinstance(value, Opaque):
        raise Unfit(_("only the text of {text} was recorded").format(text=str(value)[:40]))
    return value


def binary(sign: str, left: object, right: object) -> object:
    """`left + right` and the like."""
    if isinstance(left, Array) or isinstance(right, Array):
        return arrays.calculate(sign, _operand(left, sign), _operand(right, sign))
    return _arithmetic(sign, _number(left, sign), _number(right, sign))


def _operand(value: object, sign: str) -> Array | Number:
    return value if isinstance(value, Array) else _number(value, sign)


def _number(value: object, sign: str) -> Number:
    if not isinstance(value, _NUMBERS):
        raise Unfit(
            _("{sign} is for numbers, not for {kind}").format(sign=sign, kind=_kind(_known(value)))
        )
    return value


def _kind(value: object) -> str:
    return "None" if value is None else _("a {type}").format(type=type(value).__name__)


def _arithmetic(sign: str, left: Number, right: Number) -> Number:
    if sign == "**" and isinstance(left, int) and isinstance(right, int) and right > 0:
        _check_bits(left.bit_length() * right)
    try:
        found = _ARITHMETIC[sign](left, right)
    except (ArithmeticError, TypeError, ValueError) as error:
        raise Unfit(str(error)) from None
    if isinstance(found, int):
        _check_bits(found.bit_length())
    return found


def _check_bits(bits: int) -> None:
    if bits > MOST_BITS:
        raise Unfit(_("the number becomes too large"))


def unary(sign: str, value: object) -> object:
    """`-value`, `+value`, `~value`, `not value`."""
    if sign == "not":
        return not truth(value)
    if isinstance(value, Array):
        return {"-": arrays.negative, "+": _itself, "~": arrays.inverted}[sign](value)
    number = _number(value, sign)
    if sign == "~" and isinstance(number, int):
        return ~int(number)
    if sign == "~":
        raise Unfit(_("~ is for integers and truth values"))
    return -number if sign == "-" else +number


def _itself(array: Array) -> Array:
    return array


def compare(sign: str, left: object, right: object) -> object:
    """`left < right` and the like, `is` and `in` too."""
    if sign in ("is", "is not"):
        return _is(left, right) is (sign == "is")
    if sign in ("in", "not in"):
        return _in(left, right) is (sign == "in")
    if isinstance(left, Array) or isinstance(right, Array):
        is_number = all(isinstance(each, (Array, *_NUMBERS)) for each in (left, right))
        if not is_number and sign in ("==", "!="):
            _known(left), _known(right)
            return sign == "!="
        return arrays.compare(sign, _operand(left, sign), _operand(right, sign))
    try:
        return _ORDER[sign](_known(left), _known(right))
    except TypeError:
        kinds = _("{left} and {right}").format(left=_kind(left), right=_kind(right))
        raise Unfit(_("{sign} is not for {kinds}").format(sign=sign, kinds=kinds)) from None


def _is(left: object, right: object) -> bool:
    if isinstance(left, Array) and isinstance(right, Array):
        records = left.record, right.record
        if records[0] is None or records[1] is None or records[0].identity is None:
            raise Unfit(_("whether two results are one tensor is not known"))
        return records[0].identity == records[1].identity
    if None in (left, right) or isinstance(left, bool) or isinstance(right, bool):
        return left is right
    raise Unfit(_("`is` is for tensors, None, True and False"))


def _in(left: object, right: object) -> bool:
    if isinstance(right, Array):
        found = arrays.compare("==", right, _operand(left, "in"))
        return any(found.items)
    needle = left.only if isinstance(left, Array) else _known(left)
    try:
        return needle in _known(right)  # type: ignore[operator]
    except TypeError:
        raise Unfit(_("nothing is in {right}").format(right=_kind(right))) from None


def item(value: object, keys: object) -> object:
    """`value[keys]`."""
    if isinstance(value, Array):
        chosen = keys if isinstance(keys, tuple) else (keys,)
        return part(value, [_key(key) for key in chosen])
    try:
        return _known(value)[keys]  # type: ignore[index]
    except (TypeError, LookupError, ValueError) as error:
        raise Unfit(_("no such item: {error}").format(error=error)) from None


def _key(key: object) -> Key:
    if isinstance(key, bool) or not isinstance(key, (int, slice)):
        raise Unfit(_("only numbers and slices choose elements here"))
    return key


def _length(value: object) -> object:
    if isinstance(value, Array):
        return elements_of(value)
    try:
        return len(_known(value))  # type: ignore[arg-type]
    except TypeError:
        raise Unfit(_("{value} has no length").format(value=_kind(value))) from None


def _number_of(kind: Callable[..., Number], value: object) -> object:
    found = value.only if isinstance(value, Array) else _number(value, kind.__name__)
    try:
        return kind(found)
    except (ArithmeticError, TypeError, ValueError) as error:
        raise Unfit(str(error)) from None


def _over(name: str, function: Callable[..., object], value: object) -> object:
    """A function of Python over all elements; of a tensor its method."""
    if isinstance(value, Array):
        return METHODS[name](value)
    try:
        return function(_known(value))
    except (TypeError, ValueError) as error:
        raise Unfit(str(error)) from None


FUNCTIONS: dict[str, Callable[[object], object]] = {
    "len": _length,
    "abs": lambda value: _over("abs", abs, value),
    "min": lambda value: _over("min", min, value),
    "max": lambda value: _over("max", max, value),
    "sum": lambda value: _over("sum", sum, value),
    "any": lambda value: _over("any", any, value),
    "all": lambda value: _over("all", all, value),
    "float": lambda value: _number_of(float, value),
    "int": lambda value: _number_of(int, value),
    "bool": truth,
}
"""Of one argument."""

_PREFIX = "torch."
OF_MODULES: dict[str, object] = {
    **{name.removeprefix(_PREFIX): Dtype(name) for name in DTYPES},
    "inf": math.inf,
    "nan": math.nan,
    "pi": math.pi,
    "e": math.e,
}
"""What `torch.` or `math.` may stand before."""
