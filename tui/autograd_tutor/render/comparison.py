"""Two moments side by side as rows: what differs stands out, and comes first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from autograd_tutor.analysis.comparison import Comparison, Pair
from autograd_tutor.messages import _, count, noun
from autograd_tutor.recording.model import Node, Tensor
from autograd_tutor.recording.number_text import number_text
from autograd_tutor.render import signs
from autograd_tutor.render.heat import Marks
from autograd_tutor.render.node_sign import node_sign
from autograd_tutor.render.rows import Listing, Row, Span, clip, row, wrap
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.short import short_spans
from autograd_tutor.render.short_names import short_name
from autograd_tutor.render.tensor_words import TENSOR_SIGNS, own_shape_and_type

V = TypeVar("V")

Head = tuple[str, str]

ABSENT: Span = ("–", "dim")
"""Where one side has nothing."""

_LEAST_NAME, _MOST_NAME = 8, 24
"""Cells of the column of names."""


def comparison_listing(
    found: Comparison, heads: tuple[Head, Head], by_seed: bool, marks: Marks, width: int
) -> Listing:
    """The parts that differ in something, each with its rows; then what is alike, in one row.

    `heads`: what the sides are called, and which moments they are. `by_seed`: of two runs that had
    different seeds.
    """
    table = _Table(width, heads, _name_cells(found, width))
    rows = table.head()
    begin = len(rows)
    alike: list[str] = []

    def part(title: str, what: str, lines: Sequence[Row], same: int) -> None:
        if lines:
            rows.extend((Row(), row((title, "title")), *lines))
        if same:
            alike.append(count(same, what))

    part(_("Code"), noun("line"), *_code(found.code, width))
    value = _value_cell(marks)
    part(_("Values"), noun("value"), *_rows(table, found.values, value))
    nodes = [pair._replace(name="") for pair in found.nodes or ()]
    part(_("Graph"), noun("node"), *_rows(table, nodes, _node_cell))
    part(_("Graph"), noun("kind of operation"), *_rows(table, found.operations, _count_cell))
    grads = [pair._replace(name=f"{pair.name}.grad") for pair in found.gradients]
    part(_("Gradients"), noun("gradient"), *_rows(table, grads, value))
    if len(rows) == begin:
        why = _(" The code draws no random numbers so far, or sets a seed of its own.")
        text = _("Nothing differs.") + (why if by_seed else "")
        rows += [Row(), *wrap([(text, "")], width, row("  "), 2)]
    if alike:
        rows += [Row(), row((_("  Alike: {alike}").format(alike=", ".join(alike)), "dim"))]
    return Listing(rows)


class _Table:
    """Three columns: what it is, and what either side has."""

    def __init__(self, width: int, heads: tuple[Head, Head], name: int) -> None:
        self.heads = heads
        self.name = name
        self.side = max(3, (width - name - 2) // 2)

    def head(self) -> list[Row]:
        """The names of the sides over their columns, and below them their places."""
        rows = [
            self.row((), ((left, style),), ((right, style),))
            for left, right, style in zip(*self.heads, ("strong", "dim"), strict=True)
        ]
        return [line for line in rows if line.text.strip()]

    def row(self, name: Iterable[Span], left: Iterable[Span], right: Iterable[Span]) -> Row:
        """One row; what does not fit a column is cut."""
        columns = (*_padded(name, self.name + 2), *_padded(left, self.side))
        return row(*columns, *_cut(right, self.side))


def _padded(spans: Iterable[Span], width: int) -> tuple[Span, ...]:
    """In so many cells, the last two of them blank."""
    cut = _cut(spans, width - 2)
    return (*cut, (" " * (width - Row(cut).width), ""))


def _cut(spans: Iterable[Span], width: int) -> tuple[Span, ...]:
    return clip(Row(tuple(spans)), width).spans


def _name_cells(found: Comparison, width: int) -> int:
    pairs: list[Pair[Tensor | str] | Pair[Tensor]] = [*found.values, *found.gradients]
    longest = max((len(pair.name) + 5 for pair in pairs if pair.differs), default=0)
    return max(_LEAST_NAME, min(longest, _MOST_NAME, width // 4))


def _rows(
    table: _Table, pairs: Sequence[Pair[V]], cell: Callable[[V, int, str], list[Span]]
) -> tuple[list[Row], int]:
    """The rows of what differs, and how much does not."""
    rows: list[Row] = []
    differing = [pair for pair in pairs if pair.differs]
    names = tuple(sanitize_line(pair.name) for pair in differing)
    for pair, name in zip(differing, names, strict=True):
        shown = short_name(name, names, table.name, table.name // 3)
        left, right = (
            [ABSENT] if side is None else cell(side, table.side - 2, style)
            for side, style in ((pair.left, ""), (pair.right, "strong"))
        )
        rows.append(table.row(((f"{signs.CHANGED} ", "changed"), (shown, "changed")), left, right))
        if pair.largest:
            by = _("by up to {largest}").format(largest=number_text(pair.largest))
            rows.append(table.row((), (), ((by, "dim"),)))
    return rows, len(pairs) - len(differing)


def _value_cell(marks: Marks) -> Callable[[Tensor | str, int, str], list[Span]]:
    def cell(value: Tensor | str, width: int, style: str) -> list[Span]:
        if isinstance(value, str):
            return [(sanitize_line(value), style)]
        sign, kind = TENSOR_SIGNS[value.kind]
        shape = f"{own_shape_and_type(value)} "
        room = width - len(shape) - 2
        return [(f"{sign} ", kind), (shape, "dim"), *short_spans(value, room, style, marks)]

    return cell


def _node_cell(node: Node, _width: int, style: str) -> list[Span]:
    sign, kind = node_sign(node)
    variable = [(f"{sanitize_line(node.variable)} ", style)] if node.variable else []
    return [(f"{sign} ", kind), *variable, (sanitize_line(node.name), style)]


def _count_cell(number: int, _width: int, style: str) -> list[Span]:
    return [(f"{number:,}", style)]


def _code(pairs: Sequence[Pair[int]], width: int) -> tuple[list[Row], int]:
    """The lines that only one side has, as a diff; and how many both have."""
    rows = []
    for pair in pairs:
        if pair.differs:
            sign, style = ("- ", "dim") if pair.right is None else ("+ ", "strong")
            text = f"{pair.left or pair.right:>3} {sanitize_line(pair.name)}"
            rows += wrap([(text, style)], width, row((f"  {sign}", style)), 8)
    return rows, sum(not pair.differs for pair in pairs)
