"""The gradients pane: the `.grad` of every leaf and of every tensor that retains one."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_tutor.analysis.changes import Grad, grads
from autograd_tutor.analysis.identity import NOTHING_KNOWN, Identity
from autograd_tutor.analysis.norms import grad_norm
from autograd_tutor.analysis.watch import sort_watched
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.nonfinite import nonfinite
from autograd_tutor.recording.trace import State
from autograd_tutor.render import signs
from autograd_tutor.render.nonfinite_words import mark
from autograd_tutor.render.rows import Listing, Row, Span, row, wrap
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.tensor_words import norm_text, shape_and_type, stats_rows, text_lines


def gradients_listing(
    state: State,
    before: State,
    watch: Sequence[str] = (),
    width: int = 80,
    most: int | None = None,
    changed_first: bool = False,
    identity: Identity = NOTHING_KNOWN,
) -> Listing:
    """Each `.grad`, and where it differs from `before`, what it was.

    Before and after stand in one line where `width` cells are enough. Of a value only the first
    `most` lines are shown. `changed_first`: those that differ stand above the others, even above
    what is watched.
    """
    rows: list[Row] = []
    changed: list[int] = []
    found = {grad.name: grad for grad in grads(state, before, identity)}
    ordered = [found[name] for name in sort_watched(found, watch)]
    if changed_first:
        ordered.sort(key=lambda grad: not grad.differs)
    for grad in ordered:
        start = len(rows)
        rows += _grad_rows(grad, width - 4, most)
        if grad.differs:
            changed += [start, len(rows) - 1]
    if not rows:
        rows = wrap([("No tensor here can receive a gradient.", "dim")], width)
    return Listing(rows, changed[::-1])


def _grad_rows(grad: Grad, width: int, most: int | None) -> list[Row]:
    fresh, now = grad.differs, grad.now
    head: list[Span] = [
        (f"{signs.CHANGED} " if fresh else "  ", "changed" if fresh else ""),
        (f"{signs.GRAD} ", "grad"),
        (f"{sanitize_line(grad.name)}.grad", "grad changed" if fresh else "grad"),
    ]
    if now is not None:
        size = grad_norm(now)
        head += [*mark(nonfinite(now), ahead="  "), (f"  {shape_and_type(now)}", "dim")]
        if size is not None:
            head.append((f"  {norm_text(now, size)}", "dim"))
    stats = stats_rows(now.stats) if now is not None and now.stats is not None else ()
    lines = _lines(now, width, most)
    body = [row("    ", line) for line in lines]
    if fresh:
        body = _change(_lines(grad.was, width, most), lines, width)
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
