"""Norms and distances, and what is scaled by a norm."""

from __future__ import annotations

from autograd_tutor.formulas.formula import Formula, Input, described, either, op, when
from autograd_tutor.formulas.reductions import norm


def _norm(node: str, grad: str, result: str) -> Formula:
    return op(node, "norm", "(Σ |self|^p)^(1 / p)", self=norm("p", grad, result))


def _distance(difference: str) -> Input:
    """Of the distances between all rows of two matrices, the gradient of the rows of one."""
    apart = f"d = {difference}"
    return either(
        f"total(unless_equal(grad * sign(d) * abs(d)**(p - 1) / result**(p - 1))); {apart}",
        when(f"total(unless_equal(grad * d / result)); {apart}", p="2.0"),
        when(f"total(grad * sign({difference}))", p="1.0"),
        when(f"total(grad * sign({difference}) * (abs({difference}) == result))", p="inf"),
        when("0", p="0.0"),
    )


FORMULAS = (
    _norm("NormBackward0", "grad", "result"),
    _norm("NormBackward1", "keepdim(grad)", "keepdim(result)"),
    _norm("NormBackward2", "grad", "result"),
    _norm("NormBackward3", "keepdim(grad)", "keepdim(result)"),
    op(
        "CdistBackward0",
        "distances between all rows of two",
        "|x1 − x2|, each row with each",
        x1=_distance("x1 - x2"),
        x2=_distance("x2 - x1"),
    ),
    op(
        "EuclideanDistBackward0",
        "distances between all rows of two, by a matrix product",
        "|x1 − x2|, each row with each",
        x1="total(unless_equal(grad * d / result)); d = x1 - x2",
        x2="total(unless_equal(grad * d / result)); d = x2 - x1",
    ),
    described(
        "PdistBackward0",
        "distances between all pairs of rows",
        "|row − other row|",
        "Each row gets, of each pair that it is in, grad times the slope of the norm:"
        " grad · (row − other row) / distance for p = 2.",
    ),
    op(
        "WeightNormInterfaceBackward0",
        "a direction times a length",
        "g · v / norm, norm that of v",
        v="g / norm * (grad - v * total(grad * v) / norm**2)",
        g="total(grad * v) / norm",
    ),
    op(
        "RenormBackward0",
        "what is longer than maxnorm is scaled down to it",
        "scale · self, scale = min(1, maxnorm / norm)",
        self="grad if scale == 1 else"
        " scale * (grad - norm_slope(self) * real(total(conj(grad) * self)) / norm)",
    ),
)
