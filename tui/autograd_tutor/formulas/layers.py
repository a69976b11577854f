"""Layers that are one operation each: normalisation, convolution, pooling, attention."""

from __future__ import annotations

from autograd_tutor.formulas.formula import Formula, either, op, undefined_at, when

_NORMALISED = "(input − mean) · rstd · weight + bias"
_FROM_NORMAL = (
    "rstd * (g - mean(g) - z * mean(g * z)); g = grad * weight; z = (input - mean) * rstd"
)
_SLOPE = "total(grad * (input - mean) * rstd)"


def _max_pool(node: str, operation: str) -> Formula:
    """Each window sends its gradient to the element that was its maximum."""
    return op(node, operation, "max of each window", self="added_at_maxima(grad)")


def _avg_pool(node: str, operation: str) -> Formula:
    return op(node, operation, "mean of each window", self="over_window(grad)")


_SCORES = "S = P * (grad @ value.mT - sum(grad * output)); P = attention_weights"

FORMULAS = (
    op(
        "NativeLayerNormBackward0",
        "normalised over the last dimensions",
        _NORMALISED,
        input=_FROM_NORMAL,
        weight=_SLOPE,
        bias="total(grad)",
    ),
    op(
        "NativeBatchNormBackward0",
        "each channel normalised over the batch",
        _NORMALISED,
        input=either(
            _FROM_NORMAL, when("grad * weight / sqrt(running_var + eps)", training="False")
        ),
        weight=either(
            _SLOPE,
            undefined_at(
                "running_var + eps == 0",
                "running_var + eps is 0: torch divides the sum by 0",
                training="False",
            ),
            when(
                "total(grad * (input - running_mean) / sqrt(running_var + eps))", training="False"
            ),
        ),
        bias="total(grad)",
    ),
    op(
        "NativeGroupNormBackward0",
        "groups of channels normalised",
        _NORMALISED,
        input=_FROM_NORMAL,
        weight=_SLOPE,
        bias="total(grad)",
    ),
    op(
        "ConvolutionBackward0",
        "convolution",
        "conv(input, weight) + bias",
        input=either("conv_transpose(grad, weight)", when("conv(grad, weight)", transposed="True")),
        weight="over_batch(conv(input, grad))",
        bias="total(grad)",
    ),
    _max_pool("MaxPool2DWithIndicesBackward0", "maximum of each 2-d window"),
    _max_pool("MaxPool3DWithIndicesBackward0", "maximum of each 3-d window"),
    _max_pool("AdaptiveMaxPool2DBackward0", "maxima over a grid of a given size"),
    _avg_pool("AvgPool2DBackward0", "mean of each 2-d window"),
    _avg_pool("AvgPool3DBackward0", "mean of each 3-d window"),
    _avg_pool("AdaptiveAvgPool2DBackward0", "means over a grid of a given size"),
    op(
        "UpsampleNearest1DBackward0",
        "enlarged by repeating the nearest element",
        "self, enlarged",
        self="copies_summed(grad)",
    ),
    op(
        "UpsampleNearest2DBackward0",
        "enlarged by repeating the nearest pixel",
        "self, enlarged",
        self="copies_summed(grad)",
    ),
    op("Im2ColBackward0", "windows as columns", "unfold(self)", self="fold(grad)"),
    op("Col2ImBackward0", "columns added up as windows", "fold(self)", self="unfold(grad)"),
    op(
        "ScaledDotProductFlashAttentionForCpuBackward0",
        "scaled dot-product attention",
        "softmax(query @ keyᵀ · scale) @ value",
        query=f"S @ key * scale; {_SCORES}",
        key=f"S.mT @ query * scale; {_SCORES}",
        value="P.mT @ grad; P = attention_weights",
    ),
)
