"""The graph pane: the nodes that lead to one tensor, or that a backward pass goes through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autograd_tutor.analysis.goal_graph import GoalGraph
from autograd_tutor.analysis.graph_order import RanSoFar, graph_order
from autograd_tutor.analysis.names import node_names
from autograd_tutor.analysis.pass_state import PassState, pass_at
from autograd_tutor.analysis.repeats import Repeat, fold, links
from autograd_tutor.analysis.shown_graph import (
    NoGraph,
    ShownGraph,
    graph_of,
    shown_graph,
    was_any_recorded,
)
from autograd_tutor.analysis.trace_cache import cached_per_trace
from autograd_tutor.limits.interface import MOST_LANE_CELLS
from autograd_tutor.messages import _
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.graph_choice import Choice
from autograd_tutor.render.graph_rows import Drawing, RowContext
from autograd_tutor.render.lane_rows import LaneRows, Layout
from autograd_tutor.render.lanes import Lanes
from autograd_tutor.render.rows import Listing, wrap
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.sentences import listed
from autograd_tutor.render.tree import TreeRow, tree
from autograd_tutor.render.tree_rows import TreeRows, rows_in_full

AS_LANES = Choice()
CHOSEN = _(", chosen")
"""Behind the name of a graph that the learner has chosen."""


def graph_listing(
    trace: Trace,
    index: int,
    previous: int,
    tensor_name: str | None,
    width: int = 80,
    choice: Choice = AS_LANES,
) -> Listing:
    """The graph at snapshot `index`; nodes recorded after snapshot `previous` stand out.

    Inside of a backward pass it is that pass's graph, with the state of every node. Outside it is
    that of the tensor that was chosen, or says why that has none. Where no variable leads to a
    graph, it is that of the last pass, as that has left it.
    """
    chosen = choice.of if pass_at(trace, index) is None else None
    if chosen is None:
        graph = shown_graph(trace, index, previous, tensor_name)
    else:
        of_chosen = graph_of(trace, index, previous, chosen)
        if isinstance(of_chosen, str):
            return _no_graph_chosen(trace, index, chosen, of_chosen, width)
        graph = of_chosen
    if graph is None:
        any_recorded = was_any_recorded(trace, index)
        none = no_graph(any_recorded)
        return Listing(wrap([(none, "dim")], width), title=_("Graph"))
    drawing = _drawing(trace, index, graph, choice, width)
    title = _title(trace, graph, drawing) + ("" if chosen is None else CHOSEN)
    if graph.at is None:
        found = [row for row in map(drawing.row_of, graph.fresh) if row is not None]
        return Listing(drawing, [min(found)] if found else [], title)
    return Listing(drawing, _in_view(drawing, graph.at), title)


def no_graph(any_recorded: bool) -> str:
    """Why there is none; `any_recorded`: whether any operation was."""
    if any_recorded:
        return _("No variable holds a graph.")
    return _("No operation has been recorded yet.")


def _no_graph_chosen(trace: Trace, index: int, name: str, why: NoGraph, width: int) -> Listing:
    back = _("G goes back to the graph that is shown by itself.")
    text = no_graph_of(trace, index, name, why)
    rows = [*wrap([(text, "")], width), *wrap([(back, "dim")], width)]
    title = _("Graph of {name}").format(name=sanitize_line(name))
    return Listing(rows, title=title + CHOSEN)


def no_graph_of(trace: Trace, index: int, name: str, why: NoGraph) -> str:
    """Why a name has no graph at a snapshot, and what stands for it."""
    texts = {
        "missing": _("There is no tensor `{name}` at this moment."),
        "value": _("`{name}` is no tensor, so it has no graph."),
        "leaf": _(
            "`{name}` is a leaf: no operation made it, so it has no graph of its own. "
            "Computed from it: {users}."
        ),
        "constant": _("`{name}` does not require grad: no graph of it was recorded."),
        "gradient": _("`{name}` has no graph: it was made without create_graph=True."),
    }
    made: list[str] = []
    if why == "leaf":
        from autograd_tutor.analysis.uses import users  # late: few ask

        made = users(trace, index, name)
    names = listed([f"`{sanitize_line(each)}`" for each in made]) or _("nothing yet")
    return texts[why].format(name=sanitize_line(name), users=names)


def goal_drawing(goal: GoalGraph, width: int) -> Drawing:
    """The graph that an exercise wants to be built."""
    context = RowContext(goal.nodes, goal.names, width=width)
    return LaneRows(_layout(goal.trace, (goal.root,), None, frozenset()), context)


def _title(trace: Trace, graph: ShownGraph, drawing: Drawing) -> str:
    name = ", ".join(graph.names)
    title = _("Graph of {name}").format(name=sanitize_line(name)) if name else _("Graph")
    if graph.at is not None:
        function = "backward" if graph.at.ended is None else graph.at.ended.function
        title += f", {(_('after ') if graph.is_over else '')}{function} {graph.at.call}"
    else:
        first = trace.nodes.get(drawing.node_at(0) or 0)
        if first is not None and first.step != trace.step:
            title += _(", of step {step}").format(step=first.step + 1)
    line = trace.place(trace.snapshots[-1].line)
    return (
        _("{title}; line {line} has none").format(title=title, line=line)
        if graph.of_another
        else title
    )


def _drawing(trace: Trace, index: int, graph: ShownGraph, choice: Choice, width: int) -> Drawing:
    state, at = trace.state(index), graph.at
    fresh = frozenset(graph.fresh)
    context = RowContext(trace.nodes, node_names(state), state.tensors, fresh, at, width)
    if choice.as_tree:
        tree_rows, rows = _tree_of(trace, graph.roots)
        return TreeRows(tree_rows, context, rows)
    ran = RanSoFar(at.call, len(at.ran)) if at is not None else None
    return LaneRows(_layout(trace, graph.roots, ran, choice.folded), context)


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
    rows = tree(roots, trace.nodes)
    return rows, rows_in_full(rows)


@cached_per_trace(most=8)
def _layout(
    trace: Trace, roots: tuple[int, ...], ran: RanSoFar | None, folded: frozenset[int]
) -> Layout:
    order = graph_order(trace, roots, ran)
    items = fold(order.nodes, [repeat for repeat in order.repeats if repeat.first in folded])
    rows = order.index_of
    if folded:
        rows = {
            item.first if isinstance(item, Repeat) else item: row for row, item in enumerate(items)
        }
    lanes = Lanes(links(items, order.nodes, trace.nodes), MOST_LANE_CELLS)
    return Layout(order, items, rows, lanes)
