"""Softmax and the losses that are one operation each."""

from __future__ import annotations

from autograd_tutor.formulas.formula import Formula, Input, Variant

_MEAN, _SUM, _NONE = ("reduction", "1"), ("reduction", "2"), ("reduction", "0")


def _reduced(
    name: str, text: str, expression: str, general: tuple[str, str] | None = None, *unset: str
) -> Input:
    """A loss whose mean divides by n, its number of elements.

    `general` is the formula for when one of the saved values named in `unset` is not None.
    """
    plain = tuple((each, "None") for each in unset)
    variants = (
        Variant((_MEAN, *plain), f"{text} / n", f"{expression} / n"),
        Variant((_SUM, *plain), text, expression),
        Variant((_NONE, *plain), text, expression),
    )
    shown, computed = general or (text, expression)
    return Input(
        name,
        f"{shown}, / n for a mean",
        f"{computed} / (n if reduction == 1 else 1)",
        variants,
    )


_WEIGHT = "(1 if weight is None else weight)"
_EXCESS = "(0 if pos_weight is None else pos_weight - 1)"


def _nll(node: str, operation: str, dim: int) -> Formula:
    weight = "(1 if weight is None else weight[target.clamp(min=0)])"
    mean = "(total_weight if reduction == 1 else 1)"
    at_target = f"(-grad * {weight} * (target != ignore_index) / {mean})"
    target = "torch.where(target == ignore_index, 0, target)"
    expression = (
        f"grad.new_zeros(shape).scatter({dim}, {target}.unsqueeze({dim}),"
        f" {at_target}.unsqueeze({dim}))"
    )
    weighted = "−grad · weight at target, 0 elsewhere"
    plain = ("weight", "None")
    variants = (
        Variant((_MEAN, plain), "−grad / total_weight at target, 0 elsewhere", expression),
        Variant((_MEAN,), "−grad · weight / total_weight at target", expression),
        Variant((_SUM, plain), "−grad at target, 0 elsewhere", expression),
        Variant((_NONE, plain), "−grad at target, 0 elsewhere", expression),
        Variant((_SUM,), weighted, expression),
        Variant((_NONE,), weighted, expression),
    )
    general = "−grad · weight at target, / total_weight for a mean"
    inputs = (Input("self", general, expression, variants),)
    return Formula(node, operation, "−self at target", inputs)


FORMULAS = (
    Formula(
        "SoftmaxBackward0",
        "softmax: positive, of sum 1",
        "exp(self) / Σ exp(self)",
        (
            Input(
                "self",
                "result · (grad − Σ(grad · result))",
                "result * (grad - (grad * result).sum(dim, True))",
            ),
        ),
    ),
    Formula(
        "LogSoftmaxBackward0",
        "logarithm of the softmax",
        "self − log(Σ exp(self))",
        (
            Input(
                "self",
                "grad − exp(result) · Σ(grad)",
                "grad - result.exp() * grad.sum(dim, True)",
            ),
        ),
    ),
    _nll("NllLossBackward0", "negative log-likelihood of the target class", -1),
    _nll("NllLoss2DBackward0", "negative log-likelihood of each pixel's class", 1),
    Formula(
        "MseLossBackward0",
        "squared error",
        "(self − target)²",
        (
            _reduced("self", "grad · 2 · (self − target)", "grad * 2 * (self - target)"),
            _reduced("target", "grad · 2 · (target − self)", "grad * 2 * (target - self)"),
        ),
    ),
    Formula(
        "SmoothL1LossBackward0",
        "absolute error, squared near 0",
        "|d| − beta/2 or d² / (2 · beta), d = self − target",
        (
            _reduced(
                "self",
                "grad · clamp((self − target) / beta, −1, 1)",
                "grad * ((self - target) / beta).clamp(-1, 1)",
            ),
            _reduced(
                "target",
                "grad · clamp((target − self) / beta, −1, 1)",
                "grad * ((target - self) / beta).clamp(-1, 1)",
            ),
        ),
    ),
    Formula(
        "HuberLossBackward0",
        "squared error, straight far from 0",
        "d² / 2 or delta · (|d| − delta/2), d = self − target",
        (
            _reduced(
                "self",
                "grad · clamp(self − target, −delta, delta)",
                "grad * (self - target).clamp(-delta, delta)",
            ),
            _reduced(
                "target",
                "grad · clamp(target − self, −delta, delta)",
                "grad * (target - self).clamp(-delta, delta)",
            ),
        ),
    ),
    Formula(
        "BinaryCrossEntropyBackward0",
        "cross entropy of probabilities",
        "−(target · log(self) + (1 − target) · log(1 − self))",
        (
            _reduced(
                "self",
                "grad · (self − target) / clamp(self · (1 − self), 1e-12, 1)",
                "grad * (self - target) / (self * (1 - self)).clamp(1e-12, 1)",
                (
                    "grad · weight · (self − target) / clamp(self · (1 − self), 1e-12, 1)",
                    f"grad * {_WEIGHT} * (self - target) / (self * (1 - self)).clamp(1e-12, 1)",
                ),
                "weight",
            ),
            _reduced(
                "target",
                "grad · (log(1 − self) − log(self))",
                "grad * ((1 - self).log() - self.log())",
                (
                    "grad · weight · (log(1 − self) − log(self))",
                    f"grad * {_WEIGHT} * ((1 - self).log() - self.log())",
                ),
                "weight",
            ),
        ),
    ),
    Formula(
        "BinaryCrossEntropyWithLogitsBackward0",
        "cross entropy of logits",
        "log(1 + exp(self)) − target · self",
        (
            _reduced(
                "self",
                "grad · (σ(self) − target)",
                "grad * (self.sigmoid() - target)",
                (
                    "grad · weight · (σ(self) · (1 + (pos_weight − 1) · target)"
                    " − pos_weight · target)",
                    f"grad * {_WEIGHT} * ((1 + {_EXCESS} * target) * self.sigmoid()"
                    f" - ({_EXCESS} + 1) * target)",
                ),
                "weight",
                "pos_weight",
            ),
            _reduced(
                "target",
                "−grad · self",
                "-grad * self",
                (
                    "grad · weight · ((pos_weight − 1) · log(1 + exp(−self)) − self)",
                    f"grad * {_WEIGHT} * ({_EXCESS} * (-self).exp().log1p() - self)",
                ),
                "weight",
                "pos_weight",
            ),
        ),
    ),
    Formula(
        "SoftMarginLossBackward0",
        "logistic loss of targets −1 and 1",
        "log(1 + exp(−target · self))",
        (
            _reduced(
                "self",
                "−grad · target · σ(−target · self)",
                "-grad * target * (-target * self).sigmoid()",
            ),
        ),
    ),
)
