"""Words and names of the formulas that mean something else at one node than at another."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from formula_words import Names, NoMeaning, Word, dims, keepdim, scattered, zeros
from torch import Tensor


def scatter_added(s: Names, x: Tensor, index: Tensor) -> Tensor:
    return zeros(s, x).scatter_add(s["dim"], index, x)


def selected(s: Names, x: Tensor, index: Tensor) -> Tensor:
    return x.index_select(s["dim"], index)


def filled(s: Names, x: Tensor, index: Tensor) -> Tensor:
    return x.index_fill(s["dim"], index, 0)


def copies_summed(s: Names, x: Tensor) -> Tensor:
    shape, repeats = tuple(s["shape"]), s["repeats"]
    shape = (1,) * (len(repeats) - len(shape)) + shape
    pairs = [size for pair in zip(repeats, shape, strict=True) for size in pair]
    return x.reshape(pairs).sum(tuple(range(0, len(pairs), 2))).reshape(s["shape"])


def added_to(s: Names, x: Tensor, sources: Tensor) -> Tensor:
    flat = x.new_zeros(math.prod(s["shape"])).index_add(0, sources.flatten(), x.flatten())
    return flat.reshape(s["shape"])


def added_to_padded(mode: str) -> Word:
    def word(s: Names, x: Tensor) -> Tensor:
        elements = torch.arange(math.prod(s["shape"]), dtype=torch.float64).reshape(s["shape"])
        return added_to(s, x, F.pad(elements, s["padding"], mode).long())

    return word


def added_to_strided(s: Names, x: Tensor) -> Tensor:
    elements = torch.arange(math.prod(s["shape"]))
    return added_to(s, x, elements.as_strided(s["size"], s["stride"], s.get("storage_offset") or 0))


def part_of_cat(s: Names, x: Tensor) -> Tensor:
    dim = s["dim"]
    return x.narrow(dim, sum(shape[dim] for shape in s["shapes"][: s["i"]]), s["shape"][dim])


def conv(s: Names, x: Tensor, y: Tensor) -> Tensor:
    """Of `grad` and `weight`, the input's; of `input` and `grad`, the weight's for each sample."""
    if x is s["grad"] and y is s["weight"] and s["transposed"]:
        return conv_back(s)
    if x is not s["input"] or y is not s["grad"]:
        raise NoMeaning
    options = (s["stride"], s["padding"], s["dilation"], s["transposed"], s["output_padding"])
    return torch.stack(
        [
            torch.ops.aten.convolution_backward(
                grad, given, s["weight"], None, *options, s["groups"], (False, True, False)
            )[1]
            for given, grad in zip(x.split(1), y.split(1), strict=True)
        ]
    )


def conv_transpose(s: Names, x: Tensor, y: Tensor) -> Tensor:
    if x is not s["grad"] or y is not s["weight"] or s["transposed"]:
        raise NoMeaning
    return conv_back(s)


def conv_back(s: Names) -> Tensor:
    sizes = zip(
        s["shape"][2:],
        s["grad"].shape[2:],
        s["stride"],
        s["padding"],
        s["dilation"],
        s["weight"].shape[2:],
        strict=True,
    )
    missing = [
        0 if s["transposed"] else size - (sent - 1) * step + 2 * pad - reach * (width - 1) - 1
        for size, sent, step, pad, reach, width in sizes
    ]
    options = (s["stride"], s["padding"], s["dilation"], not s["transposed"], missing, s["groups"])
    return torch.convolution(s["grad"], s["weight"], None, *options)


def added_at_maxima(dims: int) -> Word:
    def word(s: Names, x: Tensor) -> Tensor:
        windows = s["result1"].flatten(-dims), x.flatten(-dims)
        return zeros(s, x).flatten(-dims).scatter_add(-1, *windows).reshape(s["shape"])

    return word


def over_window(backward: Word) -> Word:
    settings = [
        "kernel_size",
        "stride",
        "padding",
        "ceil_mode",
        "count_include_pad",
        "divisor_override",
    ]
    return lambda s, x: backward(x, s["self"], *(s[name] for name in settings))


def per_channel(s: Names, x: Any) -> Any:
    """One number per channel, in a shape that broadcasts against (N, C, …)."""
    return x.reshape(-1, *[1] * (s["input"].ndim - 2)) if isinstance(x, Tensor) else x


def total_per_channel(_: Names, x: Tensor) -> Tensor:
    return x.transpose(0, 1).flatten(1).sum(1)


def of_batch_norm(s: Names) -> Names:
    each = {name: per_channel(s, s[name]) for name in ("weight", "running_mean", "running_var")}
    return each | {"mean": per_channel(s, s["result1"]), "rstd": per_channel(s, s["result2"])}


def of_group_norm(s: Names) -> Names:
    return {
        "weight": per_channel(s, s["weight"]),
        "mean": over_group(s, s["result1"]),
        "rstd": over_group(s, s["result2"]),
    }


def over_group(s: Names, x: Tensor) -> Tensor:
    """One number per group, in a shape that broadcasts against (N, C, …)."""
    each = x.reshape(s["N"], s["group"]).repeat_interleave(s["C"] // s["group"], 1)
    return each.reshape(*each.shape, *[1] * (s["input"].ndim - 2))


def of_attention(s: Names) -> Names:
    query, key, mask = s["query"], s["key"], s.get("attn_mask")
    scale = query.shape[-1] ** -0.5 if s.get("scale") is None else s["scale"]
    scores = query @ key.mT * scale + (0 if mask is None else mask)
    hidden = torch.ones(query.shape[-2], key.shape[-2]).triu(1) * s["is_causal"] > 0
    scores = scores.masked_fill(hidden, -math.inf)
    nothing_left = (scores == -math.inf).all(-1, True)
    weights = torch.where(nothing_left, 0, scores.softmax(-1))
    return {"scale": scale, "attention_weights": weights}


def of_nll(s: Names) -> Names:
    weight, target = s["weight"], s["target"]
    at_target = weight[target.clamp(min=0)] if isinstance(weight, Tensor) else 1
    return {"weight": at_target}


def at_target(dim: int) -> Word:
    def word(s: Names, x: Tensor, target: Tensor) -> Tensor:
        counted = target != s["ignore_index"]
        values = torch.where(counted, x, 0).unsqueeze(dim)
        return zeros(s, x).scatter(dim, (target * counted).unsqueeze(dim), values)

    return word


def slope_of_rrelu(s: Names) -> Names:
    return {"slope": s["noise"] if s["training"] else (s["lower"] + s["upper"]) / 2}


def mean_of_self(s: Names) -> Names:
    std = s.get("result0")
    return {"mean": s["self"].mean(dims(s), True)} | (
        {} if std is None else {"std": keepdim(s, std)}
    )


OWN_NAMES: Mapping[str, Callable[[Any], Any]] = {
    "GluBackward0": lambda s: dict(zip("ab", s["self"].chunk(2, s["dim"]), strict=True)),
    "RreluWithNoiseBackward0": slope_of_rrelu,
    "NativeDropoutBackward0": lambda s: {"mask": s["result1"]},
    "VarBackward0": mean_of_self,
    "StdBackward0": mean_of_self,
    "VarMeanBackward0": mean_of_self,
    "StdMeanBackward0": mean_of_self,
    "NllLossBackward0": of_nll,
    "NllLoss2DBackward0": of_nll,
    "NativeLayerNormBackward0": lambda s: {"mean": s["result1"], "rstd": s["result2"]},
    "NativeBatchNormBackward0": of_batch_norm,
    "NativeGroupNormBackward0": of_group_norm,
    "ScaledDotProductFlashAttentionForCpuBackward0": of_attention,
}
"""Names by which a formula is read that are no names of what was saved."""

INDEX_PUT = torch.ops.aten.index_put

PER_CHANNEL = {"sum": total_per_channel, "total": total_per_channel}

TO_SHAPE = {name: lambda s, x: x.sum_to_size(s["shape"]) for name in ("sum", "total")}

MEAN_OF_BATCH = {"mean": lambda _, x: x.mean((0, *range(2, x.ndim)), True)}

MEAN_OF_GROUP = {"mean": lambda s, x: over_group(s, x.reshape(s["N"], s["group"], -1).mean(-1))}

MEAN_OF_LAYER = {"mean": lambda s, x: x.mean(tuple(range(-len(s["normalized_shape"]), 0)), True)}

OVER_MAXIMA = {"added_at_maxima": added_at_maxima(2)}

REFLECTED = {"added_to_sources": added_to_padded("reflect")}

REPLICATED = {"added_to_sources": added_to_padded("replicate")}

TAKEN_MAX = {"is_taken": lambda s, x: taken(s, x, operator.ge)}

TAKEN_MIN = {"is_taken": lambda s, x: taken(s, x, operator.le)}


def taken(s: Names, x: Tensor, at_least: Word) -> Tensor:
    """Whether `self` (at nan in `other` too, and where equal) or `other` was the result."""
    if x is not s["self"] and x is not s["other"]:
        raise NoMeaning
    of_self = at_least(s["self"], s["other"]) | s["other"].isnan()
    return of_self if x is s["self"] else ~of_self


def embedded(s: Names, x: Tensor, indices: Tensor) -> Tensor:
    counted = torch.where((indices == s["padding_idx"]).unsqueeze(-1), 0, x)
    return zeros(s, x).index_add(0, indices.flatten(), counted.reshape(-1, s["shape"][1]))


OWN_WORDS: Mapping[str, Mapping[str, Word]] = {
    **{
        f"{name}Backward{number}": {"placed": scattered}
        for name, number in (
            *(("Max", 0), ("Min", 0), ("Median", 1), ("Nanmedian", 1)),
            *(("Kthvalue", 0), ("Mode", 0), ("Topk", 0)),
        )
    },
    "FmaxBackward0": TAKEN_MAX,
    "FminBackward0": TAKEN_MIN,
    "CummaxBackward0": {"added_at": scatter_added},
    "CumminBackward0": {"added_at": scatter_added},
    "TraceBackward0": {"on_diagonal": lambda s, x: torch.where(torch.eye(*s["shape"]) > 0, x, 0)},
    "DiagonalBackward0": {
        "on_diagonal": lambda s, x: torch.diagonal_scatter(
            zeros(s, x), x, s["offset"], s["dim1"], s["dim2"]
        )
    },
    "RepeatBackward0": {"copies_summed": copies_summed},
    "UpsampleNearest1DBackward0": {
        "copies_summed": lambda s, x: torch.ops.aten.upsample_nearest1d_backward(
            x, s["output_size"], s["shape"], s["scales"]
        )
    },
    "UpsampleNearest2DBackward0": {
        "copies_summed": lambda s, x: torch.ops.aten.upsample_nearest2d_backward(
            x, s["output_size"], s["shape"], s["scales_h"], s["scales_w"]
        )
    },
    "AsStridedBackward0": {"added_to_sources": added_to_strided},
    "ReflectionPad1DBackward0": REFLECTED,
    "ReflectionPad2DBackward0": REFLECTED,
    "ReplicationPad1DBackward0": REPLICATED,
    "ReplicationPad2DBackward0": REPLICATED,
    "SelectBackward0": {
        "placed": lambda s, x, index: torch.select_scatter(zeros(s, x), x, s["dim"], index)
    },
    "IndexBackward0": {"added_at": lambda s, x, indices: INDEX_PUT(zeros(s, x), indices, x, True)},
    "IndexSelectBackward0": {
        "added_at": lambda s, x, index: zeros(s, x).index_add(s["dim"], index, x)
    },
    "GatherBackward0": {"added_at": scatter_added},
    "TakeBackward0": {"added_at": lambda s, x, index: zeros(s, x).put(index, x, True)},
    "ScatterBackward0": {
        "cleared_at": lambda s, x, index: x.scatter(s["dim"], index, 0),
        "at": lambda s, x, index: x.gather(s["dim"], index),
    },
    "ScatterBackward1": {"cleared_at": lambda s, x, index: x.scatter(s["dim"], index, 0)},
    "ScatterAddBackward0": {"at": lambda s, x, index: x.gather(s["dim"], index)},
    "IndexAddBackward0": {"at": selected},
    "IndexCopyBackward0": {"cleared_at": filled, "at": selected},
    "IndexFillBackward0": {"cleared_at": filled},
    "IndexPutBackward0": {
        "cleared_at": lambda _, x, indices: INDEX_PUT(x, indices, x.new_zeros(())),
        "unless_added": lambda s, x: s["grad"] if s["accumulate"] else x,
        "at": lambda _, x, indices: torch.ops.aten.index(x, indices),
    },
    "CatBackward0": {"part": part_of_cat},
    "StackBackward0": {"part": lambda s, x: x.select(s["dim"], s["i"])},
    "EmbeddingBackward0": {"added_at": embedded},
    "NllLossBackward0": {"placed": at_target(-1)},
    "NllLoss2DBackward0": {"placed": at_target(1)},
    "NativeLayerNormBackward0": {**TO_SHAPE, **MEAN_OF_LAYER},
    "NativeBatchNormBackward0": {**PER_CHANNEL, **MEAN_OF_BATCH},
    "NativeGroupNormBackward0": {**PER_CHANNEL, **MEAN_OF_GROUP},
    "ConvolutionBackward0": {**PER_CHANNEL, "conv": conv, "conv_transpose": conv_transpose},
    "MaxPool2DWithIndicesBackward0": OVER_MAXIMA,
    "MaxPool3DWithIndicesBackward0": {"added_at_maxima": added_at_maxima(3)},
    "AdaptiveMaxPool2DBackward0": OVER_MAXIMA,
    "AvgPool2DBackward0": {"over_window": over_window(torch.ops.aten.avg_pool2d_backward)},
    "AvgPool3DBackward0": {"over_window": over_window(torch.ops.aten.avg_pool3d_backward)},
    "AdaptiveAvgPool2DBackward0": {
        "over_window": lambda s, x: torch.ops.aten._adaptive_avg_pool2d_backward(x, s["self"])
    },
    "ScaledDotProductFlashAttentionForCpuBackward0": {"sum": lambda _, x: x.sum(-1, True)},
}
"""Words that need something else at one node than at another, or mean something only there."""
