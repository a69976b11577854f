"""The methods and attributes of recorded tensors that the condition of a jump may use."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Sequence
from functools import partial

from autograd_tutor.analysis import dtypes
from autograd_tutor.analysis.arrays import (
    NO_ELEMENTS,
    Array,
    Unfit,
    from_record,
    integer_sum,
    like,
    scalar,
)
from autograd_tutor.analysis.dtypes import BOOL, FLOAT32, INT64, Number
from autograd_tutor.messages import _
from autograd_tutor.recording.model import Stats


class Dtype(str):
    """A dtype, by its name in torch."""

    __slots__ = ()


class Opaque(str):
    """Something of which only a text was recorded."""

    __slots__ = ()


def _grad(array: Array) -> object:
    record = array.record
    if record is None:
        raise Unfit(_("a result has no .grad here"))
    return None if record.grad is None else from_record(record.grad)


def _grad_fn(array: Array) -> object:
    record = array.record
    if record is None:
        raise Unfit(_("a result has no .grad_fn here"))
    return None if record.grad_fn_name is None else Opaque(record.grad_fn_name)


def _flag(name: str, array: Array) -> object:
    if array.record is None:
        raise Unfit(_("a result has no .{name} here").format(name=name))
    return getattr(array.record, name)


ATTRIBUTES: dict[str, Callable[[Array], object]] = {
    "grad": _grad,
    "grad_fn": _grad_fn,
    "requires_grad": partial(_flag, "requires_grad"),
    "is_leaf": partial(_flag, "is_leaf"),
    "shape": lambda array: array.shape,
    "ndim": lambda array: len(array.shape),
    "dtype": lambda array: Dtype(array.dtype),
    "data": lambda array: array,
}


def _extreme(least: bool, array: Array) -> Array:
    stats = array.stats
    if stats is not None:
        return scalar(_bound(stats, least), array.dtype)
    if dtypes.category(array.dtype) == 3:
        raise Unfit(_("complex numbers have no order"))
    items: Sequence[float] = array.items  # type: ignore[assignment]  # they are not complex
    if not items:
        raise Unfit(_("it has no elements"))
    if math.isnan(sum(items)) and any(map(math.isnan, items)):
        return scalar(math.nan, array.dtype)
    return scalar(min(items) if least else max(items), array.dtype)


def _bound(stats: Stats, least: bool) -> float:
    """Statistics are about the finite elements."""
    if stats.nan:
        return math.nan
    if stats.inf:
        raise Unfit(_("it holds inf, whose sign was not recorded"))
    return stats.min if least else stats.max


def _mean(array: Array) -> Array:
    if dtypes.category(array.dtype) < 2:
        raise Unfit(_("its mean is not defined: it holds no floating point numbers"))
    stats = array.stats
    if stats is not None:
        is_known = not math.isnan(_bound(stats, least=True))
        return scalar(stats.mean if is_known else math.nan, array.dtype)
    items = array.items
    return scalar(_added(items) / len(items) if items else math.nan, array.dtype)


def _std(array: Array) -> Array:
    if dtypes.category(array.dtype) != 2:
        raise Unfit(_("its deviation is not defined: it holds no floating point numbers"))
    stats = array.stats
    if stats is not None:
        return scalar(math.nan if stats.nan or stats.inf else stats.std, array.dtype)
    items = [float(item.real) for item in array.items]
    if len(items) < 2 or not all(map(math.isfinite, items)):
        return scalar(math.nan, array.dtype)
    mean = math.fsum(items) / len(items)
    variance = math.fsum((item - mean) ** 2 for item in items) / (len(items) - 1)
    return scalar(math.sqrt(variance), array.dtype)


def _sum(array: Array) -> Array:
    if dtypes.category(array.dtype) < 2:
        return integer_sum(array.items)
    return scalar(_added(array.items), array.dtype)


def _added(items: Sequence[Number]) -> Number:
    try:
        return math.fsum(items)  # type: ignore[arg-type]  # complex ones raise
    except (TypeError, ValueError, OverflowError):  # complex, inf - inf, too large
        return sum(items)


def _norm(array: Array) -> Array:
    if dtypes.category(array.dtype) < 2:
        raise Unfit(_("its norm is not defined: it holds no floating point numbers"))
    dtype = _real(array.dtype)
    stats = array.stats
    if stats is not None:
        return scalar(stats.norm, dtype)
    sizes: Sequence[float] = array.items  # type: ignore[assignment]
    if dtypes.category(array.dtype) == 3:
        sizes = list(map(abs, sizes))
    size = math.hypot(*sizes)
    # hypot() calls a NaN beside an infinity infinite; torch calls it NaN.
    is_nan = size == math.inf and any(map(math.isnan, sizes))
    return scalar(math.nan if is_nan else size, dtype)


def _abs(array: Array) -> Array:
    if array.dtype == BOOL:
        raise Unfit(_("abs is not for truth values"))
    to_dtype = dtypes.rounding(_real(array.dtype))
    return like(array, [to_dtype(abs(item)) for item in array.items], _real(array.dtype))


def _real(dtype: str) -> str:
    """The dtype of the parts of complex numbers; any other is its own."""
    if dtype == "torch.complex64":
        return FLOAT32
    return "torch.float64" if dtype == "torch.complex128" else dtype


def _mask(name: str, array: Array) -> Array:
    return like(array, list(map(_TESTS[name], array.items)), BOOL)


_TESTS: dict[str, Callable[[Number], bool]] = {
    "isnan": cmath.isnan,
    "isinf": cmath.isinf,
    "isfinite": cmath.isfinite,
}


def count_of(name: str, array: Array) -> tuple[int, int]:
    """How many elements are NaN, inf or finite (by the test's `name`), of how many.

    Also of a large tensor.
    """
    stats = array.stats
    if stats is None:
        items = array.items
        return sum(map(_TESTS[name], items)), len(items)
    found = {"isnan": stats.nan, "isinf": stats.inf}
    return found.get(name, stats.count - stats.nan - stats.inf), stats.count


def _any(array: Array) -> Array:
    return scalar(any(array.items), BOOL)


def _all(array: Array) -> Array:
    return scalar(all(array.items), BOOL)


def _item(array: Array) -> object:
    if array.count != 1:
        raise Unfit(_("it has {count:,} elements").format(count=array.count))
    return array.items[0]


METHODS: dict[str, Callable[[Array], object]] = {
    "item": _item,
    "norm": _norm,
    "min": partial(_extreme, True),
    "max": partial(_extreme, False),
    "mean": _mean,
    "std": _std,
    "sum": _sum,
    "abs": _abs,
    "any": _any,
    "all": _all,
    "isnan": partial(_mask, "isnan"),
    "isinf": partial(_mask, "isinf"),
    "isfinite": partial(_mask, "isfinite"),
    "numel": lambda array: array.count,
    "dim": lambda array: len(array.shape),
    "size": lambda array: array.shape,
    "detach": lambda array: Array(array.shape, array.dtype, record=array.record),
}
"""Without arguments; each answers a tensor, a number or a tuple."""

MASKS = frozenset(_TESTS)


def of_mask(method: str, test: str, array: Array) -> Array:
    """`array.isnan().any()` and the like, also of a large tensor."""
    found, total = count_of(test, array)
    if method == "sum":
        return scalar(found, INT64)
    return scalar(found > 0 if method == "any" else found == total, BOOL)


def of_size(method: str, array: Array) -> Array:
    """`array.abs().max()` or `.norm()`, also of a large tensor."""
    stats = array.stats
    if stats is None:
        return METHODS[method](_abs(array))  # type: ignore[return-value]
    if method == "norm":
        return _norm(array)
    if method != "max":
        raise Unfit(NO_ELEMENTS)
    if stats.inf and not stats.nan:
        return scalar(math.inf, array.dtype)
    return scalar(max(abs(_bound(stats, True)), abs(_bound(stats, False))), array.dtype)


def elements_of(array: Array) -> int:
    """`len(array)`."""
    if not array.shape:
        raise Unfit(_("it has no dimensions, so no length"))
    return array.shape[0]
