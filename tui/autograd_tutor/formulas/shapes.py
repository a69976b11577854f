"""The same elements in another shape, order, dtype or memory; copies, padding and pieces."""

from __future__ import annotations

from autograd_tutor.formulas.formula import Formula, op

_RESHAPED = "reshape(grad, shape)"


def _squeezed(node: str, operation: str) -> Formula:
    return op(node, operation, "self", self=_RESHAPED)


def _padded(node: str, operation: str) -> Formula:
    """Padding that repeats elements: each sends its gradient to where it came from."""
    return op(node, operation, "pad(self)", self="added_to_sources(grad)")


FORMULAS = (
    op("ViewBackward0", "another shape, the same memory", "self as shape", self=_RESHAPED),
    op("UnsafeViewBackward0", "another shape", "self as shape", self=_RESHAPED),
    op("ReshapeAliasBackward0", "another shape", "self as shape", self=_RESHAPED),
    _squeezed("SqueezeBackward0", "all dimensions of size 1 taken away"),
    _squeezed("SqueezeBackward1", "a dimension of size 1 taken away"),
    _squeezed("SqueezeBackward2", "dimensions of size 1 taken away"),
    _squeezed("SqueezeBackward3", "all dimensions of size 1 taken away, in place"),
    _squeezed("SqueezeBackward4", "a dimension of size 1 taken away, in place"),
    _squeezed("UnsqueezeBackward0", "a new dimension of size 1"),
    _squeezed("UnsqueezeBackward1", "a new dimension of size 1, in place"),
    op("CloneBackward0", "copy", "self", self="grad"),
    op("AliasBackward0", "the same tensor under another name", "self", self="grad"),
    op("ToCopyBackward0", "copy to a dtype or device", "self", self="grad"),
    op(
        "ExpandBackward0",
        "repeated along dimensions without copying",
        "self, expanded",
        self="sum_to(grad, shape)",
    ),
    op("TBackward0", "matrix transposed", "selfᵀ", self="t(grad)"),
    op(
        "TransposeBackward0",
        "two dimensions exchanged",
        "self with dim0, dim1 exchanged",
        self="exchanged(grad)",
    ),
    op(
        "PermuteBackward0",
        "dimensions in another order",
        "self in the order dims",
        self="old_order(grad)",
    ),
    op("RepeatBackward0", "copies side by side", "self, repeated", self="copies_summed(grad)"),
    op("FlipBackward0", "order reversed", "flip(self)", self="flip(grad)"),
    op(
        "RollBackward0",
        "elements moved on, round the end",
        "roll(self, shifts)",
        self="roll(grad, -shifts)",
    ),
    op("Rot90Backward0", "turned by quarters", "rot90(self, k)", self="rot90(grad, -k)"),
    op("TrilBackward0", "lower triangle", "tril(self)", self="tril(grad)"),
    op("TriuBackward0", "upper triangle", "triu(self)", self="triu(grad)"),
    op("DiagonalBackward0", "diagonal", "diagonal of self", self="on_diagonal(grad)"),
    op("DiagEmbedBackward0", "a diagonal matrix", "self on a diagonal", self="diagonal(grad)"),
    op(
        "UnfoldBackward0",
        "windows along a dimension",
        "windows of self",
        self="windows_added(grad)",
    ),
    op(
        "AsStridedBackward0",
        "a view given by strides",
        "self seen with size, stride",
        self="added_to_sources(grad)",
    ),
    op(
        "ConstantPadNdBackward0", "padding with a number", "pad(self)", self="without_padding(grad)"
    ),
    _padded("ReflectionPad1DBackward0", "padding by reflection"),
    _padded("ReflectionPad2DBackward0", "padding by reflection"),
    _padded("ReplicationPad1DBackward0", "padding with copies of the edge"),
    _padded("ReplicationPad2DBackward0", "padding with copies of the edge"),
    op(
        "ViewAsComplexBackward0",
        "pairs as complex numbers",
        "self₀ + i · self₁",
        self="as_pairs(grad)",
    ),
    op(
        "ViewAsRealBackward0",
        "complex numbers as pairs",
        "real and imaginary part",
        self="as_complex(grad)",
    ),
    op("ConjBackward0", "complex conjugate", "conj(self)", self="conj(grad)"),
    op(
        "PixelShuffleBackward0",
        "channels rearranged as pixels",
        "pixel_shuffle(self)",
        self="pixel_unshuffle(grad)",
    ),
)
