"""Powers, exponentials, logarithms, trigonometry and other functions of one element."""

from __future__ import annotations

from autograd_tutor.formulas.formula import at, either, elementwise, op, undefined_at, when

_BOTH_ZERO = "self == 0 and other == 0"
_LOGIT = "grad * inf if self == 0 else grad / (self * (1 - self))"

FORMULAS = (
    op(
        "PowBackward0",
        "power with a number as exponent",
        "self^exponent",
        self=either(
            "grad * exponent * conj(self)**(exponent - 1)",
            when("grad * 2 * conj(self)", exponent=("2", "2.0")),
            when("0", exponent=("0", "0.0")),
        ),
    ),
    elementwise(
        "PowBackward1",
        "power, element by element",
        "self^exponent",
        self=either(
            "grad * conj(exponent) * conj(self)**(conj(exponent) - 1)",
            at("exponent == 0", "grad * (0 if exponent == 0 else exponent * self**(exponent - 1))"),
        ),
        exponent=either(
            "grad * conj(result) * log(conj(self))",
            at(
                "self == 0 and exponent >= 0",
                "grad * (0 if self == 0 and exponent >= 0 else result * log(self))",
            ),
        ),
    ),
    op(
        "PowBackward2",
        "power of a number",
        "self^exponent",
        exponent=either(
            "grad * conj(result) * log(self)",
            undefined_at("self < 0", "self < 0 has no real logarithm: torch sends nan"),
            at("self == 0", "grad * (0 if exponent >= 0 else result * -inf)"),
        ),
    ),
    op("SqrtBackward0", "square root", "√(self)", self="grad / (2 * conj(result))"),
    op(
        "RsqrtBackward0",
        "reciprocal of the square root",
        "1 / √(self)",
        self="-grad * conj(result)**3 / 2",
    ),
    op("ExpBackward0", "exponential", "exp(self)", self="grad * conj(result)"),
    op("Exp2Backward0", "power of 2", "2^self", self="grad * conj(result) * log(2)"),
    op("Expm1Backward0", "exponential minus 1", "exp(self) − 1", self="grad * (conj(result) + 1)"),
    op("LogBackward0", "natural logarithm", "log(self)", self="grad / conj(self)"),
    op("Log2Backward0", "logarithm to base 2", "log2(self)", self="grad / (conj(self) * log(2))"),
    op(
        "Log10Backward0",
        "logarithm to base 10",
        "log10(self)",
        self="grad / (conj(self) * log(10))",
    ),
    op("Log1PBackward0", "logarithm of 1 more", "log(1 + self)", self="grad / (conj(self) + 1)"),
    op("SinBackward0", "sine", "sin(self)", self="grad * cos(conj(self))"),
    op("CosBackward0", "cosine", "cos(self)", self="-grad * sin(conj(self))"),
    op("TanBackward0", "tangent", "tan(self)", self="grad * (1 + conj(result)**2)"),
    op("AsinBackward0", "inverse sine", "asin(self)", self="grad / sqrt(1 - conj(self)**2)"),
    op("AcosBackward0", "inverse cosine", "acos(self)", self="-grad / sqrt(1 - conj(self)**2)"),
    op("AtanBackward0", "inverse tangent", "atan(self)", self="grad / (1 + conj(self)**2)"),
    op("SinhBackward0", "hyperbolic sine", "sinh(self)", self="grad * cosh(conj(self))"),
    op("CoshBackward0", "hyperbolic cosine", "cosh(self)", self="grad * sinh(conj(self))"),
    op(
        "AsinhBackward0",
        "inverse hyperbolic sine",
        "asinh(self)",
        self="grad / sqrt(conj(self)**2 + 1)",
    ),
    op(
        "AcoshBackward0",
        "inverse hyperbolic cosine",
        "acosh(self)",
        self="grad / sqrt(conj(self)**2 - 1)",
    ),
    op(
        "AtanhBackward0",
        "inverse hyperbolic tangent",
        "atanh(self)",
        self="grad / (1 - conj(self)**2)",
    ),
    elementwise(
        "Atan2Backward0",
        "angle of a point in the plane",
        "atan2(self, other)",
        self=either(
            "grad * other / (self**2 + other**2)",
            at(_BOTH_ZERO, f"grad * (0 if {_BOTH_ZERO} else other / (self**2 + other**2))"),
        ),
        other=either(
            "-grad * self / (self**2 + other**2)",
            at(_BOTH_ZERO, f"-grad * (0 if {_BOTH_ZERO} else self / (self**2 + other**2))"),
        ),
    ),
    op(
        "SincBackward0",
        "sine of π times x, over π times x",
        "sin(π · self) / (π · self)",
        self="0 if self == 0 else grad * (cos(pi * conj(self)) - sinc(conj(self))) / conj(self)",
    ),
    op("ErfBackward0", "error function", "erf(self)", self="grad * 2 / sqrt(pi) * exp(-self**2)"),
    op(
        "ErfcBackward0",
        "complement of the error function",
        "1 − erf(self)",
        self="-grad * 2 / sqrt(pi) * exp(-self**2)",
    ),
    op(
        "ErfinvBackward0",
        "inverse of the error function",
        "erfinv(self)",
        self="grad * sqrt(pi) / 2 * exp(erfinv(self)**2)",
    ),
    op(
        "LgammaBackward0",
        "logarithm of the gamma function",
        "log(|gamma(self)|)",
        self="grad * digamma(self)",
    ),
    op(
        "DigammaBackward0",
        "derivative of lgamma",
        "digamma(self)",
        self="grad * polygamma(1, self)",
    ),
    op(
        "PolygammaBackward0",
        "nth derivative of digamma",
        "polygamma(n, self)",
        self="grad * polygamma(n + 1, self)",
    ),
    elementwise(
        "XlogyBackward0",
        "product with a logarithm",
        "self · log(other)",
        self=either(
            "grad * log(other)",
            at(
                "other <= 0 and (self == 0 or grad == 0)",
                "0 if self == 0 and other <= 0 else xlogy(grad, other)",
            ),
        ),
        other="grad * self / other",
    ),
    elementwise(
        "LogaddexpBackward0",
        "logarithm of the sum of exponentials",
        "log(exp(self) + exp(other))",
        self="grad * sigmoid(conj(self - other))",
        other="grad * sigmoid(conj(other - self))",
    ),
    elementwise(
        "Logaddexp2Backward0",
        "logarithm of the sum of powers of 2",
        "log2(2^self + 2^other)",
        self="grad / (1 + 2**(other - self))",
        other="grad / (1 + 2**(self - other))",
    ),
    op(
        "LogitBackward0",
        "logit, the inverse of the sigmoid",
        "log(self / (1 − self))",
        self=either(
            "0 if self < eps or self > 1 - eps else grad / (self * (1 - self))",
            at("self < 0 or self > 1", f"nan if self < 0 or self > 1 else {_LOGIT}", eps="None"),
            at("self == 0", _LOGIT, eps="None"),
            when("grad / (self * (1 - self))", eps="None"),
            at("self == 0", f"0 if self < 0 or self > 1 else {_LOGIT}", eps="0.0"),
        ),
    ),
)
