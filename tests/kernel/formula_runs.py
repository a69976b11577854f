"""What nodes of torch sent in the cases of the formulas, and whether a formula gives the same."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple
from unittest import mock

import formula_cases
import torch
from formula_cases import Case
from formula_edges import EDGES
from formula_scope import Scope
from formula_words import WORDS, NoMeaning
from surveyed_cases import CASES
from surveyed_edges import SURVEYED_EDGES
from torch import Tensor
from torch_records import record as record_of

from autograd_tutor.formulas import FORMULAS, Formula, Input, Variant
from autograd_tutor.formulas.expression import parsed
from autograd_tutor.recording.model import Backward, Saved

Shape = tuple[int, ...]


class Ran(NamedTuple):
    """A node that ran: the names at each of its inputs, what it sent where, and its record."""

    names: list[dict[str, Any] | None]
    gradients: tuple[Tensor | None, ...]
    following: tuple[tuple[Any, int], ...]
    record: Backward


@dataclass
class Sent:
    """What a node sent to one of its inputs, and the names that a formula is evaluated with."""

    node: str
    input_index: int
    gradient: Tensor
    names: dict[str, Any]
    settings: dict[str, str]
    scopes: dict[str, Scope] = field(default_factory=dict)

    @property
    def general(self) -> Input:
        found = FORMULAS[self.node].input_at(self.input_index)
        assert found is not None, f"{self.node} has no formula for input {self.input_index}"
        return found

    def holds(self, condition: str) -> bool:
        """Whether a condition on values holds for some element."""
        scope = self.scope.renamed({"sent": self.gradient})
        try:
            return bool(torch.as_tensor(scope.value(parsed(condition).whole)).any())
        except DISAGREES:  # nothing is claimed of complex numbers
            return False

    @property
    def chosen(self) -> Input:
        """The formula that is shown for it."""
        return self.general.where(self.settings, self.holds)

    @property
    def scope(self) -> Scope:
        """The names as the table's expressions mean them."""
        return self.scopes.setdefault("", Scope(self.node, self.names))

    def scope_of_reading(self, given: Input) -> Scope:
        """The names as the text means them, which leaves out shapes and conjugates."""
        if given.expression not in self.scopes:
            names = self.scope.names
            if given.leaves_out_conjugates:
                names = {name: conjugated(value) for name, value in names.items()}
                names |= {name: self.names[name] for name in ("grad", "grads")}
            for word, name in unread_shapes(given.expression):
                shaped = WORDS[word]
                value = names[name]
                shaped_value = (
                    tuple(shaped(self.names, each) for each in value)
                    if isinstance(value, tuple)
                    else shaped(self.names, value)
                )
                names = names | {name: shaped_value}
            self.scopes[given.expression] = self.scope.renamed(names)
        return self.scopes[given.expression]


def conjugated(value: Any) -> Any:
    return value.conj() if isinstance(value, Tensor) and value.is_complex() else value


@cache
def unread_shapes(expression: str) -> frozenset[tuple[str, str]]:
    """The names that an expression gives other dimensions, by a word that is not read."""
    found = set()
    for node in ast.walk(parsed(expression).whole):
        match node:
            case ast.Call(func=ast.Name(id="keepdim" | "per_matrix" as word), args=[inner]):
                found |= {
                    (word, name.id)
                    for name in ast.walk(inner)
                    if isinstance(name, ast.Name) and name.id != "conj"
                }
    return frozenset(found)


