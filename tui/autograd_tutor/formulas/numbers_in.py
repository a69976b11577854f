"""A formula with the numbers of one backward pass put in: `grad · other = 1 · 3 = 3`."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from autograd_tutor.formulas.agreement import agree, close
from autograd_tutor.formulas.arrays import Array, Number, Shape, UnfitShapes, scalar, summed_to
from autograd_tutor.formulas.arrays import written as array_text
from autograd_tutor.formulas.evaluation import Evaluator
from autograd_tutor.formulas.expression import NotSimple, parsed
from autograd_tutor.formulas.formula import Formula, Input
from autograd_tutor.formulas.rounding import COMPARED_IN, PRECISION
from autograd_tutor.formulas.writing import as_read
from autograd_tutor.limits import LONGEST_SETTING, MOST_CHECKED, MOST_ELEMENTS
from autograd_tutor.recording.model import Backward, Saved, Tensor
from autograd_tutor.recording.numbers import decode, elements, is_complex

__all__ = ["MOST_ELEMENTS", "PRECISION", "Numbers", "number_text", "numbers_in", "small_text"]


class Numbers(NamedTuple):
    """What a formula comes to in one backward pass, beside what the node sent."""

    text: str
    """The formula: `grad · other`."""
    filled: str
    """The same with numbers: `1 · 3`."""
    exact: bool
    """Whether the numbers as written give the value as written."""
    value: str
    """What the formula gives, before a sum over broadcast dimensions.

    Where that agrees with what was sent, this (or `summed`) is the recorded number: rounding in the
    tensor's dtype is part of it.
    """
    summed: str | None
    """That sum, in the input's shape, where the operation broadcast the input."""
    shape: Shape
    """The shape of the input."""
    sent: str
    """What the node sent, as recorded: after the hooks on it."""
    agrees: bool
    """Whether that is what the formula gives, up to rounding in the tensor's dtype.

    If not, a hook has changed it, or torch rounds more coarsely than is known here.
    """

    @property
    def line(self) -> str:
        """The calculation in one line. It says what the formula gives, not what was sent."""
        equals = "=" if self.exact else "≈"
        line = f"{self.text} = {self.filled}"
        if self.filled != self.value:
            line += f" {equals} {self.value}"
        if self.summed is not None:
            line += f", summed to shape {self.shape} {equals} {self.summed}"
        return line


def numbers_in(formula: Formula, input_index: int, backward: Backward) -> Numbers | None:
    """The formula of the input with that index in `next`, with the pass's numbers.

    None where there is nothing to show: nothing was sent there, the formula is not one of plain
    arithmetic, a tensor it needs is not at hand, large or complex, or the formula is undefined
    where torch takes a limit (a product with a zero in it), or nothing agrees and a number is nan
    or infinite: conventions for those differ.
    """
    given = fitting(formula, input_index, backward.saved)
    sent = _tensor_at(backward.grad_inputs, input_index)
    received = _tensor_at(backward.grad_outputs, 0)
    if given is None or given.undefined or sent is None or received is None:
        return None
    known, found = _small(sent, MOST_ELEMENTS), _small(received, MOST_ELEMENTS)
    if known is None or found is None or sent.dtype not in PRECISION:
        return None
    try:
        keepdim = _keepdim_shape(backward.saved, known.shape)
        used = parsed(given.expression).names
        names = _names(backward.saved, found, known.shape)
        names = {name: array for name, array in names.items() if name in used}
        if not names:
            return None
        tried = [
            _filled(given, names, Evaluator(known.shape, keepdim, compared_in), known, sent.dtype)
            for compared_in in COMPARED_IN[sent.dtype]
        ]
    except (NotSimple, UnfitShapes):
        return None
    return next((each for each in tried if each is not None and each.agrees), tried[0])


def fitting(formula: Formula, input_index: int, saved: tuple[Saved, ...]) -> Input | None:
    """The formula of one input, in the form that fits what the node saved."""
    general = formula.input_at(input_index)
    if general is None or not general.variants:
        return general

    def holds(condition: str) -> bool:
        try:
            return any(Evaluator((), ()).value(condition, _arrays(saved, MOST_CHECKED)).values)
        except (NotSimple, UnfitShapes):
            return False

    return general.where(_settings(saved), holds)


def _filled(
    given: Input, names: Mapping[str, Array], evaluator: Evaluator, known: Array, dtype: str
) -> Numbers | None:
    value = evaluator.value(given.expression, names)
    if len(value.values) > MOST_ELEMENTS:
        return None
    total = summed_to(value, known.shape)
    if any(
        math.isnan(mine) and not math.isnan(its)
        for mine, its in zip(total.values, known.values, strict=True)
    ):
        return None
    agrees = agree(evaluator, given.expression, names, total, known, PRECISION[dtype])
    if not agrees and not all(map(_is_finite, names.values())):
        return None
    result = known if agrees else total
    is_sum = len(value.values) != len(total.values)
    text = _text_of(given.expression, (*names.values(), value))
    shown = {name: text(array) for name, array in names.items()}
    return Numbers(
        text=given.text,
        filled=as_read(given.expression, shown | {"shape": str(known.shape)}),
        exact=_exact(evaluator, given.expression, names, value if is_sum else result, result),
        value=text(value if is_sum else result),
        summed=text(result) if is_sum else None,
        shape=known.shape,
        sent=text(known),
        agrees=agrees,
    )


