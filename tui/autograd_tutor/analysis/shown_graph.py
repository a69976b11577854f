"""Which graph a moment is about: that of the newest result, or that of a backward pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from autograd_tutor.analysis.ending import error_at
from autograd_tutor.analysis.pass_state import PassState, last_pass, pass_at
from autograd_tutor.recording.trace import Trace

NoGraph = Literal["missing", "value", "leaf", "constant", "gradient"]
"""Why there is no graph of a name: it stands for nothing; for no tensor; for a leaf, which no
operation has made; for a tensor that does not require grad; for a `.grad` that a pass without
`create_graph` has made."""

_NO_GRAPH = "does not require grad and does not have a grad_fn"


class GraphRoot(NamedTuple):
    """A tensor that a graph leads to."""

    name: str
    node: int


class ShownGraph(NamedTuple):
    """The graph that a moment is about."""

    names: tuple[str, ...]
    """Of the tensors that it leads to."""
    roots: tuple[int, ...]
    """Their nodes."""
    fresh: Sequence[int] = ()
    """The nodes that are new; none inside a pass, where other things stand out."""
    at: PassState | None = None
    """The pass that goes through it."""
    is_over: bool = False
    """Whether that pass has ended, with no variable left that leads to another graph."""
    of_another: bool = False
    """Whether a pass was refused here as the tensor that it was asked of has no graph."""


def shown_graph(
    trace: Trace, index: int, previous: int, tensor_name: str | None
) -> ShownGraph | None:
    """The graph to show at snapshot `index`; nodes recorded after snapshot `previous` are new.

    Inside a backward pass that is the pass's own graph. Outside it is that of the tensor with
    `tensor_name`, else of the newest result; where no variable leads to a graph, that of the last
    pass.
    """
    at = pass_at(trace, index)
    root = graph_root(trace, index, tensor_name) if at is None else None
    if root is not None:
        fresh = _fresh(trace, index, previous)
        return ShownGraph((root.name,), (root.node,), fresh, of_another=_was_refused(trace, index))
    is_over = at is None
    at = last_pass(trace, index) if at is None else at
    if at is None or not at.roots:
        return None
    roots = at.ended.roots if at.ended is not None else ()
    names = tuple(root.name for root in roots if root.name)
    of_another = is_over and _was_refused(trace, index)
    return ShownGraph(names, tuple(at.roots), (), at, is_over, of_another)


def graph_of(trace: Trace, index: int, previous: int, name: str) -> ShownGraph | NoGraph:
    """The graph at snapshot `index` of one tensor alone, or of its `.grad`; or why it has none."""
    own = name.removesuffix(".grad")
    tensor = trace.tensor(index, own)
    if own != name:
        tensor = None if tensor is None else tensor.grad
    if tensor is None:
        return "value" if trace.value(index, name) is not None else "missing"
    if tensor.grad_fn is not None:
        return ShownGraph((name,), (tensor.grad_fn,), _fresh(trace, index, previous))
    if own != name:
        return "gradient"
    return "leaf" if tensor.requires_grad else "constant"


def _fresh(trace: Trace, index: int, previous: int) -> list[int]:
    return [node.id for each in trace.snapshots[previous + 1 : index + 1] for node in each.nodes]


def _was_refused(trace: Trace, index: int) -> bool:
    """Whether the step ends here as torch refused a pass that was asked of a tensor without graph.

    torch says so in words alone: no pass has begun.
    """
    error = error_at(trace, index)
    return error is not None and _NO_GRAPH in error.message


def graph_root(trace: Trace, index: int, tensor_name: str | None) -> GraphRoot | None:
    """The tensor with that name, else the newest with a grad_fn, else None."""
    state = trace.state(index)
    if tensor_name is not None:
        tensor = state.tensors.get(tensor_name)
        if tensor is not None and tensor.grad_fn is not None:
            return GraphRoot(tensor_name, tensor.grad_fn)
    for at in range(index, -1, -1):
        for name, tensor in reversed(trace.snapshots[at].tensors.items()):
            now, was = state.tensors.get(name), trace.tensor(at - 1, name)
            if tensor.grad_fn is None or now is None or now.grad_fn != tensor.grad_fn:
                continue
            if was is None or was.grad_fn != tensor.grad_fn:  # else its `.grad` was filled
                return GraphRoot(name, tensor.grad_fn)
    alive = [(t.grad_fn, name) for name, t in state.tensors.items() if t.grad_fn is not None]
    return GraphRoot(alive[-1][1], alive[-1][0]) if alive else None


def was_any_recorded(trace: Trace, index: int) -> bool:
    """Whether an operation had been recorded by snapshot `index`, in this step or before it."""
    first = next(iter(trace.nodes.values()), None)
    earlier = first is not None and first.step < trace.step
    return earlier or any(each.nodes for each in trace.snapshots[: index + 1])
