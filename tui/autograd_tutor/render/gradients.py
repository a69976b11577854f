"""The gradients pane: the `.grad` of every leaf and of every tensor that retains one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from autograd_tutor.render import signs
from autograd_tutor.render.clean import clean_line
from autograd_tutor.render.rows import Row, Span, row
from autograd_tutor.render.tensors import Listing, measures, stats_rows, watched_first
from autograd_tutor.trace.model import Tensor
from autograd_tutor.trace.numbers import norm
from autograd_tutor.trace.tensor_text import text
from autograd_tutor.trace.trace import State


def receives_grad(tensor: Tensor) -> bool:
    """Whether a backward pass may fill the tensor's `.grad`."""
    return tensor.requires_grad and (tensor.is_leaf or tensor.retains_grad)


def gradients_listing(state: State, before: State, watch: Sequence[str] = ()) -> Listing:
    """Each `.grad`, and where it differs from `before`, what it was."""
    rows: list[Row] = []
    changed: list[int] = []
    names = [n for n, t in state.tensors.items() if receives_grad(t) or t.grad is not None]
    for name in watched_first(names, watch):
        tensor, earlier = state.tensors[name], before.tensors.get(name)
        was = earlier.grad if earlier is not None else None
        fresh = not _same(tensor.grad, was)
        if fresh:
            changed.append(len(rows))
        rows += _grad_rows(name, tensor.grad, was, fresh)
    if not rows:
        rows = [row(("No tensor here can receive a gradient.", "dim"))]
    return Listing(rows, changed)


def _same(grad: Tensor | None, was: Tensor | None) -> bool:
    if grad is None or was is None:
        return grad is was
    return grad is was or (grad.raw, grad.shown, grad.shape) == (was.raw, was.shown, was.shape)


def _grad_rows(name: str, grad: Tensor | None, was: Tensor | None, fresh: bool) -> list[Row]:
    style = "grad changed" if fresh else "grad"
    head: list[Span] = [
        (f"{signs.CHANGED} " if fresh else "  ", "changed" if fresh else ""),
        (f"{signs.GRAD} ", "grad"),
        (f"{clean_line(name)}.grad", style),
    ]
    if grad is not None:
        size = grad_norm(grad)
        head.append((f"  {measures(grad)}", "dim"))
        if size is not None:
            head.append((f"  norm {size:.4g}", "dim"))
    if not fresh:
        return [row(*head), *_lines(grad, "", "    ")]
    then, now = _grad_text(was), _grad_text(grad)
    if len(then) == len(now) == 1 and len(then[0]) + len(now[0]) < 26:
        change = row("    ", (then[0], "dim"), (f" {signs.BECOMES} ", "grad"), (now[0], "strong"))
        return [row(*head), change]
    arrow = row("  ", (f"{signs.BECOMES} ", "grad")).spans
    return [row(*head), *_lines(was, "dim", "    "), *_lines(grad, "strong", "    ", arrow)]


def _lines(grad: Tensor | None, style: str, indent: str, first: tuple[Span, ...] = ()) -> list[Row]:
    rows = [row(indent, (line, style)) for line in _grad_text(grad)]
    if first:
        rows[0] = row(*first, *rows[0].spans[1:])
    if grad is not None and grad.stats is not None and style != "dim":
        rows += [row(indent, (line, "dim")) for line in stats_rows(grad.stats)]
    return rows


def _grad_text(grad: Tensor | None) -> list[str]:
    return ["None"] if grad is None else [clean_line(line) for line in text(grad).split("\n")]


@lru_cache(maxsize=512)
def grad_norm(grad: Tensor) -> float | None:
    """Euclidean norm, of the elements looked at where there are very many; None without values."""
    if grad.stats is not None:
        return grad.stats.norm
    return norm(grad)
