"""Reductions: many elements become one; and running sums along a dimension."""

from __future__ import annotations

from autograd_tutor.formulas.formula import Formula, Input, Variant


def _of_self(
    node: str, operation: str, forward: str, text: str, expression: str, *variants: Variant
) -> Formula:
    return Formula(node, operation, forward, (Input("self", text, expression, variants),))


def _chosen(node: str, operation: str, forward: str) -> Formula:
    """One element of each row was taken, and its place noted."""
    return _of_self(
        node,
        f"{operation} along a dimension, and where it is",
        forward,
        "grad at indices, 0 elsewhere",
        "grad.new_zeros(shape).scatter(dim, kept(indices), kept(grad))",
    )


def _extreme(node: str, operation: str, forward: str, dims: str) -> Formula:
    """Equal extremes share the gradient; `dims`: those reduced, as an expression."""
    found = "(self == kept(result))"
    return _of_self(
        node,
        operation,
        forward,
        "grad where self = result, shared if several",
        f"kept(grad) * {found} / {found}.sum({dims}, True)",
    )


_ALL = "tuple(range(self.ndim))"
_DIMS = "dim or tuple(range(self.ndim))"
_MEAN = "self.mean(dim or None, True)"
_FREEDOM = "(n - (1 if correction is None else correction))"
_VAR = f"2 * (self - {_MEAN}) / {_FREEDOM}"
_SIGN = ("grad · sign(self)", "kept(grad) * self.sgn()")
_UNIT = ("grad · self / result", "kept(grad) * self / kept(result)")
_LARGEST = "(self.abs() == kept(result))"
_TIED_TEXT = "grad · sign(self) where |self| = result, shared if several"
_TIED = f"kept(grad) * self.sgn() * {_LARGEST} / {_LARGEST}.sum({_DIMS}, True)"


def _apart(name: str, difference: str) -> Input:
    """Of a distance, the gradient of one of the two; torch sends none for p = 0."""
    told = f"d = {difference.replace('-', '−')}"
    d, largest = f"({difference})", f"(({difference}).abs() == result)"
    tied = f"grad * {d}.sgn() * {largest} / {largest}.sum()"
    tied_text = f"grad · sign(d) where |d| = result, shared if several, {told}"
    return Input(
        name,
        f"grad · d · |d|^(p − 2) / result^(p − 1), {told}",
        f"{tied} if math.isinf(p) else grad * {d} * {d}.abs()**(p - 2) / result**(p - 1)",
        (
            *(
                Variant((("p", one),), f"grad · sign(d), {told}", f"grad * {d}.sgn()")
                for one in ("1", "1.0")
            ),
            Variant((("p", "inf"),), tied_text, tied),
            Variant((("p", "-inf"),), tied_text, tied),
        ),
    )


