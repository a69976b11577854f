"""Activation functions."""

from __future__ import annotations

from autograd_tutor.formulas.formula import Formula, Input, Variant


def _of_self(
    node: str, operation: str, forward: str, text: str, expression: str, *variants: Variant
) -> Formula:
    return Formula(node, operation, forward, (Input("self", text, expression, variants),))


_PDF = "(-self**2 / 2).exp() / math.sqrt(2 * math.pi)"
_CDF = "(1 + (self / math.sqrt(2)).erf()) / 2"
_TANH = "torch.tanh(math.sqrt(2 / math.pi) * (self + 0.044715 * self**3))"
_TANH_SLOPE = "math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * self**2)"

FORMULAS = (
    _of_self(
        "ReluBackward0",
        "negative elements become 0",
        "max(self, 0)",
        "grad · (result > 0)",
        "grad * (result > 0)",
    ),
    _of_self(
        "SigmoidBackward0",
        "sigmoid",
        "σ(self) = 1 / (1 + exp(−self))",
        "grad · result · (1 − result)",
        "grad * result.conj() * (1 - result.conj())",
    ),
    _of_self(
        "TanhBackward0",
        "hyperbolic tangent",
        "tanh(self)",
        "grad · (1 − result²)",
        "grad * (1 - result.conj()**2)",
    ),
    _of_self(
        "SoftplusBackward0",
        "smooth relu",
        "log(1 + exp(beta · self)) / beta",
        "grad · σ(beta · self), or grad above threshold",
        "torch.where(beta * self > threshold, grad, grad * (beta * self).sigmoid())",
        Variant((("threshold", "20"), ("beta", "1")), "grad · σ(self)", "grad * self.sigmoid()"),
        Variant((("threshold", "20"),), "grad · σ(beta · self)", "grad * (beta * self).sigmoid()"),
    ),
    _of_self(
        "GeluBackward0",
        "weighted by the normal distribution below it",
        "self · Φ(self)",
        "grad · gelu′(self)",
        "torch.ops.aten.gelu_backward(grad, self, approximate=approximate)",
        Variant(
            (("approximate", "'none'"),),
            "grad · (Φ(self) + self · Φ′(self))",
            f"grad * ({_CDF} + self * {_PDF})",
        ),
        Variant(
            (("approximate", "'tanh'"),),
            "grad · gelu′(self), by its tanh form",
            f"grad * (1 + {_TANH} + self * (1 - {_TANH}**2) * {_TANH_SLOPE}) / 2",
        ),
    ),
    _of_self(
        "SiluBackward0",
        "weighted by its own sigmoid",
        "self · σ(self)",
        "grad · σ(self) · (1 + self · σ(−self))",
        "grad * self.sigmoid() * (1 + self * (-self).sigmoid())",
    ),
    _of_self(
        "EluBackward0",
        "exponential below 0",
        "scale · (self if self > 0 else alpha · (exp(self) − 1))",
        "grad · scale · (1 or alpha · exp(self))",
        "torch.where(self > 0, grad * scale, grad * scale * alpha * self.exp())",
        Variant(
            (("scale", "1"), ("alpha", "1.0")),
            "grad if self > 0 else grad · exp(self)",
            "torch.where(self > 0, grad, grad * self.exp())",
        ),
        Variant(
            (("scale", "1"),),
            "grad if self > 0 else grad · alpha · exp(self)",
            "torch.where(self > 0, grad, grad * alpha * self.exp())",
        ),
    ),
    _of_self(
        "CeluBackward0",
        "exponential below 0, smooth at 0",
        "self if self > 0 else alpha · (exp(self / alpha) − 1)",
        "grad if self > 0 else grad · exp(self / alpha)",
        "torch.where(self > 0, grad, grad * (self / alpha).exp())",
    ),
    _of_self(
        "LeakyReluBackward0",
        "a small slope below 0",
        "self if self > 0 else negative_slope · self",
        "grad if self > 0 else grad · negative_slope",
        "torch.where(self > 0, grad, grad * negative_slope)",
    ),
    _of_self(
        "HardtanhBackward0",
        "limits",
        "min(max(self, min_val), max_val)",
        "grad · (min_val < self < max_val)",
        "grad * ((min_val < self) & (self < max_val))",
    ),
    _of_self(
        "HardsigmoidBackward0",
        "sigmoid made of straight pieces",
        "min(max(self / 6 + 1/2, 0), 1)",
        "grad / 6 · (−3 < self < 3)",
        "grad / 6 * ((-3 < self) & (self < 3))",
    ),
    _of_self(
        "HardswishBackward0",
        "silu made of simpler pieces",
        "self · min(max(self / 6 + 1/2, 0), 1)",
        "grad · (self / 3 + 1/2); up to −3: 0, from 3: grad",
        "torch.where(self.abs() < 3, grad * (self / 3 + 0.5), grad * (self >= 3))",
    ),
    _of_self(
        "LogSigmoidBackward0",
        "logarithm of the sigmoid",
        "log(σ(self))",
        "grad · σ(−self)",
        "grad * (-self).sigmoid()",
    ),
    Formula(
        "PreluKernelBackward0",
        "a learned slope below 0",
        "self if self > 0 else weight · self",
        (
            Input(
                "self",
                "grad if self > 0 else grad · weight",
                "torch.where(self > 0, grad, grad * weight)",
            ),
            Input(
                "weight", "0 if self > 0 else grad · self", "torch.where(self > 0, 0, grad * self)"
            ),
        ),
    ),
    _of_self(
        "SoftshrinkBackward0",
        "everything nearer to 0 by lambd, or 0",
        "sign(self) · max(|self| − lambd, 0)",
        "grad · (|self| > lambd)",
        "grad * (self.abs() > lambd)",
    ),
    _of_self(
        "HardshrinkBackward0",
        "what is nearer to 0 than lambd becomes 0",
        "self · (|self| > lambd)",
        "grad · (|self| > lambd)",
        "grad * (self.abs() > lambd)",
    ),
    _of_self(
        "ThresholdBackward0",
        "what is not above the threshold is replaced",
        "self if self > threshold else value",
        "grad · (self > threshold)",
        "grad * (self > threshold)",
    ),
    _of_self(
        "MishBackward0",
        "weighted by the tanh of its softplus",
        "self · tanh(softplus(self))",
        "grad · (t + self · σ(self) · (1 − t²)), t = tanh(softplus(self))",
        "grad * (self.exp().log1p().tanh()"
        " + self * self.sigmoid() * (1 - self.exp().log1p().tanh()**2))",
    ),
    _of_self(
        "GluBackward0",
        "one half gated by the sigmoid of the other",
        "a · σ(b), a and b the halves of self",
        "cat(grad · σ(b), grad · a · σ(b) · σ(−b))",
        "torch.cat((grad * self.chunk(2, dim)[1].sigmoid(), grad * self.chunk(2, dim)[0]"
        " * self.chunk(2, dim)[1].sigmoid() * (-self.chunk(2, dim)[1]).sigmoid()), dim)",
    ),
    _of_self(
        "RreluWithNoiseBackward0",
        "a random slope below 0",
        "self if self > 0 else slope · self",
        "grad if self > 0 else grad · slope",
        "grad * noise if training else torch.where(self > 0, grad, grad * (lower + upper) / 2)",
        Variant((("training", "True"),), "grad · noise", "grad * noise"),
        Variant(
            (("training", "False"),),
            "grad if self > 0 else grad · (lower + upper) / 2",
            "torch.where(self > 0, grad, grad * (lower + upper) / 2)",
        ),
    ),
    _of_self(
        "NativeDropoutBackward0",
        "in training, elements left out at random, the rest scaled up",
        "self · kept / (1 − p)",
        "grad · kept / (1 − p)",
        "grad * result1 / (1 - p)",
    ),
)
