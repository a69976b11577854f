"""Products of matrices and vectors, and linear algebra."""

from __future__ import annotations

from autograd_tutor.formulas.formula import (
    Formula,
    at,
    either,
    op,
    times,
    undefined_at,
    when,
    wide,
)


def _product(node: str, operation: str, left: str, right: str) -> Formula:
    """The product of two matrices, or of two batches of them."""
    inputs = {left: f"grad @ {right}.mH", right: f"{left}.mH @ grad"}
    return op(node, operation, f"{left} @ {right}", **inputs)


def _added_product(node: str, operation: str, left: str, right: str) -> Formula:
    inputs = {
        "self": wide(times("grad", "beta")),
        left: times(f"grad @ {right}.mH", "alpha"),
        right: times(f"{left}.mH @ grad", "alpha"),
    }
    return op(node, operation, f"beta · self + alpha · {left} @ {right}", **inputs)


_SINGULAR = "A has no inverse"
_UNSOLVED = f"{_SINGULAR}, or holds inf or nan: torch sends infinities or nan"

FORMULAS = (
    _product("MmBackward0", "matrix product", "self", "mat2"),
    _product("BmmBackward0", "matrix products of a batch", "self", "mat2"),
    op(
        "MvBackward0",
        "matrix times vector",
        "self @ vec",
        self="outer(grad, conj(vec))",
        vec="self.mH @ grad",
    ),
    op(
        "DotBackward0",
        "dot product",
        "Σ self · tensor",
        self="grad * conj(tensor)",
        tensor="grad * conj(self)",
    ),
    op(
        "VdotBackward0",
        "dot product, the first conjugated",
        "Σ conj(self) · other",
        self="conj(grad) * other",
        other="grad * self",
    ),
    _added_product("AddmmBackward0", "matrix product plus a tensor", "mat1", "mat2"),
    _added_product(
        "BaddbmmBackward0", "matrix products of a batch, plus a tensor", "batch1", "batch2"
    ),
    _added_product("AddbmmBackward0", "sum of the matrix products of a batch", "batch1", "batch2"),
    op(
        "AddmvBackward0",
        "matrix times vector plus a vector",
        "beta · self + alpha · mat @ vec",
        self=wide(times("grad", "beta")),
        mat=times("outer(grad, conj(vec))", "alpha"),
        vec=times("mat.mH @ grad", "alpha"),
    ),
    op(
        "AddrBackward0",
        "outer product plus a matrix",
        "beta · self + alpha · outer(vec1, vec2)",
        self=wide(times("grad", "beta")),
        vec1=times("grad @ conj(vec2)", "alpha"),
        vec2=times("grad.mT @ conj(vec1)", "alpha"),
    ),
    op(
        "LinalgInvExBackward0",
        "inverse of a matrix",
        "inv(A)",
        A="-inverse.mH @ grad @ inverse.mH",
    ),
    op(
        "LinalgDetBackward0",
        "determinant",
        "det(A)",
        A=either(
            "per_matrix(grad) * per_matrix(conj(result)) * inv(A).mH",
            undefined_at("result == 0", f"{_SINGULAR}, and det(A) · inv(A)ᵀ no value"),
        ),
    ),
    op(
        "LinalgSlogdetBackward0",
        "sign and logarithm of the determinant",
        "sign(det(A)), log(|det(A)|)",
        A=either(
            "per_matrix(grads[1]) * inv(A).mH",
            undefined_at("sign == 0", f"{_SINGULAR}: torch sends infinities or nan"),
        ),
    ),
    op(
        "LinalgSolveExBackward0",
        "solution of a linear system",
        "inv(A) @ B",
        A=either(
            "-inv(A).mH @ grad @ result.mH",
            undefined_at("not is_finite(result)", _UNSOLVED),
            at("ndim(result) < ndim(A)", "-outer(inv(A).mH @ grad, result)"),
            when("-result.mH @ grad @ inv(A).mH", left="False"),
        ),
        B=either(
            "inv(A).mH @ grad",
            undefined_at("not is_finite(result)", _UNSOLVED),
            when("grad @ inv(A).mH", left="False"),
        ),
    ),
    op(
        "LinalgCrossBackward0",
        "cross product",
        "self × other",
        self=wide("cross(conj(other), grad)"),
        other=wide("cross(grad, conj(self))"),
    ),
)
