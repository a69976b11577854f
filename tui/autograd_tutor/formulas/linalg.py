"""Decompositions of matrices, and systems of equations."""

from __future__ import annotations

from autograd_tutor.formulas.formula import Formula, described, either, op, when


def _cholesky(node: str, root: str) -> Formula:
    """`root`: the name under which the triangular root was saved; it may be an upper one."""
    return op(
        node,
        "triangular root of a matrix",
        "L with self = L @ Lᵀ",
        self=either(
            f"inv({root}).mH @ (M + M.mH) @ inv({root}) / 2; M = halved_tril({root}.mH @ grad)",
            when(
                f"inv({root}) @ (M + M.mH) @ inv({root}).mH / 2; M = halved_tril({root} @ grad.mH)",
                upper="True",
            ),
        ),
    )


FORMULAS = (
    op(
        "LinalgEighBackward0",
        "eigenvalues and eigenvectors of a symmetric matrix",
        "A = V @ diag(λ) @ Vᴴ, E the differences of the λ (inf on the diagonal)",
        A="V @ (diag(grads[0]) + (M - M.H) / (2 * E)) @ V.H; M = V.H @ grads[1]",
    ),
    op(
        "LinalgMatrixExpBackward0",
        "exponential of a matrix",
        "exp(self), by matrix products",
        self="block_of_exp(self.mH, grad, self.mH)",
    ),
    op(
        "LinalgSolveTriangularBackward0",
        "solution of a triangular system",
        "inv(self) @ B",
        self=either(
            "triangle(-inv(self).mH @ grad @ result.mH)",
            when("triangle(-result.mH @ grad @ inv(self).mH)", left="False"),
        ),
        B=either("inv(self).mH @ grad", when("grad @ inv(self).mH", left="False")),
    ),
    op(
        "TriangularSolveBackward0",
        "solution of a triangular system",
        "inv(A) @ self",
        self=either("inv(A).mH @ grad", when("inv(conj(A)) @ grad", transpose="True")),
        A=either(
            "triangle(-inv(A).mH @ grad @ solution.mH)",
            when("triangle(-conj(solution) @ grad.mT @ inv(A).mH)", transpose="True"),
        ),
    ),
    _cholesky("LinalgCholeskyExBackward0", "L"),
    _cholesky("CholeskyBackward0", "result"),
    op(
        "CholeskySolveBackward0",
        "solution of a system whose triangular root is known",
        "inv(input2 @ input2ᵀ) @ self",
        self=either(
            "inv(input2 @ input2.mH) @ grad",
            when("inv(input2.mH @ input2) @ grad", upper="True"),
        ),
        input2=either(
            "-(M + M.mH) @ input2; M = inv(input2 @ input2.mH) @ grad @ result.mH",
            when(
                "-input2 @ (M + M.mH); M = inv(input2.mH @ input2) @ grad @ result.mH",
                upper="True",
            ),
        ),
    ),
    op(
        "CholeskyInverseBackward0",
        "inverse of a matrix whose triangular root is known",
        "inv(self @ selfᵀ)",
        self=either(
            "-result @ (grad + grad.mH) @ result @ self",
            when("-self @ result @ (grad + grad.mH) @ result", upper="True"),
        ),
    ),
    op(
        "LinalgPinvBackward0",
        "pseudo-inverse",
        "P = pinv(self)",
        self="-P.H @ grad @ P.H + (grad.H - self @ P @ grad.H) @ P @ P.H"
        " + P.H @ P @ (grad.H - grad.H @ P @ self)",
    ),
    op(
        "LuUnpackBackward0",
        "triangular factors taken out of one matrix",
        "L, U from LU_data",
        LU_data="below_diagonal(grads[0]) + triu(grads[1])",
    ),
    described(
        "LinalgSvdBackward0",
        "singular value decomposition",
        "A = U @ diag(S) @ Vh",
        "It divides by the differences of the squared singular values, so that equal ones give no"
        " finite gradient; of the singular values alone it is U @ diag(grad) @ Vh.",
    ),
    described(
        "LinalgEigBackward0",
        "eigenvalues and eigenvectors",
        "A = V @ diag(λ) @ inv(V)",
        "It solves a system of equations with the eigenvectors, after a division by the"
        " differences of the eigenvalues.",
    ),
    described(
        "LinalgQrBackward0",
        "orthogonal times triangular",
        "A = Q @ R",
        "It solves a triangular system with R for a mixture of the gradients of Q and R.",
    ),
    described(
        "LinalgLuBackward0",
        "triangular factors",
        "A = P @ L @ U",
        "It solves triangular systems with Lᵀ and Uᵀ for the gradients of L and U.",
    ),
    described(
        "LinalgLuFactorExBackward0",
        "triangular factors in one matrix",
        "A = P @ L @ U",
        "It solves triangular systems with Lᵀ and Uᵀ for the two triangles of grad.",
    ),
    described(
        "LinalgLuSolveBackward0",
        "solution of a linear system whose factors are known",
        "inv(A) @ B",
        "It solves the system again, with Aᵀ and grad: that goes to B, and triangular systems with"
        " the factors make of it what goes to LU.",
    ),
    described(
        "LinalgHouseholderProductBackward0",
        "product of reflections",
        "Q from reflections",
        "It undoes the reflections one by one, from the first to the last, and gathers the"
        " gradient of each on the way.",
    ),
    described(
        "OrmqrBackward0",
        "matrix times a product of reflections",
        "Q @ other",
        "To other goes Qᵀ @ grad; the reflections get theirs one by one, as those of their"
        " product do.",
    ),
    described(
        "LinalgLstsqBackward0",
        "least squares solution",
        "X with the least |self @ X − B|",
        "It is the gradient of pinv(self) @ B: to B goes pinv(self)ᵀ @ grad, to self what pinv"
        " sends.",
    ),
)
