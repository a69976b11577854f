"""The functions that the nodes of a condition become, and messages that say what they are about."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from autograd_tutor.analysis.arrays import Array, Missing, Unfit, from_record
from autograd_tutor.analysis.operations import plain_value
from autograd_tutor.analysis.variable_names import Variable
from autograd_tutor.messages import _
from autograd_tutor.recording.model import Tensor

Evaluate = Callable[[Sequence[Tensor | str]], object]
"""What a part of the condition is, given what each of its variables is."""


def of_tensor(node: ast.expr, base: Evaluate, function: Callable[[Array], object]) -> Evaluate:
    """What a method or an attribute gives for the tensor that `node`, by `base`, evaluates to."""
    shown = shown_as(node)
    known: tuple[object, object] = (None, None)

    def evaluate(values: Sequence[Tensor | str]) -> object:
        nonlocal known
        value = base(values)
        if value is known[0] and value is not None:
            return known[1]  # mostly it is another variable that has changed
        if not isinstance(value, Array):
            check_there(value, shown)
            raise _Said(_("`{shown}` is no tensor").format(shown=shown))
        try:
            known = value, function(value)
            return known[1]
        except Unfit as error:
            raise _about(shown, error) from None

    return evaluate


def of_variable(variable: Variable, at: int) -> Evaluate:
    """The variable at an index of the values."""
    known: tuple[object, object] = ("", None)

    def evaluate(values: Sequence[Tensor | str]) -> object:
        nonlocal known
        value = values[at]
        if value is not known[0]:
            known = value, _read(variable, value)
        return known[1]

    return evaluate


def _read(variable: Variable, value: Tensor | str) -> object:
    try:
        return plain_value(value) if isinstance(value, str) else from_record(value)
    except Unfit as error:
        raise _about(variable.spelled, error) from None


def check_there(value: object, shown: str) -> None:
    """Raise Missing where there is nothing to ask."""
    if value is None:
        raise Missing(_("`{shown}` is None").format(shown=shown))


class _Said(Unfit):
    """The message names what it is about."""


def _about(shown: str, error: Unfit) -> Unfit:
    return error if isinstance(error, (_Said, Missing)) else _Said(f"`{shown}`: {error}")


def about_all(node: ast.expr, evaluate: Evaluate) -> Evaluate:
    """The same, but messages say of which part of the condition they are."""
    shown = shown_as(node)

    def named(values: Sequence[Tensor | str]) -> object:
        try:
            return evaluate(values)
        except Unfit as error:
            raise _about(shown, error) from None

    return named


def shown_as(node: ast.AST) -> str:
    """A part of a condition in a message."""
    text = ast.unparse(node)
    return text if len(text) <= 40 else f"{text[:39]}…"


def always(value: object) -> Evaluate:
    """A constant."""
    return lambda _: value


def slice_of(ends: Sequence[object]) -> slice:
    """`start:stop:step`. Raises Unfit where one is no integer."""
    for end in ends:
        if end is not None and (isinstance(end, bool) or not isinstance(end, int)):
            raise Unfit(_("a slice has integers"))
    return slice(*ends)
