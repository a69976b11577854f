"""The order in which the nodes of a graph run, which is the order of its rows, output first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from heapq import heappop, heappush

from autograd_tutor.recording.model import Node

_FIRST = -(1 << 64)
"""Stands before every sequence number."""


def row_order(
    nodes: Mapping[int, Node], roots: Iterable[int], ran: Iterable[int] = ()
) -> tuple[int, ...]:
    """The ids of all nodes that `roots` lead to, each behind everything that leads to it.

    `ran`: the nodes that a recorded pass ran, in its order, which they keep. The others stand where
    torch's engine would run them: of the nodes whose consumers have all run, the one with the
    highest `order` is next, and AccumulateGrad before any other (`ReadyQueue` in torch's
    engine.cpp). Of several AccumulateGrad that one node makes ready the order is that of its
    inputs; torch keeps it for two of them and promises none.

    An id that is not in `nodes` was not recorded: it is there and leads nowhere.
    """
    waiting = _consumers(nodes, dict.fromkeys(roots))
    rank = {number: index for index, number in enumerate(ran) if number in waiting}
    return tuple(_in_order(nodes, waiting, rank))


def _consumers(nodes: Mapping[int, Node], roots: Iterable[int]) -> dict[int, int]:
    """How many edges come in at each node that `roots` lead to."""
    coming = dict.fromkeys(roots, 0)
    found = list(coming)
    while found:
        node = nodes.get(found.pop())
        if node is None:
            continue
        for edge in node.next:
            if edge is not None:
                number = edge[0]
                if number in coming:
                    coming[number] += 1
                else:
                    coming[number] = 1
                    found.append(number)
    return coming


def _in_order(
    nodes: Mapping[int, Node], waiting: dict[int, int], rank: Mapping[int, int]
) -> list[int]:
    """Run the nodes; `waiting` counts the edges that have yet to bring something to each."""
    order: list[int] = []
    ready: list[tuple[int, int, int]] = []  # by what torch runs first, then by what came first
    ranked: list[tuple[int, int]] = []  # by what the pass ran first
    open_ranks = sorted(rank.values(), reverse=True)
    taken: set[int] = set()
    came: dict[int, int] = {}

    def add(number: int) -> None:
        came[number] = len(came)
        if number in rank:
            heappush(ranked, (rank[number], number))
        else:
            heappush(ready, (_priority(nodes.get(number)), came[number], number))

    for number in [number for number, count in waiting.items() if not count]:
        add(number)
    while ready or ranked:
        if ranked and _is_next(nodes, ranked[0], open_ranks, came, ready):
            at, number = heappop(ranked)
            taken.add(at)
            while open_ranks and open_ranks[-1] in taken:
                open_ranks.pop()
        else:
            number = heappop(ready)[2]
        order.append(number)
        node = nodes.get(number)
        for edge in node.next if node is not None else ():
            if edge is not None:
                left = waiting[edge[0]] - 1
                waiting[edge[0]] = left
                if not left:
                    add(edge[0])
    return order


def _is_next(
    nodes: Mapping[int, Node],
    candidate: tuple[int, int],
    open_ranks: list[int],
    came: Mapping[int, int],
    ready: list[tuple[int, int, int]],
) -> bool:
    """Whether the first of the ready nodes that the pass ran comes before all that it did not."""
    if not ready:
        return True
    at, number = candidate
    return at == open_ranks[-1] and (_priority(nodes.get(number)), came[number]) < ready[0]


def _priority(node: Node | None) -> int:
    return -node.order if node is not None and node.order >= 0 else _FIRST
