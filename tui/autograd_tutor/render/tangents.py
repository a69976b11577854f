"""The tangent of a dual tensor, below its value."""

from __future__ import annotations

from autograd_tutor.analysis.changes import is_same_tensor
from autograd_tutor.messages import _
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.nonfinite import nonfinite
from autograd_tutor.recording.numbers import norm
from autograd_tutor.render.nonfinite_words import mark
from autograd_tutor.render.rows import Row, Span, row
from autograd_tutor.render.tensor_words import norm_text, stats_rows, text_lines, transform_text

_INDENT = "    "
_LABEL = _("tangent")


def tangent_rows(
    tensor: Tensor, before: Tensor | None, width: int = 100, style: str = ""
) -> list[Row]:
    """`tangent tensor([1., 0.])`, of more lines below each other, with the statistics if large.

    Nothing where there is no tangent, unless the same tensor had one `before`.
    """
    tangent = tensor.tangent
    if tangent is None:
        had = before is not None and is_same_tensor(before, tensor) and before.tangent is not None
        return [row(_INDENT, (_("{label} is gone").format(label=_LABEL), "dim"))] if had else []
    lines = text_lines(tangent, width - len(_INDENT))
    words = transform_text(tangent)
    label = f"{_LABEL}, {words}" if words else _LABEL
    head: tuple[Span, ...] = ((label, "dim"), *mark(nonfinite(tangent), ahead="  "))
    size = norm(tangent) if tangent.stats is not None else None
    if size is not None:
        head = (*head, (f"  {norm_text(tangent, size)}", "dim"))
    if len(lines) == 1 and tangent.stats is None:
        between = "  " if len(head) > 1 else " "
        whole = row(_INDENT, *head, between, (lines[0], style))
        if whole.width <= width:
            return [whole]
    stats = () if tangent.stats is None else stats_rows(tangent.stats)
    return [
        row(_INDENT, *head),
        *(row(_INDENT, (line, style)) for line in lines),
        *(row(_INDENT, (line, "dim")) for line in stats),
    ]
