"""What the words of the formulas mean, in torch.

A word is a function of the names at one input of a node that ran, and of its arguments. What else
it needs it takes from what the node saved.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

Names = Mapping[str, Any]
Word = Callable[..., Any]


class NoMeaning(Exception):
    """A name, word or sign that means nothing at this node."""


def zeros(s: Names, x: Tensor) -> Tensor:
    return x.new_zeros(s["shape"])


def dims(s: Names) -> Any:
    """Those that a reduction went over, None for all."""
    return None if s.get("dim") in (None, ()) else s["dim"]


def keepdim(s: Names, x: Tensor) -> Tensor:
    """With the dimensions back that a reduction dropped."""
    if s.get("keepdim"):
        return x
    shape, over = s["shape"], dims(s)
    over = (over,) if isinstance(over, int) else range(len(shape)) if over is None else over
    gone = {dim % max(len(shape), 1) for dim in over}
    return x.reshape([1 if dim in gone else size for dim, size in enumerate(shape)])


def per_matrix(_: Names, x: Tensor) -> Tensor:
    return x[..., None, None]


def shared(s: Names, x: Tensor, condition: Tensor) -> Tensor:
    return torch.where(condition, x, 0) / condition.sum(dims(s), True)


def others(s: Names, x: Tensor) -> Tensor:
    """For each element the product of those that it is multiplied with."""
    if "dim" not in s:
        return others({"dim": 0}, x.flatten()).reshape(x.shape)
    rows = x.movedim(s["dim"], -1)
    rest = [torch.cat((rows[..., :at], rows[..., at + 1 :]), -1) for at in range(rows.shape[-1])]
    return torch.stack([each.prod(-1) for each in rest], -1).movedim(-1, s["dim"])


def by_others(s: Names, x: Tensor, factors: Tensor) -> Tensor:
    """What a running product sends: from each factor on, by the product of all others so far."""
    dim = s["dim"]
    parts = [
        (x * factors.index_fill(dim, torch.tensor(at), 1).cumprod(dim))
        .narrow(dim, at, factors.shape[dim] - at)
        .sum(dim)
        for at in range(factors.shape[dim])
    ]
    return torch.stack(parts, dim)


def from_here(s: Names, x: Tensor) -> Tensor:
    return x.flip(s["dim"]).cumsum(s["dim"]).flip(s["dim"])


def as_function(of_tensor: Word, of_number: Word | None = None) -> Word:
    """A function of tensors that may be asked for that of a number."""

    def word(_: Names, x: Any, *others: Any) -> Any:
        if isinstance(x, Tensor) or of_number is None:
            return of_tensor(x, *others)
        return of_number(x, *others)

    return word


def scattered(s: Names, x: Tensor, index: Tensor) -> Tensor:
    return zeros(s, x).scatter(s["dim"], index, x)


def broadcast_mask(s: Names, mask: Tensor) -> Tensor:
    return mask.expand(torch.broadcast_shapes(s["shape"], mask.shape))


def spread_over(s: Names, x: Tensor, mask: Tensor) -> Tensor:
    mask = broadcast_mask(s, mask)
    return x.new_zeros(mask.shape).masked_scatter(mask, x)


def picked_by(s: Names, x: Tensor, mask: Tensor) -> Tensor:
    size = math.prod(s["shape"])
    return torch.cat((x[mask.expand_as(x)], x.new_zeros(size)))[:size].reshape(s["shape"])


def old_order(s: Names, x: Tensor) -> Tensor:
    order = [dim % len(s["dims"]) for dim in s["dims"]]
    return x.permute([order.index(dim) for dim in range(len(order))])


def cat(s: Names, *parts: Any) -> Tensor:
    return torch.cat(parts[0] if len(parts) == 1 else parts, s["dim"])


WORDS: Mapping[str, Word] = {
    "sign": as_function(torch.sgn),
    "abs": as_function(torch.abs),
    "trunc": as_function(torch.trunc),
    "clamp": as_function(torch.clamp),
    "max": lambda _, x, least: x.clamp(min=least),
    "exp": as_function(torch.exp, math.exp),
    "log": as_function(torch.log, math.log),
    "sqrt": as_function(torch.sqrt, math.sqrt),
    "sin": as_function(torch.sin),
    "cos": as_function(torch.cos),
    "sinc": as_function(torch.sinc),
    "sinh": as_function(torch.sinh),
    "cosh": as_function(torch.cosh),
    "tanh": as_function(torch.tanh),
    "sigmoid": as_function(torch.sigmoid),
    "softplus": as_function(F.softplus),
    "erfinv": as_function(torch.erfinv),
    "digamma": as_function(torch.digamma),
    "lgamma": as_function(torch.lgamma),
    "zeta": as_function(torch.special.zeta),
    "i0": as_function(torch.special.i0),
    "i1": as_function(torch.special.i1),
    "i0e": as_function(torch.special.i0e),
    "i1e": as_function(torch.special.i1e),
    "two_to": lambda _, x: 2**x,
    "real": as_function(torch.real),
    "imag": as_function(torch.imag),
    "turned": lambda _, x: x * 1j,
    "polygamma": lambda _, order, x: torch.polygamma(order, x),
    "normal_cdf": as_function(torch.special.ndtr),
    "normal_density": lambda _, x: (-(x**2) / 2).exp() / math.sqrt(2 * math.pi),
    "gelu_slope": lambda s, x: torch.ops.aten.gelu_backward(
        torch.ones_like(x), x, approximate=s.get("form", "none")
    ),
    "outer": as_function(torch.outer),
    "diag": as_function(torch.diag_embed),
    "inv": as_function(torch.linalg.inv),
    "t": as_function(torch.t),
    "conj": as_function(torch.conj),
    "keepdim": keepdim,
    "per_matrix": per_matrix,
    "sum": lambda s, x: x.sum(s["dim"], True) if "dim" in s else x.sum(),
    "is_finite": as_function(torch.isfinite),
    "is_real": lambda _, x: not x.is_complex(),
    "is_nan": as_function(torch.isnan),
    "expand": lambda _, x, shape: x.expand(shape),
    "reshape": lambda _, x, shape: x.reshape(shape),
    "sum_to": lambda _, x, shape: x.sum_to_size(shape),
    "others": others,
    "by_others": by_others,
    "any": as_function(torch.any),
    "ndim": lambda _, x: x.ndim,
    "xlogy": as_function(torch.xlogy),
    "unless_rounded": lambda s, x: x if s["rounding_mode"] is None else 0 * x,
    "averaged": lambda s, x: x / s["n"] if s["reduction"] == 1 else x,
    "averaged_by_weight": lambda s, x: x / s["total_weight"] if s["reduction"] == 1 else x,
    "shared": shared,
    "from_here": from_here,
    "put_back": scattered,
    "spread_over": spread_over,
    "picked_by": picked_by,
    "cat": cat,
    "stack": lambda s, parts: torch.stack(parts, s["dim"]),
    "flip": lambda s, x: x.flip(s["dims"]),
    "roll": lambda s, x, shifts: x.roll(shifts, s["dims"]),
    "rot90": lambda s, x, k: x.rot90(k, s["dims"]),
    "tril": lambda s, x: x.tril(s["diagonal"]),
    "triu": lambda s, x: x.triu(s["diagonal"]),
    "diagonal": lambda s, x: x.diagonal(s["offset"], s["dim1"], s["dim2"]),
    "exchanged": lambda s, x: x.transpose(s["dim0"], s["dim1"]),
    "old_order": old_order,
    "windows_added": lambda s, x: torch.ops.aten.unfold_backward(
        x, s["shape"], s["dimension"], s["size"], s["step"]
    ),
    "without_padding": lambda s, x: F.pad(x, [-size for size in s["pad"]]),
    "as_pairs": as_function(torch.view_as_real),
    "as_complex": as_function(torch.view_as_complex),
    "pixel_unshuffle": lambda s, x: F.pixel_unshuffle(x, s["upscale_factor"]),
    "in_slice": lambda s, x: torch.slice_scatter(
        zeros(s, x), x, s["dim"], s["start"], s["end"], s["step"]
    ),
    "over_batch": lambda _, x: x.sum(0),
    "fold": lambda s, x: F.fold(
        x, s["shape"][-2:], s["kernel_size"], s["dilation"], s["padding"], s["stride"]
    ),
    "unfold": lambda s, x: F.unfold(x, s["kernel_size"], s["dilation"], s["padding"], s["stride"]),
    "cross": lambda s, x, y: torch.linalg.cross(x, y, dim=s["dim"]),
}
