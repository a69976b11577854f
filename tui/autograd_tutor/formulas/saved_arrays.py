"""What a node saved and what went through it, as arrays of plain numbers."""

from __future__ import annotations

import ast
import math

from autograd_tutor.formulas.arrays import Array, Number, Shape, UnfitShapes, scalar
from autograd_tutor.formulas.evaluation import Evaluator
from autograd_tutor.formulas.expression import NotSimple, parsed
from autograd_tutor.formulas.formula import Formula, Input
from autograd_tutor.limits.interface import LONGEST_SETTING, MOST_CHECKED
from autograd_tutor.recording.model import Backward, Saved, Tensor
from autograd_tutor.recording.numbers import decode, elements, is_complex


def fitting(formula: Formula, input_index: int, backward: Backward) -> Input | None:
    """The formula of one input, in the form that fits what the node saved, received and sent."""
    general = formula.input_at(input_index)
    if general is None or not general.variants:
        return general
    its = list(backward.saved)
    for name, tensors, index in (
        ("grad", backward.grad_outputs, 0),
        ("sent", backward.grad_inputs, input_index),
    ):
        tensor = tensor_at(tensors, index)
        its += [] if tensor is None else [Saved(name, tensor)]

    def holds(condition: str) -> bool:
        used = parsed(condition).names
        names = arrays_of(tuple([each for each in its if each.name in used]), MOST_CHECKED)
        try:
            return any(Evaluator((), ()).value(condition, names).values)
        except (NotSimple, UnfitShapes):
            return False

    return general.where(settings_of(backward.saved), holds)


def tensor_at(tensors: tuple[Tensor | None, ...], input_index: int) -> Tensor | None:
    """The tensor with that index; None where there is none."""
    return tensors[input_index] if 0 <= input_index < len(tensors) else None


def small(tensor: Tensor, most: int) -> Array | None:
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


def settings_of(saved: tuple[Saved, ...]) -> dict[str, str]:
    """What was saved and is no tensor, as repr() gives it."""
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


def arrays_of(saved: tuple[Saved, ...], most: int) -> dict[str, Array]:
    """What was saved, as far as it is numbers and tensors of at most so many elements."""
    names = {}
    for each in saved:
        if isinstance(each.value, Tensor):
            array = small(each.value, most)
            if array is not None:
                names[each.name] = array
        else:
            setting = _literal(each.value)
            if isinstance(setting, int | float):
                names[each.name] = scalar(_number(setting))
    return names


def keepdim_shape(saved: tuple[Saved, ...], shape: Shape) -> Shape:
    """The shape of a reduction's result with the dimensions that it dropped back in place."""
    settings = settings_of(saved)
    dim = _literal(settings.get("dim"))
    dims = (dim,) if isinstance(dim, int) else dim if isinstance(dim, tuple) else ()
    gone = {at % len(shape) for at in dims if isinstance(at, int)} if shape else set()
    return tuple([1 if at in gone or not dims else size for at, size in enumerate(shape)])
