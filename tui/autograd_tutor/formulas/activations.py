"""Activation functions."""

from __future__ import annotations

from autograd_tutor.formulas.formula import either, op, undefined_at, when, wide

FORMULAS = (
    op(
        "ReluBackward0",
        "negative elements become 0",
        "max(self, 0)",
        self="0 if result <= 0 else grad",
    ),
    op(
        "SigmoidBackward0",
        "sigmoid",
        "σ(self) = 1 / (1 + exp(−self))",
        self="grad * conj(result) * (1 - conj(result))",
    ),
    op("TanhBackward0", "hyperbolic tangent", "tanh(self)", self="grad * (1 - conj(result)**2)"),
    op(
        "SoftplusBackward0",
        "smooth relu",
        "log(1 + exp(beta · self)) / beta",
        self=either(
            "grad if beta * self > threshold else grad * sigmoid(beta * self)",
            when("grad * sigmoid(self)", threshold="20", beta="1"),
            when("grad * sigmoid(beta * self)", threshold="20"),
        ),
    ),
    op(
        "GeluBackward0",
        "weighted by the normal distribution below it",
        "self · Φ(self)",
        self=either(
            "grad * gelu_slope(self)",
            when("grad * (normal_cdf(self) + self * normal_density(self))", approximate="'none'"),
            when("by_tanh(grad * gelu_slope(self))", approximate="'tanh'"),
        ),
    ),
    op(
        "SiluBackward0",
        "weighted by its own sigmoid",
        "self · σ(self)",
        self="grad * sigmoid(self) * (1 + self * sigmoid(-self))",
    ),
    op(
        "EluBackward0",
        "exponential below 0",
        "scale · (self if self > 0 else alpha · (exp(self) − 1))",
        self=either(
            "grad * scale * alpha * exp(self) if self <= 0 else grad * scale",
            when("grad * exp(self) if self <= 0 else grad", scale="1", alpha="1.0"),
            when("grad * alpha * exp(self) if self <= 0 else grad", scale="1"),
        ),
    ),
    op(
        "CeluBackward0",
        "exponential below 0, smooth at 0",
        "self if self > 0 else alpha · (exp(self / alpha) − 1)",
        self="grad * exp(self / alpha) if self <= 0 else grad",
    ),
    op(
        "LeakyReluBackward0",
        "a small slope below 0",
        "self if self > 0 else negative_slope · self",
        self="grad if self > 0 else grad * negative_slope",
    ),
    op(
        "HardtanhBackward0",
        "limits",
        "min(max(self, min_val), max_val)",
        self="0 if self <= min_val or self >= max_val else grad",
    ),
    op(
        "HardsigmoidBackward0",
        "sigmoid made of straight pieces",
        "min(max(self / 6 + 1/2, 0), 1)",
        self="grad / 6 if -3 < self < 3 else 0",
    ),
    op(
        "HardswishBackward0",
        "silu made of simpler pieces",
        "self · min(max(self / 6 + 1/2, 0), 1)",
        self="0 if self <= -3 else grad * (self / 3 + 0.5) if self < 3 else grad",
    ),
    op(
        "LogSigmoidBackward0",
        "logarithm of the sigmoid",
        "log(σ(self))",
        self="grad * sigmoid(-self)",
    ),
    op(
        "PreluKernelBackward0",
        "a learned slope below 0",
        "self if self > 0 else weight · self",
        self="grad if self > 0 else grad * weight",
        weight=wide("0 if self > 0 else grad * self"),
    ),
    op(
        "SoftshrinkBackward0",
        "everything nearer to 0 by lambd, or 0",
        "sign(self) · max(|self| − lambd, 0)",
        self="0 if abs(self) <= lambd else grad",
    ),
    op(
        "HardshrinkBackward0",
        "what is nearer to 0 than lambd becomes 0",
        "self · (|self| > lambd)",
        self="0 if abs(self) <= lambd else grad",
    ),
    op(
        "ThresholdBackward0",
        "what is not above the threshold is replaced",
        "self if self > threshold else value",
        self="0 if self <= threshold else grad",
    ),
    op(
        "MishBackward0",
        "weighted by the tanh of its softplus",
        "self · tanh(softplus(self))",
        self="grad * (t + self * sigmoid(self) * (1 - t**2)); t = tanh(softplus(self))",
    ),
    op(
        "GluBackward0",
        "one half gated by the sigmoid of the other",
        "a · σ(b), a and b the halves of self",
        self="cat(grad * sigmoid(b), grad * a * sigmoid(b) * sigmoid(-b))",
    ),
    op(
        "RreluWithNoiseBackward0",
        "a random slope below 0",
        "self if self > 0 else slope · self",
        self=either(
            "grad if self > 0 else grad * slope",
            when("grad * noise", training="True"),
            when("grad if self > 0 else grad * (lower + upper) / 2", training="False"),
        ),
    ),
    op(
        "NativeDropoutBackward0",
        "in training, elements left out at random, the rest scaled up",
        "self · mask / (1 − p)",
        self=either(
            "grad * mask / (1 - p)",
            undefined_at(
                "p > 0 and sent == grad and not grad == 0 and is_finite(grad)",
                "not in training: nothing is left out or scaled, torch sends grad",
            ),
            when("0", p="1.0"),
        ),
    ),
)
