"""Picking elements, putting them somewhere, and joining or taking apart tensors."""

from __future__ import annotations

from autograd_tutor.formulas.formula import either, of_list, op, times, when, wide

_CLEARED = "cleared_at(grad, indices)"

FORMULAS = (
    op("SliceBackward0", "slice", "self[start:end:step]", self="in_slice(grad)"),
    op("SelectBackward0", "one place along a dimension", "self[index]", self="placed(grad, index)"),
    op(
        "IndexBackward0",
        "elements picked by indices or a mask",
        "self[indices]",
        self="added_at(grad, indices)",
    ),
    op(
        "IndexSelectBackward0",
        "rows picked along a dimension",
        "self at index",
        self="added_at(grad, index)",
    ),
    op(
        "GatherBackward0",
        "one element picked for each index",
        "self at index",
        self="added_at(grad, index)",
    ),
    op(
        "TakeBackward0",
        "elements picked from the flattened tensor",
        "flattened self at index",
        self="added_at(grad, index)",
    ),
    op(
        "MaskedSelectBackward0",
        "elements where the mask is true",
        "self[mask]",
        self=wide("spread_over(grad, mask)"),
    ),
    op(
        "ScatterBackward0",
        "elements written at an index",
        "self with src at index",
        self="cleared_at(grad, index)",
        src="at(grad, index)",
    ),
    op(
        "ScatterBackward1",
        "a number written at an index",
        "self with value at index",
        self="cleared_at(grad, index)",
    ),
    op(
        "ScatterAddBackward0",
        "elements added at an index",
        "self with src added at index",
        self="grad",
        src="at(grad, index)",
    ),
    op(
        "IndexAddBackward0",
        "rows added at an index",
        "self with alpha · source added at index",
        self="grad",
        source=times("at(grad, index)", "alpha"),
    ),
    op(
        "IndexCopyBackward0",
        "rows written at an index",
        "self with source at index",
        self="cleared_at(grad, index)",
        source="at(grad, index)",
    ),
    op(
        "IndexFillBackward0",
        "a number written at an index",
        "self with value at index",
        self="cleared_at(grad, index)",
    ),
    op(
        "IndexPutBackward0",
        "values written at indices",
        "self[indices] = values",
        self=either(
            f"unless_added({_CLEARED})",
            when("grad", accumulate="True"),
            when(_CLEARED, accumulate="False"),
        ),
        values=wide("at(grad, indices)"),
    ),
    op(
        "MaskedScatterBackward0",
        "elements written where the mask is true",
        "self with source where mask",
        self="0 if mask else grad",
        source="picked_by(grad, mask)",
    ),
    of_list(
        "CatBackward0", "tensors joined along a dimension", "cat(tensors)", tensors="part(grad)"
    ),
    of_list(
        "StackBackward0",
        "tensors joined along a new dimension",
        "stack(tensors)",
        tensors="part(grad)",
    ),
    op("SplitBackward0", "taken apart into pieces of a size", "split(self)", self="cat(grads)"),
    op("SplitWithSizesBackward0", "taken apart into pieces", "split(self)", self="cat(grads)"),
    op("UnbindBackward0", "taken apart along a dimension", "unbind(self)", self="stack(grads)"),
    op(
        "EmbeddingBackward0", "rows of a table", "weight[indices]", weight="added_at(grad, indices)"
    ),
)
