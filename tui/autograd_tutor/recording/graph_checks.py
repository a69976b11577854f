"""Whether nodes can be those of a graph."""

from __future__ import annotations

from collections.abc import Mapping

from autograd_tutor.recording.model import Node


def has_cycle(nodes: Mapping[int, Node]) -> bool:
    """Whether some node is behind itself. Iterative: graphs are deeper than Python's stack."""
    coming = dict.fromkeys(nodes, 0)
    for node in nodes.values():
        for edge in node.next:
            if edge is not None and edge[0] in coming:
                coming[edge[0]] += 1
    ready = [number for number, count in coming.items() if not count]
    done = 0
    while ready:
        done += 1
        for edge in nodes[ready.pop()].next:
            if edge is not None and edge[0] in coming:
                coming[edge[0]] -= 1
                if not coming[edge[0]]:
                    ready.append(edge[0])
    return done < len(nodes)
