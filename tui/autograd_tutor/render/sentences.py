"""What sentences about a recording are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograd_tutor.analysis.changes import TensorChange
from autograd_tutor.limits.interface import MOST_LISTED
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.tensor_text import text
from autograd_tutor.render.nonfinite_words import marked
from autograd_tutor.render.rows import Row, Span, row
from autograd_tutor.render.sanitize import sanitize, sanitize_line


def grad_rows(change: TensorChange) -> Iterator[Row]:
    """What a `.grad` was and what it is now; nothing where it is the same."""
    was, now = change.grad_before, change.now.grad
    if not change.grad_differs:
        return
    old, new = ("None" if grad is None else text(grad) for grad in (was, now))
    named: Span = (f"  {sanitize_line(change.name)}.grad", "grad changed")
    if "\n" not in old + new:
        old, new = marked(was, old), marked(now, new)
        yield row(named, f" was {sanitize_line(old)}, is now {sanitize_line(new)}")
        return
    yield row(named, f" was{_marked(was)}:")
    yield from block(old)
    yield row(f"  and is now{_marked(now)}:")
    yield from block(new)


def _marked(grad: Tensor | None) -> str:
    """Says before the lines of a gradient what NaN and inf it holds."""
    found = marked(grad, "")
    return f" {found.rstrip(', ')}" if found else ""


def times(number: int) -> str:
    """How often."""
    return "twice" if number == 2 else f"{number} times"


def joined(parts: Sequence[str]) -> str:
    """`a, b and c`; nothing of nothing."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def listed(parts: Sequence[str]) -> str:
    """The same, but of many the first, and how many more there are."""
    if len(parts) > MOST_LISTED + 1:
        parts = (*parts[:MOST_LISTED], f"{len(parts) - MOST_LISTED:,} more")
    return joined(parts)


def block(shown: str, style: str = "") -> Iterator[Row]:
    """Text as it was printed, set off from the sentences."""
    for line in sanitize(shown).rstrip("\n").split("\n"):
        yield row("    ", (line, style))


def count(number: int, what: str) -> str:
    """`1 node`, `2 nodes`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
