"""Picking elements, putting them somewhere, and joining or taking apart tensors."""

from __future__ import annotations

from autograd_tutor.formulas.formula import Formula, Input, Variant

_GRAD = Input("self", "grad", "grad")
_ELSEWHERE = "0 elsewhere"
_CLEARED = "torch.ops.aten.index_put(grad, indices, grad.new_zeros(()))"


def _of_self(node: str, operation: str, forward: str, text: str, expression: str) -> Formula:
    return Formula(node, operation, forward, (Input("self", text, expression),))


_WITHOUT_INDEX = ("grad, 0 at index", "grad.index_fill(dim, index, 0)")
_AT_INDEX = ("grad at index", "grad.gather(dim, index)")
_SCATTERED = ("grad, 0 at index", "grad.scatter(dim, index, 0)")

FORMULAS = (
    _of_self(
        "SliceBackward0",
        "slice",
        "self[start:end:step]",
        f"grad in the slice, {_ELSEWHERE}",
        "torch.slice_scatter(grad.new_zeros(shape), grad, dim, start, end, step)",
    ),
    _of_self(
        "SelectBackward0",
        "one place along a dimension",
        "self[index]",
        f"grad at index, {_ELSEWHERE}",
        "torch.select_scatter(grad.new_zeros(shape), grad, dim, index)",
    ),
    _of_self(
        "IndexBackward0",
        "elements picked by indices or a mask",
        "self[indices]",
        f"grad added at indices, {_ELSEWHERE}",
        "torch.ops.aten.index_put(grad.new_zeros(shape), indices, grad, True)",
    ),
    _of_self(
        "IndexSelectBackward0",
        "rows picked along a dimension",
        "self at index",
        f"grad added at index, {_ELSEWHERE}",
        "grad.new_zeros(shape).index_add(dim, index, grad)",
    ),
    _of_self(
        "GatherBackward0",
        "one element picked for each index",
        "self at index",
        f"grad added at index, {_ELSEWHERE}",
        "grad.new_zeros(shape).scatter_add(dim, index, grad)",
    ),
    _of_self(
        "TakeBackward0",
        "elements picked from the flattened tensor",
        "flattened self at index",
        f"grad added at index, {_ELSEWHERE}",
        "grad.new_zeros(shape).put(index, grad, True)",
    ),
    _of_self(
        "MaskedSelectBackward0",
        "elements where the mask is true",
        "self[mask]",
        "grad where mask, else 0",
        "grad.new_zeros(torch.broadcast_shapes(shape, mask.shape))"
        ".masked_scatter(mask.expand(torch.broadcast_shapes(shape, mask.shape)), grad)",
    ),
    Formula(
        "ScatterBackward0",
        "elements written at an index",
        "self with src at index",
        (Input("self", *_SCATTERED), Input("src", *_AT_INDEX)),
    ),
    _of_self(
        "ScatterBackward1", "a number written at an index", "self with value at index", *_SCATTERED
    ),
    Formula(
        "ScatterAddBackward0",
        "elements added at an index",
        "self with src added at index",
        (_GRAD, Input("src", *_AT_INDEX)),
    ),
    Formula(
        "IndexAddBackward0",
        "rows added at an index",
        "self with alpha · source added at index",
        (
            _GRAD,
            Input(
                "source",
                "grad at index · alpha",
                "grad.index_select(dim, index) * alpha",
                (Variant((("alpha", "1"),), "grad at index", "grad.index_select(dim, index)"),),
            ),
        ),
    ),
    Formula(
        "IndexCopyBackward0",
        "rows written at an index",
        "self with source at index",
        (
            Input("self", *_WITHOUT_INDEX),
            Input("source", "grad at index", "grad.index_select(dim, index)"),
        ),
    ),
    _of_self(
        "IndexFillBackward0",
        "a number written at an index",
        "self with value at index",
        *_WITHOUT_INDEX,
    ),
    Formula(
        "IndexPutBackward0",
        "values written at indices",
        "self[indices] = values",
        (
            Input(
                "self",
                "grad, 0 at indices unless added",
                f"grad if accumulate else {_CLEARED}",
                (
                    Variant((("accumulate", "True"),), "grad", "grad"),
                    Variant(
                        (("accumulate", "False"),),
                        "grad, 0 at indices",
                        _CLEARED,
                    ),
                ),
            ),
            Input("values", "grad[indices]", "torch.ops.aten.index(grad, indices)"),
        ),
    ),
    Formula(
        "MaskedScatterBackward0",
        "elements written where the mask is true",
        "self with source where mask",
        (
            Input("self", "0 if mask else grad", "torch.where(mask, 0, grad)"),
            Input(
                "source",
                "grad where mask, in order",
                "torch.cat((grad[mask.expand_as(grad)], grad.new_zeros(math.prod(shape))))"
                "[:math.prod(shape)].reshape(shape)",
            ),
        ),
    ),
    Formula(
        "CatBackward0",
        "tensors joined along a dimension",
        "cat(tensors)",
        (
            Input(
                "tensors",
                "grad's part for this tensor",
                "grad.narrow(dim, sum(size[dim] for size in shapes[:i]), shape[dim])",
            ),
        ),
        repeated=True,
    ),
    Formula(
        "StackBackward0",
        "tensors joined along a new dimension",
        "stack(tensors)",
        (Input("tensors", "grad's part for this tensor", "grad.select(dim, i)"),),
        repeated=True,
    ),
    _of_self(
        "SplitBackward0",
        "taken apart into pieces of a size",
        "split(self)",
        "cat(grads)",
        "torch.cat(grads, dim)",
    ),
    _of_self(
        "SplitWithSizesBackward0",
        "taken apart into pieces",
        "split(self)",
        "cat(grads)",
        "torch.cat(grads, dim)",
    ),
    _of_self(
        "UnbindBackward0",
        "taken apart along a dimension",
        "unbind(self)",
        "stack(grads)",
        "torch.stack(grads, dim)",
    ),
    Formula(
        "EmbeddingBackward0",
        "rows of a table",
        "weight[indices]",
        (
            Input(
                "weight",
                "grad added at indices, 0 elsewhere",
                "grad.new_zeros(shape).index_add(0, indices.flatten(),"
                " torch.where((indices == padding_idx).unsqueeze(-1), 0, grad)"
                ".reshape(-1, shape[1]))",
            ),
        ),
    ),
)
