"""Elements reduced, replaced or looked up at indices; sparse tensors."""

from __future__ import annotations

from autograd_tutor.formulas.formula import (
    Formula,
    at,
    described,
    either,
    of_list,
    op,
    undefined_at,
    when,
)
from autograd_tutor.formulas.reductions import TIMES_ZERO

_EXTREMES = ("'max'", "'min'")


def _reduced(node: str, source: str, general: str) -> Formula:
    """The elements of `source` reduced into those of self: a sum, mean, product or extreme."""
    extreme = f"shared(at(grad, index), {source} == at(result, index))"
    own = {
        "'sum'": "unless_replaced(grad)",
        "'mean'": "unless_replaced(grad / count)",
        "'prod'": "unless_replaced(grad * others)",
        "'amax'": "unless_replaced(shared(grad, self == result))",
    }
    theirs = {
        "'sum'": "at(grad, index)",
        "'mean'": "at(grad / count, index)",
        "'prod'": "at(grad, index) * others",
        "'amax'": extreme,
    }
    by_nan = "torch divides by a factor that is nan"
    undefined = {
        "self": undefined_at("is_nan(self)", by_nan, reduce="'prod'", include_self="True"),
        source: undefined_at(f"is_nan({source})", by_nan, reduce="'prod'"),
    }
    inputs = {
        name: either(
            given[general],
            undefined[name],
            *(
                when(text, reduce=("'amax'", "'amin'") if kind == "'amax'" else kind)
                for kind, text in given.items()
                if kind not in (general, "'sum'")
            ),
        )
        for name, given in (("self", own), (source, theirs))
    }
    forward = f"self with {source} reduced into it at index; others: product of the other factors"
    return op(node, "elements reduced at an index", forward, **inputs)


FORMULAS = (
    _reduced("ScatterReduceBackward0", "src", "'sum'"),
    _reduced("IndexReduceBackward0", "source", "'mean'"),
    op(
        "SegmentReduceBackward0",
        "segments reduced to one element each",
        "Σ data over each segment; others: product of the other factors",
        data=either(
            "of_segment(grad)",
            when("of_segment(grad / count)", reduce="'mean'"),
            when("of_segment(grad) * others", reduce="'prod'"),
            at(
                "is_nan(result)",
                "shared(of_segment(grad), is_nan(data) or data == of_segment(result))",
                reduce=_EXTREMES,
            ),
            when("shared(of_segment(grad), data == of_segment(result))", reduce=_EXTREMES),
        ),
    ),
    op(
        "EmbeddingBagBackward0",
        "rows of a table, summed (or averaged) in bags",
        "Σ weight[indices] over each bag",
        weight=either(
            "added_at(of_bag(grad) * per_sample_weights, indices)",
            when("added_at(of_bag(grad), indices)", mode="0", per_sample_weights="None"),
            when("added_at(of_bag(grad / count), indices)", mode="1"),
            when("added_at(grad, max_indices)", mode="2"),
        ),
        per_sample_weights="sum(of_bag(grad) * at(weight, indices))",
    ),
    op(
        "IndexFillBackward1",
        "a 0-dim tensor written at an index",
        "self with value at index",
        self="cleared_at(grad, index)",
        value="sum(at(grad, index))",
    ),
    op(
        "PutBackward0",
        "elements written into the flattened tensor",
        "flattened self with source at index",
        self=either(
            "unless_added(cleared_at(grad, index))",
            when("grad", accumulate="True"),
            when("cleared_at(grad, index)", accumulate="False"),
        ),
        source="at(grad, index)",
    ),
    op(
        "SelectScatterBackward0",
        "one place along a dimension replaced",
        "self with src at index",
        self="cleared_at(grad, index)",
        src="at(grad, index)",
    ),
    op(
        "SliceScatterBackward0",
        "a slice replaced",
        "self with src in the slice",
        self="cleared_in_slice(grad)",
        src="slice_of(grad)",
    ),
    op(
        "DiagonalScatterBackward0",
        "a diagonal replaced",
        "self with src on the diagonal",
        self="cleared_diagonal(grad)",
        src="diagonal(grad)",
    ),
    of_list(
        "BlockDiagBackward0",
        "matrices along a diagonal",
        "block_diag(tensors)",
        tensors="part(grad)",
    ),
    op(
        "AminmaxBackward0",
        "minimum and maximum",
        "min self, max self",
        self=either(
            "shared(keepdim(grads[0]), self == keepdim(min))"
            " + shared(keepdim(grads[1]), self == keepdim(max))",
            undefined_at("is_nan(sent)", TIMES_ZERO),
        ),
    ),
    described(
        "SparseAddmmBackward0",
        "sparse matrix times matrix, plus a matrix",
        "beta · self + alpha · mat1 @ mat2",
        "As of addmm: to self goes grad · beta, to mat2 mat1ᵀ @ grad · alpha; what goes to the"
        " sparse matrix is sparse itself, at the indices that it holds.",
    ),
    described(
        "ToSparseBackward1",
        "a sparse copy",
        "self",
        "What arrives is passed on as a dense tensor, 0 where self is 0.",
    ),
    described(
        "ToDenseBackward0",
        "a dense copy",
        "self",
        "What arrives is passed on as a sparse tensor: at the indices that self holds.",
    ),
)
