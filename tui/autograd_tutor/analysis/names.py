"""What nodes are called: the variables that are bound to their outputs at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from autograd_tutor.recording.local_names import is_local, prefer_global
from autograd_tutor.recording.model import Node, Tensor
from autograd_tutor.recording.trace import State


class NodeName(NamedTuple):
    """The variable that a node is called after."""

    variable: str
    is_earlier: bool = False
    """Whether the variable stands for another tensor now."""


def output_names(state: State) -> dict[tuple[int, int], str]:
    """By node and `output_nr`, the variable now bound to that output; module-level names win."""
    names: dict[tuple[int, int], str] = {}
    for name, tensor in state.tensors.items():
        if tensor.grad_fn is not None:
            output = tensor.grad_fn, tensor.output_nr
            names[output] = prefer_global(names.get(output, name), name)
    return names


def node_names(state: State) -> dict[int, str]:
    """The same by node alone; of several outputs with a name, the first that got one.

    And under minus its number, the name of each leaf.
    """
    names: dict[int, str] = {}
    for (number, _), name in output_names(state).items():
        names[number] = prefer_global(names.get(number, name), name)
    for name, tensor in state.tensors.items():
        if tensor.identity is not None and tensor.grad_fn is None:
            names.setdefault(-tensor.identity, name)
    return names


def name_of(node: Node, names: Mapping[int, str], tensors: Mapping[str, Tensor]) -> NodeName | None:
    """The variable of a node's output: the present one, else the one that it had at first.

    `tensors`: what has a name now. If the first name now means another tensor, as in a loop, the
    node is marked as an earlier value of it.
    """
    name = names.get(node.id if node.leaf is None else -node.leaf)
    if name is not None:
        return NodeName(name)
    if node.variable is None:
        return None
    now = tensors.get(node.variable)
    # Of a leaf without a number it is not known whether it is the same one.
    same = node.name == "AccumulateGrad" and node.leaf is None
    if now is not None and not (same and now.grad_fn is None):
        return NodeName(node.variable, is_earlier=True)
    # The local of a call that has returned is no name that a learner could look for.
    return None if is_local(node.variable) else NodeName(node.variable)
