"""The rows of a drawn graph: beside its lines, what is known of each node."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from types import MappingProxyType
from typing import NamedTuple, overload

from autograd_tutor.analysis.names import name_of
from autograd_tutor.analysis.pass_state import PassState, Stage
from autograd_tutor.analysis.repeats import Item, Repeat
from autograd_tutor.recording.model import Node, Tensor
from autograd_tutor.render import signs
from autograd_tutor.render.lanes import Lanes, Line
from autograd_tutor.render.node_sign import node_sign
from autograd_tutor.render.repeat_text import repeat_text
from autograd_tutor.render.rows import Row, Span
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.sizes import WIDTH, share_text, size_spans, size_text
from autograd_tutor.render.tensors import shape_text
from autograd_tutor.render.tree import TreeRow

_STAGES = {
    Stage.WAITING: (signs.WAITING, "dim"),
    Stage.NOW: (signs.CURRENT, ""),
    Stage.DONE: (signs.DONE, "done"),
    Stage.FAILED: (signs.FAILURE, "failure"),
    Stage.UNREACHED: (" ", "dim"),
    Stage.NOT_RECORDED: (" ", "dim"),
}

_FIRST_SEEN = (
    Stage.NOW,
    Stage.FAILED,
    Stage.WAITING,
    Stage.NOT_RECORDED,
    Stage.DONE,
    Stage.UNREACHED,
)
"""Of nodes that share a row, the stage of which is shown."""


class Drawing(Sequence[Row]):
    """What a graph is drawn as. Its rows are made when they are asked for: it may have 100,000."""

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> list[Row]: ...
    def __getitem__(self, at: int | slice) -> Row | list[Row]:
        if isinstance(at, slice):
            return self._made(range(*at.indices(len(self))))
        return self._row(range(len(self))[at])

    def _made(self, at: range) -> list[Row]:
        return [self._row(row) for row in at]

    @abstractmethod
    def _row(self, at: int) -> Row: ...

    @abstractmethod
    def node_at(self, row: int) -> int | None:
        """The id of the node that a row shows; None for a folded repeat, and beyond the rows."""

    @abstractmethod
    def repeat_at(self, row: int) -> Repeat | None:
        """The run that a row shows, or is part of."""

    @abstractmethod
    def row_of(self, number: int) -> int | None:
        """The row that shows a node, or the run that it is folded into."""

    @property
    def repeats(self) -> Sequence[Repeat]:
        """What can be folded."""
        return ()


class RowContext(NamedTuple):
    """What the rows tell of nodes besides how they are connected."""

    nodes: Mapping[int, Node]
    names: Mapping[int, str]
    """Of nodes, at present."""
    tensors: Mapping[str, Tensor] = MappingProxyType({})
    """What has a name at present."""
    fresh: Set[int] = frozenset()
    """Nodes that are new."""
    passing: PassState | None = None
    """The pass that the nodes are in the middle of."""

    def name(self, node: Node) -> str | None:
        """The variable that a node's output is, or was, bound to."""
        return name_of(node, self.names, self.tensors)

    def lead(self, number: int, again: bool = False) -> list[Span]:
        """What stands before the drawing: whether the node is new, or how far it is in the pass."""
        if self.passing is None:
            fresh = number in self.fresh and not again
            return [(f"{signs.CHANGED} " if fresh else "  ", "changed" if fresh else "")]
        if again:
            return [(" " * (2 + WIDTH), "")]
        stage = self.passing.stage(number)
        sign, style = _STAGES[stage]
        if stage is Stage.WAITING:
            return [(f"{sign} ", style), (f"  {self._arrived(number)}".ljust(WIDTH), "grad")]
        size = self.passing.size(number)
        return [(f"{sign} ", style), *size_spans(size, self.passing.largest)]

    def _arrived(self, number: int) -> str:
        """Of a node that waits for more than one gradient, how many have come."""
        assert self.passing is not None
        arrived, coming = self.passing.count_arrived(number)
        return share_text(arrived, coming) if 0 < arrived < coming else ""

    def node(self, number: int, again: bool = False) -> tuple[Span, list[Span]]:
        """The sign of a node, and its variable, operation and shape."""
        node = self.nodes.get(number)
        if node is None:
            return ("…", "dim"), [("beyond what was recorded", "dim")]
        sign = node_sign(node)
        if self.passing is not None and self.passing.stage(number) is Stage.UNREACHED:
            sign = signs.UNREACHED, "dim"
        fresh = number in self.fresh and not again and self.passing is None
        return sign, self._text(node, sign[1], fresh, again)

    def _text(self, node: Node, style: str, fresh: bool, again: bool) -> list[Span]:
        name = self.name(node)
        spans: list[Span] = []
        if name:
            spans += [(sanitize_line(name), f"{style} changed" if fresh else style), ("  ", "")]
        if not (name and again):  # a name is enough to find it again
            quiet = name or again
            spans.append((sanitize_line(node.name), "dim" if quiet else "changed" if fresh else ""))
        if again:
            spans.append((f"{'' if name else '  '}{signs.SHOWN} shown above", "dim"))
        elif node.shape is not None:
            spans.append((f"  {shape_text(node.shape)}", "dim"))
        return spans

    def base(self, number: int, again: bool = False) -> str:
        """The style of the whole row."""
        if self.passing is None or again:
            return ""
        return "current" if self.passing.stage(number) is Stage.NOW else ""