FORMULAS = (
    _of_self(
        "SumBackward0",
        "sum of all elements",
        "Σ self",
        "grad, expanded to shape",
        "grad.expand(shape)",
    ),
    _of_self(
        "SumBackward1",
        "sum along dimensions",
        "Σ self over dim",
        "grad, expanded to shape",
        "kept(grad).expand(shape)",
    ),
    _of_self(
        "NansumBackward0",
        "sum without nan",
        "Σ self where not nan",
        "grad where self is not nan",
        "kept(grad) * ~self.isnan()",
    ),
    _of_self(
        "MeanBackward0",
        "mean of all elements",
        "Σ self / n",
        "grad / n, expanded to shape",
        "(grad / n).expand(shape)",
    ),
    _of_self(
        "MeanBackward1",
        "mean along dimensions",
        "Σ self / n over dim",
        "grad / n, expanded to shape",
        "(kept(grad) / n).expand(shape)",
    ),
    _of_self(
        "ProdBackward0",
        "product of all elements",
        "Π self",
        "grad · result / self",
        "grad * result / self",
    ),
    _of_self(
        "ProdBackward1",
        "product along a dimension",
        "Π self over dim",
        "grad · result / self",
        "kept(grad) * kept(result) / self",
    ),
    _of_self(
        "VarBackward0",
        "variance",
        "Σ (self − mean)² / (n − correction)",
        "grad · 2 · (self − mean) / (n − correction)",
        f"kept(grad) * {_VAR}",
    ),
    _of_self(
        "StdBackward0",
        "standard deviation",
        "√(Σ (self − mean)² / (n − correction))",
        "grad · (self − mean) / ((n − correction) · result)",
        f"kept(grad) * (self - {_MEAN}) / {_FREEDOM} / kept(result)",
    ),
    _of_self(
        "VarMeanBackward0",
        "variance and mean",
        "var(self), mean(self)",
        "grad₀ · 2 · (self − mean) / (n − correction) + grad₁ / n",
        f"kept(grads[0]) * {_VAR} + kept(grads[1]) / n",
    ),
    _of_self(
        "StdMeanBackward0",
        "standard deviation and mean",
        "std(self), mean(self)",
        "grad₀ · (self − mean) / ((n − correction) · std) + grad₁ / n",
        f"kept(grads[0]) * (self - {_MEAN}) / {_FREEDOM} / kept(result0) + kept(grads[1]) / n",
    ),
    _of_self(
        "LinalgVectorNormBackward0",
        "norm",
        "(Σ |self|^ord)^(1 / ord)",
        "grad · self · |self|^(ord − 2) / result^(ord − 1)",
        f"{_TIED} if math.isinf(ord) else"
        " kept(grad) * self * self.abs()**(ord - 2) / kept(result)**(ord - 1)",
        Variant((("ord", "2"),), *_UNIT),
        Variant((("ord", "2.0"),), *_UNIT),
        Variant((("ord", "1"),), *_SIGN),
        Variant((("ord", "1.0"),), *_SIGN),
        Variant((("ord", "inf"),), _TIED_TEXT, _TIED),
        Variant((("ord", "-inf"),), _TIED_TEXT, _TIED),
    ),
    Formula(
        "DistBackward0",
        "norm of the difference",
        "norm of self − other",
        (_apart("self", "self - other"), _apart("other", "other - self")),
    ),
    _extreme("AmaxBackward0", "maximum over dimensions", "max self over dim", _DIMS),
    _extreme("AminBackward0", "minimum over dimensions", "min self over dim", _DIMS),
    _extreme("MaxBackward1", "maximum of all elements", "max self", _ALL),
    _extreme("MinBackward1", "minimum of all elements", "min self", _ALL),
    _extreme("MedianBackward0", "median of all elements", "median of self", _ALL),
    _extreme("NanmedianBackward0", "median of what is not nan", "median of self", _ALL),
    _chosen("MaxBackward0", "maximum", "max self over dim"),
    _chosen("MinBackward0", "minimum", "min self over dim"),
    _chosen("MedianBackward1", "median", "median of self over dim"),
    _chosen("NanmedianBackward1", "median of what is not nan", "median of self over dim"),
    _chosen("KthvalueBackward0", "kth smallest element", "kth of self over dim"),
    _chosen("ModeBackward0", "most frequent element", "mode of self over dim"),
    _of_self(
        "SortBackward0",
        "elements in order",
        "sort self along dim",
        "grad at indices",
        "grad.new_zeros(shape).scatter(dim, indices, grad)",
    ),
    _of_self(
        "TopkBackward0",
        "the largest (or smallest) elements",
        "top k of self along dim",
        "grad at indices, 0 elsewhere",
        "grad.new_zeros(shape).scatter(dim, indices, grad)",
    ),
    _of_self(
        "LogsumexpBackward0",
        "logarithm of the sum of exponentials",
        "log(Σ exp(self))",
        "grad · exp(self − result)",
        "kept(grad) * (self - kept(result)).exp()",
    ),
    _of_self(
        "CumsumBackward0",
        "running sum",
        "Σ self up to here",
        "Σ grad from here on",
        "grad.flip(dim).cumsum(dim).flip(dim)",
    ),
    _of_self(
        "CumprodBackward0",
        "running product",
        "Π self up to here",
        "Σ(grad · result) from here on / self",
        "(grad * result).flip(dim).cumsum(dim).flip(dim) / self",
    ),
    _of_self(
        "LogcumsumexpBackward0",
        "logarithm of the running sum of exponentials",
        "log(Σ exp(self) up to here)",
        "exp(self) · Σ(grad · exp(−result)) from here on",
        "self.exp() * (grad * (-result).exp()).flip(dim).cumsum(dim).flip(dim)",
    ),
    _of_self(
        "CummaxBackward0",
        "running maximum",
        "max self up to here",
        "grad added at indices",
        "grad.new_zeros(shape).scatter_add(dim, indices, grad)",
    ),
    _of_self(
        "CumminBackward0",
        "running minimum",
        "min self up to here",
        "grad added at indices",
        "grad.new_zeros(shape).scatter_add(dim, indices, grad)",
    ),
    _of_self(
        "TraceBackward0",
        "sum of the diagonal",
        "Σ of self's diagonal",
        "grad on the diagonal, 0 elsewhere",
        "grad * torch.eye(*shape, dtype=grad.dtype)",
    ),
)
