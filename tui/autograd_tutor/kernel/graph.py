"""Gives every `grad_fn` an id that stays, and finds the nodes that a line has added."""

from __future__ import annotations

import resource
import sys
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch

from autograd_tutor.kernel.categories import shown_name
from autograd_tutor.kernel.identity import Identities
from autograd_tutor.kernel.kept import kept_by
from autograd_tutor.limits.kernel import (
    CHAIN_STACK_BYTES,
    MOST_CHAIN_NODES,
    MOST_EDGES,
    MOST_INPUTS,
    MOST_KEPT,
)
from autograd_tutor.limits.records import RECORD_NODES
from autograd_tutor.recording.evidence import Kept
from autograd_tutor.recording.kinds import Truncated
from autograd_tutor.recording.model import Node

KEY = "autograd_tutor.id"
"""Where a node's id is written in its `metadata`, which outlives the Python wrapper of a node."""

LINE = "autograd_tutor.line"
"""Where the line that made a node is written in its `metadata`, if a later line may find it."""

ACCUMULATE_GRAD = "AccumulateGrad"
"""The node that adds to the `.grad` of a leaf."""

_FUNCTION = torch._C._FunctionBase


class Found(NamedTuple):
    """New nodes, those nearer to the output first, and what they keep."""

    nodes: tuple[Node, ...] = ()
    kept: tuple[Kept, ...] = ()

    def plus(self, found: Found) -> Found:
        """With those that were found later."""
        return Found(self.nodes + found.nodes, self.kept + found.kept)


def grow_stack() -> bool:
    """Let the main thread's stack grow to CHAIN_STACK_BYTES; whether the system allows that."""
    if not sys.platform.startswith("linux"):
        return False
    soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
    unlimited = hard == resource.RLIM_INFINITY
    size = CHAIN_STACK_BYTES if unlimited else min(CHAIN_STACK_BYTES, hard)
    if soft != resource.RLIM_INFINITY and soft < size:
        resource.setrlimit(resource.RLIMIT_STACK, (size, hard))
    return size == CHAIN_STACK_BYTES


