"""Softmax and the losses that are one operation each."""

from __future__ import annotations

from autograd_tutor.formulas.formula import Formula, Input, either, op, when

_UNDIVIDED = ("0", "2")
"""The settings of `reduction` for none and for the sum; 1 is the mean."""


def _loss(expression: str, general: str = "", unset: tuple[str, ...] = ()) -> Input:
    """A loss whose mean divides by n, its number of elements.

    `general` is the formula for when one of the saved values named in `unset` is not None.
    """
    plain = dict.fromkeys(unset, "None")
    return either(
        f"averaged({general or expression})",
        when(f"{expression} / n", reduction="1", **plain),
        when(expression, reduction=_UNDIVIDED, **plain),
    )


def _nll(node: str, operation: str) -> Formula:
    weighted = "placed(-grad * weight, target)"
    own = either(
        f"averaged_by_weight({weighted})",
        when("placed(-grad / total_weight, target)", reduction="1", weight="None"),
        when("placed(-grad * weight / total_weight, target)", reduction="1"),
        when("placed(-grad, target)", reduction=_UNDIVIDED, weight="None"),
        when(weighted, reduction=_UNDIVIDED),
    )
    return op(node, operation, "−self at target", self=own)


_CLAMPED = "max(self * (1 - self), 1e-12)"
_LOGS = "(log(1 - self) - log(self))"
_BOTH = ("weight", "pos_weight")

FORMULAS = (
    op(
        "SoftmaxBackward0",
        "softmax: positive, of sum 1",
        "exp(self) / Σ exp(self)",
        self="result * (grad - sum(grad * result))",
    ),
    op(
        "LogSoftmaxBackward0",
        "logarithm of the softmax",
        "self − log(Σ exp(self))",
        self="grad - exp(result) * sum(grad)",
    ),
    _nll("NllLossBackward0", "negative log-likelihood of the target class"),
    _nll("NllLoss2DBackward0", "negative log-likelihood of each pixel's class"),
    op(
        "MseLossBackward0",
        "squared error",
        "(self − target)²",
        self=_loss("grad * 2 * (self - target)"),
        target=_loss("grad * 2 * (target - self)"),
    ),
    op(
        "SmoothL1LossBackward0",
        "absolute error, squared near 0",
        "|d| − beta/2 or d² / (2 · beta), d = self − target",
        self=_loss("grad * clamp((self - target) / beta, -1, 1)"),
        target=_loss("grad * clamp((target - self) / beta, -1, 1)"),
    ),
    op(
        "HuberLossBackward0",
        "squared error, straight far from 0",
        "d² / 2 or delta · (|d| − delta/2), d = self − target",
        self=_loss("grad * clamp(self - target, -delta, delta)"),
        target=_loss("grad * clamp(target - self, -delta, delta)"),
    ),
    op(
        "BinaryCrossEntropyBackward0",
        "cross entropy of probabilities",
        "−(target · log(self) + (1 − target) · log(1 − self))",
        self=_loss(
            f"grad * (self - target) / {_CLAMPED}",
            f"grad * weight * (self - target) / {_CLAMPED}",
            ("weight",),
        ),
        target=_loss(f"grad * {_LOGS}", f"grad * weight * {_LOGS}", ("weight",)),
    ),
    op(
        "BinaryCrossEntropyWithLogitsBackward0",
        "cross entropy of logits",
        "log(1 + exp(self)) − target · self",
        self=_loss(
            "grad * (sigmoid(self) - target)",
            "grad * weight"
            " * (sigmoid(self) * (1 + (pos_weight - 1) * target) - pos_weight * target)",
            _BOTH,
        ),
        target=_loss(
            "-grad * self",
            "grad * weight * ((pos_weight - 1) * log(1 + exp(-self)) - self)",
            _BOTH,
        ),
    ),
    op(
        "SoftMarginLossBackward0",
        "logistic loss of targets −1 and 1",
        "log(1 + exp(−target · self))",
        self=_loss("-grad * target * exp(-target * self) / (exp(-target * self) + 1)"),
    ),
)
