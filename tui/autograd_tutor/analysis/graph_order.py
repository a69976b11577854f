"""A graph as a list: its nodes in the order in which they run, and the blocks that repeat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from autograd_tutor.analysis.execution_order import row_order
from autograd_tutor.analysis.repeats import Repeat, find_repeats
from autograd_tutor.analysis.trace_cache import cached_per_trace
from autograd_tutor.recording.trace import Trace


class RanSoFar(NamedTuple):
    """A pass whose nodes keep the order in which they ran: `length` of them by now.

    Nothing else distinguishes orders of the same roots, as what a node leads to never changes.
    """

    call: int
    length: int


class GraphOrder(NamedTuple):
    """The nodes that some roots lead to, each behind everything that leads to it."""

    nodes: Sequence[int]
    index_of: Mapping[int, int]
    """The index of each node in `nodes`."""
    repeats: Sequence[Repeat]
    """All that can be folded, from top to bottom."""

    def repeat_of(self, number: int) -> Repeat | None:
        """The repeat that a node is part of."""
        at = self.index_of.get(number, -1)
        return next((each for each in self.repeats if each.start <= at < each.stop), None)


@cached_per_trace(most=8)
def graph_order(trace: Trace, roots: tuple[int, ...], ran: RanSoFar | None) -> GraphOrder:
    """The order of all nodes that `roots` lead to."""
    order = row_order(trace.nodes, roots, trace.ran.get(ran.call, {}) if ran is not None else ())
    index_of = {number: index for index, number in enumerate(order)}
    return GraphOrder(order, index_of, find_repeats(order, trace.nodes))
