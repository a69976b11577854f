"""Layers that are one operation each: normalisation, convolution, pooling, attention."""

from __future__ import annotations

from autograd_tutor.formulas.formula import Formula, Input, Variant

_TRAINING = (("training", "True"),)


def _centred(gradient: str, normal: str, dims: str) -> str:
    """A gradient without what its mean and its part along `normal` carry away."""
    return (
        f"({gradient} - ({gradient}).mean({dims}, True)"
        f" - {normal} * (({gradient}) * {normal}).mean({dims}, True))"
    )


_NORMAL = "rstd · (g − mean(g) − z · mean(g · z)), g = grad · weight, z = (input − mean) · rstd"
_SLOPE = "Σ grad · (input − mean) · rstd"

_LAYER_DIMS = "tuple(range(-len(normalized_shape), 0))"
_LAYER_Z = "((input - result1) * result2)"
_LAYER_G = "(grad if weight is None else grad * weight)"


def _per_channel(values: str) -> str:
    """One number per channel, in a shape that broadcasts against (N, C, …)."""
    return f"{values}.reshape(-1, *[1] * (input.ndim - 2))"


def _channel_sum(values: str) -> str:
    return f"({values}).transpose(0, 1).flatten(1).sum(1)"


_BATCH_G = f"(grad if weight is None else grad * {_per_channel('weight')})"
_BATCH_DIMS = "(0, *range(2, input.ndim))"
_BATCH_RSTD = _per_channel("result2")
_BATCH_Z = f"((input - {_per_channel('result1')}) * {_BATCH_RSTD})"
_RUNNING_RSTD = f"({_per_channel('running_var')} + eps).rsqrt()"
_RUNNING_Z = f"((input - {_per_channel('running_mean')}) * {_RUNNING_RSTD})"
_BATCH_INPUT = f"{_BATCH_RSTD} * {_centred(_BATCH_G, _BATCH_Z, _BATCH_DIMS)}"
_RUNNING_INPUT = f"{_BATCH_G} * {_RUNNING_RSTD}"
_BATCH_INPUTS = (
    Input(
        "input",
        _NORMAL,
        f"{_BATCH_INPUT} if training else {_RUNNING_INPUT}",
        (
            Variant(_TRAINING, _NORMAL, _BATCH_INPUT),
            Variant(
                (("training", "False"),),
                "grad · weight / √(running_var + eps)",
                _RUNNING_INPUT,
            ),
        ),
    ),
    Input(
        "weight",
        _SLOPE,
        _channel_sum(f"grad * ({_BATCH_Z} if training else {_RUNNING_Z})"),
        (
            Variant(
                (("training", "False"),),
                "Σ grad · (input − running_mean) / √(running_var + eps)",
                _channel_sum(f"grad * {_RUNNING_Z}"),
            ),
        ),
    ),
    Input("bias", "Σ grad", _channel_sum("grad")),
)

_GROUPED = ".reshape(N, group, -1)"
_GROUP_G = f"(grad if weight is None else grad.reshape(N, C, -1) * weight.reshape(-1, 1)){_GROUPED}"
_GROUP_Z = f"((input{_GROUPED} - result1.unsqueeze(-1)) * result2.unsqueeze(-1))"

_OUTPUT_PADDING = (
    "[0 if transposed else size - (sent - 1) * stride_ + 2 * pad - reach * (width - 1) - 1"
    " for size, sent, stride_, pad, reach, width"
    " in zip(shape[2:], grad.shape[2:], stride, padding, dilation, weight.shape[2:])]"
)
_CONVOLVED_BACK = (
    "torch.convolution(grad, weight, None, stride, padding, dilation, not transposed,"
    f" {_OUTPUT_PADDING}, groups)"
)
_CONVOLUTION = (
    Input(
        "input",
        "conv_transpose(grad, weight)",
        _CONVOLVED_BACK,
        (Variant((("transposed", "True"),), "conv(grad, weight)", _CONVOLVED_BACK),),
    ),
    Input(
        "weight",
        "conv(input, grad), over the batch",
        "torch.ops.aten.convolution_backward(grad, input, weight, None, stride, padding, dilation,"
        " transposed, output_padding, groups, (False, True, False))[1]",
    ),
    Input("bias", "Σ grad", _channel_sum("grad")),
)


def _max_pool(node: str, operation: str, dims: int) -> Formula:
    """Each window sends its gradient to the element that was its maximum."""
    start = -dims
    return Formula(
        node,
        operation,
        "max of each window",
        (
            Input(
                "self",
                "grad added at each window's maximum",
                f"grad.new_zeros(shape).flatten({start}).scatter_add(-1, result1.flatten({start}),"
                f" grad.flatten({start})).reshape(shape)",
            ),
        ),
    )


def _avg_pool(node: str, operation: str, backward: str) -> Formula:
    return Formula(
        node,
        operation,
        "mean of each window",
        (
            Input(
                "self",
                "grad / size of window, over the window",
                f"torch.ops.aten.{backward}(grad, self, kernel_size, stride, padding, ceil_mode,"
                " count_include_pad, divisor_override)",
            ),
        ),
    )


