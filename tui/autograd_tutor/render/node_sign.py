"""The sign of a node, the same wherever it is shown."""

from __future__ import annotations

from autograd_tutor.recording.model import Node
from autograd_tutor.render import signs
from autograd_tutor.render.rows import Span


def node_sign(node: Node) -> Span:
    """A node's sign and its style: a leaf's, an operation's or that of a learner's Function."""
    if node.name == "AccumulateGrad":
        return signs.LEAF, "leaf"
    return (signs.CUSTOM if node.custom else signs.OPERATION), "operation"
