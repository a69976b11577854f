"""The gradients of gradients: what `create_graph=True` records of a backward pass."""

from __future__ import annotations

from autograd_tutor.formulas.formula import Formula, Input, described, either, op, when


def _linear(node: str, operation: str, forward: str, expression: str) -> Formula:
    """The gradient of what is flat or straight: nothing goes to what it was computed at."""
    return op(node, operation, forward, grad_output=expression, self="0")


def _averaged(expression: str) -> Input:
    return either(
        f"averaged({expression})",
        when(f"{expression} / count", reduction="1"),
        when(expression, reduction=("0", "2")),
    )


FORMULAS = (
    op(
        "TanhBackwardBackward0",
        "gradient of tanh",
        "grad_output · (1 − output²)",
        grad_output="grad * (1 - output**2)",
        output="-2 * conj(grad * output) * grad_output",
    ),
    op(
        "SigmoidBackwardBackward0",
        "gradient of sigmoid",
        "grad_output · output · (1 − output)",
        grad_output="grad * output * (1 - output)",
        output="conj(grad * (1 - 2 * output)) * grad_output",
    ),
    _linear(
        "ThresholdBackwardBackward0",
        "gradient of relu or threshold",
        "grad_output · (self > threshold)",
        "0 if self <= threshold else grad",
    ),
    _linear(
        "LeakyReluBackwardBackward0",
        "gradient of leaky relu",
        "grad_output if self > 0 else grad_output · negative_slope",
        "grad if self > 0 else grad * negative_slope",
    ),
    _linear(
        "HardtanhBackwardBackward0",
        "gradient of hardtanh",
        "grad_output · (min_val < self < max_val)",
        "0 if self <= min_val or self >= max_val else grad",
    ),
    op(
        "LogSigmoidBackwardBackward0",
        "gradient of logsigmoid",
        "grad_output · σ(−self)",
        grad_output="grad * sigmoid(-self)",
        self="-grad * grad_output * sigmoid(self) * sigmoid(-self)",
    ),
    op(
        "SoftplusBackwardBackward0",
        "gradient of softplus",
        "grad_output · σ(beta · self)",
        grad_output="grad if beta * self > threshold else grad * sigmoid(beta * self)",
        self="grad * grad_output * beta * s * (1 - s) * (beta * self < threshold)"
        "; s = sigmoid(beta * self)",
    ),
    op(
        "GeluBackwardBackward0",
        "gradient of gelu",
        "grad_output · gelu′(self)",
        grad_output=either(
            "grad * gelu_slope(self)",
            when("grad * (normal_cdf(self) + self * normal_density(self))", approximate="'none'"),
            when("by_tanh(grad * gelu_slope(self))", approximate="'tanh'"),
        ),
        self=either(
            "grad * grad_output * gelu_curvature(self)",
            when("grad * grad_output * normal_density(self) * (2 - self**2)", approximate="'none'"),
            when("by_tanh(grad * grad_output * gelu_curvature(self))", approximate="'tanh'"),
        ),
    ),
    op(
        "SoftmaxBackwardDataBackward0",
        "gradient of softmax",
        "output · (grad_output − Σ(grad_output · output))",
        grad_output="output * (grad - sum(grad * output))",
        output="grad * (grad_output - sum(grad_output * output))"
        " - grad_output * sum(grad * output)",
    ),
    op(
        "LogSoftmaxBackwardDataBackward0",
        "gradient of log softmax",
        "grad_output − exp(output) · Σ(grad_output)",
        grad_output="grad - sum(grad * exp(output))",
        output="-grad * exp(output) * sum(grad_output)",
    ),
    _linear(
        "MaxPool2DWithIndicesBackwardBackward0",
        "gradient of max_pool2d",
        "grad_output added at window maxima",
        "at(grad, indices)",
    ),
    _linear(
        "AvgPool2DBackwardBackward0",
        "gradient of avg_pool2d",
        "grad_output / size, over its window",
        "mean_of_windows(grad)",
    ),
    op(
        "MseLossBackwardBackward0",
        "gradient of the squared error",
        "grad_output · 2 · (self − target) / count for a mean",
        grad_output=_averaged("grad * 2 * (self - target)")._replace(broadcast=True),
        self=_averaged("grad * grad_output * 2"),
        target=_averaged("-grad * grad_output * 2"),
    ),
    _linear(
        "NllLossBackwardBackward0",
        "gradient of the negative log-likelihood",
        "−grad_output at target, 0 elsewhere",
        "reduced(-at(grad, target) * weight)",
    ),
    op(
        "IndexPutImplBackward0",
        "values written at indices, in place",
        "self[indices] = values",
        self=either(
            "unless_added(cleared_at(grad, indices))",
            when("grad", accumulate="True"),
            when("cleared_at(grad, indices)", accumulate="False"),
        ),
        values="at(grad, indices)",
    ),
    op(
        "SliceBackwardBackward0",
        "gradient of a slice",
        "grad_output in the slice, 0 elsewhere",
        grad_output="slice_of(grad)",
    ),
    op(
        "SelectBackwardBackward0",
        "gradient of one place along a dimension",
        "grad_output at index, 0 elsewhere",
        grad_output="at(grad, index)",
    ),
    op(
        "DiagonalBackwardBackward0",
        "gradient of a diagonal",
        "grad_output on the diagonal, 0 elsewhere",
        grad_output="diagonal(grad)",
    ),
    op(
        "EmbeddingDenseBackwardBackward0",
        "gradient of rows of a table",
        "grad_output added at indices, 0 elsewhere",
        grad_output="at(grad, indices)",
    ),
    op(
        "UnfoldBackwardBackward0",
        "gradient of windows along a dimension",
        "grad_in, windows added where they lay",
        grad_in="windows_of(grad)",
    ),
    described(
        "ConvolutionBackwardBackward0",
        "gradient of a convolution",
        "the gradients of input, weight and bias",
        "It adds convolutions of each gradient that arrives with the other two of input, weight"
        " and grad_output.",
    ),
    described(
        "NativeLayerNormBackwardBackward0",
        "gradient of a layer normalisation",
        "the gradients of input, weight and bias",
        "Mean and variance are themselves functions of input, so that each of the terms has"
        " several parts.",
    ),
)
