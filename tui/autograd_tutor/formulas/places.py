"""The ends of the graph, and what was written in place."""

from __future__ import annotations

from autograd_tutor.formulas.formula import Formula, Input

_ZERO = Input("self", "0", "torch.zeros_like(grad)")

FORMULAS = (
    Formula(
        "AccumulateGrad",
        "a leaf: what arrives is added to its .grad",
        "leaf.grad = leaf.grad + grad",
    ),
    Formula(
        "CopySlices",
        "a part of a tensor was written in place",
        "base with a part of it replaced",
    ),
    Formula(
        "CopyBackwards",
        "overwritten with a copy",
        "src",
        (_ZERO, Input("src", "grad", "grad")),
    ),
    Formula("ZeroBackward0", "overwritten with 0", "0", (_ZERO,)),
    Formula("FillBackward0", "a copy filled with a number", "value", (_ZERO,)),
    Formula(
        "FillBackward1",
        "a copy filled with a 0-dim tensor",
        "value",
        (_ZERO, Input("value", "grad, summed", "grad.sum()")),
    ),
    Formula("FillBackward2", "overwritten with a number", "value", (_ZERO,)),
    Formula(
        "FillBackward3",
        "overwritten with a 0-dim tensor",
        "value",
        (_ZERO, Input("value", "grad, summed", "grad.sum()")),
    ),
)
