"""The graph pane: the nodes that lead to one tensor, as an indented tree.

A node's inputs stand below it, one level deeper. A node that is used more than once is drawn where
it is met first and marked as already shown everywhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from functools import lru_cache
from typing import NamedTuple, overload

from autograd_tutor.render import signs
from autograd_tutor.render.clean import clean_line
from autograd_tutor.render.rows import Listing, Row, Span, row, wrap
from autograd_tutor.render.tensors import shape_text
from autograd_tutor.trace.model import Node
from autograd_tutor.trace.trace import State, Trace

LEVELS = 8
"""Deeper than this, rows are no longer indented further but say how deep they are."""


class Place(NamedTuple):
    """One row of the tree: a node below its guides; `again`: drawn in full further up."""

    node: int
    guides: str
    again: bool


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
            now = state.tensors.get(name)
            if tensor.grad_fn is not None and now is not None and now.grad_fn == tensor.grad_fn:
                return GraphRoot(name, tensor.grad_fn)
    alive = [(t.grad_fn, name) for name, t in state.tensors.items() if t.grad_fn is not None]
    return GraphRoot(alive[-1][1], alive[-1][0]) if alive else None


def tree(root: int, nodes: Mapping[int, Node]) -> list[Place]:
    """The places of all nodes that `root` leads to, in the order in which they are drawn.

    Iterative: graphs are deeper than Python's stack.
    """
    places: list[Place] = []
    seen: set[int] = set()
    waiting: list[tuple[int, str, str, int]] = [(root, "", "", 0)]  # node, own guides, below, level
    while waiting:
        number, guides, below, level = waiting.pop()
        again = number in seen
        places.append(Place(number, guides, again))
        node = nodes.get(number)
        if again or node is None:
            continue
        seen.add(number)
        inputs = [edge[0] for edge in node.next if edge is not None]
        for place in range(len(inputs) - 1, -1, -1):
            last = place == len(inputs) - 1
            own, under = ("└─", "  ") if last else ("├─", "│ ")
            outer = below if level < LEVELS else f"⋯{level + 1} "
            waiting.append((inputs[place], outer + own, outer + under, level + 1))
    return places


class GraphRows(Sequence[Row]):
    """The rows of a tree, each made when it is asked for: a graph may have 100,000 of them."""

    def __init__(
        self,
        places: Sequence[Place],
        nodes: Mapping[int, Node],
        names: Mapping[int, str],
        fresh: Set[int],
        bound: Set[str] = frozenset(),
    ) -> None:
        """`names`: of nodes, at present; `bound`: every name that a tensor has at present."""
        self._places = places
        self._nodes = nodes
        self._names = names
        self._fresh = fresh
        self._bound = bound

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> list[Row]: ...
    def __getitem__(self, at: int | slice) -> Row | list[Row]:
        if isinstance(at, slice):
            return [self[i] for i in range(*at.indices(len(self)))]
        place = self._places[at]
        node = self._nodes.get(place.node)
        if node is None:
            return row((f"  {place.guides}… beyond what was recorded", "dim"))
        return _node_row(place, node, self._name(node), place.node in self._fresh)

    def _name(self, node: Node) -> str | None:
        name = self._names.get(node.id)
        if name is not None or node.variable is None or node.name == "AccumulateGrad":
            return name or node.variable
        # The variable now stands for something else, as in a loop.
        return f"earlier {node.variable}" if node.variable in self._bound else node.variable

    @property
    def changed(self) -> list[int]:
        """Where the new nodes are."""
        if not self._fresh:
            return []
        return [i for i, p in enumerate(self._places) if p.node in self._fresh and not p.again]


def _node_row(place: Place, node: Node, name: str | None, fresh: bool) -> Row:
    sign, style = node_sign(node)
    fresh = fresh and not place.again
    spans: list[Span] = [
        (f"{signs.CHANGED} " if fresh else "  ", "changed" if fresh else ""),
        (place.guides, "dim"),
        (f"{sign} ", style),
    ]
    if name:
        spans += [(clean_line(name), f"{style} changed" if fresh else style), ("  ", "")]
    if not (name and place.again):  # a name is enough to find it again
        quiet = name or place.again
        spans.append((clean_line(node.name), "dim" if quiet else "changed" if fresh else ""))
    if place.again:
        gap = "" if name else "  "
        spans.append((f"{gap}{signs.SHOWN} shown above", "dim"))
    elif node.shape is not None:
        spans.append((f"  {shape_text(node.shape)}", "dim"))
    return row(*spans)


def node_sign(node: Node) -> tuple[str, str]:
    """A node's sign and its style: a leaf's, or an operation's."""
    if node.name == "AccumulateGrad":
        return signs.LEAF, "leaf"
    return signs.OPERATION, "operation"


def graph_listing(
    trace: Trace, index: int, previous: int, wanted: str | None, width: int = 80
) -> Listing:
    """The graph at snapshot `index`; nodes recorded after snapshot `previous` stand out."""
    root = graph_root(trace, index, wanted)
    if root is None:
        text = "No operation has been recorded yet."
        return Listing(wrap([(text, "dim")], width), title="Graph")
    fresh = {n.id for s in trace.snapshots[previous + 1 : index + 1] for n in s.nodes}
    state = trace.state(index)
    places = _tree_of(root.node, _Nodes(trace.nodes))
    rows = GraphRows(places, trace.nodes, node_names(state), fresh, state.tensors.keys())
    return Listing(rows, rows.changed[:1], f"Graph of {clean_line(root.name)}")


def node_names(state: State) -> dict[int, str]:
    """Names of nodes, by the variables now bound to their outputs; module-level names win."""
    names: dict[int, str] = {}
    for name, tensor in state.tensors.items():
        if tensor.grad_fn is not None:
            first = names.setdefault(tensor.grad_fn, name)
            if "()." in first and "()." not in name:
                names[tensor.grad_fn] = name
    return names


class _Nodes:
    """Lets a dictionary of nodes be part of a cache's key: it is what it is, whatever it holds.

    Right because what a node leads to never changes once the node has been recorded.
    """

    def __init__(self, nodes: Mapping[int, Node]) -> None:
        self.nodes = nodes

    def __hash__(self) -> int:
        return id(self.nodes)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Nodes) and other.nodes is self.nodes


@lru_cache(maxsize=16)
def _tree_of(root: int, nodes: _Nodes) -> list[Place]:
    return tree(root, nodes.nodes)