def signed(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(map(signed, value))
    return value - 2**64 if type(value) is int and value >= 2**63 else value


def saved_of(node: Any) -> dict[str, Any]:
    names = [name.removeprefix("_saved_") for name in dir(node) if name.startswith("_saved_")]
    return {name: signed(getattr(node, f"_saved_{name}")) for name in names}


def settings_of(saved: dict[str, Any]) -> dict[str, str]:
    return {name: repr(value) for name, value in saved.items() if not isinstance(value, Tensor)}


def shape_of(following: tuple[Any, int]) -> Shape | None:
    node, output_nr = following
    return None if node is None else tuple(node._input_metadata[output_nr].shape)


def names_for(node: Any, input_index: int, grads: tuple[Tensor, ...]) -> dict[str, Any]:
    shapes = [shape_of(following) for following in node.next_functions]
    shape = shapes[input_index]
    assert shape is not None
    names = {"shape": shape, "shapes": shapes, "i": input_index, "grads": grads, "grad": grads[0]}
    return names | {"n": math.prod(shape) / grads[0].numel()} | saved_of(node)


def recorded(node: Any, sent: tuple[Any, ...], received: tuple[Any, ...]) -> Backward:
    """The record of a node that ran; tensors in lists and undefined ones are left out."""
    saved = [
        Saved(name, record_of(dense(value)) if isinstance(value, Tensor) else repr(value))
        for name, value in saved_of(node).items()
    ]
    grads = [
        tuple(None if grad is None else record_of(dense(grad)) for grad in side)
        for side in (received, sent)
    ]
    return Backward(1, 1, grads[0], grads[1], None, tuple(saved))


def filled(tensor: Tensor) -> Tensor:
    """With its zeros in memory, where it is nothing but zeros without any."""
    return torch.zeros_like(tensor) + tensor if tensor._is_zerotensor() else tensor


def dense(tensor: Tensor) -> Tensor:
    return tensor if tensor.layout == torch.strided else tensor.to_dense()


def watched(name: str, case: Case) -> Iterator[Ran]:
    """Runs the case and its backward pass; gives what each node of that name saw."""
    torch.manual_seed(len(name))
    made = case()
    outputs = [made] if isinstance(made, Tensor) else list(made)
    outputs = [output for output in outputs if output.requires_grad]
    nodes, todo = {}, [output.grad_fn for output in outputs]
    while todo:
        node = todo.pop()
        if node is not None and node not in nodes:
            nodes[node] = node.name().rpartition("::")[2].removesuffix("_copy")
            todo += [following for following, _ in node.next_functions]
    seen: list[Ran] = []
    for node in [node for node, its in nodes.items() if its == name]:

        def note(inputs: Any, grads: Any, node: Any = node) -> None:
            record = recorded(node, inputs, grads)
            seen.append(Ran(saved_names(node, grads), inputs, node.next_functions, record))

        node.register_hook(note)
    torch.autograd.backward(outputs, [torch.randn_like(output) for output in outputs])
    yield from seen


def saved_names(node: Any, grads: tuple[Any, ...]) -> list[dict[str, Any] | None]:
    filled = tuple(
        torch.zeros(tuple(meta.shape), dtype=meta.dtype) if grad is None else grad.clone()
        for grad, meta in zip(grads, node._input_metadata, strict=True)
    )
    return [
        None if following is None else names_for(node, input_index, filled)
        for input_index, (following, _) in enumerate(node.next_functions)
    ]


def complex_runs(name: str, case: Case) -> list[Ran]:
    """The same of complex numbers, if torch takes them."""
    with mock.patch.object(formula_cases, "D", torch.complex128):
        try:
            return [*watched(name, case)]
        except (RuntimeError, TypeError, ValueError, UserWarning):
            return []


@cache
def sent_by(name: str) -> tuple[Sent, ...]:
    """All gradients that nodes of that name sent, in all cases."""
    sent = []
    for case in [*CASES[name], *EDGES.get(name, ()), *SURVEYED_EDGES.get(name, ())]:
        before = len(sent)
        fired = False
        as_complex = complex_runs(name, case) if case in CASES[name] else ()
        for names, gradients, following, _ in [*watched(name, case), *as_complex]:
            fired = True
            for input_index, gradient in enumerate(gradients):
                there = names[input_index]
                if not FORMULAS[name].inputs:
                    continue
                assert gradient is not None or following[input_index][0] is None
                if there is not None:
                    sent.append(
                        Sent(name, input_index, filled(gradient), there, settings_of(there))
                    )
        assert fired, f"a case of {name} does not make it"
        assert len(sent) > before or not FORMULAS[name].inputs
    return tuple(sent)


DISAGREES = (NoMeaning, RuntimeError, TypeError, ValueError, ArithmeticError, LookupError)
DISAGREES += (AttributeError, AssertionError)
"""What a formula raises that does not fit."""


TAKE_THE_REAL_PART = ("ComplexBackward0", "AngleBackward0", "PolarBackward0", "FftR2CBackward0")
"""Nodes whose formulas take it themselves, as what goes in is real and what comes out is not."""


def agrees(tree: ast.expr, scope: Scope, sent: Sent, broadcast: bool) -> bool:
    """Whether the value of a formula is what torch sent; its errors count as no."""
    try:
        value = torch.as_tensor(scope.value(tree))
        if value.is_complex() and not sent.gradient.is_complex():
            if sent.node in TAKE_THE_REAL_PART:
                return False
            value = value.real
        shape = sent.gradient.shape
        if isinstance(tree, ast.Constant):
            value = value.expand(shape)
        elif broadcast:
            value = value.sum_to_size(shape)
        value = value.to(sent.gradient.dtype)
        return value.shape == shape and torch.allclose(
            value, sent.gradient, rtol=1e-7, atol=1e-10, equal_nan=True
        )
    except DISAGREES:
        return False


def expression_agrees(given: Input, sent: Sent) -> bool:
    return agrees(parsed(given.expression).whole, sent.scope, sent, given.broadcast)


def is_right(given: Input, sent: Sent) -> bool:
    """Whether what is shown is what torch sent; where none is said to hold, that none does.

    What is shown for certain values has to be needed: without it something false would be shown.
    """
    chosen = given.where(sent.settings, sent.holds)
    at = first_that_fits(given, sent)
    if at is not None and is_special(given.variants[at]):
        ordinary = tuple([each for each in given.variants if not is_special(each)])
        without = given._replace(variants=ordinary).where(sent.settings, sent.holds)
        if expression_agrees(without, sent):
            return False
    return bool(chosen.undefined) or expression_agrees(chosen, sent)


def is_special(variant: Variant) -> bool:
    """Whether it is for certain values, or says that no formula holds."""
    return bool(variant.values or variant.undefined)


def reading_agrees(given: Input, tree: ast.expr, sent: Sent) -> bool:
    """The same of a text that was parsed back."""
    return agrees(tree, sent.scope_of_reading(given), sent, given.broadcast)


def unmet(formula: Formula) -> list[str]:
    """The inputs, and the settings of variants, that no case comes to."""
    missing = []
    for input_index, given in enumerate(formula.inputs):
        own = [sent for sent in sent_by(formula.node) if sent.input_index == input_index]
        first = [first_that_fits(given, sent) for sent in own]
        if not own and not given.undefined:
            missing.append(given.name)
        for at, variant in enumerate(given.variants):
            there = [sent for sent, its in zip(own, first, strict=True) if its == at]
            expected = [(name, text) for name, texts in variant.when for text in texts]
            missing += [
                f"{given.name}: {name} {text}"
                for name, text in expected
                if not any(sent.settings.get(name) == text for sent in there)
            ]
            if not there:
                missing.append(f"{given.name}: {variant}")
    return missing


def first_that_fits(given: Input, sent: Sent) -> int | None:
    fitting = (at for at, each in enumerate(given.variants) if each.fits(sent.settings, sent.holds))
    return next(fitting, None)
