"""A tensor in words and signs: its sign, shape, dtype, statistics and what print() gives."""

from __future__ import annotations

import re
from functools import lru_cache

from autograd_tutor.messages import _, count
from autograd_tutor.recording.batches import batches, example_shape
from autograd_tutor.recording.model import Stats, Tensor
from autograd_tutor.recording.number_text import number_text
from autograd_tutor.recording.tensor_text import text_inside
from autograd_tutor.render import signs
from autograd_tutor.render.sanitize import sanitize_line

TENSOR_SIGNS = {
    "parameter": (signs.LEAF, "leaf"),
    "leaf": (signs.LEAF, "leaf"),
    "intermediate": (signs.OPERATION, "operation"),
    "constant": (signs.CONSTANT, "constant"),
}
"""Sign and style of each kind of tensor."""

_KINDS = {"parameter": _("parameter"), "leaf": _("leaf"), "intermediate": _("intermediate")}

_SUFFIX = re.compile(r"(?<=,) (?=(?:size|layout|device|dtype|requires_grad|grad_fn|tangent)=)")


def shape_text(shape: tuple[int, ...] | None) -> str:
    """A shape as Python writes a tuple: `()`, `(2,)`, `(2, 3)`."""
    return "(?)" if shape is None else str(tuple(shape))


def kind_text(tensor: Tensor) -> str:
    """Its part in autograd; `dual` where that is forward mode alone.

    A tensor with requires_grad=False may well change: it is not called a constant.
    """
    if tensor.kind == "constant":
        return _("no grad") if tensor.tangent is None else "dual"
    return _KINDS[tensor.kind]


def shape_and_type(tensor: Tensor) -> str:
    """Shape, and dtype and device where they are not the usual ones; inside of transforms, which.

    Inside of vmap the shape is that of one example.
    """
    words = transform_text(tensor)
    return own_shape_and_type(tensor) + (f" {words}" if words else "")


def own_shape_and_type(tensor: Tensor) -> str:
    """The same without transforms."""
    parts = [shape_text(example_shape(tensor))]
    if tensor.dtype != "torch.float32":
        parts.append(tensor.dtype.removeprefix("torch."))
    if tensor.device != "cpu":
        parts.append(tensor.device)
    return sanitize_line(" ".join(parts))


def transform_text(tensor: Tensor) -> str:
    """The level of the transform that a tensor belongs to, and the batches it stands for."""
    if not tensor.wrappers:
        return ""
    outer = tensor.wrappers[0]
    parts = []
    if outer.level is not None:
        parts.append(_("torch.func level {level}").format(level=outer.level))
    elif outer.bdim is None:
        parts.append(_("of a transform that has ended"))
    found = [
        _("{examples} along dimension {dim}").format(
            examples=count(each.size, "example"), dim=each.dim
        )
        for each in batches(tensor)
    ]
    if found:
        parts.append(_("batched: {found}").format(found=_(" and ").join(found)))
    return ", ".join(parts)


@lru_cache(maxsize=512)
def stats_rows(stats: Stats) -> tuple[str, ...]:
    """What is known of a large tensor: its range, its spread and the shape of its distribution.

    How many elements are NaN or inf stands elsewhere, before all else; here is what the others are.
    """
    nonfinite = stats.nan + stats.inf
    least, greatest = number_text(stats.min), number_text(stats.max)
    lines = []
    if not nonfinite or nonfinite < stats.sampled:
        lines.append(_("min {least}  max {greatest}").format(least=least, greatest=greatest))
        lines.append(
            _("mean {mean}  std {std}").format(
                mean=number_text(stats.mean), std=number_text(stats.std)
            )
        )
    if nonfinite and lines:
        lines.insert(
            0, _("of the {sampled:,} finite elements:").format(sampled=stats.sampled - nonfinite)
        )
    most = max(stats.histogram, default=0)
    if most > 0:
        top = len(signs.BARS) - 1
        levels = [max(0, -(-count * top // most)) for count in stats.histogram]
        bars = "".join(signs.BARS[level] for level in levels)
        lines.append(f"{least} {bars} {greatest}")
    if stats.sampled < stats.count:
        lines.append(
            _("from a sample of {sampled:,} of {count:,} elements").format(
                sampled=stats.sampled, count=stats.count
            )
        )
    return tuple(lines)


def norm_text(tensor: Tensor, norm: float) -> str:
    """`norm 4.4721`; of a very large tensor that of a sample, and it says so."""
    stats = tensor.stats
    sampled = stats is not None and stats.sampled < stats.count
    return _("norm {norm}").format(norm=number_text(norm)) + (_(" of a sample") if sampled else "")


@lru_cache(maxsize=512)
def text_lines(tensor: Tensor, width: int, with_tangent: bool = True) -> tuple[str, ...]:
    """The lines that print() gives; of a line too wide, the suffixes stand below.

    Without the wrappers of transforms, for which there are words.
    """
    lines: list[str] = []
    for line in text_inside(tensor, with_tangent).split("\n"):
        first, *suffixes = _SUFFIX.split(sanitize_line(line))
        lines.append(first)
        for suffix in suffixes:
            if len(lines[-1]) + 1 + len(suffix) <= width:
                lines[-1] += f" {suffix}"
            else:
                lines.append(" " * len("tensor(") + suffix)
    return tuple(lines)
