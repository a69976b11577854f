"""A graph as a numbered list in the order in which a pass runs it: no lanes, no guides."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_tutor.analysis.goal_graph import GoalGraph
from autograd_tutor.analysis.graph_order import RanSoFar, graph_order
from autograd_tutor.analysis.pass_state import PassState, Stage
from autograd_tutor.analysis.shown_graph import ShownGraph, was_any_recorded
from autograd_tutor.messages import _, count
from autograd_tutor.recording.model import Node
from autograd_tutor.recording.number_text import number_text
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.graph import no_graph
from autograd_tutor.render.node_names import NodeNamer, called, namer_at, origin
from autograd_tutor.render.rows import Row, row
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.sentences import joined, times
from autograd_tutor.render.tensor_words import shape_text

_MOST_NODES = 60
"""Nodes of a graph that are read out."""


def graph_rows(trace: Trace, index: int, graph: ShownGraph | None) -> Iterator[Row]:
    """A graph at a snapshot, one node a line; inside a pass how far each is."""
    if graph is None:
        recorded = was_any_recorded(trace, index)
        yield row(no_graph(recorded))
        return
    at = graph.at
    ran = RanSoFar(at.call, len(at.ran)) if at is not None else None
    nodes = graph_order(trace, graph.roots, ran).nodes
    namer = namer_at(trace.nodes, trace.state(index))
    names = _(" of {names}").format(names=joined(list(graph.names))) if graph.names else ""
    begins = (
        ""
        if at is None
        else _(", backward {call}{over}").format(
            call=at.call, over=_(", over") if graph.is_over else ""
        )
    )
    yield row(
        (
            sanitize_line(
                _("Graph{names}{begins}: {nodes}.").format(
                    names=names, begins=begins, nodes=count(len(nodes), "node")
                )
            ),
            "strong",
        )
    )
    places = {number: place for place, number in enumerate(nodes, 1)}
    for place, number in enumerate(nodes[:_MOST_NODES], 1):
        node = trace.nodes.get(number)
        if node is not None:
            new = _(", new") if number in graph.fresh else ""
            text = f"{place}. {_node_text(trace, node, namer)}{new}"
            leads = _leads_text(node, places)
            yield row(sanitize_line(f"{text}{leads}{_stage_text(at, number)}"))
    if len(nodes) > _MOST_NODES:
        yield row(_("and {count:,} more.").format(count=len(nodes) - _MOST_NODES))


def goal_rows(goal: GoalGraph, reached: bool) -> Iterator[Row]:
    """The graph that an exercise wants to be built, and whether it is there."""
    nodes = graph_order(goal.trace, (goal.root,), None).nodes
    yield row(
        sanitize_line(
            _("The graph to build, of {name}: {nodes}.").format(
                name=goal.name, nodes=count(len(nodes), "node")
            )
        )
    )
    yield row(_("Yours is the same.") if reached else _("Yours is not the same yet."))
    places = {number: place for place, number in enumerate(nodes, 1)}
    for place, number in enumerate(nodes[:_MOST_NODES], 1):
        node = goal.nodes.get(number)
        if node is not None:
            name = goal.name if number == goal.root else node.variable
            of = _(" of {name}").format(name=name) if name else ""
            yield row(sanitize_line(f"{place}. {node.name}{of}{_leads_text(node, places)}"))


def _node_text(trace: Trace, node: Node, namer: NodeNamer) -> str:
    shape = "" if node.shape is None else _(", shape {shape}").format(shape=shape_text(node.shape))
    line = trace.place(node.line, node.step)
    step = "" if node.step == trace.step else _(" of step {step}").format(step=node.step + 1)
    made = (
        _(", {node} line {line}{step}").format(node=origin(node), line=line, step=step)
        if line
        else ""
    )
    return f"{called(node, namer)}{shape}{made}"


def _leads_text(node: Node, places: dict[int, int]) -> str:
    inputs = [places.get(edge[0], 0) for edge in node.next if edge is not None]
    words = []
    for place in dict.fromkeys(inputs):
        often = inputs.count(place)
        words.append(f"{place}{f' {times(often)}' if often > 1 else ''}")
    return _("; leads to {words}").format(words=joined(words)) if words else ""


def _stage_text(at: PassState | None, number: int) -> str:
    if at is None:
        return ""
    stage = at.stage(number)
    words = {
        Stage.WAITING: _("waiting"),
        Stage.NOW: _("has just run"),
        Stage.DONE: _("has run"),
        Stage.FAILED: _("failed"),
        Stage.UNREACHED: _("not reached"),
        Stage.NOT_RECORDED: _("not recorded"),
    }
    size = at.size(number)
    norm = "" if size is None else _(", norm {size}").format(size=number_text(size))
    return f"; {words[stage]}{norm}"