class Graph:
    """Numbers nodes 1, 2, … and turns new ones into `Node`s.

    Holds no wrapper of a node after `collect`: a recorded loop must not keep its graphs alive.
    """

    def __init__(self, first: int = 0, own_process: bool = True) -> None:
        """`first`: how many ids earlier graphs of this process have given away. What bears one of
        those is new here. `own_process`: whether the stack may be made to grow."""
        self._stack_grows = own_process and grow_stack()
        self._first = first
        self.step = 0
        self.room = 0
        """How many nodes the step may still add."""
        self.full: Truncated | None = None
        """Of what there was more than room for: nodes, or their inputs."""
        self._room_for_edges = 0
        self._most = RECORD_NODES
        """How many may get their id between two `collect`s: a snapshot may have those of two."""
        self._collected = 0
        """How many had one at the last."""
        self.cut: dict[int, int] = {}
        """Of nodes with more inputs than there was room for, how many are recorded."""
        self.count = first
        """The last id that was given away."""
        self.identities = Identities()
        self._roots: deque[tuple[Any, int]] = deque()
        """Nodes that got their id since the last `collect`, with it."""
        self._names: dict[int, str] = {}
        """The variables bound to their outputs."""

    def begin(self, step: int, room: int, share: int = 1) -> None:
        """Start a step, which may add `room` nodes; `share` is that of its limits."""
        self.step, self.full, self._room_for_edges = step, None, MOST_EDGES * share
        self._most = RECORD_NODES if share == 1 else RECORD_NODES // 2
        self.identities.begin_step()
        self.room = (
            room
            if self._stack_grows
            else max(0, min(room, MOST_CHAIN_NODES + self._first - self.count))
        )

    def identify(self, node: Any, name: str) -> int | None:
        """The id of a tensor's grad_fn, a new one if it has none; None if there is no room.

        `name` is the variable bound to the tensor, `` if none is.
        """
        known = self.known(node)
        if known is None:
            known = self._number(node)
            if known is not None:
                self._roots.append((node, known))
                if name:
                    self._names[known] = name
        return known

    def note_returned(self, node: Any, line: int) -> None:
        """A function is about to return a tensor that `node` made on this line.

        The nodes behind it are found now, the node itself when its output gets a name.
        """
        if self.known(node) is not None:
            return
        node.metadata.setdefault(LINE, line)
        for child, _ in node.next_functions:
            if child is not None and self.known(child) is None:
                known = self._number(child)
                if known is not None:
                    self._roots.append((child, known))

    def note_line(self, node: Any, line: int) -> None:
        """This line made `node` and every node behind it that has no id or line yet."""
        waiting = [node]
        while waiting:
            node = waiting.pop()
            metadata = node.metadata
            if self.known(node) is None and LINE not in metadata:
                metadata[LINE] = line
                waiting += [child for child, _ in node.next_functions if child is not None]

    @property
    def pending(self) -> bool:
        """Whether `collect` has new nodes to return."""
        return bool(self._roots)

    def collect(self, line: int, leaves: Callable[[], Mapping[int, str]]) -> Found:
        """All nodes found since the last time.

        `line` made them unless they say otherwise; `leaves` gives the names of tensors by `id()`.
        """
        found: list[Node] = []
        kept: list[Kept] = []
        queue, names = self._roots, self._names
        self._roots, self._names = deque(), {}
        leaf_names: Mapping[int, str] | None = None
        while queue:
            node, number = queue.popleft()
            name = node_name(node)
            variable, leaf = names.get(number), None
            if name == ACCUMULATE_GRAD:
                leaf = self.identities.of(node.variable).number
                if leaf_names is None:
                    leaf_names = leaves()
                variable = leaf_names.get(id(node.variable))
            elif len(kept) < MOST_KEPT:
                kept += kept_by(node, number, self.identities)
            new = Node(
                number, name, self._next(node, number, queue), variable,
                node.metadata.get(LINE, line), self.step,
                isinstance(node, _FUNCTION), _shape(node), _order(node), leaf, number in self.cut,
            )  # fmt: skip
            found.append(new)
        self._collected = self.count
        found.sort(key=lambda node: node.order, reverse=True)
        return Found(tuple(found), tuple(kept))

    def _next(
        self, node: Any, its_number: int, queue: deque[tuple[Any, int]]
    ) -> tuple[tuple[int, int] | None, ...]:
        """A node's `next_functions` with ids; nodes that get theirs now are put into the queue."""
        edges = node.next_functions
        room = min(MOST_INPUTS, self._room_for_edges)
        if len(edges) > room:
            self.full, self.cut[its_number] = "inputs", room
            edges = edges[:room]
        self._room_for_edges -= len(edges)
        found: list[tuple[int, int] | None] = []
        for child, input_nr in edges:
            number = None
            if child is not None:
                number = self.known(child)
                if number is None:
                    number = self._number(child)
                    if number is not None:
                        queue.append((child, number))
            found.append(None if number is None else (number, input_nr))
        return tuple(found)

    def known(self, node: Any) -> int | None:
        """The id of a node; None for one that has none, or that of an earlier graph."""
        number: int | None = node.metadata.get(KEY)
        if number is None or number > self._first:
            return number
        for key in (KEY, LINE):
            node.metadata.pop(key, None)
        return None

    def _number(self, node: Any) -> int | None:
        if self.room <= 0 or self.count - self._collected >= self._most:
            self.full = "nodes"
            return None
        self.room -= 1
        self.count += 1
        node.metadata[KEY] = self.count
        return self.count


def node_name(node: Any) -> str:
    """The name of a node as records have it: `MulBackward0`, without a namespace."""
    return shown_name(type(node).name(node).rpartition("::")[2])


def _order(node: Any) -> int:
    """torch's sequence number; -1 for leaves, which have the largest number there is."""
    number = int(type(node)._sequence_nr(node))
    return -1 if number >= 2**63 else number


def _shape(node: Any) -> tuple[int, ...] | None:
    try:
        metadata = node._input_metadata
        return plain_sizes(metadata[0].shape) if metadata else None
    except (AttributeError, RuntimeError, TypeError):  # nested tensors, older torch
        return None


def plain_sizes(shape: Any) -> tuple[int, ...] | None:
    """A shape; None if there are symbols in it, which asking for their value would settle."""
    return tuple(shape) if all(type(size) is int for size in shape) else None
