"""Recorded tensors as one calculates with them: elements, shapes and dtypes as in torch."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from itertools import product, repeat
from typing import Final

from autograd_tutor.analysis import dtypes
from autograd_tutor.analysis.dtypes import BOOL, INT64, Number
from autograd_tutor.limits.interface import MOST_CALCULATED
from autograd_tutor.messages import _
from autograd_tutor.recording import numbers
from autograd_tutor.recording.model import Stats, Tensor


class Unfit(Exception):
    """What is asked has no answer at this moment; the message says why, in one line."""


class Missing(Unfit):
    """It is asked of None, as of a `.grad` before any pass; the message says of what."""


NO_ELEMENTS = _("its elements were not recorded")


class Array:
    """A tensor: of a large one only its statistics may be known."""

    __slots__ = ("__dict__", "_items", "dtype", "record", "shape")

    def __init__(
        self,
        shape: tuple[int, ...],
        dtype: str,
        items: Sequence[Number] | None = None,
        record: Tensor | None = None,
    ) -> None:
        self.shape: Final = shape
        self.dtype: Final = dtype
        self._items = items
        self.record: Final = record

    @property
    def items(self) -> Sequence[Number]:
        """The elements, row-major. Raises Unfit where they were not recorded."""
        if self._items is None:
            raw = None if self.record is None else numbers.elements(self.record)
            if raw is None:
                raise Unfit(NO_ELEMENTS)
            self._items = numbers.decode(raw, self.dtype)
        return self._items

    @property
    def only(self) -> Number:
        """The single element. Raises Unfit where there are more, or none."""
        if self.count != 1:
            raise Unfit(
                _("it has {count:,} elements: ask for .any() or .all() of them").format(
                    count=self.count
                )
            )
        return self.items[0]

    @cached_property
    def count(self) -> int:
        """How many elements there are."""
        return math.prod(self.shape)

    @property
    def stats(self) -> Stats | None:
        """The statistics of one whose elements were not recorded; of all of them, not a sample."""
        record = self.record
        if self._items is not None or record is None or record.stats is None:
            return None
        if record.raw is not None:
            return None
        if record.stats.sampled < record.stats.count:
            raise Unfit(
                _("only {sampled:,} of its elements were looked at").format(
                    sampled=record.stats.sampled
                )
            )
        return record.stats


def from_record(record: Tensor) -> Array:
    """A recorded tensor. Raises Unfit where it has no shape."""
    if record.shape is None:
        raise Unfit(_("it has no shape that was recorded"))
    return Array(record.shape, record.dtype, record=record)


def scalar(number: Number, dtype: str) -> Array:
    """A tensor without dimensions."""
    return Array((), dtype, (dtypes.rounding(dtype)(number),))


def like(array: Array, items: Sequence[Number], dtype: str | None = None) -> Array:
    """A tensor of the same shape."""
    return Array(array.shape, array.dtype if dtype is None else dtype, items)


# Element by element

_COMPARED: dict[str, Callable[..., bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le,
    ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def compare(sign: str, left: Array | Number, right: Array | Number) -> Array:
    """`left < right` and the like, where one is a tensor at least."""
    dtype = common_dtype(left, right)
    if dtypes.category(dtype) == 3 and sign not in ("==", "!="):
        raise Unfit(_("complex numbers have no order"))
    return _elementwise(_COMPARED[sign], left, right, dtype, BOOL)


def calculate(sign: str, left: Array | Number, right: Array | Number) -> Array:
    """`left + right` and the like, where one is a tensor at least."""
    dtype = common_dtype(left, right)
    if sign == "/" and dtypes.category(dtype) < 2:
        dtype = dtypes.FLOAT32
    category = dtypes.category(dtype)
    if sign in "&|":
        if category > 1:
            raise Unfit(_("{sign} is for integers and truth values").format(sign=sign))
        return _elementwise(_BITS[sign], left, right, dtype, dtype)
    if category == 0 and sign not in "+*":
        raise Unfit(_("{sign} is not for truth values").format(sign=sign))
    if category == 3 and sign in ("//", "%"):
        raise Unfit(_("{sign} is not for complex numbers").format(sign=sign))
    table = _OF_INTEGERS if category < 2 else _OF_FLOATS if category == 2 else _OF_COMPLEX
    return _elementwise(table[sign], left, right, dtype, dtype)


def common_dtype(left: Array | Number, right: Array | Number) -> str:
    """In which dtype torch calculates with the two. Raises Unfit for one that is not known here."""
    return _common_dtype(*_kind(left), *_kind(right))


def _kind(operand: Array | Number) -> tuple[str, int]:
    """Its dtype, and how much that counts: most of a tensor with dimensions."""
    if isinstance(operand, Array):
        return operand.dtype, 2 if operand.shape else 1
    return dtypes.of_number(operand), 0


@lru_cache(maxsize=256)
def _common_dtype(one: str, its_strength: int, other: str, strength: int) -> str:
    for dtype in (one, other):
        if dtype not in dtypes.CALCULATED:
            raise Unfit(_("nothing is calculated with {dtype} here").format(dtype=dtype))
    if its_strength == strength:
        return dtypes.promoted(one, other)
    return dtypes.combined(*((one, other) if its_strength > strength else (other, one)))


def _elementwise(
    function: Callable[..., Number],
    left: Array | Number,
    right: Array | Number,
    dtype: str,
    result: str,
) -> Array:
    shapes = [each.shape if isinstance(each, Array) else () for each in (left, right)]
    shape = _broadcast(*shapes)
    try:
        columns = [_column(each, dtype, shape) for each in (left, right)]
        found = list(map(function, *columns))
        if result != BOOL or dtype == BOOL:  # comparisons have their result
            found = list(map(dtypes.rounding(result), found))
    except (ArithmeticError, ValueError, TypeError) as error:
        raise Unfit(str(error)) from None
    return Array(shape, result, found)


def _column(
    operand: Array | Number, dtype: str, shape: tuple[int, ...]
) -> Sequence[Number] | repeat[Number]:
    """An operand's elements for each place of the shape, in the dtype; one that counts for all."""
    if not isinstance(operand, Array):
        number = dtypes.rounding(dtype)(operand)
        return repeat(number) if shape else (number,)
    items = operand.items
    if operand.dtype != dtype:
        items = list(map(dtypes.rounding(dtype), items))
    if operand.shape or not shape:
        return _stretched(items, operand.shape, shape)
    return repeat(items[0])


