"""The same elements in another shape, order, dtype or memory; copies, padding and pieces."""

from __future__ import annotations

from autograd_tutor.formulas.formula import Formula, Input

_GRAD = ("grad", "grad")
_RESHAPED = ("grad, reshaped to shape", "grad.reshape(shape)")


def _of_self(node: str, operation: str, forward: str, text: str, expression: str) -> Formula:
    return Formula(node, operation, forward, (Input("self", text, expression),))


def _padded(node: str, operation: str, mode: str) -> Formula:
    """Padding that repeats elements: each sends its gradient to where it came from."""
    source = (
        "torch.nn.functional.pad(torch.arange(math.prod(shape), dtype=torch.float64)"
        f".reshape(shape), padding, '{mode}').long().flatten()"
    )
    return _of_self(
        node,
        operation,
        "pad(self)",
        "grad, each added where it came from",
        f"grad.new_zeros(math.prod(shape)).index_add(0, {source}, grad.flatten()).reshape(shape)",
    )


_COPIES = (
    "grad.reshape([size for pair in zip(repeats, (1,) * (len(repeats) - len(shape)) + tuple(shape))"
    " for size in pair]).sum(tuple(range(0, 2 * len(repeats), 2))).reshape(shape)"
)

FORMULAS = (
    _of_self("ViewBackward0", "another shape, the same memory", "self as shape", *_RESHAPED),
    _of_self("UnsafeViewBackward0", "another shape", "self as shape", *_RESHAPED),
    _of_self("ReshapeAliasBackward0", "another shape", "self as shape", *_RESHAPED),
    _of_self("SqueezeBackward0", "all dimensions of size 1 taken away", "self", *_RESHAPED),
    _of_self("SqueezeBackward1", "a dimension of size 1 taken away", "self", *_RESHAPED),
    _of_self("SqueezeBackward2", "dimensions of size 1 taken away", "self", *_RESHAPED),
    _of_self(
        "SqueezeBackward3", "all dimensions of size 1 taken away, in place", "self", *_RESHAPED
    ),
    _of_self("SqueezeBackward4", "a dimension of size 1 taken away, in place", "self", *_RESHAPED),
    _of_self("UnsqueezeBackward0", "a new dimension of size 1", "self", *_RESHAPED),
    _of_self("UnsqueezeBackward1", "a new dimension of size 1, in place", "self", *_RESHAPED),
    _of_self("CloneBackward0", "copy", "self", *_GRAD),
    _of_self("AliasBackward0", "the same tensor under another name", "self", *_GRAD),
    _of_self("ToCopyBackward0", "copy to a dtype or device", "self", *_GRAD),
    _of_self(
        "ExpandBackward0",
        "repeated along dimensions without copying",
        "self, expanded",
        "grad, summed to shape",
        "grad.sum_to_size(shape)",
    ),
    _of_self("TBackward0", "matrix transposed", "selfᵀ", "gradᵀ", "grad.t()"),
    _of_self(
        "TransposeBackward0",
        "two dimensions exchanged",
        "self with dim0, dim1 exchanged",
        "grad with dim0, dim1 exchanged",
        "grad.transpose(dim0, dim1)",
    ),
    _of_self(
        "PermuteBackward0",
        "dimensions in another order",
        "self in the order dims",
        "grad in the old order",
        "grad.permute([[dim % len(dims) for dim in dims].index(k) for k in range(len(dims))])",
    ),
    _of_self(
        "RepeatBackward0", "copies side by side", "self, repeated", "grad, copies summed", _COPIES
    ),
    _of_self("FlipBackward0", "order reversed", "flip(self)", "flip(grad)", "grad.flip(dims)"),
    _of_self(
        "RollBackward0",
        "elements moved on, round the end",
        "roll(self, shifts)",
        "roll(grad, −shifts)",
        "grad.roll([-shift for shift in shifts], dims)",
    ),
    _of_self(
        "Rot90Backward0",
        "turned by quarters",
        "rot90(self, k)",
        "rot90(grad, −k)",
        "grad.rot90(-k, dims)",
    ),
    _of_self("TrilBackward0", "lower triangle", "tril(self)", "tril(grad)", "grad.tril(diagonal)"),
    _of_self("TriuBackward0", "upper triangle", "triu(self)", "triu(grad)", "grad.triu(diagonal)"),
    _of_self(
        "DiagonalBackward0",
        "diagonal",
        "diagonal of self",
        "grad on the diagonal, 0 elsewhere",
        "torch.diagonal_scatter(grad.new_zeros(shape), grad, offset, dim1, dim2)",
    ),
    _of_self(
        "DiagEmbedBackward0",
        "a diagonal matrix",
        "self on a diagonal",
        "diagonal of grad",
        "grad.diagonal(offset, dim1, dim2)",
    ),
    _of_self(
        "UnfoldBackward0",
        "windows along a dimension",
        "windows of self",
        "grad, windows added where they lay",
        "torch.ops.aten.unfold_backward(grad, shape, dimension, size, step)",
    ),
    _of_self(
        "AsStridedBackward0",
        "a view given by strides",
        "self seen with size, stride",
        "grad, added where each element lies",
        "grad.new_zeros(math.prod(shape)).index_add(0, torch.arange(math.prod(shape))"
        ".as_strided(size, stride, storage_offset or 0).flatten(), grad.flatten()).reshape(shape)",
    ),
    _of_self(
        "ConstantPadNdBackward0",
        "padding with a number",
        "pad(self)",
        "grad without the padding",
        "torch.nn.functional.pad(grad, [-size for size in pad])",
    ),
    _padded("ReflectionPad1DBackward0", "padding by reflection", "reflect"),
    _padded("ReflectionPad2DBackward0", "padding by reflection", "reflect"),
    _padded("ReplicationPad1DBackward0", "padding with copies of the edge", "replicate"),
    _padded("ReplicationPad2DBackward0", "padding with copies of the edge", "replicate"),
    _of_self(
        "ViewAsComplexBackward0",
        "pairs as complex numbers",
        "self₀ + i · self₁",
        "grad as pairs of numbers",
        "torch.view_as_real(grad)",
    ),
    _of_self(
        "ViewAsRealBackward0",
        "complex numbers as pairs",
        "real and imaginary part",
        "grad as complex numbers",
        "torch.view_as_complex(grad)",
    ),
    _of_self("ConjBackward0", "complex conjugate", "conj(self)", "conj(grad)", "grad.conj()"),
    _of_self(
        "PixelShuffleBackward0",
        "channels rearranged as pixels",
        "pixel_shuffle(self)",
        "pixel_unshuffle(grad)",
        "torch.nn.functional.pixel_unshuffle(grad, upscale_factor)",
    ),
)
