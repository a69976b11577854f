"""Images resized, sampled and padded; pooling in three dimensions; pixels and channels moved."""

from __future__ import annotations

from autograd_tutor.formulas.formula import Formula, op


def _resized(node: str, operation: str) -> Formula:
    return op(node, operation, "self, resized", self="by_weights(grad)")


def _repeated(node: str, operation: str) -> Formula:
    return op(node, operation, "self, resized", self="copies_summed(grad)")


def _padded(node: str, operation: str) -> Formula:
    return op(node, operation, "pad(self)", self="added_to_sources(grad)")


def _max_pool(node: str, operation: str) -> Formula:
    return op(node, operation, "max of each window", self="added_at_maxima(grad)")


def _max_unpool(node: str) -> Formula:
    operation = "elements put back where a maximum was, 0 elsewhere"
    return op(node, operation, "max_unpool(self)", self="at(grad, indices)")


def _sampled(node: str, operation: str) -> Formula:
    return op(
        node,
        operation,
        "input at grid",
        input="added_around(grad, grid)",
        grid="by_image_slope(grad)",
    )


FORMULAS = (
    _repeated("UpsampleNearest3DBackward0", "enlarged by repeating the nearest voxel"),
    _repeated("UpsampleNearestExact1DBackward0", "resized by taking the nearest element"),
    _repeated("UpsampleNearestExact2DBackward0", "resized by taking the nearest pixel"),
    _repeated("UpsampleNearestExact3DBackward0", "resized by taking the nearest voxel"),
    _resized("UpsampleLinear1DBackward0", "resized, straight lines between elements"),
    _resized("UpsampleBilinear2DBackward0", "resized, straight lines between pixels"),
    _resized("UpsampleBilinear2DAaBackward0", "resized by weighted means of pixels"),
    _resized("UpsampleBicubic2DBackward0", "resized, cubic curves between pixels"),
    _resized("UpsampleBicubic2DAaBackward0", "resized by cubic weights of pixels"),
    _resized("UpsampleTrilinear3DBackward0", "resized, straight lines between voxels"),
    _sampled("GridSampler2DBackward0", "read at points between pixels"),
    _sampled("GridSampler3DBackward0", "read at points between voxels"),
    op(
        "AffineGridGeneratorBackward0",
        "grid of points, moved by a matrix",
        "base_grid @ thetaᵀ",
        theta="grad.mT @ base_grid",
    ),
    _padded("ReflectionPad3DBackward0", "padding by reflection"),
    _padded("ReplicationPad3DBackward0", "padding with copies of the edge"),
    _max_pool("AdaptiveMaxPool3DBackward0", "maxima over a grid of a given size"),
    _max_pool("FractionalMaxPool2DBackward0", "maxima of windows at random places"),
    _max_pool("FractionalMaxPool3DBackward0", "maxima of windows at random places"),
    op(
        "AdaptiveAvgPool3DBackward0",
        "means over a grid of a given size",
        "mean of each window",
        self="over_window(grad)",
    ),
    _max_unpool("MaxUnpool2DBackward0"),
    _max_unpool("MaxUnpool3DBackward0"),
    op(
        "ChannelShuffleBackward0",
        "channels mixed between groups",
        "channel_shuffle(self)",
        self="old_order(grad)",
    ),
    op(
        "PixelUnshuffleBackward0",
        "pixels rearranged as channels",
        "pixel_unshuffle(self)",
        self="pixel_shuffle(grad)",
    ),
)
