"""What a whole step has anything of: a graph, gradients."""

from __future__ import annotations

from autograd_tutor.analysis.changes import receives_grad
from autograd_tutor.analysis.shown_graph import was_any_recorded
from autograd_tutor.analysis.trace_cache import cached_per_trace
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.trace import Trace


@cached_per_trace(most=8)
def has_graph(trace: Trace, length: int) -> bool:
    """Whether an operation was recorded, before the step or in its first `length` moments."""
    return was_any_recorded(trace, length - 1)


@cached_per_trace(most=8)
def has_gradients(trace: Trace, length: int) -> bool:
    """Whether any tensor had a `.grad`, or could receive one, in the first `length` moments."""
    recorded = (each.tensors.values() for each in trace.snapshots[:length])
    return any(
        _may_have_grad(tensor)
        for tensors in (trace.state(-1).tensors.values(), *recorded)
        for tensor in tensors
    )


def _may_have_grad(tensor: Tensor) -> bool:
    return receives_grad(tensor) or tensor.grad is not None
