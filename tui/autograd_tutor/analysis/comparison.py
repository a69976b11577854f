"""Two moments side by side, of two runs or of one: what differs in code, values and graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Generic, NamedTuple, TypeVar

from autograd_tutor.analysis.changes import looks, receives_grad
from autograd_tutor.analysis.graph_order import graph_order
from autograd_tutor.analysis.shown_graph import graph_root
from autograd_tutor.limits.lessons import COMPARED_NODES
from autograd_tutor.recording import numbers
from autograd_tutor.recording.model import Node, Tensor
from autograd_tutor.recording.trace import State, Trace

T = TypeVar("T")


class Side(NamedTuple):
    """A moment of a run."""

    trace: Trace
    at: int


class Pair(NamedTuple, Generic[T]):
    """What stands on either side; None where nothing does."""

    name: str
    left: T | None
    right: T | None
    differs: bool
    largest: float | None = None
    """The largest difference of two elements, where both are real and of one shape."""


class Comparison(NamedTuple):
    """What two moments have, each part in the order in which it first appeared."""

    code: Sequence[Pair[int]]
    """The lines of code: their numbers, as people call them, and the text as the name."""
    values: Sequence[Pair[Tensor | str]]
    nodes: Sequence[Pair[Node]] | None
    """The graphs, as they are walked; None where they are too large for that."""
    operations: Sequence[Pair[int]]
    """How often each operation is there, of graphs that are."""
    gradients: Sequence[Pair[Tensor]]


def compare(left: Side, right: Side, graph: str | None) -> Comparison:
    """Everything of two moments; `graph`: the name of the tensor whose graph is shown."""
    nodes, operations = _graphs(_nodes(left, graph), _nodes(right, graph))
    return Comparison(
        _code(left.trace, right.trace), _values(left, right), nodes, operations, _grads(left, right)
    )


def corresponding(left: Trace, right: Trace) -> Sequence[int]:
    """For each moment of `right` the one of `left` that stands for it.

    That is the same visit of the same line, or of the one in its place before it was edited, or
    the same node of the same pass; where there is none, that of the moment before.
    """
    of_line = dict(_lines_alike(left, right))
    own = {line: line for line in of_line.values()}
    known = dict(zip(_places(left, own), range(len(left)), strict=True))
    found: list[int] = []
    for place in _places(right, of_line):
        before = found[-1] if found else 0
        found.append(known.get(place, before) if place is not None else before)
    return found


Place = tuple[object, ...]


def _places(trace: Trace, of_line: dict[int, int]) -> Iterator[Place | None]:
    """What a moment is called in both runs; None of a line that only one has."""
    visits: Counter[Place] = Counter()
    for snapshot in trace.snapshots:
        backward = snapshot.backward
        line = of_line.get(snapshot.line) if snapshot.line else 0
        kind: Place = (snapshot.event, snapshot.depth, line)
        if backward is not None:
            kind = ("node", backward.call)
        elif line is None:
            yield None
            continue
        visits[kind] += 1
        yield (*kind, visits[kind])


def _lines_alike(left: Trace, right: Trace) -> Iterator[tuple[int, int]]:
    """Lines of `right`, from 1, that stand for lines of `left`: the same, or in their place."""
    files = {part.file: part for part in left.source.parts}
    for part in right.source.parts:
        twin = files.get(part.file)
        if twin is None:
            continue
        here, there = ([line.strip() for line in each.code.split("\n")] for each in (twin, part))
        for _, a, a_end, b, b_end in SequenceMatcher(None, here, there).get_opcodes():
            of_right = range(part.before + b + 1, part.before + b_end + 1)
            of_left = range(twin.before + a + 1, twin.before + a_end + 1)
            yield from zip(of_right, of_left, strict=False)


def _code(left: Trace, right: Trace) -> list[Pair[int]]:
    here, there = (trace.code.rstrip("\n").split("\n") for trace in (left, right))
    found: list[Pair[int]] = []
    for tag, a, a_end, b, b_end in SequenceMatcher(None, here, there).get_opcodes():
        if tag == "equal":
            lines = range(a_end - a)
            found += [Pair(here[a + at], a + at + 1, b + at + 1, False) for at in lines]
        else:
            found += [Pair(here[at], at + 1, None, True) for at in range(a, a_end)]
            found += [Pair(there[at], None, at + 1, True) for at in range(b, b_end)]
    return [
        pair._replace(
            left=pair.left and left.line_number(pair.left),
            right=pair.right and right.line_number(pair.right),
        )
        for pair in found
    ]


def _values(left: Side, right: Side) -> list[Pair[Tensor | str]]:
    here, there = (side.trace.state_changed_first(side.at) for side in (left, right))
    names = dict.fromkeys((*there.tensors, *here.tensors, *there.values, *here.values))
    return [_pair(name, _value(here, name), _value(there, name)) for name in names]


def _value(state: State, name: str) -> Tensor | str | None:
    return state.tensors.get(name) or state.values.get(name)


def _pair(name: str, here: Tensor | str | None, there: Tensor | str | None) -> Pair[Tensor | str]:
    if isinstance(here, Tensor) and isinstance(there, Tensor):
        differs = looks(here) != looks(there) or here.kind != there.kind
        return Pair(name, here, there, differs, _largest(here, there) if differs else None)
    return Pair(name, here, there, here != there)


def _grads(left: Side, right: Side) -> list[Pair[Tensor]]:
    here, there = (side.trace.state(side.at).tensors for side in (left, right))
    found: list[Pair[Tensor]] = []
    for name in dict.fromkeys((*there, *here)):
        both = [tensors.get(name) for tensors in (here, there)]
        if not any(each is not None and (receives_grad(each) or each.grad) for each in both):
            continue
        a, b = (None if each is None else each.grad for each in both)
        if a is None or b is None:
            found.append(Pair(name, a, b, a is not b))
        else:
            differs = looks(a) != looks(b)
            found.append(Pair(name, a, b, differs, _largest(a, b) if differs else None))
    return found


def _largest(here: Tensor, there: Tensor) -> float | None:
    """The largest difference of two elements."""
    if here.shape != there.shape or any(map(numbers.is_complex, (here.dtype, there.dtype))):
        return None
    a, b = numbers.elements(here), numbers.elements(there)
    if not a or not b:
        return None
    pairs = zip(numbers.decode(a, here.dtype), numbers.decode(b, there.dtype), strict=True)
    return max(abs(float(x.real) - float(y.real)) for x, y in pairs)


def _nodes(side: Side, graph: str | None) -> list[Node]:
    """The nodes of the graph that a moment shows, each behind those that lead to it."""
    root = graph_root(side.trace, side.at, graph)
    if root is None:
        return []
    known = side.trace.nodes
    order = graph_order(side.trace, (root.node,), None)
    return [known[number] for number in order.nodes if number in known]


def _graphs(
    left: Sequence[Node], right: Sequence[Node]
) -> tuple[Sequence[Pair[Node]] | None, Sequence[Pair[int]]]:
    if len(left) > COMPARED_NODES or len(right) > COMPARED_NODES:
        old, new = (Counter(node.name for node in nodes) for nodes in (left, right))
        names = dict.fromkeys((*new, *old))
        return None, [Pair(name, old[name], new[name], old[name] != new[name]) for name in names]
    here, there = ([(node.name, node.variable) for node in nodes] for nodes in (left, right))
    found: list[Pair[Node]] = []
    for tag, a, a_end, b, b_end in SequenceMatcher(None, here, there, False).get_opcodes():
        if tag == "equal":
            pairs = zip(left[a:a_end], right[b:b_end], strict=True)
            found += [Pair(x.name, x, y, False) for x, y in pairs]
        else:
            found += [Pair(x.name, x, None, True) for x in left[a:a_end]]
            found += [Pair(y.name, None, y, True) for y in right[b:b_end]]
    return found, ()
