"""The graph of a moment, and the one that an exercise wants to be built."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_tutor.analysis.goal_graph import GoalGraph, has_graph, is_reached
from autograd_tutor.analysis.repeats import Repeat
from autograd_tutor.messages import _
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render import signs
from autograd_tutor.render.graph import goal_drawing, graph_listing
from autograd_tutor.render.graph_choice import Choice
from autograd_tutor.render.graph_rows import Drawing
from autograd_tutor.render.rows import Listing, Row, Span, clip, row, wrap
from autograd_tutor.render.sanitize import sanitize_line

_LEAST_SIDE = 30
"""Cells of a graph from which on both have room beside each other."""
_GAP = 2


def with_goal(
    trace: Trace,
    index: int,
    previous: int,
    tensor_name: str | None,
    width: int,
    choice: Choice,
    goal: GoalGraph,
) -> Listing:
    """As `graph_listing` has it, with the goal beside it, or below where that is too narrow."""
    side = (width - _GAP) // 2
    beside = side >= _LEAST_SIDE
    cells = side if beside else width
    own = graph_listing(trace, index, previous, tensor_name, cells, choice)
    is_outside = choice.of is None and trace.snapshots[index].backward is None
    if is_outside and not has_graph(trace, index, goal):
        none = wrap(
            [(_("{name} has no graph.").format(name=sanitize_line(goal.name)), "dim")], cells
        )
        own = Listing(none, title=_("Graph"))
    rows = goal_rows(goal, is_reached(trace, index, goal), cells)
    if isinstance(own.rows, Drawing):
        drawing = _WithGoal(own.rows, rows, side if beside else 0)
        return own._replace(rows=drawing, scroll_to=[at + 1 for at in own.scroll_to])
    return own._replace(rows=_together(own.rows, rows, side if beside else 0))


def goal_rows(goal: GoalGraph, reached: bool | None, width: int) -> list[Row]:
    """The goal under its heading, with a word on whether it is reached; None: not known."""
    word: Span = ("", "")
    if reached is not None:
        word = (
            (_(" {done} the same").format(done=signs.DONE), "done")
            if reached
            else (_(" not the same yet"), "dim")
        )
    head = row((_("goal: "), "title"), (sanitize_line(goal.name), "title"), word)
    return [clip(head, width), *goal_drawing(goal, width)]


class _WithGoal(Drawing):
    """The rows of the graph from the second on, so that those of the goal can have a heading."""

    def __init__(self, own: Drawing, goal: Sequence[Row], side: int) -> None:
        """`side`: cells of the graph where the goal is beside it; 0: it is below."""
        self._own = own
        self._goal = goal
        self._side = side

    def __len__(self) -> int:
        own, goal = len(self._own) + 1, len(self._goal)
        return max(own, goal) if self._side else own + 1 + goal

    def _row(self, at: int) -> Row:
        inside = at in self.chosen_from
        own = _HEAD if not at else self._own[at - 1] if inside else Row()
        if self._side:
            return _beside(own, self._goal[at] if at < len(self._goal) else Row(), self._side)
        below = at - len(self._own) - 2
        return own if below < 0 else self._goal[below]

    @property
    def chosen_from(self) -> range:
        return range(1, len(self._own) + 1)

    def node_at(self, row: int) -> int | None:
        return self._own.node_at(row - 1) if row in self.chosen_from else None

    def repeat_at(self, row: int) -> Repeat | None:
        return self._own.repeat_at(row - 1) if row in self.chosen_from else None

    def row_of(self, number: int) -> int | None:
        found = self._own.row_of(number)
        return None if found is None else found + 1

    @property
    def repeats(self) -> Sequence[Repeat]:
        return self._own.repeats


_HEAD = row((_("yours"), "title"))


def _together(own: Sequence[Row], goal: Sequence[Row], side: int) -> list[Row]:
    """The same of a graph that is not there, but for a sentence."""
    left = [_HEAD, *own]
    if not side:
        return [*left, Row(), *goal]
    most = max(len(left), len(goal))
    empty = [Row()] * most
    pairs = zip([*left, *empty][:most], [*goal, *empty][:most], strict=True)
    return [_beside(here, there, side) for here, there in pairs]


def _beside(left: Row, right: Row, side: int) -> Row:
    """One row of both; a reversed one is so on its own side alone."""
    left = clip(left, side)
    spans = ((left.text, left.base),) if left.base else left.spans
    return Row((*spans, (" " * (side + _GAP - left.width), ""), *right.spans))
