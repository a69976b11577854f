"""Gives every `grad_fn` an id that stays, and finds the nodes that a line has added."""

from __future__ import annotations

import resource
import sys
import weakref
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import torch

from autograd_tutor.kernel.categories import told_name
from autograd_tutor.recording.model import Node

KEY = "autograd_tutor.id"
"""Where a node's id is written in its `metadata`, which outlives the Python wrapper of a node."""

LINE = "autograd_tutor.line"
"""Where a node is told the line that made it, if it is not to be found before a later one."""

_FUNCTION = torch._C._FunctionBase


_LEAVES = 10_000
"""From so many on, leaves that are gone are forgotten."""

STACK = 512 * 2**20
"""Bytes of stack wanted for freeing graphs. Since torch 2.13 a node keeps the Python object through
which it was once looked at, and a chain of such nodes is freed recursively, at about 300 bytes a
node: 8 MiB end at a chain of 30,000."""

SHALLOW = 20_000
"""Nodes a run may add where the stack cannot grow: one chain may go through all of its steps."""


def make_room_on_the_stack() -> bool:
    """Let the main thread's stack grow to STACK; whether that works on this system."""
    if not sys.platform.startswith("linux"):
        return False
    soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
    wanted = STACK if hard == resource.RLIM_INFINITY else min(STACK, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_STACK, (wanted, hard))
    return wanted == STACK


class Graph:
    """Numbers nodes 1, 2, … and turns new ones into `Node`s.

    Holds no wrapper of a node beyond `collect`: a recorded loop must not keep its graphs alive.
    """

    def __init__(self) -> None:
        self._deep = make_room_on_the_stack()
        self.step = 0
        self.room = 0
        """How many nodes the step may still add."""
        self.full = False
        """A node was met for which there was no room."""
        self.count = 0
        self._leaves: dict[int, tuple[weakref.ref[Any], int]] = {}
        self._leaf_count = 0
        self._roots: deque[Any] = deque()
        self._names: dict[int, str] = {}

    def begin(self, step: int, room: int) -> None:
        """A step begins, which may add so many nodes."""
        self.step, self.full = step, False
        self.room = room if self._deep else max(0, min(room, SHALLOW - self.count))

    def identify(self, node: Any, name: str) -> int | None:
        """The id of a tensor's grad_fn, a new one if it has none yet; None: there is no room.

        `name` is the variable bound to the tensor, `` if none is.
        """
        known: int | None = node.metadata.get(KEY)
        if known is None:
            known = self._number(node)
            if known is not None:
                self._roots.append((node, known))
                if name:
                    self._names[known] = name
        return known

    def announce(self, node: Any, line: int) -> None:
        """A function is about to return a tensor that `node` made on this line.

        What lies behind it counts as found now; the node itself once its output has a name.
        """
        metadata = node.metadata
        if KEY in metadata:
            return
        metadata.setdefault(LINE, line)
        for child, _ in node.next_functions:
            if child is not None and KEY not in child.metadata:
                known = self._number(child)
                if known is not None:
                    self._roots.append((child, known))

    def leaf_number(self, leaf: Any) -> int:
        """A number for a leaf, by which it is known whatever it is called."""
        known = self._leaves.get(id(leaf))
        if known is not None and known[0]() is leaf:
            return known[1]
        if len(self._leaves) >= _LEAVES:
            self._leaves = {at: each for at, each in self._leaves.items() if each[0]() is not None}
        self._leaf_count += 1
        self._leaves[id(leaf)] = weakref.ref(leaf), self._leaf_count
        return self._leaf_count

    def made_by(self, node: Any, line: int) -> None:
        """Every node behind `node` (and itself) that nobody has seen yet was made by this line."""
        waiting = [node]
        while waiting:
            node = waiting.pop()
            metadata = node.metadata
            if KEY not in metadata and LINE not in metadata:
                metadata[LINE] = line
                waiting += [child for child, _ in node.next_functions if child is not None]

    @property
    def pending(self) -> bool:
        """Whether nodes were identified that `collect` has not told of yet."""
        return bool(self._roots)

    def collect(self, line: int, leaves: Callable[[], Mapping[int, str]]) -> tuple[Node, ...]:
        """All nodes found since the last time, those nearer to the output first.

        `line` made them; `leaves` gives the names of tensors by `id()`.
        """
        found: list[Node] = []
        queue, names = self._roots, self._names
        self._roots, self._names = deque(), {}
        leaf_names: Mapping[int, str] | None = None
        while queue:
            node, number = queue.popleft()
            following: list[tuple[int, int] | None] = []
            for child, input_nr in node.next_functions:
                known = None
                if child is not None:
                    known = child.metadata.get(KEY)
                    if known is None:
                        known = self._number(child)
                        if known is not None:
                            queue.append((child, known))
                following.append(None if known is None else (known, input_nr))
            name = told_name(type(node).name(node).rpartition("::")[2])
            variable = names.get(number)
            leaf = None
            if name == "AccumulateGrad":
                leaf = self.leaf_number(node.variable)
                if leaf_names is None:
                    leaf_names = leaves()
                variable = leaf_names.get(id(node.variable))
            found.append(
                Node(
                    id=number,
                    name=name,
                    next=tuple(following),
                    variable=variable,
                    line=node.metadata.get(LINE, line),
                    step=self.step,
                    custom=isinstance(node, _FUNCTION),
                    shape=_shape(node),
                    order=_order(node),
                    leaf=leaf,
                )
            )
        return tuple(sorted(found, key=lambda node: node.order, reverse=True))

    def _number(self, node: Any) -> int | None:
        if self.room <= 0:
            self.full = True
            return None
        self.room -= 1
        self.count += 1
        node.metadata[KEY] = self.count
        return self.count


def _order(node: Any) -> int:
    """Grows with the time of making; leaves, whose number is the largest there is, come last."""
    number = int(type(node)._sequence_nr(node))
    return -1 if number >= 2**63 else number


def _shape(node: Any) -> tuple[int, ...] | None:
    try:
        metadata = node._input_metadata
        return tuple(int(size) for size in metadata[0].shape) if metadata else None
    except (AttributeError, RuntimeError, TypeError):  # nested tensors, older torch
        return None
