"""A formula with the numbers of one backward pass put in: `grad · other = 1 · 3 = 3`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from autograd_tutor.formulas.agreement import Rounding, close, rounding
from autograd_tutor.formulas.arrays import Array, Number, Shape, UnfitShapes, scalar, summed_to
from autograd_tutor.formulas.arrays import written as array_text
from autograd_tutor.formulas.evaluation import Evaluator
from autograd_tutor.formulas.expression import NotSimple, parsed
from autograd_tutor.formulas.formula import Formula, Input
from autograd_tutor.formulas.rounding import COMPARED_IN, PRECISION
from autograd_tutor.formulas.saved_arrays import (
    arrays_of,
    fitting,
    keepdim_shape,
    small,
    tensor_at,
)
from autograd_tutor.formulas.writing import as_read
from autograd_tutor.limits.interface import MOST_ELEMENTS, MOST_WRITTEN_CHARACTERS
from autograd_tutor.recording.model import Backward, Saved, Tensor
from autograd_tutor.recording.number_text import number_text
from autograd_tutor.recording.tensor_text import one_line

__all__ = [
    "MOST_ELEMENTS",
    "PRECISION",
    "Numbers",
    "Undefined",
    "boundary_note",
    "calculation",
    "fitting",
    "numbers_in",
    "small_text",
]


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
    rounding: Rounding
    """How far that is from what the formula gives, and how far rounding may lead."""

    @property
    def agrees(self) -> bool:
        """Whether what was sent is what the formula gives, up to rounding in the tensor's dtype.

        If not, a hook has changed it, or torch rounds more coarsely than is known here.
        """
        return self.rounding.explains

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


class Undefined(NamedTuple):
    """That the formula does not hold at the numbers of one backward pass."""

    words: str
    """Why, or what it gives and what was sent."""


def calculation(
    formula: Formula, input_index: int, backward: Backward
) -> Numbers | Undefined | None:
    """The formula of the input with that index in `next`, with the pass's numbers.

    None where there is nothing to show: nothing was sent there, the formula is not one of plain
    arithmetic, or a tensor it needs is not at hand, large or complex.
    """
    given = fitting(formula, input_index, backward)
    sent = tensor_at(backward.grad_inputs, input_index)
    received = tensor_at(backward.grad_outputs, 0)
    if given is None or sent is None or received is None:
        return None
    if given.undefined:
        general = formula.input_at(input_index)
        return None if given == general else Undefined(given.undefined)
    known, found = small(sent, MOST_ELEMENTS), small(received, MOST_ELEMENTS)
    if known is None or found is None or sent.dtype not in PRECISION:
        return None
    try:
        return _with_numbers(given, backward.saved, found, known, sent.dtype)
    except (NotSimple, UnfitShapes):
        return None


def numbers_in(formula: Formula, input_index: int, backward: Backward) -> Numbers | None:
    """The calculation, where the formula holds."""
    found = calculation(formula, input_index, backward)
    return found if isinstance(found, Numbers) else None


def boundary_note(formula: Formula, input_index: int, backward: Backward) -> str | None:
    """Says that the formula does not hold at the numbers of a pass; None where it does.

    It is also None where the numbers are not at hand.
    """
    found = calculation(formula, input_index, backward)
    return found.words if isinstance(found, Undefined) else None


def _with_numbers(
    given: Input, saved: tuple[Saved, ...], grad: Array, known: Array, dtype: str
) -> Numbers | Undefined | None:
    keepdim = keepdim_shape(saved, known.shape)
    used = parsed(given.expression).names
    its = {"grad": grad, "n": scalar(math.prod(known.shape) / len(grad.values))}
    its |= arrays_of(saved, MOST_ELEMENTS)
    names = {name: array for name, array in its.items() if name in used}
    if not names:
        return None
    tried = [
        _filled(given, names, Evaluator(known.shape, keepdim, compared_in), known, dtype)
        for compared_in in COMPARED_IN[dtype]
    ]
    agreeing = (each for each in tried if isinstance(each, Numbers) and each.agrees)
    return next(agreeing, tried[0])


def _filled(
    given: Input, names: Mapping[str, Array], evaluator: Evaluator, known: Array, dtype: str
) -> Numbers | Undefined | None:
    value = evaluator.value(given.expression, names)
    if len(value.values) > MOST_ELEMENTS:
        return None
    total = summed_to(value, known.shape)
    found = rounding(evaluator, given.expression, names, total, known, PRECISION[dtype])
    agrees = found.explains
    text = _text_of(given.expression, (*names.values(), value))
    if not agrees and (_has_no_value(total, known) or not all(map(_is_finite, names.values()))):
        return Undefined(
            f"it gives {text(total)}, but {text(known)} was sent: a hook changed it, or torch"
            " has another rule for 0 and infinities"
        )
    result = known if agrees else total
    is_sum = len(value.values) != len(total.values)
    shown = {name: text(array) for name, array in names.items()}
    shown |= {
        f"keepdim({name})": text(evaluator.with_dims(array))
        for name, array in names.items()
        if "keepdim" in given.expression and evaluator.lacks_dims(array)
    }
    return Numbers(
        text=given.text,
        filled=as_read(given.expression, shown | {"shape": str(known.shape)}),
        exact=_exact(evaluator, given.expression, names, value if is_sum else result, result),
        value=text(value if is_sum else result),
        summed=text(result) if is_sum else None,
        shape=known.shape,
        sent=text(known),
        rounding=found,
    )


def _text_of(expression: str, arrays: Sequence[Array]) -> Callable[[Array], str]:
    """How arrays are written: without brackets where all are of one element and no matrices."""
    bare = all(len(array.values) == 1 for array in arrays) and not any(
        sign in expression for sign in ("@", ".mT", ".mH", "t(grad)", "outer")
    )
    return lambda array: number_text(array.values[0]) if bare else array_text(array, number_text)


def small_text(tensor: Tensor) -> str | None:
    """The numbers of a tensor, written as in a formula; None where they are not written out."""
    written_out = small(tensor, MOST_ELEMENTS) is not None
    return one_line(tensor, MOST_WRITTEN_CHARACTERS) if written_out else None


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
    return Array(array.shape, tuple(map(_as_written, array.values)))


def _as_written(value: Number) -> Number:
    return value if isinstance(value, bool) or value == 0 else float(number_text(value))


def _has_no_value(total: Array, known: Array) -> bool:
    """Whether the formula is nan or infinite where another number was sent."""
    pairs = zip(total.values, known.values, strict=True)
    return any(not math.isfinite(given) and not close(sent, given, 0) for given, sent in pairs)
