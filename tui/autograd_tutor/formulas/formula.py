"""What is known of one operation's backward: an expression for each input, from which it is read.

The convention is that of PyTorch's derivatives.yaml (tools/autograd/derivatives.yaml in
pytorch/pytorch): one line per input that can have a gradient, under torch's name for that input;
`grad` is the gradient of the output, and the other names are what the node saved.

An expression is written in the language of `expression.py`, and nothing else is written: the text
for the learner is derived from it (`writing.py`). It is read as one about real numbers: of a
complex tensor, the conjugate of each factor of `grad` is meant, and the expression takes it by
`conj(x)` or `x.mH`. The names in it are what the node saved, and

- `grad`, `grads[0]`: what arrived for the first output, and for each (zeros where nothing did);
- `shape`: the shape of this input;
- `n`: how many elements of this input went into each element of `grad` (what the node saved under
  the same name comes first);
- `keepdim(x)`: x with the dimensions that a reduction dropped back in place, of size 1;
- `inf`, `nan` and `pi`;
- `others(x)`: for each element, the product of those that the operation multiplied it with;
- `sum(x)`: over the `dim` that the node saved, which stays with size 1; `total(x)`: over all that
  the input's shape lacks;
- the other functions of `words.py`, and a few names for what torch saved under a number: `mean`,
  `rstd` and `std` of what was normalised, `mask` of a dropout, `slope` of an rrelu,
  `a` and `b` for the halves of a glu.

A weight, mask or correction that was not given (None) is the number that changes nothing. What an
expression gives may still have to be summed to `shape` where the operation broadcast the input, and
be given the input's dtype (of a complex value that is the real part for a real input).

Where the general form is false for certain values (0 to the power 0, a zero among the factors), an
input has a variant with a condition on them, which is asked of real tensors that were recorded in
full: `at(condition, expression)`, or `undefined_at(condition, words)` where no form is simple. In a
condition stand also `sent`, `not x`, `any(x)` and `ndim(x)`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from autograd_tutor.formulas.writing import as_read, leaves_out_conjugates

Holds = Callable[[str], bool]
"""Whether a condition on values, an expression such as `result == 0`, holds for some element."""


def _unknown(_condition: str) -> bool:
    return False


class Variant(NamedTuple):
    """What a formula comes to where the node saved certain values."""

    expression: str
    when: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Saved settings, each with the texts that fit, as repr() gives them: all have to fit."""
    values: str = ""
    """A condition, `result == 0`, that has to hold for some element.

    Beside what was saved it may name `grad` and `sent`, what arrived and what was sent.
    """
    undefined: str = ""
    """In place of an expression: says that and why no formula holds there."""

    def fits(self, settings: Mapping[str, str], holds: Holds) -> bool:
        """Whether all its conditions hold."""
        known = all(settings.get(name) in values for name, values in self.when)
        return known and (not self.values or holds(self.values))


class Input(NamedTuple):
    """The gradient that the node sends to one of its inputs."""

    name: str
    """As in torch's signature: `self`, `other`, `mat1`."""
    expression: str
    variants: tuple[Variant, ...] = ()
    broadcast: bool = False
    """Whether the operation broadcasts it: then it gets the sum over what it was expanded in."""
    undefined: str = ""
    """In place of an expression: says that and why no formula holds."""

    @property
    def text(self) -> str:
        """For reading: `grad · other`."""
        return self.undefined or as_read(self.expression)

    @property
    def leaves_out_conjugates(self) -> bool:
        """Whether the text holds for real numbers alone."""
        return leaves_out_conjugates(self.expression)

    def where(self, settings: Mapping[str, str], holds: Holds = _unknown) -> Input:
        """The same input with the first variant that fits what was saved (as repr() texts)."""
        for each in self.variants:
            if each.fits(settings, holds):
                return self._replace(
                    expression=each.expression, variants=(), undefined=each.undefined
                )
        return self


class Formula(NamedTuple):
    """One operation: what it computes, and the gradient of each input."""

    node: str
    """The name of the node: `MulBackward0`."""
    operation: str
    forward: str
    inputs: tuple[Input, ...] = ()
    """In the order of `next_functions`; empty where nothing is sent or no formula is simple."""
    repeated: bool = False
    """The one input stands for each tensor of a list."""
    sentence: str = ""
    """Where no formula is simple: what the backward does."""

    def input_at(self, input_index: int) -> Input | None:
        """The input with that index in `next_functions`; None beyond those that are known."""
        if self.repeated and self.inputs and input_index >= 0:
            return self.inputs[0]
        return self.inputs[input_index] if 0 <= input_index < len(self.inputs) else None


def op(node: str, operation: str, forward: str, /, **inputs: str | Input) -> Formula:
    """An operation with the gradient of each input, by its name."""
    named = [
        Input(name, given) if isinstance(given, str) else given._replace(name=name)
        for name, given in inputs.items()
    ]
    return Formula(node, operation, forward, tuple(named))


def elementwise(node: str, operation: str, forward: str, /, **inputs: str | Input) -> Formula:
    """An operation that broadcasts all its inputs."""
    return op(node, operation, forward, **{name: wide(given) for name, given in inputs.items()})


def of_list(node: str, operation: str, forward: str, /, **inputs: str | Input) -> Formula:
    """An operation on a list of tensors: the gradient of each."""
    return op(node, operation, forward, **inputs)._replace(repeated=True)


def described(node: str, operation: str, forward: str, sentence: str) -> Formula:
    """An operation without a simple formula: what its backward does, in one sentence."""
    return Formula(node, operation, forward, sentence=sentence)


def wide(given: str | Input) -> Input:
    """An input that the operation broadcasts."""
    return _input(given)._replace(broadcast=True)


def either(general: str, *variants: Variant) -> Input:
    """An input whose formula is simpler, or another, under some settings."""
    return Input("", general, variants)


def when(expression: str, **settings: str | tuple[str, ...]) -> Variant:
    """The formula for those texts of saved settings."""
    texts = {name: (text,) if isinstance(text, str) else text for name, text in settings.items()}
    return Variant(expression, tuple(texts.items()))


def at(condition: str, expression: str, **settings: str | tuple[str, ...]) -> Variant:
    """The formula where a condition on values holds for some element."""
    return when(expression, **settings)._replace(values=condition)


def undefined_at(condition: str, words: str, **settings: str | tuple[str, ...]) -> Variant:
    """No formula holds where a condition on values does for some element."""
    return at(condition, "", **settings)._replace(undefined=words)


def times(expression: str, factor: str) -> Input:
    """A product with a saved number that is nearly always 1."""
    return either(f"{expression} * {factor}", when(expression, **{factor: "1"}))


def _input(given: str | Input) -> Input:
    return Input("", given) if isinstance(given, str) else given
