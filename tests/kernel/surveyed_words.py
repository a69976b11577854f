"""What the formulas of the nodes that the survey of common code found mean, in torch.

As in `formula_own_words`: words and names that have a meaning at one node only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from formula_own_words import (
    INDEX_PUT,
    OVER_MAXIMA,
    REFLECTED,
    REPLICATED,
    added_at_maxima,
    added_to_strided,
    filled,
    of_nll,
    selected,
)
from formula_words import Names, NoMeaning, Word, zeros
from torch import Tensor

ATEN = torch.ops.aten


def but_dim(s: Names, ndim: int) -> list[int]:
    """All dimensions but the one that was saved."""
    return [at for at in range(ndim) if at != s["dim"] % ndim]


def norm_of_slices(s: Names, x: Tensor) -> Tensor:
    return torch.linalg.vector_norm(x, s["p"], but_dim(s, x.ndim), True)


def of_renorm(s: Names) -> Names:
    norm = norm_of_slices(s, s["self"]) + 1e-7
    scale = torch.where(norm - 1e-7 > s["maxnorm"], s["maxnorm"] / norm, 1)
    return {"norm": norm, "scale": scale}


def total_but_dim(s: Names, x: Tensor) -> Tensor:
    return x.sum(but_dim(s, x.ndim), True)


TOTAL_BUT_DIM = {"sum": total_but_dim, "total": total_but_dim}


def expanded(s: Names, name: str, dims: str) -> Tensor:
    value = s[name]
    for dim in sorted(s[dims]):
        value = value.unsqueeze(dim)
    return value


def of_trilinear(s: Names) -> Names:
    return {
        "grad": expanded(s, "grad", "sumdim"),
        **{f"i{at}": expanded(s, f"i{at}", f"expand{at}") for at in (1, 2, 3)},
    }


def total_of_trilinear(s: Names, x: Tensor) -> Tensor:
    return x.sum(s[f"expand{s['i'] + 1}"])


def of_rows(s: Names) -> Names:
    """Of distances between all rows: dimensions for the rows of each, and for the elements."""
    return {
        "x1": s["x1"].unsqueeze(-2),
        "x2": s["x2"].unsqueeze(-3),
        "grad": s["grad"].unsqueeze(-1),
        "result": s["result"].unsqueeze(-1),
    }


def total_over_rows(s: Names, x: Tensor) -> Tensor:
    return x.sum(-2 - s["i"])


def unless_equal(s: Names, x: Tensor) -> Tensor:
    """0 for rows that are equal, and for equal elements where the power is below 1."""
    equal = (s["x1"] == s["x2"]) & (s.get("p", 2) < 1)
    return x.masked_fill((s["result"] == 0) | equal, 0)


OVER_ROWS = {
    "sum": total_over_rows,
    "total": total_over_rows,
    "unless_equal": unless_equal,
}


def filled_up(s: Names, x: Tensor) -> Tensor:
    """To the length of the input, where half of a spectrum was left out."""
    last = s["dim"][-1]
    missing = s["shape"][last] - x.shape[last]
    return torch.cat((x, x.new_zeros([*x.shape[:last], missing, *x.shape[last:][1:]])), last)


def two_for_pairs(s: Names, x: Tensor) -> Tensor:
    last = s["dim"][-1]
    at = torch.arange(x.shape[last])
    pairs = (at > 0) & (at <= s["grad"].shape[last] - x.shape[last])
    return x * (1 + pairs.reshape([-1 if dim == last else 1 for dim in range(x.ndim)]).double())


def differences(values: Tensor) -> Tensor:
    between = values.unsqueeze(-2) - values.unsqueeze(-1)
    return between.masked_fill(torch.eye(values.shape[-1]) > 0, math.inf)


def inverse_of_triangle(s: Names, x: Tensor) -> Tensor:
    """Of the half of the matrix that the solver looks at."""
    identity = torch.eye(x.shape[-1], dtype=x.dtype)
    return torch.linalg.solve_triangular(
        x, identity, upper=s["upper"], unitriangular=s["unitriangular"]
    )


def triangle(s: Names, x: Tensor) -> Tensor:
    without = int(s["unitriangular"])
    return x.triu(without) if s["upper"] else x.tril(-without)


TRIANGULAR = {"inv": inverse_of_triangle, "triangle": triangle}

HALVES = {"halved_tril": lambda _, x: (x.tril() + x.tril(-1)) / 2}


def block_of_exp(_: Names, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
    size = x.shape[-1]
    above, below = torch.cat((x, y), -1), torch.cat((torch.zeros_like(z), z), -1)
    return torch.linalg.matrix_exp(torch.cat((above, below), -2))[..., :size, size:]


def numbers_of_bags(s: Names) -> Tensor:
    return torch.bucketize(torch.arange(len(s["indices"])), s["offsets"], right=True) - 1


def of_bag(s: Names, x: Tensor) -> Tensor:
    return x[numbers_of_bags(s)]


def added_by_bag(s: Names, x: Tensor, index: Tensor) -> Tensor:
    if index is s["max_indices"]:
        return zeros(s, x).scatter_add(0, index, torch.where(s["result2"][:, None] > 0, x, 0))
    counted = torch.where((index == s["padding_idx"]).unsqueeze(1), 0, x)
    return zeros(s, x).index_add(0, index, counted)


def of_embedding_bag(s: Names) -> Names:
    weights = s["per_sample_weights"]
    return {
        "count": s["result2"].clamp(min=1).unsqueeze(1),
        "max_indices": s["result3"],
        "per_sample_weights": weights.unsqueeze(1) if isinstance(weights, Tensor) else weights,
    }


def reducer(
    source: str, at: Word, added: Callable[..., Tensor], reduce: Callable[..., Tensor]
) -> Any:
    """The words and names of a reduction at an index, of elements or of rows."""

    def count(s: Names, ones: Tensor) -> Tensor:
        before = torch.full_like(s["self"], float(s["include_self"])).detach()
        return added(before, s["dim"], s["index"], ones)

    def product_of_others(s: Names) -> Tensor:
        """Of the factors beside self, or beside each element of the source."""
        own, others, dim, index = s["self"], s[source], s["dim"], s["index"]
        if s["i"] == 0:
            return reduce(torch.ones_like(own), dim, index, others, "prod")
        found = []
        for where in range(others.numel()):
            without = others.clone().flatten()
            without[where] = 1
            start = own if s["include_self"] else torch.ones_like(own)
            whole = reduce(start, dim, index, without.reshape(others.shape), "prod")
            found.append(at(s, whole, index).flatten()[where])
        return torch.stack(found).reshape(others.shape)

    def names(s: Names) -> Names:
        ones = torch.ones_like(s[source])
        found = {"count": count(s, ones).clamp(min=1)}
        return found | ({"others": product_of_others(s)} if s["reduce"] == "prod" else {})

    def shared(s: Names, x: Tensor, condition: Tensor) -> Tensor:
        if condition.dtype != torch.bool:
            raise NoMeaning
        took = s[source] == at(s, s["result"], s["index"])
        ours = s["self"] == s["result"]
        ties = added(ours.to(x.dtype), s["dim"], s["index"], took.to(x.dtype))
        return condition * x / (ties if s["i"] == 0 else at(s, ties, s["index"]))

    def unless_replaced(s: Names, x: Tensor) -> Tensor:
        replaced = count(s, torch.ones_like(s[source])) > s["include_self"]
        return x if s["include_self"] else x.masked_fill(replaced, 0)

    return names, {"at": at, "shared": shared, "unless_replaced": unless_replaced}


OF_SCATTER_REDUCE, SCATTER_REDUCE = reducer(
    "src",
    lambda s, x, index: x.gather(s["dim"], index),
    torch.scatter_add,
    torch.scatter_reduce,
)
OF_INDEX_REDUCE, INDEX_REDUCE = reducer("source", selected, torch.index_add, torch.index_reduce)


def of_segment(s: Names, x: Tensor) -> Tensor:
    return x.repeat_interleave(s["lengths"], s["axis"])


def of_segments(s: Names) -> Names:
    parts = s["data"].split(s["lengths"].tolist(), s["axis"])
    others = [
        torch.stack([torch.cat((part[:at], part[at + 1 :])).prod(0) for at in range(len(part))])
        for part in parts
        if len(part)
    ]
    return {"count": s["lengths"], "others": torch.cat(others)}


def shared_in_segment(s: Names, x: Tensor, condition: Tensor) -> Tensor:
    parts = condition.to(x.dtype).split(s["lengths"].tolist())
    return torch.where(condition, x, 0) / of_segment(s, torch.stack([part.sum() for part in parts]))


def part_of_blocks(s: Names, x: Tensor) -> Tensor:
    sizes = [(1,) * (2 - len(shape)) + tuple(shape) for shape in s["shapes"]]
    rows, columns = (sum(size[at] for size in sizes[: s["i"]]) for at in (0, 1))
    height, width = sizes[s["i"]]
    return x[rows : rows + height, columns : columns + width].reshape(s["shape"])


def resized_back(name: str, *settings: str) -> Word:
    backward = getattr(ATEN, f"{name}_backward")
    return lambda s, x: backward(
        x, s["output_size"], s["shape"], *(s[setting] for setting in settings)
    )


def repeated_back(name: str, *scales: str) -> Mapping[str, Word]:
    return {"copies_summed": resized_back(name, *scales)}


def weighted_back(name: str, *scales: str) -> Mapping[str, Word]:
    return {"by_weights": resized_back(name, "align_corners", *scales)}


def sampled_back(dims: int) -> Mapping[str, Word]:
    backward = getattr(ATEN, f"grid_sampler_{dims}d_backward")

    def both(s: Names, x: Tensor) -> tuple[Tensor, Tensor]:
        settings = (s[name] for name in ("interpolation_mode", "padding_mode", "align_corners"))
        found: tuple[Tensor, Tensor] = backward(x, s["input"], s["grid"], *settings, (True, True))
        return found

    return {
        "added_around": lambda s, x, grid: both({**s, "grid": grid}, x)[0],
        "by_image_slope": lambda s, x: both(s, x)[1],
    }


def of_affine_grid(s: Names) -> Names:
    n, rows, columns = s["shape"]
    identity = torch.eye(rows, columns, dtype=s["grad"].dtype).expand(n, rows, columns)
    points = F.affine_grid(identity, s["size"], align_corners=s["align_corners"])
    base = torch.cat((points, torch.ones_like(points[..., :1])), -1)
    return {"grad": s["grad"].flatten(1, -2), "base_grid": base.flatten(1, -2)}


def at_unpooled(dims: int) -> Mapping[str, Word]:
    def word(s: Names, x: Tensor, index: Tensor) -> Tensor:
        return x.flatten(-dims).gather(-1, index.flatten(-dims)).reshape(s["shape"])

    return {"at": word}


def gelu_curvature(s: Names, x: Tensor) -> Tensor:
    """The slope of the slope, by autograd."""
    with torch.enable_grad():
        given = x.detach().requires_grad_()
        made = F.gelu(given, approximate=s.get("form", "none")).sum()
        (once,) = torch.autograd.grad(made, given, create_graph=True)
        (twice,) = torch.autograd.grad(once.sum(), given)
    return twice.detach()


def reduced(s: Names, x: Tensor) -> Tensor:
    if s["reduction"] == 0:
        return x
    counted = torch.ones_like(x) * s["weight"]
    return x.sum() / (counted.sum() if s["reduction"] == 1 else 1)


def at_target(s: Names, x: Tensor, target: Tensor) -> Tensor:
    return x.gather(-1, target.unsqueeze(-1)).squeeze(-1)


def at_indices(_: Names, x: Tensor, indices: Any) -> Tensor:
    found: Tensor = ATEN.index(x, indices)
    return found


def in_table(s: Names, x: Tensor, indices: Tensor) -> Tensor:
    return torch.where((indices == s["padding_idx"]).unsqueeze(-1), 0, x[indices])


def averaged(s: Names, x: Tensor) -> Tensor:
    return x / s["self"].numel() if s["reduction"] == 1 else x


def slice_of(s: Names, x: Tensor) -> Tensor:
    found: Tensor = ATEN.slice(x, s["dim"], s["start"], s["end"], s["step"])
    return found


def cleared_in_slice(s: Names, x: Tensor) -> Tensor:
    nothing = torch.zeros_like(slice_of(s, x))
    return torch.slice_scatter(x, nothing, s["dim"], s["start"], s["end"], s["step"])


def of_norm_with_dim(s: Names) -> Names:
    return {"dim": s["dim"] or None}


POINT = {"at": lambda s, x, index: x.select(s["dim"], index)}

SURVEYED_NAMES: Mapping[str, Callable[[Any], Names]] = {
    "WeightNormInterfaceBackward0": lambda s: {"norm": s["result1"]},
    "RenormBackward0": of_renorm,
    "TrilinearBackward0": of_trilinear,
    "CdistBackward0": of_rows,
    "EuclideanDistBackward0": of_rows,
    "LinalgEighBackward0": lambda s: {"V": s["eigenvectors"], "E": differences(s["eigenvalues"])},
    "LinalgPinvBackward0": lambda s: {"P": s["result"]},
    "EmbeddingBagBackward0": of_embedding_bag,
    "ScatterReduceBackward0": OF_SCATTER_REDUCE,
    "IndexReduceBackward0": OF_INDEX_REDUCE,
    "SegmentReduceBackward0": of_segments,
    "AffineGridGeneratorBackward0": of_affine_grid,
    "FrexpBackward0": lambda s: {"exponent": s["exponent"].to(s["grad"].dtype)},
    "MseLossBackwardBackward0": lambda s: {"count": s["self"].numel()},
    "NllLossBackwardBackward0": of_nll,
}
"""Names by which a formula is read that are no names of what was saved."""

SURVEYED_WORDS: Mapping[str, Mapping[str, Word]] = {
    "PackPaddedSequenceBackward0": {
        "unpacked": lambda s, x: ATEN._pad_packed_sequence(
            x, s["result1"], s["batch_first"], 0.0, s["shape"][int(s["batch_first"])]
        )[0]
    },
    "WeightNormInterfaceBackward0": TOTAL_BUT_DIM,
    "RenormBackward0": {
        **TOTAL_BUT_DIM,
        "norm_slope": lambda s, x: (
            x * x.abs() ** (s["p"] - 2) / norm_of_slices(s, x) ** (s["p"] - 1)
        ),
    },
    "TrilinearBackward0": {"sum": total_of_trilinear, "total": total_of_trilinear},
    "ChannelShuffleBackward0": {
        "old_order": lambda s, x: F.channel_shuffle(x, s["shape"][1] // s["groups"])
    },
    "PixelUnshuffleBackward0": {
        "pixel_shuffle": lambda s, x: F.pixel_shuffle(x, s["downscale_factor"])
    },
    "AdaptiveMaxPool3DBackward0": {"added_at_maxima": added_at_maxima(3)},
    "FractionalMaxPool2DBackward0": OVER_MAXIMA,
    "FractionalMaxPool3DBackward0": {"added_at_maxima": added_at_maxima(3)},
    "AdaptiveAvgPool3DBackward0": {
        "over_window": lambda s, x: ATEN._adaptive_avg_pool3d_backward(x, s["self"])
    },
    "MaxUnpool2DBackward0": at_unpooled(2),
    "MaxUnpool3DBackward0": at_unpooled(3),
    "CdistBackward0": OVER_ROWS,
    "EuclideanDistBackward0": OVER_ROWS,
    "FftC2CBackward0": {
        "transformed_back": lambda s, x: ATEN._fft_c2c(
            x, s["dim"], s["normalization"], not s["forward"]
        )
    },
    "FftR2CBackward0": {
        "filled_up": filled_up,
        "transformed_back": lambda s, x: ATEN._fft_c2c(x, s["dim"], s["normalization"], False),
    },
    "FftC2RBackward0": {
        "transformed_back": lambda s, x: ATEN._fft_r2c(x, s["dim"], s["normalization"], True),
        "two_for_pairs": two_for_pairs,
    },
    "LinalgMatrixExpBackward0": {"block_of_exp": block_of_exp},
    "LinalgSolveTriangularBackward0": TRIANGULAR,
    "TriangularSolveBackward0": TRIANGULAR,
    "LinalgCholeskyExBackward0": HALVES,
    "CholeskyBackward0": HALVES,
    "LuUnpackBackward0": {
        "below_diagonal": lambda _, x: x.tril(-1),
        "triu": lambda _, x: x.triu(),
    },
    "ScatterReduceBackward0": SCATTER_REDUCE,
    "IndexReduceBackward0": INDEX_REDUCE,
    "SegmentReduceBackward0": {"of_segment": of_segment, "shared": shared_in_segment},
    "EmbeddingBagBackward0": {
        "of_bag": of_bag,
        "added_at": added_by_bag,
        "at": lambda _, x, index: x[index],
        "sum": lambda _, x: x.sum(1),
    },
    "IndexFillBackward1": {
        "cleared_at": filled,
        "at": lambda s, x, index: selected(s, x, index.unique()),
        "sum": lambda _, x: x.sum(),
    },
    "PutBackward0": {
        "cleared_at": lambda _, x, index: x.put(index, x.new_zeros(index.shape)),
        "unless_added": lambda s, x: s["grad"] if s["accumulate"] else x,
        "at": lambda s, x, index: x.take(index).reshape(s["shape"]),
    },
    "SelectScatterBackward0": {
        **POINT,
        "cleared_at": lambda s, x, index: torch.select_scatter(
            x, torch.zeros_like(x.select(s["dim"], index)), s["dim"], index
        ),
    },
    "SelectBackwardBackward0": POINT,
    "SliceScatterBackward0": {"slice_of": slice_of, "cleared_in_slice": cleared_in_slice},
    "SliceBackwardBackward0": {"slice_of": slice_of},
    "DiagonalScatterBackward0": {
        "cleared_diagonal": lambda s, x: torch.diagonal_scatter(
            x,
            torch.zeros_like(x.diagonal(s["offset"], s["dim1"], s["dim2"])),
            *(s[name] for name in ("offset", "dim1", "dim2")),
        )
    },
    "BlockDiagBackward0": {"part": part_of_blocks},
    "UpsampleNearest3DBackward0": repeated_back(
        "upsample_nearest3d", "scales_d", "scales_h", "scales_w"
    ),
    "UpsampleNearestExact1DBackward0": repeated_back("_upsample_nearest_exact1d", "scales"),
    "UpsampleNearestExact2DBackward0": repeated_back(
        "_upsample_nearest_exact2d", "scales_h", "scales_w"
    ),
    "UpsampleNearestExact3DBackward0": repeated_back(
        "_upsample_nearest_exact3d", "scales_d", "scales_h", "scales_w"
    ),
    "UpsampleLinear1DBackward0": weighted_back("upsample_linear1d", "scales"),
    **{
        f"Upsample{node}Backward0": weighted_back(name, "scales_h", "scales_w")
        for node, name in (
            ("Bilinear2D", "upsample_bilinear2d"),
            ("Bilinear2DAa", "_upsample_bilinear2d_aa"),
            ("Bicubic2D", "upsample_bicubic2d"),
            ("Bicubic2DAa", "_upsample_bicubic2d_aa"),
        )
    },
    "UpsampleTrilinear3DBackward0": weighted_back(
        "upsample_trilinear3d", "scales_d", "scales_h", "scales_w"
    ),
    "GridSampler2DBackward0": sampled_back(2),
    "GridSampler3DBackward0": sampled_back(3),
    "ReflectionPad3DBackward0": REFLECTED,
    "ReplicationPad3DBackward0": REPLICATED,
    "MvlgammaBackward0": {
        "sum_of_digammas": lambda s, x: (
            (torch.arange(1 - s["p"], 1) / 2 + x.unsqueeze(-1)).digamma().sum(-1)
        )
    },
    "StandardGammaBackward0": {
        "sample_slope": lambda _, sample, alpha: torch._standard_gamma_grad(alpha, sample)
    },
    "GeluBackwardBackward0": {"gelu_curvature": gelu_curvature},
    "MaxPool2DWithIndicesBackwardBackward0": at_unpooled(2),
    "AvgPool2DBackwardBackward0": {
        "mean_of_windows": lambda s, x: F.avg_pool2d(
            x,
            *(s[name] for name in ("kernel_size", "stride", "padding", "ceil_mode")),
            *(s[name] for name in ("count_include_pad", "divisor_override")),
        )
    },
    "MseLossBackwardBackward0": {"averaged": averaged},
    "NllLossBackwardBackward0": {"reduced": reduced, "at": at_target},
    "IndexPutImplBackward0": {
        "cleared_at": lambda _, x, indices: INDEX_PUT(x, indices, x.new_zeros(())),
        "unless_added": lambda s, x: s["grad"] if s["accumulate"] else x,
        "at": at_indices,
    },
    "EmbeddingDenseBackwardBackward0": {"at": in_table},
    "UnfoldBackwardBackward0": {
        "windows_of": lambda s, x: x.unfold(s["dim"], s["size"], s["step"])
    },
    "AsStridedBackward1": {"added_to_sources": added_to_strided},
}
"""Words that need something else at one node than at another, or mean something only there."""
