"""Tensors and gradients by the names that people give them: `w`, `w.grad`."""

from __future__ import annotations

from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.trace import Trace

GRAD = ".grad"
"""What stands behind the name of a tensor in that of its gradient."""


def tensor_named(trace: Trace, index: int, name: str) -> Tensor | None:
    """A tensor at a snapshot, or the gradient of one."""
    tensor = trace.tensor(index, name)
    if tensor is None and name.endswith(GRAD):
        owner = trace.tensor(index, name.removesuffix(GRAD))
        return None if owner is None else owner.grad
    return tensor
