"""What nodes are called: the variables that are bound to their outputs at one moment."""

from __future__ import annotations

from collections.abc import Mapping

from autograd_tutor.recording.model import Node, Tensor
from autograd_tutor.recording.trace import State


def output_names(state: State) -> dict[tuple[int, int], str]:
    """By node and `output_nr`, the variable now bound to that output; module-level names win."""
    names: dict[tuple[int, int], str] = {}
    for name, tensor in state.tensors.items():
        if tensor.grad_fn is not None:
            output = tensor.grad_fn, tensor.output_nr
            first = names.setdefault(output, name)
            if "()." in first and "()." not in name:
                names[output] = name
    return names


def node_names(state: State) -> dict[int, str]:
    """The same by node alone; of several outputs with a name, the first that got one.

    And under minus its number, the name of each leaf.
    """
    names: dict[int, str] = {}
    for (number, _), name in output_names(state).items():
        first = names.setdefault(number, name)
        if "()." in first and "()." not in name:
            names[number] = name
    for name, tensor in state.tensors.items():
        if tensor.identity is not None and tensor.grad_fn is None:
            names.setdefault(-tensor.identity, name)
    return names


def name_of(node: Node, names: Mapping[int, str], tensors: Mapping[str, Tensor]) -> str | None:
    """The variable of a node's output: the present one, else the one that it had at first.

    `tensors`: what has a name now. Where that one stands for something else, as in a loop, the node
    is called after an earlier one.
    """
    name = names.get(node.id if node.leaf is None else -node.leaf)
    if name is not None or node.variable is None:
        return name
    now = tensors.get(node.variable)
    # Of a leaf without a number it is not known whether it is the same one.
    same = node.name == "AccumulateGrad" and node.leaf is None
    if now is not None and not (same and now.grad_fn is None):
        return f"earlier {node.variable}"
    # The local of a call that has returned is no name that a learner could look for.
    return None if "()." in node.variable else node.variable
