"""Reductions: many elements become one; and running sums along a dimension."""

from __future__ import annotations

from autograd_tutor.formulas.formula import (
    Formula,
    Input,
    at,
    either,
    op,
    undefined_at,
    when,
    wide,
)

_INFINITE = ("inf", "-inf")
TIMES_ZERO = "grad is not finite: torch multiplies it by 0 elsewhere, and sends nan"


def _chosen(node: str, operation: str, forward: str) -> Formula:
    """One element of each row was taken, and where it is was saved."""
    words = f"{operation} along a dimension, and where it is"
    return op(node, words, forward, self="placed(keepdim(grad), keepdim(indices))")


def _extreme(node: str, operation: str, forward: str) -> Formula:
    """Of all elements; equal extremes share the gradient."""
    of_nan = at("is_nan(result)", "shared(grad, is_nan(self))")
    return op(node, operation, forward, self=either("shared(grad, self == result)", of_nan))


def norm(p: str, grad: str, result: str) -> Input:
    """The gradient of a norm, by the name of its power; `grad` and `result` fit self's shape."""
    general = f"{grad} * self * abs(self)**({p} - 2) / {result}**({p} - 1)"
    largest = f"shared({grad} * sign(self), abs(self) == {result})"
    two, one, infinite = {p: ("2", "2.0")}, {p: ("1", "1.0")}, {p: _INFINITE}
    at_zero, at_nan = "0", "0"
    if result != "result":  # of several results some may be other numbers
        at_zero = f"{grad} * (0 if {result} == 0 else self / {result})"
        at_nan = f"0 if is_nan({result}) else {largest}"
    return either(
        general,
        at("result == 0", at_zero, **two),
        when(f"{grad} * self / {result}", **two),
        when(f"{grad} * sign(self)", **one),
        undefined_at("not is_finite(grad)", TIMES_ZERO, **infinite),
        at("is_nan(result)", at_nan, **infinite),
        when(largest, **infinite),
        at("self == 0", f"0 if self == 0 else {general}"),
    )


def _apart(difference: str) -> Input:
    """Of a distance, the gradient of one of the two; torch sends none for p = 0."""
    general = "grad * d * abs(d)**(p - 2) / result**(p - 1)"
    return either(
        f"{general}; d = {difference}",
        when(f"grad * sign({difference})", p=("1", "1.0")),
        undefined_at("not is_finite(grad)", TIMES_ZERO, p=_INFINITE),
        at("is_nan(result)", "0", p=_INFINITE),
        when(f"shared(grad * sign(d), abs(d) == result); d = {difference}", p=_INFINITE),
        at("self == other", f"0 if d == 0 else {general}; d = {difference}"),
    )


_SHARED = either(
    "shared(keepdim(grad), self == keepdim(result))",
    undefined_at("not is_finite(grad)", TIMES_ZERO),
)
_STD = "keepdim(grad) * (self - mean) / ((n - correction) * keepdim(result))"
_STD_MEAN = "keepdim(grads[0]) * (self - mean) / ((n - correction) * std) + keepdim(grads[1]) / n"
_SQUARES = "2 * (self - mean) / (n - correction)"

