"""Graphs of all shapes for tests: chains, hubs, doubled edges, inputs without gradient."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from hypothesis import strategies as st
from made import node

from autograd_tutor.recording.model import Node

Graph = dict[int, Node]

_STEPS = st.one_of(
    st.none(),
    st.sampled_from([1, 1, 1, 2, 3]),
    st.integers(1, 30),
    st.just(1000),  # to the hub
)


def linked(edges: Sequence[Sequence[int | None]], names: Sequence[str] = ()) -> Graph:
    """Nodes 0, 1, … made one before the other; those that lead nowhere are leaves."""
    made = {}
    for number, inputs in enumerate(edges):
        leaf = not any(each is not None for each in inputs)
        name = names[number] if names else "AccumulateGrad" if leaf else f"N{number}Backward0"
        order = -1 if leaf and name == "AccumulateGrad" else len(edges) - number
        made[number] = node(number, name, *inputs, order=order)
    return made


@st.composite
def graphs(draw: st.DrawFn, most: int = 200) -> Graph:
    """A graph whose node 0 leads to up to `most` others, the last of them a hub."""
    steps = draw(st.lists(st.lists(_STEPS, max_size=4), min_size=1, max_size=most - 1))
    last = len(steps)
    edges: list[list[int | None]] = [
        [None if step is None else min(number + step, last) for step in each]
        for number, each in enumerate(steps)
    ]
    return linked([*edges, []])


def behind(nodes: Mapping[int, Node], roots: Iterable[int]) -> set[int]:
    """All that `roots` lead to, themselves too."""
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        number = waiting.pop()
        if number not in found:
            found.add(number)
            waiting += inputs(nodes, number)
    return found


def inputs(nodes: Mapping[int, Node], number: int) -> list[int]:
    return [edge[0] for edge in nodes[number].next if edge] if number in nodes else []


def edges_of(nodes: Mapping[int, Node], numbers: Iterable[int]) -> Counter[tuple[int, int]]:
    """The edges of these nodes, as many times as `next_functions` has them."""
    return Counter((number, to) for number in numbers for to in inputs(nodes, number))
