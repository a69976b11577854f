"""A backward pass while it runs: what was asked for, and how far it has come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class PassRoot(NamedTuple):
    """Where a pass begins. Holds live objects."""

    tensor: Any
    """None for a GradientEdge."""
    node: Any
    """None for a leaf of which torch does not say it: of a transform that has ended, or of a class
    with a __torch_dispatch__."""
    output_nr: int
    seed: Any
    """The gradient that it begins with."""


class PassRequest(NamedTuple):
    """What a pass was asked to do. Holds live tensors and nodes: dropped when the pass ends."""

    is_grad: bool
    """Asked for by torch.autograd.grad, which returns gradients and fills no `.grad`."""
    roots: list[PassRoot]
    inputs: tuple[Any, ...] | None
    """The tensors or GradientEdges that it is limited to; None where it is not."""
    retain_graph: bool
    create_graph: bool

    @property
    def root_nodes(self) -> list[Any]:
        """The nodes of the roots, where known."""
        return [root.node for root in self.roots if root.node is not None]


class RunningPass:
    """One pass while it runs."""

    def __init__(self, in_thread: bool, trace_function: Any = None) -> None:
        self.in_thread = in_thread
        """Whether another thread of the snippet than its main one asked for it."""
        self.trace_function = trace_function
        """What sys.gettrace() gave when it began."""
        self.request: PassRequest | None = None
        """What was asked for; None: something that the engine refuses."""
        self.nodes: Mapping[int, Any] = {}
        """The nodes that are recorded, by id."""
        self.recording = False
        """Whether the listener wants to know of it."""
        self.task: int | None = None
        """The engine's number for the pass; None: it has not come to a node yet."""
        self.ran: set[int] = set()
        """The nodes that have run."""
        self.last: int | None = None
        """The node that ran last."""
        self.snapshots = 0
        """How many of those were recorded."""
        self.handles: list[Any] = []
        """Of the hooks, to remove them by."""
        self.grad_outputs: dict[int, Any] = {}
        """What has come to nodes that have not run yet and may change it, by id."""
        self.returned: Any = None
        """What the engine has returned: for `grad`, the gradients."""
        self.context: Any = None
        """Belongs to the listener."""

    def release(self) -> None:
        """Let go of the nodes, leaves first: freeing a chain from its root is a recursion."""
        nodes = list(self.nodes.values())
        self.nodes, self.request, self.context, self.returned = {}, None, None, None
        while nodes:
            nodes.pop()
