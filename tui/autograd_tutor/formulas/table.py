"""One lookup over the formulas of all families."""

from __future__ import annotations

from itertools import chain

from autograd_tutor.formulas import (
    activations,
    arithmetic,
    choices,
    elementary,
    indexing,
    layers,
    losses,
    matrices,
    places,
    reductions,
    shapes,
)
from autograd_tutor.formulas.formula import Formula, Input

_FAMILIES = (
    arithmetic,
    choices,
    elementary,
    activations,
    reductions,
    matrices,
    shapes,
    indexing,
    losses,
    layers,
    places,
)

FORMULAS: dict[str, Formula] = {
    formula.node: formula for formula in chain.from_iterable(each.FORMULAS for each in _FAMILIES)
}
"""By the name of the node, without a namespace."""

_ELEMENT_WISE = frozenset(
    formula.node for each in (arithmetic, choices, elementary) for formula in each.FORMULAS
)

_BROADCAST_INPUTS = {
    "AddmmBackward0": "self",
    "AddmvBackward0": "self",
    "AddrBackward0": "self",
    "AddbmmBackward0": "self",
    "BaddbmmBackward0": "self",
    "PreluKernelBackward0": "weight",
}
"""Of other operations the one input that they broadcast."""


def is_broadcast(formula: Formula, given: Input) -> bool:
    """Whether the operation broadcasts that input.

    Where its shape is not that of `grad`, it gets the sum over the dimensions it was expanded in.
    """
    return formula.node in _ELEMENT_WISE or _BROADCAST_INPUTS.get(formula.node) == given.name


def formula_of(node_name: str) -> Formula | None:
    """The formula for nodes of that name; None where none is known.

    Nodes of operations that torch derives from a view (`diag` from `diagonal`) end in `_copy`.
    """
    name = node_name.rpartition("::")[2]
    return FORMULAS.get(name) or FORMULAS.get(name.removesuffix("_copy"))
