"""The ends of the graph, and what was written in place."""

from __future__ import annotations

from autograd_tutor.formulas.formula import op, wide

FORMULAS = (
    op(
        "AccumulateGrad",
        "a leaf: what arrives is added to its .grad",
        "leaf.grad = leaf.grad + grad",
    ),
    op("CopySlices", "a part of a tensor was written in place", "base with a part of it replaced"),
    op("CopyBackwards", "overwritten with a copy", "src", self="0", src=wide("grad")),
    op("ZeroBackward0", "overwritten with 0", "0", self="0"),
    op("FillBackward0", "a copy filled with a number", "value", self="0"),
    op("FillBackward1", "a copy filled with a 0-dim tensor", "value", self="0", value="sum(grad)"),
    op("FillBackward2", "overwritten with a number", "value", self="0"),
    op("FillBackward3", "overwritten with a 0-dim tensor", "value", self="0", value="sum(grad)"),
)
