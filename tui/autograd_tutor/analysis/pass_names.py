"""The variables that a backward pass goes through, and those whose `.grad` it fills."""

from __future__ import annotations

from autograd_tutor.analysis.pass_state import pass_at
from autograd_tutor.analysis.trace_cache import cached_per_trace
from autograd_tutor.recording.trace import Trace


def names_in_pass(trace: Trace, index: int) -> list[str]:
    """The names at a snapshot of the tensors whose nodes run in its pass; none outside of one."""
    state = pass_at(trace, index)
    if state is None:
        return []
    found = _tensors_of(trace, state.call, len(state.ran))
    return [
        name
        for name, tensor in trace.state(index).tensors.items()
        if (-(tensor.identity or 0) if tensor.grad_fn is None else tensor.grad_fn) in found
    ]


def filled_leaves(trace: Trace, call: int) -> tuple[str, ...]:
    """The leaves whose `.grad` a pass filled, without those from which a hook took it at once."""
    leaves: dict[str, None] = {}
    for index in trace.pass_snapshots.get(call, ()):
        record = trace.snapshots[index].backward
        leaf = None if record is None else record.leaf
        tensor = None if leaf is None else trace.tensor(index, leaf)
        if leaf is not None and tensor is not None and tensor.grad is not None:
            leaves[leaf] = None
    return tuple(leaves)


@cached_per_trace(most=8)
def _tensors_of(trace: Trace, call: int, count: int) -> frozenset[int]:
    """The numbers of a pass's nodes and, below 0, those of the leaves whose nodes they are.

    `count`: how many nodes of the pass were recorded when this was asked for.
    """
    found = trace.ran.get(call, {}).keys()
    leaves = (node.leaf for number in found if (node := trace.nodes.get(number)) is not None)
    return frozenset((*found, *(-leaf for leaf in leaves if leaf)))
