"""The graph that an exercise wants to be built, and whether it is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from msgspec.structs import replace

from autograd_tutor.analysis.names import node_names
from autograd_tutor.recording.model import Node
from autograd_tutor.recording.trace import Trace


class GoalGraph(NamedTuple):
    """A graph as a picture: what its code calls things in between is not in it."""

    name: str
    """The tensor whose graph it is."""
    trace: Trace
    root: int
    nodes: Mapping[int, Node]
    names: Mapping[int, str]
    """Of the tensor, and of leaves, as `node_names` has them."""


def goal_graph(trace: Trace, name: str) -> GoalGraph | None:
    """The graph of the tensor of this name at the end of a step; None where there is none."""
    state = trace.state(len(trace) - 1)
    root = _root(trace, len(trace) - 1, name)
    if root is None:
        return None
    names = {node: text for node, text in node_names(state).items() if node < 0}
    nodes = {
        number: node if node.name == "AccumulateGrad" else replace(node, variable=None)
        for number, node in trace.nodes.items()
    }
    return GoalGraph(name, trace, root, nodes, {**names, root: name})


def has_graph(trace: Trace, index: int, goal: GoalGraph) -> bool:
    """Whether there is a tensor of this name at snapshot `index` that has a graph."""
    return _root(trace, index, goal.name) is not None


def is_reached(trace: Trace, index: int, goal: GoalGraph) -> bool:
    """Whether the tensor of this name has such a graph at snapshot `index`.

    The same operations, which lead to each other in the same way; a node that is used twice is one
    in both.
    """
    root = _root(trace, index, goal.name)
    if root is None:
        return False
    here, there = {root: goal.root}, {goal.root: root}
    waiting = [(root, goal.root)]
    while waiting:
        pair = waiting.pop()
        own, other = trace.nodes.get(pair[0]), goal.nodes.get(pair[1])
        if own is None or other is None or own.name != other.name:
            return False
        if len(own.next) != len(other.next):
            return False
        for left, right in zip(own.next, other.next, strict=True):
            if left is None or right is None:
                if left is not right:
                    return False
                continue
            if left[1] != right[1] or here.get(left[0], right[0]) != right[0]:
                return False
            if there.get(right[0], left[0]) != left[0]:
                return False
            if left[0] not in here:
                here[left[0]], there[right[0]] = right[0], left[0]
                waiting.append((left[0], right[0]))
    return True


def _root(trace: Trace, index: int, name: str) -> int | None:
    tensor = trace.tensor(index, name) if 0 <= index < len(trace) else None
    return None if tensor is None else tensor.grad_fn
