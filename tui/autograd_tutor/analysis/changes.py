"""What differs between two moments of a recording: values, gradients, and what is gone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from autograd_tutor.analysis.identity import (
    NOTHING_KNOWN,
    Identity,
    name_of_identity,
    same_tensors,
)
from autograd_tutor.analysis.watch import is_watched
from autograd_tutor.recording.model import Stats, Tensor
from autograd_tutor.recording.tensor_text import text
from autograd_tutor.recording.trace import State, Trace


class TensorChange(NamedTuple):
    """A tensor that was recorded anew."""

    name: str
    before: Tensor | None
    now: Tensor
    same_as: str | None = None
    """The name by which the same tensor is explained, if it is another."""
    was_called: str | None = None
    """What the tensor was called before, where the name is new for it."""
    grad_before: Tensor | None = None
    """What the `.grad` of this very tensor was."""

    @property
    def is_rebound(self) -> bool:
        """Whether the name stood for another tensor before."""
        return self.before is not None and not is_same_tensor(self.before, self.now)

    @property
    def prints_otherwise(self) -> bool:
        """Whether print() shows something else, leaving gradient and bookkeeping aside."""
        before, now = self.before, self.now
        if before is None or self.is_rebound:
            return True
        return any(
            _printed(was) != _printed(is_)
            for was, is_ in ((before, now), (before.tangent, now.tangent))
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
        return self.now is not self.was and looks(self.now) != looks(self.was)


def changed_tensors(trace: Trace, since: int, index: int) -> Iterator[TensorChange]:
    """The tensors that were recorded from snapshot `since` to `index` and exist at `index`."""
    recorded = trace.snapshots[since : index + 1]
    names = dict.fromkeys(name for snapshot in recorded for name in snapshot.tensors)
    if not names:
        return
    state, before = trace.state(index), trace.state(since - 1)
    same = same_tensors(trace, index, state)
    for name in names:
        tensor = state.tensors.get(name)
        if tensor is None:
            continue
        was = before.tensors.get(name)
        called: str | None = name
        if was is None or not is_same_tensor(was, tensor):
            called = name_of_identity(before, tensor.identity)
        earlier = None if called is None else before.tensors[called]
        yield TensorChange(
            name,
            was,
            tensor,
            same.get(name),
            None if called == name else called,
            None if earlier is None else earlier.grad,
        )


def grads(state: State, before: State, identity: Identity = NOTHING_KNOWN) -> list[Grad]:
    """The `.grad` of every tensor that has one or may receive one, in the order of `state`.

    That of a tensor with several names stands under one of them, as `identity` says.
    """
    was = {_key(name, tensor): tensor.grad for name, tensor in before.tensors.items()}
    return [
        Grad(name, was.get(_key(name, tensor)), tensor.grad)
        for name, tensor in state.tensors.items()
        if name not in identity.same and (receives_grad(tensor) or tensor.grad is not None)
    ]


def _key(name: str, tensor: Tensor) -> int | str:
    return name if tensor.identity is None else tensor.identity


def is_same_tensor(tensor: Tensor, other: Tensor) -> bool:
    """Whether two records are of one tensor, as far as that was recorded."""
    return tensor.identity == other.identity


def receives_grad(tensor: Tensor) -> bool:
    """Whether a backward pass may fill the tensor's `.grad`."""
    return tensor.requires_grad and (tensor.is_leaf or tensor.retains_grad)


def same_value(tensor: Tensor, other: Tensor | None) -> bool:
    """Whether a tensor looks the same as before, its `.grad` aside."""
    if tensor is other:
        return True
    return other is not None and _without_grad(tensor) == _without_grad(other)


def gone(state: State, before: State) -> list[str]:
    """The names that no longer stand for anything, nor for something that holds tensors."""
    return [
        name
        for name in (*before.tensors, *before.values)
        if name not in state.tensors
        and name not in state.values
        and not any(is_watched(held, (name,)) for held in state.tensors)
    ]


def looks(tensor: Tensor) -> tuple[object, ...]:
    """What is compared of two tensors: their numbers, and what they are stored as."""
    t, stats = tensor, _comparable(tensor.stats)
    tangent = None if t.tangent is None else looks(t.tangent)
    return t.raw, t.shown, t.edges, t.shape, t.dtype, t.device, stats, tangent


def _printed(tensor: Tensor | None) -> tuple[str, ...] | None:
    if tensor is None:
        return None
    return tensor.kind, text(tensor), _comparable(tensor.stats)


def _comparable(stats: Stats | None) -> str:
    """Equal for equal statistics: a NaN among them equals no other."""
    return repr(stats)


def _without_grad(tensor: Tensor) -> tuple[object, ...]:
    t = tensor
    autograd = t.requires_grad, t.is_leaf, t.kind, t.grad_fn, t.grad_fn_name
    return (*looks(tensor), *autograd, t.identity)
