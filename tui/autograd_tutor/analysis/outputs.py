"""Outputs of nodes: a node that has several, as that of `unbind`, keeps their gradients apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from autograd_tutor.analysis.pass_state import Contribution, PassState
from autograd_tutor.recording.model import Node, Tensor

Output = tuple[int, int]
"""A node, and which of its outputs."""
Nodes = Mapping[int, Node]


def outputs_of(nodes: Nodes, tensor: Tensor) -> frozenset[Output]:
    """Where the gradient of a tensor arrives: a leaf may have a node in each graph."""
    if tensor.grad_fn is not None:
        return frozenset({(tensor.grad_fn, tensor.output_nr)})
    if tensor.identity is None:
        return frozenset()
    return frozenset((node.id, 0) for node in nodes.values() if node.leaf == tensor.identity)


def reachable(nodes: Nodes, roots: Iterable[Output]) -> frozenset[Output]:
    """All outputs that gradients come to from some, these included."""
    seen = set(roots)
    pending = list({number for number, _output in seen})
    done = set(pending)
    while pending:
        node = nodes.get(pending.pop())
        edges = [edge for edge in node.next if edge is not None] if node is not None else []
        seen.update(edges)
        new = {number for number, _output in edges} - done
        done |= new
        pending += new
    return frozenset(seen)


def reads_any(node: Node, outputs: frozenset[Output]) -> bool:
    """Whether a node was made from one of some outputs."""
    return any(edge in outputs for edge in node.next if edge is not None)


def users_of(
    nodes: Nodes, users: Mapping[int, Sequence[int]], outputs: frozenset[Output]
) -> Iterator[int]:
    """The nodes that were made from some outputs. `users`: by node those made from any of its."""
    found = (user for number, _output in outputs for user in users.get(number, ()))
    return (user for user in found if user in nodes and reads_any(nodes[user], outputs))


def coming(state: PassState, output: Output) -> Iterator[Contribution]:
    """What comes to one output of a node in a pass."""
    number, which = output
    return (part for part in state.contributions(number) if part.output_nr == which)
