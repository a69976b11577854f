"""What can be asked of any tensor: why its `.grad` is None, where it comes from, what needs it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from autograd_tutor.analysis.diagnosis.run import spoken
from autograd_tutor.analysis.pass_state import PassState
from autograd_tutor.limits.interface import MOST_COUNTED_WAYS, MOST_PARTS, MOST_WAYS
from autograd_tutor.recording import numbers
from autograd_tutor.recording.model import Node, Tensor
from autograd_tutor.recording.trace import Trace

NoGrad = Literal[
    "requires no grad", "no-pass", "no leaf", "no path", "cleared", "in transforms", "unknown"
]
"""Why a `.grad` is None: it asks for none; no pass has run; a tensor in between does not keep its
gradient; no path led from where the passes began to it; it was there and was cleared."""


class WhyNone(NamedTuple):
    """Why a `.grad` is None at a moment."""

    reason: NoGrad
    at: int | None = None
    """The snapshot that shows it: of the last pass that did not reach it, of the line that has
    cleared it."""
    roots: tuple[str, ...] = ()
    """Of `no path`, where the last pass began."""


class Way(NamedTuple):
    """How a gradient comes to a tensor over one of the nodes that send to it."""

    names: tuple[str, ...]
    """What the nodes are called from where the pass began to the last one, which sends it."""
    nodes: tuple[int, ...]
    others: int
    """How many more ways lead to that last node, from where the pass began; counted up to 1,000."""
    grad: Tensor | None
    """What that node has sent over this edge."""
    share: float | None
    """Its norm, as a part of the sum of the norms over all ways."""


class Ways(NamedTuple):
    """All ways over which a gradient came in one pass."""

    call: int
    at: int
    """The snapshot at which the last of it arrived."""
    ways: tuple[Way, ...]
    left_out: int = 0
    """How many more there are."""


def why_none(trace: Trace, index: int, name: str) -> WhyNone | None:
    """Why the `.grad` of a tensor is None at a snapshot; None where it is not."""
    tensor = trace.tensor(index, name)
    if tensor is None or tensor.grad is not None:
        return None
    if not tensor.requires_grad:
        return WhyNone("requires no grad")
    if tensor.wrappers:
        return WhyNone("in transforms")
    cleared = _cleared(trace, index, name, tensor)
    if cleared is not None:
        return WhyNone("cleared", cleared)
    passes = [
        (at, ended)
        for at in range(index, -1, -1)
        for ended in trace.snapshots[at].passes
        if ended.function == "backward" and ended.failed is None
    ]
    if not passes:
        return WhyNone("no-pass")
    if not tensor.is_leaf and not tensor.retains_grad:
        return WhyNone("no leaf", passes[0][0])
    at, ended = passes[0]
    reached = _reached(trace, ended.call, tensor)
    if reached is None or ended.left_out:
        return WhyNone("unknown", at)
    names = tuple(root.name for root in ended.roots if root.name)
    return WhyNone("unknown" if reached else "no path", at, names)


def _cleared(trace: Trace, index: int, name: str, tensor: Tensor) -> int | None:
    """The snapshot since which the `.grad` of this very tensor is None, having been there."""
    since = None
    for at, each in trace.history(index, name):
        if each is None or each.identity != tensor.identity:
            return None
        if each.grad is not None:
            return since
        since = at
    return None


def _reached(trace: Trace, call: int, tensor: Tensor) -> bool | None:
    nodes = trace.ran.get(call)
    if not nodes:
        return None
    if tensor.grad_fn is not None:
        return tensor.grad_fn in nodes
    leaves = (trace.nodes[each].leaf for each in nodes if each in trace.nodes)
    return tensor.identity in leaves


def ways_to(trace: Trace, index: int, name: str) -> Ways | None:
    """How the last gradient came to a tensor, up to a snapshot; None where none has come."""
    tensor = trace.tensor(index, name)
    number = None if tensor is None else _node_of(trace, tensor)
    calls = [
        (ran[number], call)
        for call, ran in trace.ran.items()
        if number is not None and ran.get(number, index + 1) <= index
    ]
    if number is None or not calls:
        return None
    at, call = max(calls)
    state = PassState(trace, call, at)
    if state.count_arrived(number)[1] > MOST_PARTS:
        return None
    before = _ways_back(trace, state)
    ways = [
        _way(trace, each.source, each.grad, before)
        for each in state.contributions(number)
        if each.grad is not None
    ]
    sizes = [None if each.grad is None else numbers.norm(each.grad) for each in ways]
    whole = sum(filter(None, sizes))
    shared = [
        way._replace(share=size / whole if size is not None and whole > 0 else None)
        for way, size in zip(ways, sizes, strict=True)
    ]
    shared.sort(key=lambda way: -(way.share or 0))
    return Ways(call, at, tuple(shared[:MOST_WAYS]), max(0, len(shared) - MOST_WAYS))


def _node_of(trace: Trace, tensor: Tensor) -> int | None:
    """The node at which the gradient of a tensor arrives."""
    if tensor.grad_fn is not None:
        return tensor.grad_fn
    leaves = (node.id for node in trace.nodes.values() if node.leaf == tensor.identity)
    return None if tensor.identity is None else next(leaves, None)


class _Back(NamedTuple):
    """By node of a pass the one over which it was reached first, and how many ways lead to it."""

    first: Mapping[int, int | None]
    counts: Mapping[int, int]


def _ways_back(trace: Trace, state: PassState) -> _Back:
    first: dict[int, int | None] = dict.fromkeys(state.roots)
    pending = deque(state.roots)
    while pending:
        number = pending.popleft()
        for each in _next(trace, number):
            if each not in first:
                first[each] = number
                pending.append(each)
    counts = dict.fromkeys(state.roots, 1)
    for number in state.ran:  # a node runs when all that it waits for has run
        for each in _next(trace, number):
            counts[each] = min(MOST_COUNTED_WAYS, counts.get(each, 0) + counts.get(number, 1))
    return _Back(first, counts)


def _next(trace: Trace, number: int) -> Sequence[int]:
    node = trace.nodes.get(number)
    return [edge[0] for edge in node.next if edge is not None] if node is not None else ()


def _way(trace: Trace, source: int | None, grad: Tensor | None, back: _Back) -> Way:
    nodes: list[int] = []
    at = source
    while at is not None and len(nodes) < MOST_PARTS:
        nodes.append(at)
        at = back.first.get(at)
    nodes.reverse()
    found = [trace.nodes[each] for each in nodes if each in trace.nodes]
    count = back.counts.get(source, 1) if source is not None else 1
    return Way(tuple(_called(each) for each in found), tuple(nodes), count - 1, grad, None)


def _called(node: Node) -> str:
    """The operation, and the variable of what it made, where that had a name."""
    return f"{spoken(node.variable)} {node.name}" if node.variable else node.name


def users(trace: Trace, index: int, name: str) -> list[str]:
    """The names of the tensors at a snapshot that were computed from one, directly or not."""
    tensor = trace.tensor(index, name)
    number = None if tensor is None else _node_of(trace, tensor)
    if number is None:
        return []
    uses: dict[int, list[int]] = {}
    for node in trace.nodes.values():
        for edge in node.next:
            if edge is not None:
                uses.setdefault(edge[0], []).append(node.id)
    seen, pending = {number}, [number]
    while pending:
        for each in uses.get(pending.pop(), ()):
            if each not in seen:
                seen.add(each)
                pending.append(each)
    state = trace.state(index).tensors
    return [other for other, each in state.items() if each.grad_fn in seen and other != name]
