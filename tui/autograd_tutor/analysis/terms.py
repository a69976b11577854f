"""The names that a moment shows of one thing, for a glossary to explain."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from autograd_tutor.analysis.named import tensor_named
from autograd_tutor.analysis.pass_state import pass_of
from autograd_tutor.recording.kinds import TensorKind
from autograd_tutor.recording.model import Saved
from autograd_tutor.recording.trace import Trace

_OF_KIND: dict[TensorKind, str] = {"intermediate": "intermediate result"}
"""Terms for kinds, where they are not called the same."""


class Names(NamedTuple):
    """What is shown of a node or a tensor, the most important first."""

    words: tuple[str, ...] = ()
    """Terms: what kind of tensor it is."""
    nodes: tuple[str, ...] = ()
    saved: tuple[str, ...] = ()
    """What a node has kept."""


def names_of_node(trace: Trace, index: int, number: int) -> Names:
    """Those of a node, and of what it has kept, where the pass of this moment has come to it."""
    node = trace.nodes.get(number)
    if node is None:
        return Names()
    at = pass_of(trace, index, number)
    record = None if at is None else at.record(number)
    return Names(nodes=(node.name,), saved=() if record is None else tuple(_kept(record.saved)))


def names_of_tensor(trace: Trace, index: int, name: str) -> Names:
    """Those of a tensor's kind, and of the node that made it; of `w.grad`, those of a gradient."""
    tensor = tensor_named(trace, index, name)
    if tensor is None:
        return Names()
    kind = ".grad" if name.endswith(".grad") else _OF_KIND.get(tensor.kind, tensor.kind)
    node = None if tensor.grad_fn is None else trace.nodes.get(tensor.grad_fn)
    dual = () if tensor.tangent is None else ("dual",)
    return Names((kind, *dual), () if node is None else (node.name,))


def names_of_pass(trace: Trace, index: int) -> Names:
    """Those of the node that has just run, inside of a pass."""
    backward = trace.snapshots[index].backward if trace.snapshots else None
    return Names() if backward is None else names_of_node(trace, index, backward.node)


def _kept(saved: Iterable[Saved]) -> Iterable[str]:
    return (each.name for each in saved if each.value != "None")