FORMULAS = (
    op("SumBackward0", "sum of all elements", "Σ self", self="expand(grad, shape)"),
    op(
        "SumBackward1",
        "sum along dimensions",
        "Σ self over dim",
        self="expand(keepdim(grad), shape)",
    ),
    op(
        "NansumBackward0",
        "sum without nan",
        "Σ self where not nan",
        self="0 if is_nan(self) else keepdim(grad)",
    ),
    op("MeanBackward0", "mean of all elements", "Σ self / n", self="expand(grad / n, shape)"),
    op(
        "MeanBackward1",
        "mean along dimensions",
        "Σ self / n over dim",
        self="expand(keepdim(grad) / n, shape)",
    ),
    op(
        "ProdBackward0",
        "product of all elements",
        "Π self",
        self=either("grad * conj(result) / conj(self)", at("self == 0", "grad * others(self)")),
    ),
    op(
        "ProdBackward1",
        "product along a dimension",
        "Π self over dim",
        self=either(
            "keepdim(grad) * keepdim(conj(result)) / conj(self)",
            at("self == 0", "keepdim(grad) * others(self)"),
        ),
    ),
    op(
        "VarBackward0",
        "variance",
        "Σ (self − mean)² / (n − correction)",
        self=f"keepdim(grad) * {_SQUARES}",
    ),
    op(
        "StdBackward0",
        "standard deviation",
        "√(Σ (self − mean)² / (n − correction))",
        self=either(_STD, at("result == 0", f"0 if keepdim(result) == 0 else {_STD}")),
    ),
    op(
        "VarMeanBackward0",
        "variance and mean",
        "var(self), mean(self)",
        self=f"keepdim(grads[0]) * {_SQUARES} + keepdim(grads[1]) / n",
    ),
    op(
        "StdMeanBackward0",
        "standard deviation and mean",
        "std(self), mean(self)",
        self=either(
            _STD_MEAN,
            at("result0 == 0", f"keepdim(grads[1]) / n if std == 0 else {_STD_MEAN}"),
        ),
    ),
    op(
        "LinalgVectorNormBackward0",
        "norm",
        "(Σ |self|^ord)^(1 / ord)",
        self=norm("ord", "keepdim(grad)", "keepdim(result)"),
    ),
    op(
        "DistBackward0",
        "norm of the difference",
        "norm of self − other",
        self=wide(_apart("self - other")),
        other=wide(_apart("other - self")),
    ),
    op("AmaxBackward0", "maximum over dimensions", "max self over dim", self=_SHARED),
    op("AminBackward0", "minimum over dimensions", "min self over dim", self=_SHARED),
    _extreme("MaxBackward1", "maximum of all elements", "max self"),
    _extreme("MinBackward1", "minimum of all elements", "min self"),
    _extreme("MedianBackward0", "median of all elements", "median of self"),
    _extreme("NanmedianBackward0", "median of what is not nan", "median of self"),
    _chosen("MaxBackward0", "maximum", "max self over dim"),
    _chosen("MinBackward0", "minimum", "min self over dim"),
    _chosen("MedianBackward1", "median", "median of self over dim"),
    _chosen("NanmedianBackward1", "median of what is not nan", "median of self over dim"),
    _chosen("KthvalueBackward0", "kth smallest element", "kth of self over dim"),
    _chosen("ModeBackward0", "most frequent element", "mode of self over dim"),
    op(
        "SortBackward0",
        "elements in order",
        "sort self along dim",
        self="put_back(grad, indices)",
    ),
    op(
        "TopkBackward0",
        "the largest (or smallest) elements",
        "top k of self along dim",
        self="placed(grad, indices)",
    ),
    op(
        "LogsumexpBackward0",
        "logarithm of the sum of exponentials",
        "log(Σ exp(self))",
        self="keepdim(grad) * exp(conj(self - keepdim(result)))",
    ),
    op("CumsumBackward0", "running sum", "Σ self up to here", self="from_here(grad)"),
    op(
        "CumprodBackward0",
        "running product",
        "Π self up to here",
        self=either(
            "from_here(grad * conj(result)) / conj(self)",
            undefined_at(
                "self == 0 and any(not is_finite(self))",
                "0 and inf or nan in self: no product without one of them, torch divides by 0",
            ),
            at("self == 0", "by_others(grad, self)"),
        ),
    ),
    op(
        "LogcumsumexpBackward0",
        "logarithm of the running sum of exponentials",
        "log(Σ exp(self) up to here)",
        self=either(
            "exp(conj(self)) * from_here(grad * exp(-conj(result)))",
            at(
                "is_nan(grad)",
                "exp(self) * from_here((0 if is_nan(grad) else grad) * exp(-result))",
            ),
        ),
    ),
    op("CummaxBackward0", "running maximum", "max self up to here", self="added_at(grad, indices)"),
    op("CumminBackward0", "running minimum", "min self up to here", self="added_at(grad, indices)"),
    op("TraceBackward0", "sum of the diagonal", "Σ of self's diagonal", self="on_diagonal(grad)"),
)
