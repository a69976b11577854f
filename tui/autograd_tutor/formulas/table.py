"""One lookup over the formulas of all families."""

from __future__ import annotations

from itertools import chain

from autograd_tutor.formulas import (
    activations,
    arithmetic,
    choices,
    elementary,
    graph_ends,
    indexing,
    layers,
    losses,
    matrices,
    reductions,
    shapes,
)
from autograd_tutor.formulas.formula import Formula

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
    graph_ends,
)

FORMULAS: dict[str, Formula] = {
    formula.node: formula for formula in chain.from_iterable(each.FORMULAS for each in _FAMILIES)
}
"""By the name of the node, without a namespace."""


def formula_of(node_name: str) -> Formula | None:
    """The formula for nodes of that name; None where none is known.

    Nodes of operations that torch derives from a view (`diag` from `diagonal`) end in `_copy`.
    """
    name = node_name.rpartition("::")[2]
    return FORMULAS.get(name) or FORMULAS.get(name.removesuffix("_copy"))
