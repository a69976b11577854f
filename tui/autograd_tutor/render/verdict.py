"""What an exercise's judge says, as rows."""

from __future__ import annotations

from autograd_tutor.render import signs
from autograd_tutor.render.rows import Row, row, wrap
from autograd_tutor.render.sanitize import sanitize_line


def verdict_rows(text: str, solved: bool, width: int, most: int) -> list[Row]:
    """A sentence in which code stands between backticks, in at most so many rows, but one."""
    style = "done strong" if solved else "strong"
    parts = sanitize_line(text).split("`")
    if not len(parts) % 2:  # one is alone: it is none of ours
        parts = ["`".join(parts)]
    spans = [(part, "string" if at % 2 else style) for at, part in enumerate(parts)]
    if solved:
        spans.insert(0, (f"{signs.DONE} ", style))
    rows = wrap(spans, max(2, width - 2), row(" "), 1)
    if len(rows) > max(1, most):
        rows = rows[: max(1, most)]
        rows[-1] = Row((*rows[-1].spans, ("…", "dim")))
    return [line._replace(base="bar") for line in rows]
