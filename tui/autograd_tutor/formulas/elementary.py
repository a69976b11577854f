"""Powers, exponentials, logarithms, trigonometry and other functions of one element."""

from __future__ import annotations

from autograd_tutor.formulas.formula import Formula, Input, Variant


def _of_self(node: str, operation: str, forward: str, text: str, expression: str) -> Formula:
    return Formula(node, operation, forward, (Input("self", text, expression),))


_TWICE = ("grad · 2 · self", "grad * 2 * self.conj()")
_POWER = ("grad · exponent · self^(exponent − 1)", "grad * exponent * self.conj()**(exponent - 1)")

FORMULAS = (
    Formula(
        "PowBackward0",
        "power with a number as exponent",
        "self^exponent",
        (
            Input(
                "self",
                *_POWER,
                (
                    Variant((("exponent", "2"),), *_TWICE),
                    Variant((("exponent", "2.0"),), *_TWICE),
                    Variant((("exponent", "0"),), "0", "torch.zeros_like(grad)"),
                    Variant((("exponent", "0.0"),), "0", "torch.zeros_like(grad)"),
                ),
            ),
        ),
    ),
    Formula(
        "PowBackward1",
        "power, element by element",
        "self^exponent",
        (
            Input("self", *_POWER),
            Input("exponent", "grad · result · log(self)", "grad * result * self.log()"),
        ),
    ),
    Formula(
        "PowBackward2",
        "power of a number",
        "self^exponent",
        (Input("exponent", "grad · result · log(self)", "grad * result * math.log(self)"),),
    ),
    _of_self(
        "SqrtBackward0",
        "square root",
        "√(self)",
        "grad / (2 · result)",
        "grad / (2 * result.conj())",
    ),
    _of_self(
        "RsqrtBackward0",
        "reciprocal of the square root",
        "1 / √(self)",
        "−grad · result³ / 2",
        "-grad * result.conj()**3 / 2",
    ),
    _of_self("ExpBackward0", "exponential", "exp(self)", "grad · result", "grad * result.conj()"),
    _of_self(
        "Exp2Backward0",
        "power of 2",
        "2^self",
        "grad · result · log(2)",
        "grad * result.conj() * math.log(2)",
    ),
    _of_self(
        "Expm1Backward0",
        "exponential minus 1",
        "exp(self) − 1",
        "grad · (result + 1)",
        "grad * (result.conj() + 1)",
    ),
    _of_self("LogBackward0", "natural logarithm", "log(self)", "grad / self", "grad / self.conj()"),
    _of_self(
        "Log2Backward0",
        "logarithm to base 2",
        "log2(self)",
        "grad / (self · log(2))",
        "grad / (self.conj() * math.log(2))",
    ),
    _of_self(
        "Log10Backward0",
        "logarithm to base 10",
        "log10(self)",
        "grad / (self · log(10))",
        "grad / (self.conj() * math.log(10))",
    ),
    _of_self(
        "Log1PBackward0",
        "logarithm of 1 more",
        "log(1 + self)",
        "grad / (self + 1)",
        "grad / (self.conj() + 1)",
    ),
    _of_self("SinBackward0", "sine", "sin(self)", "grad · cos(self)", "grad * self.conj().cos()"),
    _of_self(
        "CosBackward0", "cosine", "cos(self)", "−grad · sin(self)", "-grad * self.conj().sin()"
    ),
    _of_self(
        "TanBackward0",
        "tangent",
        "tan(self)",
        "grad · (1 + result²)",
        "grad * (1 + result.conj()**2)",
    ),
    _of_self(
        "AsinBackward0",
        "inverse sine",
        "asin(self)",
        "grad / √(1 − self²)",
        "grad / (1 - self**2).sqrt()",
    ),
    _of_self(
        "AcosBackward0",
        "inverse cosine",
        "acos(self)",
        "−grad / √(1 − self²)",
        "-grad / (1 - self**2).sqrt()",
    ),
    _of_self(
        "AtanBackward0",
        "inverse tangent",
        "atan(self)",
        "grad / (1 + self²)",
        "grad / (1 + self.conj()**2)",
    ),
    _of_self(
        "SinhBackward0",
        "hyperbolic sine",
        "sinh(self)",
        "grad · cosh(self)",
        "grad * self.conj().cosh()",
    ),
    _of_self(
        "CoshBackward0",
        "hyperbolic cosine",
        "cosh(self)",
        "grad · sinh(self)",
        "grad * self.conj().sinh()",
    ),
    _of_self(
        "AsinhBackward0",
        "inverse hyperbolic sine",
        "asinh(self)",
        "grad / √(self² + 1)",
        "grad / (self**2 + 1).sqrt()",
    ),
    _of_self(
        "AcoshBackward0",
        "inverse hyperbolic cosine",
        "acosh(self)",
        "grad / √(self² − 1)",
        "grad / (self**2 - 1).sqrt()",
    ),
    _of_self(
        "AtanhBackward0",
        "inverse hyperbolic tangent",
        "atanh(self)",
        "grad / (1 − self²)",
        "grad / (1 - self.conj()**2)",
    ),
    Formula(
        "Atan2Backward0",
        "angle of a point in the plane",
        "atan2(self, other)",
        (
            Input(
                "self",
                "grad · other / (self² + other²)",
                "grad * other / (self**2 + other**2)",
            ),
            Input(
                "other",
                "−grad · self / (self² + other²)",
                "-grad * self / (self**2 + other**2)",
            ),
        ),
    ),
    _of_self(
        "SincBackward0",
        "sine of π times x, over π times x",
        "sin(π · self) / (π · self)",
        "grad · (cos(π · self) − sinc(self)) / self",
        "torch.where(self == 0, 0, grad * ((math.pi * self).cos() - self.sinc()) / self)",
    ),
    _of_self(
        "ErfBackward0",
        "error function",
        "erf(self)",
        "grad · 2 / √(π) · exp(−self²)",
        "grad * 2 / math.sqrt(math.pi) * (-self**2).exp()",
    ),
    _of_self(
        "ErfcBackward0",
        "complement of the error function",
        "1 − erf(self)",
        "−grad · 2 / √(π) · exp(−self²)",
        "-grad * 2 / math.sqrt(math.pi) * (-self**2).exp()",
    ),
    _of_self(
        "ErfinvBackward0",
        "inverse of the error function",
        "erfinv(self)",
        "grad · √(π) / 2 · exp(erfinv(self)²)",
        "grad * math.sqrt(math.pi) / 2 * (self.erfinv()**2).exp()",
    ),
    _of_self(
        "LgammaBackward0",
        "logarithm of the gamma function",
        "log(|gamma(self)|)",
        "grad · digamma(self)",
        "grad * self.digamma()",
    ),
    _of_self(
        "DigammaBackward0",
        "derivative of lgamma",
        "digamma(self)",
        "grad · polygamma(1, self)",
        "grad * torch.polygamma(1, self)",
    ),
    _of_self(
        "PolygammaBackward0",
        "nth derivative of digamma",
        "polygamma(n, self)",
        "grad · polygamma(n + 1, self)",
        "grad * torch.polygamma(n + 1, self)",
    ),
    Formula(
        "XlogyBackward0",
        "product with a logarithm",
        "self · log(other)",
        (
            Input("self", "grad · log(other)", "grad * other.log()"),
            Input("other", "grad · self / other", "grad * self / other"),
        ),
    ),
    Formula(
        "LogaddexpBackward0",
        "logarithm of the sum of exponentials",
        "log(exp(self) + exp(other))",
        (
            Input("self", "grad · σ(self − other)", "grad * (self - other).sigmoid()"),
            Input("other", "grad · σ(other − self)", "grad * (other - self).sigmoid()"),
        ),
    ),
    Formula(
        "Logaddexp2Backward0",
        "logarithm of the sum of powers of 2",
        "log2(2^self + 2^other)",
        (
            Input("self", "grad / (1 + 2^(other − self))", "grad / (1 + 2**(other - self))"),
            Input("other", "grad / (1 + 2^(self − other))", "grad / (1 + 2**(self - other))"),
        ),
    ),
    Formula(
        "LogitBackward0",
        "logit, the inverse of the sigmoid",
        "log(self / (1 − self))",
        (
            Input(
                "self",
                "grad / (self · (1 − self)) if eps ≤ self ≤ 1 − eps else 0",
                "torch.where((eps <= self) & (self <= 1 - eps), grad / (self * (1 - self)), 0)",
                (
                    Variant(
                        (("eps", "None"),),
                        "grad / (self · (1 − self))",
                        "grad / (self * (1 - self))",
                    ),
                ),
            ),
        ),
    ),
)
