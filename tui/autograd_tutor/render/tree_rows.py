"""The rows of a graph drawn as an indented tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autograd_tutor.analysis.repeats import Repeat
from autograd_tutor.render.graph_rows import Drawing, RowContext, of_one_style
from autograd_tutor.render.rows import Row
from autograd_tutor.render.tree import TreeRow


class TreeRows(Drawing):
    """The rows of a graph drawn as an indented tree."""

    def __init__(
        self,
        entries: Sequence[TreeRow],
        context: RowContext,
        rows: Mapping[int, int] | None = None,
    ) -> None:
        """`rows`: the row that shows each node in full, where that is known already."""
        self._entries = entries
        self._rows = rows_in_full(entries) if rows is None else rows
        self._context = context

    def __len__(self) -> int:
        return len(self._entries)

    def _row(self, at: int) -> Row:
        number, guides, again = self._entries[at]
        context = self._context
        (sign, style), text = context.node(number, len(guides) + 2, again)
        spans = [*context.lead(number, again), (guides, "dim"), (f"{sign} ", style), *text]
        return of_one_style(spans, context.base(number, again))

    def node_at(self, row: int) -> int | None:
        """The id of the node that a row shows."""
        return self._entries[row].node if 0 <= row < len(self._entries) else None

    def repeat_at(self, row: int) -> Repeat | None:
        """A tree has no rows to fold."""
        return None

    def row_of(self, number: int) -> int | None:
        """The row that shows a node in full."""
        return self._rows.get(number)


def rows_in_full(entries: Sequence[TreeRow]) -> Mapping[int, int]:
    """The row of a tree that shows each node in full."""
    return {each.node: row for row, each in enumerate(entries) if not each.again}
