"""One lookup over the formulas of all families."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib import import_module

from autograd_tutor.formulas.formula import Formula

_FAMILIES = (
    "arithmetic",
    "choices",
    "elementary",
    "activations",
    "reductions",
    "matrices",
    "shapes",
    "indexing",
    "losses",
    "layers",
    "graph_ends",
    "sequences",
    "scattering",
    "resizing",
    "distances",
    "linalg",
    "fourier",
    "special",
    "random_numbers",
    "in_place",
    "second_derivatives",
)
"""The modules that hold formulas, each as a tuple `FORMULAS`."""


class _Table(Mapping[str, Formula]):
    """Formulas by the name of the node.

    The families are imported at the first look-up: only a backward pass needs them.
    """

    @cached_property
    def _by_node(self) -> dict[str, Formula]:
        modules = [import_module(f"autograd_tutor.formulas.{name}") for name in _FAMILIES]
        return {formula.node: formula for module in modules for formula in module.FORMULAS}

    def __getitem__(self, node: str) -> Formula:
        return self._by_node[node]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_node)

    def __len__(self) -> int:
        return len(self._by_node)


FORMULAS: Mapping[str, Formula] = _Table()
"""By the name of the node, without a namespace."""


def formula_of(node_name: str) -> Formula | None:
    """The formula for nodes of that name; None where none is known.

    Nodes of operations that torch derives from a view (`diag` from `diagonal`) end in `_copy`.
    """
    name = node_name.rpartition("::")[2]
    return FORMULAS.get(name) or FORMULAS.get(name.removesuffix("_copy"))
