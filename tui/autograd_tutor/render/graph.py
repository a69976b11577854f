"""The graph pane: the nodes that lead to one tensor, or that a backward pass goes through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from autograd_tutor.analysis.execution_order import row_order
from autograd_tutor.analysis.names import node_names
from autograd_tutor.analysis.pass_state import PassState, last_pass, pass_at
from autograd_tutor.analysis.repeats import Repeat, find_repeats, fold, links
from autograd_tutor.analysis.trace_cache import cached_per_trace
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.graph_rows import (
    Drawing,
    LaneRows,
    Layout,
    RowContext,
    TreeRows,
    rows_in_full,
)
from autograd_tutor.render.lanes import WIDEST, Lanes
from autograd_tutor.render.rows import Listing, wrap
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.tree import TreeRow, tree


class Choice(NamedTuple):
    """How the learner wants graphs drawn."""

    as_tree: bool = False
    folded: frozenset[int] = frozenset()
    """The repeats that are folded, each by the id of its first node."""


AS_LANES = Choice()


class _Ran(NamedTuple):
    """A pass whose nodes keep the order in which they ran: `length` of them by now.

    Beside it nothing tells kept layouts apart, as what a node leads to never changes.
    """

    call: int
    length: int


class GraphRoot(NamedTuple):
    """The tensor whose graph is shown."""

    name: str
    node: int


def graph_root(trace: Trace, index: int, wanted: str | None) -> GraphRoot | None:
    """The tensor that the lesson wants shown, else the newest with a grad_fn, else None."""
    state = trace.state(index)
    if wanted is not None:
        tensor = state.tensors.get(wanted)
        if tensor is not None and tensor.grad_fn is not None:
            return GraphRoot(wanted, tensor.grad_fn)
    for at in range(index, -1, -1):
        for name, tensor in reversed(trace.snapshots[at].tensors.items()):
            now, was = state.tensors.get(name), trace.tensor(at - 1, name)
            if tensor.grad_fn is None or now is None or now.grad_fn != tensor.grad_fn:
                continue
            if was is None or was.grad_fn != tensor.grad_fn:  # else its `.grad` was filled
                return GraphRoot(name, tensor.grad_fn)
    alive = [(t.grad_fn, name) for name, t in state.tensors.items() if t.grad_fn is not None]
    return GraphRoot(alive[-1][1], alive[-1][0]) if alive else None


def graph_listing(
    trace: Trace,
    index: int,
    previous: int,
    wanted: str | None,
    width: int = 80,
    choice: Choice = AS_LANES,
) -> Listing:
    """The graph at snapshot `index`; nodes recorded after snapshot `previous` stand out.

    Inside of a backward pass it is that pass's graph, with the state of every node. Where no
    variable leads to a graph, it is that of the last pass, as that has left it.
    """
    now = pass_at(trace, index)
    at = now
    if now is None and graph_root(trace, index, wanted) is None:
        at = last_pass(trace, index)
    drawing, name = drawn(trace, index, previous, wanted, choice, at)
    if drawing is None:
        return Listing(wrap([(_no_graph(trace, index), "dim")], width), title="Graph")
    title = f"Graph of {sanitize_line(name)}" if name else "Graph"
    if at is None:
        fresh = _fresh(trace, index, previous)
        found = [row for row in map(drawing.row_of, fresh) if row is not None]
        first = trace.nodes.get(drawing.node_at(0) or 0)
        if first is not None and first.step != trace.step:
            title += f", of step {first.step + 1}"
        return Listing(drawing, [min(found)] if found else [], title)
    function = "backward" if at.ended is None else at.ended.function
    when = "" if now is not None else "after "
    return Listing(drawing, _in_view(drawing, at), f"{title}, {when}{function} {at.call}")


def _no_graph(trace: Trace, index: int) -> str:
    """Why there is nothing to draw."""
    first = next(iter(trace.nodes.values()), None)
    earlier = first is not None and first.step < trace.step
    if earlier or any(each.nodes for each in trace.snapshots[: index + 1]):
        return "No variable holds a graph."
    return "No operation has been recorded yet."


def drawn(
    trace: Trace,
    index: int,
    previous: int,
    wanted: str | None,
    choice: Choice,
    at: PassState | None,
) -> tuple[Drawing | None, str]:
    """The drawing, and the name of the tensor that it begins with."""
    state = trace.state(index)
    if at is not None:
        roots: Sequence[int] = at.roots
        ended = at.ended
        names = [root.name for root in ended.roots if root.name] if ended is not None else []
        name = ", ".join(names)
    else:
        root = graph_root(trace, index, wanted)
        roots = () if root is None else (root.node,)
        name = "" if root is None else root.name
    if not roots:
        return None, name
    fresh = frozenset(_fresh(trace, index, previous)) if at is None else frozenset()
    context = RowContext(trace.nodes, node_names(state), state.tensors, fresh, at)
    if choice.as_tree:
        places, rows = _tree_of(trace, tuple(roots))
        return TreeRows(places, context, rows), name
    ran = _Ran(at.call, len(at.ran)) if at is not None else None
    return LaneRows(_layout(trace, tuple(roots), ran, choice.folded), context), name


def _fresh(trace: Trace, index: int, previous: int) -> list[int]:
    return [n.id for s in trace.snapshots[previous + 1 : index + 1] for n in s.nodes]


def _in_view(drawing: Drawing, at: PassState) -> list[int]:
    """The row of the node that has run; before it, the last of those that it sends to."""
    ended = at.ended
    number = at.now.node if at.now is not None else None if ended is None else ended.failed
    if number is None:
        return []
    node = at.trace.nodes.get(number)
    following = [edge[0] for edge in node.next if edge is not None] if node is not None else []
    rows = [drawing.row_of(each) for each in (*following[:1], number)]
    return [row for row in rows if row is not None]


@cached_per_trace(most=16)
def _tree_of(trace: Trace, roots: tuple[int, ...]) -> tuple[Sequence[TreeRow], Mapping[int, int]]:
    places = tree(roots, trace.nodes)
    return places, rows_in_full(places)


@cached_per_trace(most=8)
def _order_of(
    trace: Trace, roots: tuple[int, ...], ran: _Ran | None
) -> tuple[Sequence[int], Mapping[int, int], Sequence[Repeat]]:
    order = row_order(trace.nodes, roots, trace.ran.get(ran.call, {}) if ran is not None else ())
    return order, {number: at for at, number in enumerate(order)}, find_repeats(order, trace.nodes)


@cached_per_trace(most=8)
def _layout(
    trace: Trace, roots: tuple[int, ...], ran: _Ran | None, folded: frozenset[int]
) -> Layout:
    order, at, repeats = _order_of(trace, roots, ran)
    items = fold(order, [repeat for repeat in repeats if repeat.first in folded])
    rows = at
    if folded:
        rows = {
            item.first if isinstance(item, Repeat) else item: row for row, item in enumerate(items)
        }
    return Layout(order, at, repeats, items, rows, Lanes(links(items, order, trace.nodes), WIDEST))
