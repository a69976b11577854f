"""Rows stand in the order in which torch's engine runs the nodes, or did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hypothesis import given
from hypothesis import strategies as st
from made import node
from random_graphs import Graph, behind, edges_of, graphs, inputs, linked

from autograd_tutor.analysis.execution_order import row_order
from autograd_tutor.recording.model import Node


def shuffled(nodes: Graph, numbers: st.DataObject) -> Graph:
    """The same graph, its nodes made in another order (still inputs before what they lead to)."""
    return {
        number: node(
            number,
            each.name,
            *inputs(nodes, number),
            order=-1 if each.order < 0 else 1000 * each.order + numbers.draw(st.integers(0, 40000)),
        )
        for number, each in nodes.items()
    }


def engine(nodes: Mapping[int, Node], roots: Iterable[int]) -> list[int]:
    """What torch's engine does, in the plainest way: of all that is ready, the latest made."""
    left = list(behind(nodes, roots))
    done: list[int] = []
    while left:
        ready = [n for n in left if not any(n in inputs(nodes, other) for other in left)]
        leaves = [n for n in ready if nodes[n].order < 0]
        if leaves:
            last = inputs(nodes, next(n for n in reversed(done) if inputs(nodes, n)))
            done.append(min(leaves, key=lambda leaf: _last(leaf, last)))
        else:
            done.append(max(ready, key=lambda n: nodes[n].order))
        left.remove(done[-1])
    return done


def _last(expected: int, numbers: list[int]) -> int:
    return max(at for at, number in enumerate(numbers) if number == expected)


@given(graphs(40), st.data())
def test_without_a_pass_rows_stand_as_the_engine_would_run_them(
    nodes: Graph, numbers: st.DataObject
) -> None:
    nodes = shuffled(nodes, numbers)
    if inputs(nodes, 0):  # else the root is a leaf
        assert list(row_order(nodes, [0])) == engine(nodes, [0])


@given(graphs(), st.lists(st.integers(0, 199), max_size=3), st.data())
def test_every_node_that_is_reached_stands_below_all_that_lead_to_it(
    nodes: Graph, more: list[int], ran: st.DataObject
) -> None:
    roots = [0, *(root for root in more if root in nodes)]
    some = ran.draw(st.lists(st.sampled_from(sorted(nodes)), unique=True))  # in any order
    order = row_order(nodes, roots, some)
    place = {number: row for row, number in enumerate(order)}
    assert sorted(order) == sorted(behind(nodes, roots))
    assert all(place[source] < place[to] for source, to in edges_of(nodes, order))


@given(graphs(), st.data())
def test_what_a_pass_ran_keeps_the_order_of_the_pass(nodes: Graph, choices: st.DataObject) -> None:
    priority = choices.draw(st.permutations(sorted(nodes)))
    other = {n: node(n, "N", *inputs(nodes, n), order=priority[n]) for n in nodes}
    whole = row_order(other, [0])  # some order that the edges allow
    limit = choices.draw(st.sets(st.sampled_from(whole)))
    ran = [number for number in whole if number in behind(nodes, limit) or number not in limit]
    order = row_order(nodes, [0], whole)
    assert order == whole
    order = row_order(nodes, [0], ran)
    assert [number for number in order if number in set(ran)] == ran


@given(graphs())
def test_a_pass_as_it_was_foretold_changes_nothing(nodes: Graph) -> None:
    order = row_order(nodes, [0])
    assert row_order(nodes, [0], order) == order
    assert row_order(nodes, [0], order[: len(order) // 2]) == order


def test_a_node_that_the_pass_left_out_stands_where_it_would_have_run() -> None:
    nodes = linked([[1, 2], [3], [3], []])
    assert row_order(nodes, [0]) == (0, 1, 2, 3)
    assert row_order(nodes, [0], [0, 2, 3]) == (0, 1, 2, 3)
    assert row_order(nodes, [0], [0, 2, 1, 3]) == (0, 2, 1, 3)


def test_a_leaf_stands_right_below_the_last_of_its_consumers() -> None:
    nodes = {
        9: node(9, "MulBackward0", 5, 1, order=9),
        5: node(5, "MulBackward0", 1, 2, order=5),
        1: node(1, "AccumulateGrad"),
        2: node(2, "TanhBackward0", 3, order=2),
        3: node(3, "AccumulateGrad"),
    }
    assert row_order(nodes, [9]) == (9, 5, 1, 2, 3)


def test_what_was_not_recorded_has_a_row() -> None:
    nodes = {1: node(1, "AddBackward0", 2, 3, order=1), 3: node(3, "AccumulateGrad")}
    assert row_order(nodes, [1]) == (1, 2, 3)
    assert row_order({}, [7]) == (7,)


def test_a_graph_deeper_than_the_stack_has_an_order() -> None:
    nodes = linked([*[[number + 1] for number in range(50_000)], []])
    assert row_order(nodes, [0]) == tuple(range(50_001))