def _text_of(expression: str, arrays: Sequence[Array]) -> Callable[[Array], str]:
    """How arrays are written: without brackets where all are of one element and no matrices."""
    bare = all(len(array.values) == 1 for array in arrays) and not any(
        sign in expression for sign in ("@", ".mT", ".mH", "t(grad)", "outer")
    )
    return lambda array: number_text(array.values[0]) if bare else array_text(array, number_text)


def small_text(tensor: Tensor) -> str | None:
    """The numbers of a tensor, written as in a formula; None where they are not written out."""
    array = _small(tensor, MOST_ELEMENTS)
    return None if array is None else array_text(array, number_text)


def number_text(value: Number) -> str:
    """At most five significant digits, integers without decimals: `0.33333`, `-2`, `1e-10`."""
    if isinstance(value, bool) or not math.isfinite(value):
        return str(value)
    if value == int(value) and abs(value) < 100_000:
        return str(int(value))
    return f"{value:.5g}"


def _tensor_at(tensors: tuple[Tensor | None, ...], input_index: int) -> Tensor | None:
    return tensors[input_index] if 0 <= input_index < len(tensors) else None


def _small(tensor: Tensor, most: int) -> Array | None:
    """Its numbers; None of a tensor that is large, complex, or recorded without them."""
    raw = elements(tensor)
    if raw is None or tensor.shape is None or is_complex(tensor.dtype):
        return None
    if not 0 < math.prod(tensor.shape) <= most:
        return None
    values = [_number(value) for value in decode(raw, tensor.dtype)]
    return Array(tensor.shape, tuple(values))


def _number(value: complex) -> Number:
    """Integers as float: records come from a process that runs anything, and powers grow."""
    return value if isinstance(value, bool) else float(value.real)


def _settings(saved: tuple[Saved, ...]) -> dict[str, str]:
    return {each.name: each.value for each in saved if isinstance(each.value, str)}


def _literal(text: str | None) -> object:
    """The number or tuple it says; None of anything else, and of a text too long for one."""
    if text is None or len(text) > LONGEST_SETTING:
        return None
    if text in ("inf", "-inf", "nan"):
        return float(text)
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, OverflowError, RecursionError, MemoryError, TypeError):
        return None


def _names(saved: tuple[Saved, ...], grad: Array, shape: Shape) -> dict[str, Array]:
    names = {"grad": grad, "n": scalar(math.prod(shape) / len(grad.values))}
    return names | _arrays(saved, MOST_ELEMENTS)


def _arrays(saved: tuple[Saved, ...], most: int) -> dict[str, Array]:
    """What was saved, as far as it is numbers and tensors of at most so many elements."""
    names = {}
    for each in saved:
        if isinstance(each.value, Tensor):
            array = _small(each.value, most)
            if array is not None:
                names[each.name] = array
        else:
            setting = _literal(each.value)
            if isinstance(setting, int | float):
                names[each.name] = scalar(_number(setting))
    return names


def _keepdim_shape(saved: tuple[Saved, ...], shape: Shape) -> Shape:
    """The shape of a reduction's result with the dimensions that it dropped back in place."""
    settings = _settings(saved)
    dim = _literal(settings.get("dim"))
    dims = (dim,) if isinstance(dim, int) else dim if isinstance(dim, tuple) else ()
    gone = {at % len(shape) for at in dims if isinstance(at, int)} if shape else set()
    return tuple([1 if at in gone or not dims else size for at, size in enumerate(shape)])


def _exact(
    evaluator: Evaluator,
    expression: str,
    names: Mapping[str, Array],
    value: Array,
    total: Array,
) -> bool:
    """Whether rounding to what is written changes nothing."""

    names = {name: _rounded(array) for name, array in names.items()}
    again = evaluator.value(expression, names)
    shown = _rounded(value)
    pairs = [*zip(again.values, shown.values, strict=True)]
    if len(total.values) != len(value.values):
        pairs += zip(summed_to(shown, total.shape).values, _rounded(total).values, strict=True)
    return all(close(left, right, 1e-12) for left, right in pairs)


def _is_finite(array: Array) -> bool:
    return all(map(math.isfinite, array.values))


def _rounded(array: Array) -> Array:
    """The numbers as they are written."""
    values = (x if isinstance(x, bool) else float(number_text(x)) for x in array.values)
    return Array(array.shape, tuple(values))
