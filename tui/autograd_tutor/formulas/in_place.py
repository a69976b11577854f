"""Views and comparisons written over the tensor itself."""

from __future__ import annotations

from autograd_tutor.formulas.formula import Formula, op


def _compared(name: str) -> Formula:
    return op(f"{name}Backward0", "overwritten with a comparison", "1 or 0", self="0")


FORMULAS = (
    op(
        "TransposeBackward1",
        "two dimensions exchanged, in place",
        "self with dim0, dim1 exchanged",
        self="exchanged(grad)",
    ),
    op("TBackward1", "matrix transposed, in place", "selfᵀ", self="t(grad)"),
    op(
        "AsStridedBackward1",
        "a view given by strides, in place",
        "self seen with size, stride",
        self="added_to_sources(grad)",
    ),
    *map(_compared, ("Eq", "Ne", "Gt", "Ge", "Lt", "Le")),
)
