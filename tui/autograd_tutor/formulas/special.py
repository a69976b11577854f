"""Special functions of one element, and what picks numbers apart."""

from __future__ import annotations

from autograd_tutor.formulas.formula import Input, at, either, elementwise, op, wide

_GAMMA = "exp((self - 1) * log(other) - other - lgamma(self))"
_WITHOUT_GRADIENT = Input("", "", undefined="torch has no gradient here")
_COPIED = either(
    "grad * result / self", at("self == 0", "0 if self == 0 else grad * result / self")
)
_I1 = "i0(self) - result / self"
_I1E = "i0e(self) - result * (sign(self) + 1 / self)"
_NO_SLOPE = "self == 0 or is_nan(self)"

FORMULAS = (
    op(
        "SpecialEntrBackward0",
        "entropy of one element",
        "−self · log(self)",
        self="-grad * (1 + log(self))",
    ),
    op(
        "SpecialErfcxBackward0",
        "scaled complement of the error function",
        "exp(self²) · erfc(self)",
        self="grad * (2 * self * result - 2 / sqrt(pi))",
    ),
    op("I0Backward0", "Bessel function of order 0", "i0(self)", self="grad * i1(self)"),
    op(
        "SpecialI0EBackward0",
        "scaled Bessel function of order 0",
        "exp(−|self|) · i0(self)",
        self="grad * (i1e(self) - sign(self) * result)",
    ),
    op(
        "SpecialI1Backward0",
        "Bessel function of order 1",
        "i1(self)",
        self=either(f"grad * ({_I1})", at(_NO_SLOPE, f"grad * ({_I1} if abs(self) > 0 else 0.5)")),
    ),
    op(
        "SpecialI1EBackward0",
        "scaled Bessel function of order 1",
        "exp(−|self|) · i1(self)",
        self=either(
            f"grad * ({_I1E})", at(_NO_SLOPE, f"grad * ({_I1E} if abs(self) > 0 else 0.5)")
        ),
    ),
    op(
        "SpecialLogNdtrBackward0",
        "logarithm of the normal distribution below it",
        "log(Φ(self))",
        self="grad / sqrt(2 * pi) * exp(-(result + self**2 / 2))",
    ),
    op(
        "SpecialNdtriBackward0",
        "inverse of the normal distribution",
        "x with Φ(x) = self",
        self="grad * sqrt(2 * pi) * exp(result**2 / 2)",
    ),
    elementwise(
        "SpecialXlog1PyBackward0",
        "product with a logarithm",
        "self · log(1 + other)",
        self=either(
            "grad * log(1 + other)",
            at(
                "other <= -1 and (self == 0 or grad == 0)",
                "0 if self == 0 and other <= -1 else xlogy(grad, 1 + other)",
            ),
        ),
        other="grad * self / (other + 1)",
    ),
    op(
        "SpecialXlog1PyBackward1",
        "a number times a logarithm",
        "self · log(1 + other)",
        other="grad * self / (other + 1)",
    ),
    op(
        "SpecialXlog1PyBackward2",
        "product with the logarithm of a number",
        "self · log(1 + other)",
        self=either(
            "grad * log(1 + other)",
            at("other <= -1", "0 if self == 0 else xlogy(grad, 1 + other)"),
        ),
    ),
    op(
        "XlogyBackward1",
        "a number times a logarithm",
        "self · log(other)",
        other="grad * self / other",
    ),
    op(
        "XlogyBackward2",
        "product with the logarithm of a number",
        "self · log(other)",
        self=either(
            "grad * log(other)", at("other <= 0", "0 if self == 0 else xlogy(grad, other)")
        ),
    ),
    op(
        "MvlgammaBackward0",
        "logarithm of the multivariate gamma function",
        "mvlgamma(self, p)",
        self="grad * sum_of_digammas(self)",
    ),
    op(
        "SpecialZetaBackward0",
        "Hurwitz zeta function",
        "Σ 1 / (other + k)^self",
        self=_WITHOUT_GRADIENT,
        other=wide("-grad * self * zeta(self + 1, other)"),
    ),
    op(
        "SpecialZetaBackward1",
        "Hurwitz zeta function of a number",
        "Σ 1 / (other + k)^self",
        other="-grad * self * zeta(self + 1, other)",
    ),
    op(
        "IgammaBackward0",
        "share of the gamma function below a limit",
        "gammainc(self, other)",
        self=_WITHOUT_GRADIENT,
        other=wide(f"grad * {_GAMMA}"),
    ),
    op(
        "IgammacBackward0",
        "share of the gamma function above a limit",
        "gammaincc(self, other)",
        self=_WITHOUT_GRADIENT,
        other=wide(f"-grad * {_GAMMA}"),
    ),
    op(
        "CopysignBackward0",
        "size of one with the sign of another",
        "|self| · sign(other)",
        self=wide(_COPIED),
        other="0",
    ),
    op(
        "CopysignBackward1",
        "size of one with the sign of a number",
        "|self| · sign(other)",
        self=_COPIED,
    ),
    elementwise(
        "LdexpBackward0",
        "product with a power of 2",
        "self · 2^other",
        self="grad * conj(two_to(other))",
        other="grad * conj(result) * log(2)",
    ),
    op(
        "FrexpBackward0",
        "mantissa and exponent",
        "self = mantissa · 2^exponent",
        self="grad / 2**exponent",
    ),
    op(
        "RoundBackward1",
        "rounding to decimals (flat between the steps)",
        "round(self, decimals)",
        self="0",
    ),
)