_SCALE = "(query.shape[-1] ** -0.5 if scale is None else scale)"
_HIDDEN = "(torch.ones(query.shape[-2], key.shape[-2]).triu(1) * is_causal > 0)"
_SCORES = (
    f"(query @ key.mT * {_SCALE} + (0 if attn_mask is None else attn_mask))"
    f".masked_fill({_HIDDEN}, -math.inf)"
)
_WEIGHTS = f"{_SCORES}.softmax(-1)"
_TO_SCORES = f"({_WEIGHTS} * (grad @ value.mT - (grad * output).sum(-1, True)) * {_SCALE})"
_ATTENTION = (
    Input(
        "query",
        "S @ key · scale, S = P · (grad @ valueᵀ − Σ(grad · output))",
        f"{_TO_SCORES} @ key",
    ),
    Input(
        "key",
        "Sᵀ @ query · scale, S = P · (grad @ valueᵀ − Σ(grad · output))",
        f"{_TO_SCORES}.mT @ query",
    ),
    Input("value", "Pᵀ @ grad, P the attention weights", f"{_WEIGHTS}.mT @ grad"),
)

FORMULAS = (
    Formula(
        "NativeLayerNormBackward0",
        "normalised over the last dimensions",
        "(input − mean) · rstd · weight + bias",
        (
            Input("input", _NORMAL, f"result2 * {_centred(_LAYER_G, _LAYER_Z, _LAYER_DIMS)}"),
            Input("weight", _SLOPE, f"grad * {_LAYER_Z}"),
            Input("bias", "Σ grad", "grad"),
        ),
    ),
    Formula(
        "NativeBatchNormBackward0",
        "each channel normalised over the batch",
        "(input − mean) · rstd · weight + bias",
        _BATCH_INPUTS,
    ),
    Formula(
        "NativeGroupNormBackward0",
        "groups of channels normalised",
        "(input − mean) · rstd · weight + bias",
        (
            Input(
                "input",
                _NORMAL,
                f"(result2.unsqueeze(-1) * {_centred(_GROUP_G, _GROUP_Z, '-1')}).reshape(shape)",
            ),
            Input(
                "weight",
                _SLOPE,
                f"(grad{_GROUPED} * {_GROUP_Z}).reshape(N, C, -1).sum((0, 2))",
            ),
            Input("bias", "Σ grad", _channel_sum("grad")),
        ),
    ),
    Formula("ConvolutionBackward0", "convolution", "conv(input, weight) + bias", _CONVOLUTION),
    _max_pool("MaxPool2DWithIndicesBackward0", "maximum of each 2-d window", 2),
    _max_pool("MaxPool3DWithIndicesBackward0", "maximum of each 3-d window", 3),
    _max_pool("AdaptiveMaxPool2DBackward0", "maxima over a grid of a given size", 2),
    _avg_pool("AvgPool2DBackward0", "mean of each 2-d window", "avg_pool2d_backward"),
    _avg_pool("AvgPool3DBackward0", "mean of each 3-d window", "avg_pool3d_backward"),
    Formula(
        "AdaptiveAvgPool2DBackward0",
        "means over a grid of a given size",
        "mean of each window",
        (
            Input(
                "self",
                "grad / size of window, over the window",
                "torch.ops.aten._adaptive_avg_pool2d_backward(grad, self)",
            ),
        ),
    ),
    Formula(
        "UpsampleNearest1DBackward0",
        "enlarged by repeating the nearest element",
        "self, enlarged",
        (
            Input(
                "self",
                "grad, copies summed",
                "torch.ops.aten.upsample_nearest1d_backward(grad, output_size, shape, scales)",
            ),
        ),
    ),
    Formula(
        "UpsampleNearest2DBackward0",
        "enlarged by repeating the nearest pixel",
        "self, enlarged",
        (
            Input(
                "self",
                "grad, copies summed",
                "torch.ops.aten.upsample_nearest2d_backward("
                "grad, output_size, shape, scales_h, scales_w)",
            ),
        ),
    ),
    Formula(
        "Im2ColBackward0",
        "windows as columns",
        "unfold(self)",
        (
            Input(
                "self",
                "fold(grad)",
                "torch.nn.functional.fold("
                "grad, shape[-2:], kernel_size, dilation, padding, stride)",
            ),
        ),
    ),
    Formula(
        "Col2ImBackward0",
        "columns added up as windows",
        "fold(self)",
        (
            Input(
                "self",
                "unfold(grad)",
                "torch.nn.functional.unfold(grad, kernel_size, dilation, padding, stride)",
            ),
        ),
    ),
    Formula(
        "ScaledDotProductFlashAttentionForCpuBackward0",
        "scaled dot-product attention",
        "softmax(query @ keyᵀ · scale) @ value",
        _ATTENTION,
    ),
)