def _of_one_style(spans: list[Span], base: str) -> Row:
    """A row; of a reversed one the parts have no styles, as they would be hard to read."""
    if base:
        return Row((("".join(text for text, _ in spans), ""),), base)
    return Row(tuple(span for span in spans if span[0]))


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
        # Lanes are drawn from a kept state on, which is as much work for one row as for many.
        lines = self._layout.lanes[at.start : at.stop]
        return [self._drawn(row, line) for row, line in zip(at, lines, strict=True)]

    def _row(self, at: int) -> Row:
        return self._drawn(at, self._layout.lanes[at])

    def _drawn(self, at: int, line: Line) -> Row:
        item, context = self._layout.items[at], self._context
        if isinstance(item, Repeat):
            return self._run(item, line.before, line.after)
        (sign, style), text = context.node(item)
        spans = [
            *context.lead(item),
            (line.before, "dim"),
            # Few changes of style: each is written to the terminal.
            *([(sign, style), (f"{line.after} ", "dim")] if line.after else [(f"{sign} ", style)]),
            *text,
        ]
        return _of_one_style(spans, context.base(item))

    def _run(self, repeat: Repeat, before: str, after: str) -> Row:
        order, passing = self._layout.order, self._context.passing
        inside = order[repeat.start : repeat.stop]
        lead: Span = ("  ", "")
        base = ""
        if passing is not None:
            stages = Counter(map(passing.stage, inside))
            stage = next(each for each in _FIRST_SEEN if each in stages)
            base = "current" if stage is Stage.NOW else ""
            sign, style = _STAGES[stage]
            ran = stages[Stage.DONE] + stages[Stage.NOW]
            share = share_text(ran, len(inside), WIDTH - 1) if stage is not Stage.UNREACHED else ""
            lead = (f"{sign} {share.ljust(WIDTH)}", style if stage is Stage.FAILED else "dim")
        elif any(number in self._context.fresh for number in inside):
            lead = (f"{signs.CHANGED} ", "changed")
        times, names = repeat_text(repeat, order, self._context.nodes).split("  ", 1)
        spans = [
            lead,
            (before, "dim"),
            (signs.FOLDED, "operation"),
            (f"{after} {times}  ", ""),
            (self._from_to(inside[:: repeat.period]), "grad"),
            (names, "dim"),
        ]
        return _of_one_style(spans, base)

    def _from_to(self, heads: Sequence[int]) -> str:
        """What arrived at the first and at the last block of a run that has begun.

        `heads`: the first node of each block, all of one operation, so that sizes compare.
        """
        passing = self._context.passing
        sizes = [] if passing is None else [passing.size(number) for number in heads]
        known = [size_text(size) for size in sizes if size is not None]
        ends = known[:1] + known[1:][-1:]
        return f"{f' {signs.ARROW} '.join(ends)}  " if ends else ""

    def node_at(self, row: int) -> int | None:
        """The id of the node that a row shows; None for a folded repeat."""
        item = self._layout.items[row] if 0 <= row < len(self) else None
        return item if isinstance(item, int) else None

    def repeat_at(self, row: int) -> Repeat | None:
        """The run that a row shows, or is part of."""
        item = self._layout.items[row] if 0 <= row < len(self) else None
        if item is None or isinstance(item, Repeat):
            return item
        at = self._layout.at[item]
        return next(
            (repeat for repeat in self._layout.repeats if repeat.start <= at < repeat.stop), None
        )

    def row_of(self, number: int) -> int | None:
        """The row that shows a node, or the run that it is folded into."""
        return self._layout.row_of(number)

    @property
    def repeats(self) -> Sequence[Repeat]:
        """What can be folded."""
        return self._layout.repeats


class Layout(NamedTuple):
    """A graph's rows as lanes, before anything is said of the nodes."""

    order: Sequence[int]
    at: Mapping[int, int]
    """The place of each node in `order`."""
    repeats: Sequence[Repeat]
    """All that can be folded."""
    items: Sequence[Item]
    rows: Mapping[int, int]
    """The row of each node, or of a run by its first node, where some are folded."""
    lanes: Lanes

    def row_of(self, number: int) -> int | None:
        """The row that shows a node, or the run that it is folded into."""
        row = self.rows.get(number)
        at = self.at.get(number)
        if row is not None or at is None:
            return row
        repeat = next((repeat for repeat in self.repeats if repeat.start <= at < repeat.stop), None)
        return None if repeat is None else self.rows.get(repeat.first)


class TreeRows(Drawing):
    """The rows of a graph drawn as an indented tree."""

    def __init__(
        self, places: Sequence[TreeRow], context: RowContext, rows: Mapping[int, int] | None = None
    ) -> None:
        """`rows`: the row that shows each node in full, where that is known already."""
        self._places = places
        self._rows = rows_in_full(places) if rows is None else rows
        self._context = context

    def __len__(self) -> int:
        return len(self._places)

    def _row(self, at: int) -> Row:
        number, guides, again = self._places[at]
        context = self._context
        (sign, style), text = context.node(number, again)
        spans = [*context.lead(number, again), (guides, "dim"), (f"{sign} ", style), *text]
        return _of_one_style(spans, context.base(number, again))

    def node_at(self, row: int) -> int | None:
        """The id of the node that a row shows."""
        return self._places[row].node if 0 <= row < len(self._places) else None

    def repeat_at(self, row: int) -> Repeat | None:
        """A tree has no rows to fold."""
        return None

    def row_of(self, number: int) -> int | None:
        """The row that shows a node in full."""
        return self._rows.get(number)


def rows_in_full(places: Sequence[TreeRow]) -> Mapping[int, int]:
    """The row of a tree that shows each node in full."""
    return {place.node: row for row, place in enumerate(places) if not place.again}
