"""Blocks that are repeated are found, and folded into one row without an edge that is lost."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from drawn_edges import read_edges
from hypothesis import given
from hypothesis import strategies as st
from made import node
from random_graphs import Graph, edges_of, graphs, linked

from autograd_tutor.analysis.execution_order import row_order
from autograd_tutor.analysis.repeats import (
    Repeat,
    find_repeats,
    fold,
    links,
)
from autograd_tutor.limits.interface import LEAST_REPEATS, MOST_BLOCK_ROWS
from autograd_tutor.render.lanes import Lanes
from autograd_tutor.render.repeat_text import repeat_text

NAMES = ["AddBackward0", "MulBackward0", "AccumulateGrad", "TanhBackward0"]


def chain(names: list[str]) -> Graph:
    """Each node leads to the next."""
    return linked([*[[at + 1] for at in range(len(names) - 1)], []], names)


def runs_of(names: list[str], worth: int = 1) -> list[tuple[int, int, int]]:
    """Start, period and times of the repeats in a chain of such nodes."""
    found = find_repeats(range(len(names)), chain(names), worth)
    assert all(repeat.first == repeat.start for repeat in found)
    return [(repeat.start, repeat.period, repeat.times) for repeat in found]


def longest(names: list[str]) -> int:
    """How many rows the longest run has, found by trying every start and period."""
    best = 0
    for period in range(1, len(names) // LEAST_REPEATS + 1):
        for start in range(len(names)):
            times = 1
            block = names[start : start + period]
            while names[start + times * period :][:period] == block:
                times += 1
            if times >= LEAST_REPEATS and len(block) == period:
                best = max(best, times * period)
    return best


@given(st.lists(st.sampled_from(NAMES[:2]), min_size=1, max_size=60))
def test_runs_are_repetitions_apart_from_one_another_the_longest_among_them(
    names: list[str],
) -> None:
    found = runs_of(names)
    for start, period, times in found:
        block = names[start : start + period]
        assert names[start : start + period * times] == block * times
        assert times >= LEAST_REPEATS
    stops = [start + period * times for start, period, times in found]
    assert all(stop <= after[0] for stop, after in zip(stops, found[1:], strict=False))
    assert max((period * times for _, period, times in found), default=0) == longest(names)


@given(
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=MOST_BLOCK_ROWS),
    st.integers(LEAST_REPEATS, 9),
    st.integers(0, 5),
)
def test_a_repeated_block_is_found_whatever_stands_around_it(
    block: list[str], times: int, before: int
) -> None:
    head = [f"Head{number}Backward0" for number in range(before)]
    found = runs_of([*head, *block * times, "LastBackward0"])
    rows, period = max((period * times, period) for _, period, times in found)
    assert rows >= len(block) * (times - 1)  # a block begins with an operation
    assert len(block) % period == 0


def test_the_shortest_block_is_taken() -> None:
    assert runs_of(["A", "B"] * 12) == [(0, 2, 12)]


def test_a_block_that_holds_repetitions_itself_goes_first() -> None:
    assert runs_of(["A", "A", "A", "A", "B"] * 3) == [(0, 5, 3)]


def test_a_block_begins_with_an_operation_where_it_can() -> None:
    names = ["AccumulateGrad", "A", *["AccumulateGrad", "A"] * 5]
    assert runs_of([*names, "B"]) == [(1, 2, 5)]


def test_what_a_longer_run_leaves_of_another_is_folded_too() -> None:
    assert runs_of([*["A"] * 5, *["A", "B"] * 6]) == [(0, 1, 5), (5, 2, 6)]


def test_short_runs_are_not_worth_a_row() -> None:
    assert runs_of(["A", "B"] * 5, worth=11) == []
    assert runs_of(["A", "B"] * 6, worth=11) == [(0, 2, 6)]
    assert runs_of(["A", "B"] * 2) == []


def test_blocks_of_more_than_256_operations_in_all_are_found() -> None:
    names = [f"Other{number}Backward0" for number in range(300)]
    assert runs_of([*names, *["Other7Backward0", "Other8Backward0"] * 6]) == [(300, 2, 6)]


def test_nodes_that_were_not_recorded_do_no_harm() -> None:
    assert find_repeats([5, 6, 7], {}, 1) == (Repeat(5, 0, 1, 3),)
    assert find_repeats([], {}) == ()


@given(graphs(100), st.data())
def test_a_folded_drawing_has_every_edge_that_leaves_or_enters_a_run(
    nodes: Graph, choices: st.DataObject
) -> None:
    order = row_order(nodes, [0])
    cuts = sorted(choices.draw(st.sets(st.integers(0, len(order)), max_size=8)))
    repeats = [Repeat(order[a], a, 1, b - a) for a, b in list(pairwise(cuts))[::2]]
    rows = fold(order, repeats)

    row_of = {}
    for row, item in enumerate(rows):
        members = order[item.start : item.stop] if isinstance(item, Repeat) else [item]
        row_of.update(dict.fromkeys(members, row))
    expected: Counter[tuple[int, int]] = Counter()
    for (source, to), count in edges_of(nodes, order).items():
        pair = row_of[source], row_of[to]
        if any(isinstance(rows[row], Repeat) for row in pair):
            if pair[0] != pair[1]:
                expected[pair] = 1
        else:
            expected[pair] += count
    lanes = Lanes(links(rows, order, nodes))
    assert read_edges([f"{line.before}●{line.after}" for line in lanes]) == expected
    assert sorted(row_of) == sorted(order)


def test_a_recurrent_network_is_one_row_with_its_weights() -> None:
    edges: list[list[int | None]] = [[1]]
    for at in range(1, 37, 3):
        edges += [[at + 1], [at + 2, 37], [at + 3 if at < 34 else None, 38]]
    kinds = ["TanhBackward0", "AddBackward0", "MmBackward0"]
    nodes = linked([*edges, [], []], ["SumBackward0", *kinds * 12, *["AccumulateGrad"] * 2])
    order = row_order(nodes, [0])
    repeats = find_repeats(order, nodes)
    rows = fold(order, repeats)
    lanes = Lanes(links(rows, order, nodes))
    texts = [
        repeat_text(item, order, nodes) if isinstance(item, Repeat) else nodes[item].name
        for item in rows
    ]
    lines = [f"{line.before}●{line.after} {t}\n" for line, t in zip(lanes, texts, strict=True)]
    assert "".join(lines) == (
        "● SumBackward0\n"
        "●─┬─╮ ×11 of 3 nodes  TanhBackward0, AddBackward0, MmBackward0\n"
        "● │ │ TanhBackward0\n"
        "●─│─│─╮ AddBackward0\n"
        "│ ●─│─╯ AccumulateGrad\n"
        "●   │ MmBackward0\n"
        "●───╯ AccumulateGrad\n"
    )


def test_a_repeat_is_named_by_its_operations() -> None:
    block = ["AddmmBackward0", "AccumulateGrad", "TBackward0", "AccumulateGrad", "ReluBackward0"]
    nodes = {at: node(at, name) for at, name in enumerate([*block, "TanhBackward0"] * 3)}
    repeat = Repeat(0, 0, 6, 3)
    assert repeat_text(repeat, range(18), nodes) == (
        "×3 of 6 nodes  AddmmBackward0, TBackward0, ReluBackward0, …"
    )
    assert (
        repeat_text(Repeat(1, 1, 1, 3), range(18), {1: nodes[1]}) == "×3 of 1 node  AccumulateGrad"
    )
