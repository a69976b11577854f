"""What is known of one operation's backward: a formula for each input, as text and as expression.

The convention is that of PyTorch's derivatives.yaml (tools/autograd/derivatives.yaml in
pytorch/pytorch): one line per input that can have a gradient, under torch's name for that input;
`grad` is the gradient of the output, and the other names are what the node saved.

A text is for reading, about real numbers: of a complex tensor, the conjugate of each factor of
`grad` is meant, and the expression takes it. An expression is Python that gives the gradient. The
names in it are `torch`, `math`, what the node saved, and

- `grad`, `grads`: what arrived for the first output, and for each (zeros where nothing did);
- `shape`, `shapes`, `i`: the shape of this input, those of all inputs, the place among them;
- `n`: how many elements of this input went into each element of `grad` (what the node saved under
  the same name comes first);
- `kept(x)`: x with the dimensions that a reduction dropped back in place, of size 1.

What an expression gives may still have to be summed to `shape` where the operation broadcast the
input, and be given the input's dtype (of a complex value that is the real part for a real input).
Dimensions counted from the end are negative in it; torch's nodes hold them as unsigned numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Variant(NamedTuple):
    """What a formula comes to where the node saved certain values."""

    when: tuple[tuple[str, str], ...]
    """Saved names with the text of the value, as repr() gives it: all have to fit."""
    text: str
    expression: str


class Input(NamedTuple):
    """The gradient that the node sends to one of its inputs."""

    name: str
    """As in torch's signature: `self`, `other`, `mat1`."""
    text: str
    expression: str
    variants: tuple[Variant, ...] = ()

    def where(self, saved: Mapping[str, str]) -> Input:
        """The same input with the first variant that fits what was saved (as repr() texts)."""
        for variant in self.variants:
            if all(saved.get(name) == value for name, value in variant.when):
                return Input(self.name, variant.text, variant.expression)
        return self


class Formula(NamedTuple):
    """One operation: what it computes, and the gradient of each input."""

    node: str
    """The name of the node: `MulBackward0`."""
    operation: str
    forward: str
    inputs: tuple[Input, ...] = ()
    """In the order of `next_functions`; empty where nothing is sent or no formula can be told."""
    repeated: bool = False
    """The one input stands for each tensor of a list."""

    def input_at(self, place: int) -> Input | None:
        """The input with that place in `next_functions`; None beyond those that are known."""
        if self.repeated and self.inputs and place >= 0:
            return self.inputs[0]
        return self.inputs[place] if 0 <= place < len(self.inputs) else None
