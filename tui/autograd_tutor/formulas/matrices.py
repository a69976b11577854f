"""Products of matrices and vectors, and linear algebra."""

from __future__ import annotations

from autograd_tutor.formulas.formula import Formula, Input, Variant


def _scaled(name: str, factor: str, text: str, expression: str) -> Input:
    """A formula times a saved number that is nearly always 1."""
    plain = Variant(((factor, "1"),), text, expression)
    return Input(name, f"{text} · {factor}", f"{expression} * {factor}", (plain,))


def _product(node: str, operation: str, left: str, right: str) -> Formula:
    """The product of two matrices, or of two batches of them."""
    return Formula(
        node,
        operation,
        f"{left} @ {right}",
        (
            Input(left, f"grad @ {right}ᵀ", f"grad @ {right}.mT.conj()"),
            Input(right, f"{left}ᵀ @ grad", f"{left}.mT.conj() @ grad"),
        ),
    )


def _added_product(node: str, operation: str, left: str, right: str) -> Formula:
    return Formula(
        node,
        operation,
        f"beta · self + alpha · {left} @ {right}",
        (
            _scaled("self", "beta", "grad", "grad"),
            _scaled(left, "alpha", f"grad @ {right}ᵀ", f"grad @ {right}.mT.conj()"),
            _scaled(right, "alpha", f"{left}ᵀ @ grad", f"{left}.mT.conj() @ grad"),
        ),
    )


_SOLVED = "torch.linalg.solve(A.mT, grad, left=left)"

FORMULAS = (
    _product("MmBackward0", "matrix product", "self", "mat2"),
    _product("BmmBackward0", "matrix products of a batch", "self", "mat2"),
    Formula(
        "MvBackward0",
        "matrix times vector",
        "self @ vec",
        (
            Input("self", "outer(grad, vec)", "torch.outer(grad, vec.conj())"),
            Input("vec", "selfᵀ @ grad", "self.mT.conj() @ grad"),
        ),
    ),
    Formula(
        "DotBackward0",
        "dot product",
        "Σ self · tensor",
        (
            Input("self", "grad · tensor", "grad * tensor.conj()"),
            Input("tensor", "grad · self", "grad * self.conj()"),
        ),
    ),
    Formula(
        "VdotBackward0",
        "dot product, the first conjugated",
        "Σ self · other",
        (
            Input("self", "grad · other", "grad.conj() * other"),
            Input("other", "grad · self", "grad * self"),
        ),
    ),
    _added_product("AddmmBackward0", "matrix product plus a tensor", "mat1", "mat2"),
    _added_product(
        "BaddbmmBackward0", "matrix products of a batch, plus a tensor", "batch1", "batch2"
    ),
    _added_product("AddbmmBackward0", "sum of the matrix products of a batch", "batch1", "batch2"),
    Formula(
        "AddmvBackward0",
        "matrix times vector plus a vector",
        "beta · self + alpha · mat @ vec",
        (
            _scaled("self", "beta", "grad", "grad"),
            _scaled("mat", "alpha", "outer(grad, vec)", "torch.outer(grad, vec.conj())"),
            _scaled("vec", "alpha", "matᵀ @ grad", "mat.mT.conj() @ grad"),
        ),
    ),
    Formula(
        "AddrBackward0",
        "outer product plus a matrix",
        "beta · self + alpha · outer(vec1, vec2)",
        (
            _scaled("self", "beta", "grad", "grad"),
            _scaled("vec1", "alpha", "grad @ vec2", "grad @ vec2.conj()"),
            _scaled("vec2", "alpha", "gradᵀ @ vec1", "grad.mT @ vec1.conj()"),
        ),
    ),
    Formula(
        "LinalgInvExBackward0",
        "inverse of a matrix",
        "inv(A)",
        (
            Input(
                "A",
                "−inverseᵀ @ grad @ inverseᵀ",
                "-inverse.mT.conj() @ grad @ inverse.mT.conj()",
            ),
        ),
    ),
    Formula(
        "LinalgDetBackward0",
        "determinant",
        "det(A)",
        (
            Input(
                "A",
                "grad · result · inv(A)ᵀ",
                "(grad * result.conj())[..., None, None] * torch.linalg.inv(A).mT.conj()",
            ),
        ),
    ),
    Formula(
        "LinalgSlogdetBackward0",
        "sign and logarithm of the determinant",
        "sign(det(A)), log(|det(A)|)",
        (
            Input(
                "A",
                "grad₁ · inv(A)ᵀ",
                "grads[1][..., None, None] * torch.linalg.inv(A).mT",
            ),
        ),
    ),
    Formula(
        "LinalgSolveExBackward0",
        "solution of a linear system",
        "inv(A) @ B",
        (
            Input(
                "A",
                "−inv(A)ᵀ @ grad @ resultᵀ",
                f"-{_SOLVED} @ result.mT if left else -result.mT @ {_SOLVED}",
            ),
            Input("B", "inv(A)ᵀ @ grad", _SOLVED),
        ),
    ),
    Formula(
        "LinalgCrossBackward0",
        "cross product",
        "self × other",
        (
            Input("self", "other × grad", "torch.linalg.cross(other, grad, dim=dim)"),
            Input("other", "grad × self", "torch.linalg.cross(grad, self, dim=dim)"),
        ),
    ),
)
