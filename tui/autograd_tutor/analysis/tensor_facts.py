"""All that is known of one tensor at one moment."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from autograd_tutor.limits.interface import MOST_EARLIER, MOST_LISTED
from autograd_tutor.recording.followed import Place
from autograd_tutor.recording.model import Backward, Tensor
from autograd_tutor.recording.trace import State, Trace


class Change(NamedTuple):
    """A name stood for something else, or for the same with other numbers, from a moment on."""

    moment: int
    """The snapshot; -1: before the step."""
    line: int | Place
    """Which line made it so, as its file counts; 0: none."""
    tensor: Tensor


class Reached(NamedTuple):
    """What reached the node of a tensor in a backward pass."""

    call: int
    moment: int
    grad: Tensor | None


def changes(trace: Trace, index: int, name: str) -> list[Change]:
    """What a name has stood for up to a snapshot, the newest first, in MOST_EARLIER records."""
    found: list[Change] = []
    for moment, tensor in islice(trace.history(index, name), MOST_EARLIER):
        if tensor is None:
            break
        line = 0 if moment < 0 else trace.place(trace.snapshots[moment].line)
        change = Change(moment, line, tensor)
        if found and _alike(found[-1].tensor, tensor):
            found[-1] = change  # it was there before, with another `.grad`
        else:
            found.append(change)
    return found


def _alike(tensor: Tensor, other: Tensor) -> bool:
    return (tensor.identity, tensor.raw, tensor.stats, tensor.edges) == (
        other.identity,
        other.raw,
        other.stats,
        other.edges,
    )


def sharing(state: State, name: str) -> list[str]:
    """The other names whose tensors lie in the same memory, or are the same tensor."""
    storage = state.tensors[name].storage
    return [
        other
        for other, tensor in state.tensors.items()
        if other != name and storage is not None and tensor.storage == storage
    ]


def reached(trace: Trace, index: int, tensor: Tensor) -> list[Reached]:
    """The gradients of the last passes that came to a tensor by a snapshot, the newest first."""
    return list(islice(_reached(trace, index, tensor), MOST_LISTED))


def _reached(trace: Trace, index: int, tensor: Tensor) -> Iterator[Reached]:
    for call in reversed(trace.ran):
        ran = trace.ran[call]
        number = tensor.grad_fn if tensor.grad_fn is not None else _node_of_leaf(trace, ran, tensor)
        at = None if number is None else ran.get(number)
        if at is None or at > index:
            continue
        record = trace.snapshots[at].backward
        assert isinstance(record, Backward)
        outputs = record.grad_outputs
        nr = tensor.output_nr if tensor.grad_fn is not None else 0
        yield Reached(call, at, outputs[nr] if 0 <= nr < len(outputs) else None)


def _node_of_leaf(trace: Trace, ran: dict[int, int], tensor: Tensor) -> int | None:
    if tensor.leaf is None:
        return None
    nodes = ((number, trace.nodes.get(number)) for number in ran)
    return next(
        (number for number, node in nodes if node is not None and node.leaf == tensor.leaf), None
    )
