"""The gradients pane: the `.grad` of every leaf and of every tensor that retains one."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_tutor.analysis.norms import grad_norm
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.trace import State
from autograd_tutor.render import signs
from autograd_tutor.render.rows import Listing, Row, Span, row, wrap
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.tensors import (
    measures,
    stats_rows,
    text_lines,
    watched_first,
)


def receives_grad(tensor: Tensor) -> bool:
    """Whether a backward pass may fill the tensor's `.grad`."""
    return tensor.requires_grad and (tensor.is_leaf or tensor.retains_grad)


def gradients_listing(
    state: State,
    before: State,
    watch: Sequence[str] = (),
    width: int = 80,
    most: int | None = None,
    changed_first: bool = False,
) -> Listing:
    """Each `.grad`, and where it differs from `before`, what it was.

    Before and after stand in one line where `width` cells are enough. Of a value only the first
    `most` lines are shown. `changed_first`: those that differ stand above the others, even above
    what is watched.
    """
    rows: list[Row] = []
    changed: list[int] = []
    names = [n for n, t in state.tensors.items() if receives_grad(t) or t.grad is not None]
    was = {name: tensor.grad for name, tensor in before.tensors.items()}
    differs = {n for n in names if not _same(state.tensors[n].grad, was.get(n))}
    ordered = watched_first(names, watch)
    if changed_first:
        ordered.sort(key=lambda name: name not in differs)
    for name in ordered:
        fresh = name in differs
        start = len(rows)
        grad = state.tensors[name].grad
        rows += _grad_rows(name, grad, was.get(name), fresh, width - 4, most)
        if fresh:
            changed += [start, len(rows) - 1]
    if not rows:
        rows = wrap([("No tensor here can receive a gradient.", "dim")], width)
    return Listing(rows, changed[::-1])


def _same(grad: Tensor | None, was: Tensor | None) -> bool:
    if grad is None or was is None:
        return grad is was
    return grad is was or _looks(grad) == _looks(was)


def _looks(grad: Tensor) -> tuple[object, ...]:
    return grad.raw, grad.shown, grad.edges, grad.shape, grad.dtype, grad.device, grad.stats


def _grad_rows(
    name: str, grad: Tensor | None, was: Tensor | None, fresh: bool, width: int, most: int | None
) -> list[Row]:
    head: list[Span] = [
        (f"{signs.CHANGED} " if fresh else "  ", "changed" if fresh else ""),
        (f"{signs.GRAD} ", "grad"),
        (f"{sanitize_line(name)}.grad", "grad changed" if fresh else "grad"),
    ]
    if grad is not None:
        size = grad_norm(grad)
        head.append((f"  {measures(grad)}", "dim"))
        if size is not None:
            head.append((f"  norm {size:.4g}", "dim"))
    stats = stats_rows(grad.stats) if grad is not None and grad.stats is not None else ()
    now = _lines(grad, width, most)
    body = [row("    ", line) for line in now]
    if fresh:
        body = _change(_lines(was, width, most), now, width)
    return [row(*head), *body, *(row("    ", (line, "dim")) for line in stats)]


def _change(then: Sequence[str], now: Sequence[str], width: int) -> list[Row]:
    """What it was, an arrow, what it is: in one line where that fits, else below each other."""
    if len(then) == len(now) == 1 and len(then[0]) + len(now[0]) + 3 <= width:
        change = ((then[0], "dim"), (f" {signs.ARROW} ", "grad"), (now[0], "strong"))
        return [row("    ", *change)]
    before = [row("    ", (line, "dim")) for line in then]
    first = row("  ", (f"{signs.ARROW} ", "grad"), (now[0], "strong"))
    return [*before, first, *(row("    ", (line, "strong")) for line in now[1:])]


def _lines(grad: Tensor | None, width: int, most: int | None) -> Sequence[str]:
    lines = ("None",) if grad is None else text_lines(grad, width)
    if most is None or len(lines) <= most + 1:
        return lines
    return *lines[:most], f"… {len(lines) - most:,} more lines"
