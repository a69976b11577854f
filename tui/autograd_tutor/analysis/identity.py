"""Which names stand for one tensor, which share memory, and for what a name stood before."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from autograd_tutor.analysis.watch import is_watched
from autograd_tutor.limits.interface import MOST_EARLIER
from autograd_tutor.recording.followed import Place
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.trace import State, Trace


class Rebound(NamedTuple):
    """A name stands for another tensor than it did."""

    since: int
    """The snapshot since which it does."""
    line: int | Place
    """The line that made it so, as its file counts; 0: none."""
    earlier: str | None
    """What the tensor that it stood for is called now; None where it is gone."""
    keeps_grad: bool
    """Whether that tensor is there and has a `.grad`."""


class Identity(NamedTuple):
    """What the names of one moment stand for."""

    same: Mapping[str, str] = {}
    """By name: another name of the same tensor, which all others are explained by."""
    sharing: Mapping[str, str] = {}
    """By name of a tensor or a NumPy array: another one, in whose memory its elements lie."""
    rebound: Mapping[str, Rebound] = {}
    """By name: of those that stood for a leaf or for a tensor with a `.grad` before."""


NOTHING_KNOWN = Identity()


def identity_at(trace: Trace, index: int, watch: Sequence[str] = ()) -> Identity:
    """What the names of snapshot `index` stand for.

    A tensor with several names is explained by one that the lesson watches, else by the one that it
    has had for longest.
    """
    state = trace.state(index)
    found = {name: rebound(trace, index, name, state) for name in state.tensors}
    return Identity(
        same_tensors(trace, index, state, watch),
        _sharing(trace, index, state),
        {name: each for name, each in found.items() if each is not None},
    )


def same_tensors(
    trace: Trace, index: int, state: State, watch: Sequence[str] = ()
) -> dict[str, str]:
    """By name, another name of the same tensor; the `.grad` of a tensor is one, too."""
    groups: dict[int, list[str]] = {}
    for name, tensor in state.tensors.items():
        if tensor.identity is not None:
            groups.setdefault(tensor.identity, []).append(name)

    def rank(name: str) -> tuple[bool, bool, int]:
        return not is_watched(name, watch), _is_local(name), trace.bound_since(index, name)

    main = {identity: min(names, key=rank) for identity, names in groups.items()}
    grads = {name: state.tensors[name].grad for name in main.values()}
    main |= {grad.identity: f"{of}.grad" for of, grad in grads.items() if grad and grad.identity}
    return {
        name: main[identity]
        for identity, names in groups.items()
        for name in names
        if name != main[identity]
    }


def rebound(trace: Trace, index: int, name: str, state: State) -> Rebound | None:
    """Since when a name stands for another tensor than the last leaf or tensor with a `.grad`."""
    now = state.tensors[name].identity
    since = index
    for moment, tensor in islice(trace.history(index, name), MOST_EARLIER):
        if tensor is None or tensor.identity is None:
            return None
        if tensor.identity != now and (tensor.leaf is not None or tensor.grad is not None):
            earlier = name_of_identity(state, tensor.identity)
            keeps = earlier is not None and state.tensors[earlier].grad is not None
            line = trace.place(trace.snapshots[since].line) if since >= 0 else 0
            return Rebound(since, line, earlier, keeps)
        since = moment
    return None


def name_of_identity(state: State, identity: int | None) -> str | None:
    """A name of the tensor with this number, if it has one."""
    if identity is None:
        return None
    return next((name for name, each in state.tensors.items() if each.identity == identity), None)


def _sharing(trace: Trace, index: int, state: State) -> dict[str, str]:
    storages: dict[int, dict[int | None, str]] = {}
    """By storage: one name of each tensor in it."""
    for name, tensor in state.tensors.items():
        if tensor.storage is not None and tensor.shape is not None and 0 not in tensor.shape:
            storages.setdefault(tensor.storage, {}).setdefault(tensor.identity, name)

    def rank(name: str) -> tuple[int, bool, int]:
        # What others are views of has most elements.
        return -_size(state.tensors[name]), _is_local(name), trace.bound_since(index, name)

    sharing: dict[str, str] = {}
    for storage, tensors in storages.items():
        main = min(tensors.values(), key=rank)
        arrays = [name for name, number in trace.arrays(index).items() if number == storage]
        sharing |= dict.fromkeys((*tensors.values(), *arrays), main)
        sharing[main] = arrays[0] if arrays else ""
    return {name: other for name, other in sharing.items() if other}


def _is_local(name: str) -> bool:
    return "()." in name


def _size(tensor: Tensor) -> int:
    return math.prod(tensor.shape or ())
