"""What differs between two moments of a recording: values, gradients, and what is gone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from autograd_tutor.recording.model import Stats, Tensor
from autograd_tutor.recording.tensor_text import text
from autograd_tutor.recording.trace import State, Trace


class TensorChange(NamedTuple):
    """A tensor that was recorded anew."""

    name: str
    before: Tensor | None
    now: Tensor

    @property
    def grad_before(self) -> Tensor | None:
        """What its `.grad` was."""
        return None if self.before is None else self.before.grad

    @property
    def prints_otherwise(self) -> bool:
        """Whether print() shows something else, leaving gradient and bookkeeping aside."""
        before, now = self.before, self.now
        if before is None:
            return True
        return (before.kind, text(before), _comparable(before.stats)) != (
            now.kind,
            text(now),
            _comparable(now.stats),
        )

    @property
    def grad_differs(self) -> bool:
        """Whether its `.grad` looks different."""
        return Grad(self.name, self.grad_before, self.now.grad).differs


class Grad(NamedTuple):
    """The `.grad` of a tensor at two moments."""

    name: str
    was: Tensor | None
    now: Tensor | None

    @property
    def differs(self) -> bool:
        """Whether the two look different."""
        if self.now is None or self.was is None:
            return self.now is not self.was
        return self.now is not self.was and _looks(self.now) != _looks(self.was)


def changed_tensors(trace: Trace, since: int, index: int) -> Iterator[TensorChange]:
    """The tensors that were recorded from snapshot `since` to `index` and exist at `index`."""
    recorded = trace.snapshots[since : index + 1]
    for name in dict.fromkeys(name for snapshot in recorded for name in snapshot.tensors):
        tensor = trace.tensor(index, name)
        if tensor is not None:
            yield TensorChange(name, trace.tensor(since - 1, name), tensor)


def grads(state: State, before: State) -> list[Grad]:
    """The `.grad` of every tensor that has one or may receive one, in the order of `state`."""
    was = {name: tensor.grad for name, tensor in before.tensors.items()}
    return [
        Grad(name, was.get(name), tensor.grad)
        for name, tensor in state.tensors.items()
        if receives_grad(tensor) or tensor.grad is not None
    ]


def receives_grad(tensor: Tensor) -> bool:
    """Whether a backward pass may fill the tensor's `.grad`."""
    return tensor.requires_grad and (tensor.is_leaf or tensor.retains_grad)


def same_value(tensor: Tensor, other: Tensor | None) -> bool:
    """Whether a tensor looks the same as before, its `.grad` aside."""
    if tensor is other:
        return True
    return other is not None and _without_grad(tensor) == _without_grad(other)


def gone(state: State, before: State) -> list[str]:
    """The names that no longer stand for anything."""
    return [
        name
        for name in (*before.tensors, *before.values)
        if name not in state.tensors and name not in state.values
    ]


def _looks(grad: Tensor) -> tuple[object, ...]:
    stats = _comparable(grad.stats)
    return grad.raw, grad.shown, grad.edges, grad.shape, grad.dtype, grad.device, stats


def _comparable(stats: Stats | None) -> str:
    """Equal for equal statistics: a NaN among them equals no other."""
    return repr(stats)


def _without_grad(tensor: Tensor) -> tuple[object, ...]:
    t = tensor
    autograd = t.requires_grad, t.is_leaf, t.kind, t.grad_fn, t.grad_fn_name
    return (*_looks(tensor), *autograd)
