"""The tensors pane: every tensor in reach, and the other variables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from autograd_tutor.analysis.changes import gone, same_value
from autograd_tutor.analysis.watch import is_watched, sort_watched
from autograd_tutor.recording.model import Stats, Tensor
from autograd_tutor.recording.tensor_text import text
from autograd_tutor.recording.trace import State
from autograd_tutor.render import signs
from autograd_tutor.render.rows import Listing, Row, row
from autograd_tutor.render.sanitize import sanitize_line

TENSOR_SIGNS = {
    "parameter": (signs.LEAF, "leaf"),
    "leaf": (signs.LEAF, "leaf"),
    "intermediate": (signs.OPERATION, "operation"),
    "constant": (signs.CONSTANT, "constant"),
}
"""Sign and style of each kind of tensor."""

_SUFFIX = re.compile(r"(?<=,) (?=(?:size|layout|device|dtype|requires_grad|grad_fn)=)")
BARS = "▁▂▃▄▅▆▇█"


def tensors_listing(
    state: State, before: State, watch: Sequence[str] = (), width: int = 80
) -> Listing:
    """Every tensor of `state`; what differs from `before` stands out, what went is named once.

    Values that are no tensors stand below, those of them that the lesson watches above. Nothing is
    left out to fit `width` cells, but what can stand below is put there.
    """
    rows: list[Row] = []
    changed: list[int] = []

    def add(names: Iterable[str]) -> None:
        values = _value_rows({name: state.values[name] for name in names}, before.values)
        if values.rows and rows:
            rows.append(Row())
        changed.extend(len(rows) + at for at in values.scroll_to)
        rows.extend(values.rows)

    watched = [name for name in sort_watched(state.values, watch) if is_watched(name, watch)]
    add(watched)
    if watched and state.tensors:
        rows.append(Row())
    for name in sort_watched(state.tensors, watch):
        tensor = state.tensors[name]
        fresh = not same_value(tensor, before.tensors.get(name))
        start = len(rows)
        rows += _tensor_rows(name, tensor, fresh, width)
        if fresh:
            changed += [start, len(rows) - 1]
    add(name for name in state.values if name not in watched)
    names = gone(state, before)
    if names:
        rows.append(row(("  gone: " + sanitize_line(", ".join(names)), "dim")))
    return Listing(rows, changed[::-1])


def shape_text(shape: tuple[int, ...] | None) -> str:
    """A shape as Python writes a tuple: `()`, `(2,)`, `(2, 3)`."""
    return "(?)" if shape is None else str(tuple(shape))


def shape_and_type(tensor: Tensor) -> str:
    """Shape, and dtype and device where they are not the usual ones."""
    parts = [shape_text(tensor.shape)]
    if tensor.dtype != "torch.float32":
        parts.append(tensor.dtype.removeprefix("torch."))
    if tensor.device != "cpu":
        parts.append(tensor.device)
    return sanitize_line(" ".join(parts))


@lru_cache(maxsize=512)
def stats_rows(stats: Stats) -> tuple[str, ...]:
    """What is known of a large tensor: its range, its spread and the shape of its distribution."""
    lines = [
        f"min {stats.min:.4g}  max {stats.max:.4g}",
        f"mean {stats.mean:.4g}  std {stats.std:.4g}",
    ]
    if stats.nan or stats.inf:
        lines.append(f"nan {stats.nan:,}  inf {stats.inf:,}")
    most = max(stats.histogram, default=0)
    if most > 0:
        top = len(BARS) - 1
        levels = [max(0, -(-count * top // most)) for count in stats.histogram]
        bars = "".join(BARS[level] for level in levels)
        lines.append(f"{stats.min:.3g} {bars} {stats.max:.3g}")
    if stats.sampled < stats.count:
        lines.append(f"from {stats.sampled:,} of {stats.count:,} elements")
    return tuple(lines)


def _tensor_rows(name: str, tensor: Tensor, fresh: bool, width: int) -> list[Row]:
    sign, style = TENSOR_SIGNS[tensor.kind]
    emphasis = " changed" if fresh else ""
    head = row(
        (f"{signs.CHANGED} " if fresh else "  ", "changed" if fresh else ""),
        (f"{sign} ", style),
        (sanitize_line(name), style + emphasis),
        (f"  {tensor.kind} {shape_and_type(tensor)}", "dim"),
    )
    style = "strong" if fresh else ""
    body = [row("    ", (line, style)) for line in text_lines(tensor, width - 4)]
    if tensor.stats is not None:
        body += [row("    ", (line, "dim")) for line in stats_rows(tensor.stats)]
    return [head, *body]


@lru_cache(maxsize=512)
def text_lines(tensor: Tensor, width: int) -> tuple[str, ...]:
    """The lines that print() gives; of a line too wide, the suffixes stand below."""
    lines: list[str] = []
    for line in text(tensor).split("\n"):
        first, *suffixes = _SUFFIX.split(sanitize_line(line))
        lines.append(first)
        for suffix in suffixes:
            if len(lines[-1]) + 1 + len(suffix) <= width:
                lines[-1] += f" {suffix}"
            else:
                lines.append(" " * len("tensor(") + suffix)
    return tuple(lines)


def _value_rows(values: Mapping[str, str], before: Mapping[str, str]) -> Listing:
    rows: list[Row] = []
    changed: list[int] = []
    for name, value in values.items():
        fresh = before.get(name) != value
        if fresh:
            changed.append(len(rows))
        rows.append(
            row(
                (f"{signs.CHANGED} " if fresh else "  ", "changed" if fresh else ""),
                (sanitize_line(name), "changed" if fresh else ""),
                (" = ", "dim"),
                (sanitize_line(value), "strong" if fresh else ""),
            )
        )
    return Listing(rows, changed)
