"""What became of a `.grad` at a moment."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_tutor.analysis.changes import TensorChange
from autograd_tutor.messages import _
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.tensor_text import text
from autograd_tutor.render.nonfinite_words import marked
from autograd_tutor.render.rows import Row, Span, row
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.sentences import block


def grad_rows(change: TensorChange) -> Iterator[Row]:
    """What a `.grad` was and what it is now; nothing where it is the same."""
    was, now = change.grad_before, change.now.grad
    if not change.grad_differs:
        return
    old, new = ("None" if grad is None else text(grad) for grad in (was, now))
    named: Span = (_("  {name}.grad").format(name=sanitize_line(change.name)), "grad changed")
    if "\n" not in old + new:
        old, new = marked(was, old), marked(now, new)
        yield row(
            named,
            _(" was {old}, is now {new}").format(old=sanitize_line(old), new=sanitize_line(new)),
        )
        return
    yield row(named, _(" was{was}:").format(was=_marked(was)))
    yield from block(old)
    yield row(_("  and is now{now}:").format(now=_marked(now)))
    yield from block(new)


def _marked(grad: Tensor | None) -> str:
    """Says before the lines of a gradient what NaN and inf it holds."""
    found = marked(grad, "")
    return f" {found.rstrip(', ')}" if found else ""