def _broadcast(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    if one == other:
        return one
    size = max(len(one), len(other))
    padded = [(1,) * (size - len(shape)) + shape for shape in (one, other)]
    shape = []
    for a, b in zip(*padded, strict=True):
        if a != b and 1 not in (a, b):
            raise Unfit(
                _("shapes {one} and {other} do not go together").format(one=one, other=other)
            )
        shape.append(b if a == 1 else a)
    if math.prod(shape) > MOST_CALCULATED:
        raise Unfit(_("the result would have too many elements"))
    return tuple(shape)


def _stretched(
    items: Sequence[Number], shape: tuple[int, ...], target: tuple[int, ...]
) -> Sequence[Number]:
    if shape == target:
        return items
    strides = [0] * (len(target) - len(shape))
    step = len(items)
    for size in shape:
        step = step // size if size else 0
        strides.append(0 if size == 1 else step)
    return [
        items[sum(map(operator.mul, place, strides))]
        for place in product(*[range(size) for size in target])
    ]


def _divided(a: float, b: float) -> float:
    if b:
        return a / b
    return math.nan if not a or math.isnan(a) else math.copysign(math.inf, a) * math.copysign(1, b)


def _floor_divided(a: float, b: float) -> float:
    if not b or not math.isfinite(a):
        return _divided(a, b) if not b else math.nan
    return a // b


def _remainder(a: float, b: float) -> float:
    if not b or not math.isfinite(a):
        return math.nan
    rest = math.fmod(a, b)  # of which torch keeps the sign of a zero; Python's % does not
    return rest + b if rest and (rest < 0) != (b < 0) else rest


def _power(a: float, b: float) -> float:
    try:
        return math.pow(a, b)
    except OverflowError:
        return -math.inf if a < 0 and b % 2 == 1 else math.inf
    except ValueError:  # of a negative number, or of 0 with a negative exponent
        if a:
            return math.nan
        return math.copysign(math.inf, a) if b % 2 == 1 else math.inf


def _integer_power(a: int, b: int) -> int:
    if b < 0:
        raise ValueError(_("integers have no negative powers"))
    return pow(a, b, 1 << 64)


_OF_INTEGERS: dict[str, Callable[..., Number]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "//": operator.floordiv,
    "%": operator.mod, "**": _integer_power,
}  # fmt: skip
_OF_FLOATS: dict[str, Callable[..., Number]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": _divided,
    "//": _floor_divided, "%": _remainder, "**": _power,
}  # fmt: skip
_OF_COMPLEX: dict[str, Callable[..., Number]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "**": operator.pow,
}  # fmt: skip
_BITS: dict[str, Callable[..., Number]] = {"&": operator.and_, "|": operator.or_}


def negative(array: Array) -> Array:
    """`-array`."""
    if array.dtype == BOOL:
        raise Unfit(_("- is not for truth values"))
    return calculate("*", array, -1)


def inverted(array: Array) -> Array:
    """`~array`."""
    if dtypes.category(array.dtype) > 1:
        raise Unfit(_("~ is for integers and truth values"))
    if array.dtype == BOOL:
        return like(array, [not item for item in array.items])
    to_dtype = dtypes.rounding(array.dtype)
    return like(array, [to_dtype(~int(item.real)) for item in array.items])


def integer_sum(items: Sequence[Number]) -> Array:
    """The sum of integers or truth values, which is an int64."""
    return scalar(sum(int(item.real) for item in items), INT64)
