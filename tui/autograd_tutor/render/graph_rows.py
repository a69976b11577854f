"""What is shown of each node in a drawn graph, beside the lines that connect it."""

from __future__ import annotations

import sys
from abc import abstractmethod
from collections.abc import Mapping, Sequence, Set
from types import MappingProxyType
from typing import NamedTuple, overload

from rich.cells import cell_len

from autograd_tutor.analysis.names import name_of
from autograd_tutor.analysis.nan_origin import pass_origin
from autograd_tutor.analysis.pass_state import PassState, Stage
from autograd_tutor.analysis.repeats import Repeat
from autograd_tutor.analysis.scalars import scalar
from autograd_tutor.limits.interface import LEAST_NAME_CELLS
from autograd_tutor.messages import _
from autograd_tutor.recording.model import Node, Tensor
from autograd_tutor.render import signs
from autograd_tutor.render.node_names import name_text
from autograd_tutor.render.node_sign import node_sign
from autograd_tutor.render.nonfinite_words import origin_span
from autograd_tutor.render.rows import Row, Span, elide
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.short_names import short_name
from autograd_tutor.render.sizes import LONG_BAR, WIDTH, share_text, size_spans
from autograd_tutor.render.tensor_words import shape_text

_LEAST_FOR_LONG_BARS = 44
"""Cells of a row from which on the bars of sizes are long."""

STAGES = {
    Stage.WAITING: (signs.WAITING, "dim"),
    Stage.NOW: (signs.CURRENT, ""),
    Stage.DONE: (signs.DONE, "done"),
    Stage.FAILED: (signs.FAILURE, "failure"),
    Stage.UNREACHED: (" ", "dim"),
    Stage.NOT_RECORDED: (" ", "dim"),
}
"""Sign and style of each stage."""


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
        """The repeat that a row shows, or is part of."""

    @abstractmethod
    def row_of(self, number: int) -> int | None:
        """The row that shows a node, or the repeat that it is folded into."""

    @property
    def chosen_from(self) -> range:
        """The rows that show nodes."""
        return range(len(self))

    @property
    def repeats(self) -> Sequence[Repeat]:
        """What can be folded."""
        return ()


class RowContext(NamedTuple):
    """What the rows say of nodes besides how they are connected."""

    nodes: Mapping[int, Node]
    names: Mapping[int, str]
    """Of nodes, at present."""
    tensors: Mapping[str, Tensor] = MappingProxyType({})
    """What has a name at present."""
    fresh: Set[int] = frozenset()
    """Nodes that are new."""
    passing: PassState | None = None
    """The pass that the nodes are in the middle of."""
    width: int = sys.maxsize
    """Cells that a row should not exceed."""

    def name(self, node: Node) -> str | None:
        """The variable that a node's output is, or was, bound to, as text of a row."""
        name = name_of(node, self.names, self.tensors)
        return None if name is None else name_text(name)

    def lead(self, number: int, again: bool = False) -> list[Span]:
        """What stands before the drawing: whether the node is new, or how far it is in the pass."""
        if self.passing is None:
            fresh = number in self.fresh and not again
            return [(f"{signs.CHANGED} " if fresh else "  ", "changed" if fresh else "")]
        if again:
            return [(" " * (2 + self.size_cells), "")]
        stage = self.passing.stage(number)
        sign, style = STAGES[stage]
        if stage is Stage.WAITING:
            return [
                (f"{sign} ", style),
                (f"  {self._arrived(number)}".ljust(self.size_cells), "grad"),
            ]
        size, found = self.passing.size(number), self.passing.nonfinite(number)
        record = self.passing.record(number)
        single = record is not None and len(record.grad_outputs) == 1
        value = scalar(record.grad_outputs[0]) if record is not None and single else None
        size_of = size_spans(size, self.passing.largest, found, value, self._bar_cells)
        return [(f"{sign} ", style), *size_of]

    @property
    def _bar_cells(self) -> int:
        return LONG_BAR if _LEAST_FOR_LONG_BARS <= self.width < sys.maxsize else 1

    @property
    def size_cells(self) -> int:
        """Cells of a gradient's size before the drawing, as `size_spans` has it."""
        return WIDTH - 1 + self._bar_cells

    def _arrived(self, number: int) -> str:
        """Of a node that waits for more than one gradient, how many have come."""
        assert self.passing is not None
        arrived, coming = self.passing.count_arrived(number)
        return share_text(arrived, coming) if 0 < arrived < coming else ""

    def node(self, number: int, cells: int, again: bool = False) -> tuple[Span, list[Span]]:
        """The sign of a node, and its variable, operation and shape.

        `cells`: those of the drawing before these words, with the sign.
        """
        node = self.nodes.get(number)
        if node is None:
            return ("…", "dim"), [(_("beyond what was recorded"), "dim")]
        sign = node_sign(node)
        if self.passing is not None and self.passing.stage(number) is Stage.UNREACHED:
            sign = signs.UNREACHED, "dim"
        fresh = number in self.fresh and not again and self.passing is None
        room = self.width - 2 - (0 if self.passing is None else self.size_cells) - cells
        return sign, self._text(node, sign[1], fresh, again, room)

    def _text(self, node: Node, style: str, fresh: bool, again: bool, room: int) -> list[Span]:
        spans: list[Span] = []
        if self.passing is not None and not again:
            spans += origin_span(pass_origin(self.passing, node.id))
        name, operation, behind = self._words(node, again, room - Row(tuple(spans)).width)
        if name:
            spans += [(name, f"{style} changed" if fresh else style), ("  ", "")]
        if operation:
            quiet = name or again
            spans.append((operation, "dim" if quiet else "changed" if fresh else ""))
        if behind:
            spans.append((behind, "dim"))
        return spans

    def _words(self, node: Node, again: bool, room: int) -> tuple[str, str, str]:
        """The name, the operation, and behind them the shape if there is room for it."""
        name = self.name(node) or ""
        operation = "" if name and again else sanitize_line(node.name)
        behind = "" if node.shape is None else f"  {shape_text(node.shape)}"
        if again:  # a name is enough to find it again
            behind = _("{gap}{above} shown above").format(
                gap="" if name else "  ", above=signs.ABOVE
            )
        room -= 2 if name else 0
        if cell_len(name + operation + behind) <= room:
            return name, operation, behind
        behind = behind if again else ""
        return *self._elided(name, operation, room - cell_len(behind)), behind

    def _elided(self, name: str, operation: str, room: int) -> tuple[str, str]:
        """Both in `room` cells. A long name leaves a third of them to the operation.

        What tells names apart is at their end, of operations at their beginning.
        """
        room = max(room, LEAST_NAME_CELLS)
        of_operation = min(cell_len(operation), max(room // 3, room - cell_len(name)))
        of_name = room - of_operation
        among = tuple(map(sanitize_line, self.tensors)) if cell_len(name) > of_name else ()
        name = short_name(name, among, of_name, 2 * of_name // 3)
        return name, elide(operation, of_operation, of_operation // 3)

    def base(self, number: int, again: bool = False) -> str:
        """The style of the whole row."""
        if self.passing is None or again:
            return ""
        return "current" if self.passing.stage(number) is Stage.NOW else ""


def of_one_style(spans: list[Span], base: str) -> Row:
    """A row; of a reversed one the parts have no styles, as they would be hard to read."""
    if base:
        return Row((("".join(text for text, _ in spans), ""),), base)
    return Row(tuple(span for span in spans if span[0]))
