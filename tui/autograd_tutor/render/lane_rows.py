"""The rows of a graph drawn as lanes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from autograd_tutor.analysis.graph_order import GraphOrder
from autograd_tutor.analysis.pass_state import Stage
from autograd_tutor.analysis.repeat_progress import RepeatProgress, repeat_progress
from autograd_tutor.analysis.repeats import Item, Repeat
from autograd_tutor.messages import _, count
from autograd_tutor.render import signs
from autograd_tutor.render.graph_rows import STAGES, Drawing, RowContext, of_one_style
from autograd_tutor.render.lanes import Lanes, Line
from autograd_tutor.render.repeat_text import repeat_text
from autograd_tutor.render.rows import Row, Span
from autograd_tutor.render.sizes import share_text, size_text


class Layout(NamedTuple):
    """A graph's rows as lanes, before anything is said of the nodes."""

    order: GraphOrder
    items: Sequence[Item]
    rows: Mapping[int, int]
    """The row of each node, or of a repeat by its first node, where some are folded."""
    lanes: Lanes

    def row_of(self, number: int) -> int | None:
        """The row that shows a node, or the repeat that it is folded into."""
        row = self.rows.get(number)
        if row is not None:
            return row
        repeat = self.order.repeat_of(number)
        return None if repeat is None else self.rows.get(repeat.first)


class LaneRows(Drawing):
    """The rows of a graph drawn as lanes."""

    def __init__(self, layout: Layout, context: RowContext) -> None:
        self._layout = layout
        self._context = context

    def __len__(self) -> int:
        return len(self._layout.items)

    def _made(self, at: range) -> list[Row]:
        if at.step != 1:
            return super()._made(at)
        # Lanes are drawn from a checkpoint on, which is as much work for one row as for many.
        lines = self._layout.lanes[at.start : at.stop]
        return [self._drawn(row, line) for row, line in zip(at, lines, strict=True)]

    def _row(self, at: int) -> Row:
        return self._drawn(at, self._layout.lanes[at])

    def _drawn(self, at: int, line: Line) -> Row:
        item, context = self._layout.items[at], self._context
        if isinstance(item, Repeat):
            return self._folded(item, line)
        (sign, style), text = context.node(item, line.width + 1)
        spans = [
            *context.lead(item),
            (line.before, "dim"),
            # Few changes of style: each is written to the terminal.
            *([(sign, style), (f"{line.after} ", "dim")] if line.after else [(f"{sign} ", style)]),
            *text,
        ]
        return of_one_style(spans, context.base(item))

    def _folded(self, repeat: Repeat, line: Line) -> Row:
        order, passing = self._layout.order.nodes, self._context.passing
        lead: Span = ("  ", "")
        base = sizes = found = ""
        if passing is not None:
            progress = repeat_progress(passing, repeat, order)
            base = "current" if progress.stage is Stage.NOW else ""
            lead = self._progress(progress)
            ends = f" {signs.ARROW} ".join(map(size_text, progress.sizes))
            sizes = f"{ends}  " if ends else ""
            found = _nonfinite(progress)
        elif any(number in self._context.fresh for number in order[repeat.start : repeat.stop]):
            lead = (f"{signs.CHANGED} ", "changed")
        block, names = repeat_text(repeat, order, self._context.nodes).split("  ", 1)
        times, nodes = block.split(" ", 1)
        spans = [
            lead,
            (line.before, "dim"),
            (signs.FOLDED, "operation"),
            (f"{line.after} ", ""),
            (found, "failure strong"),
            (f"{times}  {sizes}" if sizes else f"{block}  ", "grad" if sizes else ""),
            (f"{nodes}  {names}" if sizes else names, "dim"),
        ]
        return of_one_style(spans, base)

    def _progress(self, progress: RepeatProgress) -> Span:
        sign, style = STAGES[progress.stage]
        is_reached = progress.stage is not Stage.UNREACHED
        share = (
            share_text(progress.ran, progress.total, self._context.size_cells - 1)
            if is_reached
            else ""
        )
        style = style if progress.stage is Stage.FAILED else "dim"
        return f"{sign} {share.ljust(self._context.size_cells)}", style

    def node_at(self, row: int) -> int | None:
        """The id of the node that a row shows; None for a folded repeat."""
        item = self._layout.items[row] if 0 <= row < len(self) else None
        return item if isinstance(item, int) else None

    def repeat_at(self, row: int) -> Repeat | None:
        """The repeat that a row shows, or is part of."""
        item = self._layout.items[row] if 0 <= row < len(self) else None
        if item is None or isinstance(item, Repeat):
            return item
        return self._layout.order.repeat_of(item)

    def row_of(self, number: int) -> int | None:
        """The row that shows a node, or the repeat that it is folded into."""
        return self._layout.row_of(number)

    @property
    def repeats(self) -> Sequence[Repeat]:
        """What can be folded."""
        return self._layout.order.repeats


def _nonfinite(progress: RepeatProgress) -> str:
    """`! nan at 3 nodes, made here`, two blanks behind it."""
    if not progress.kind:
        return ""
    made = _(", made here") if progress.made else ""
    return _("{nonfinite} {kind} at {nodes}{made}  ").format(
        nonfinite=signs.NONFINITE,
        kind=progress.kind,
        nodes=count(progress.nonfinite, "node"),
        made=made,
    )
