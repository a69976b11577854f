"""A graph as an indented tree: a node's inputs stand below it, one level deeper.

A node that is used more than once is drawn where it is met first and referred to everywhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from autograd_tutor.limits.interface import MOST_TREE_LEVELS
from autograd_tutor.recording.model import Node


class TreeRow(NamedTuple):
    """One row of the tree: a node below its guides; `again`: drawn in full further up."""

    node: int
    guides: str
    again: bool


def tree(roots: Sequence[int], nodes: Mapping[int, Node]) -> list[TreeRow]:
    """The rows of all nodes that `roots` lead to, in the order in which they are drawn.

    Iterative: graphs are deeper than Python's stack.
    """
    rows: list[TreeRow] = []
    seen: set[int] = set()
    # node, own guides, guides below, level
    waiting: list[tuple[int, str, str, int]] = [(root, "", "", 0) for root in reversed(roots)]
    while waiting:
        number, guides, below, level = waiting.pop()
        again = number in seen
        rows.append(TreeRow(number, guides, again))
        node = nodes.get(number)
        if again or node is None:
            continue
        seen.add(number)
        inputs = [edge[0] for edge in node.next if edge is not None]
        for index in range(len(inputs) - 1, -1, -1):
            last = index == len(inputs) - 1
            own, under = ("└─", "  ") if last else ("├─", "│ ")
            outer = below if level < MOST_TREE_LEVELS else f"⋯{level + 1} "
            waiting.append((inputs[index], outer + own, outer + under, level + 1))
    return rows
