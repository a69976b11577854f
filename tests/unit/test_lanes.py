"""A graph drawn as lanes can be read back, edge by edge, by who knows only what the signs mean."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from drawn_edges import MEANING, UPRIGHT, Unreadable, read_edges, read_labels
from hypothesis import assume, example, given
from hypothesis import strategies as st
from random_graphs import Graph, edges_of, graphs, linked

from autograd_tutor.analysis.execution_order import row_order
from autograd_tutor.analysis.repeats import fold, links
from autograd_tutor.render.lanes import CHECKPOINT_ROWS, NARROW, Lanes, Line
from autograd_tutor.render.signs import LEAF, OPERATION, to_ascii


def drawn(nodes: Graph, roots: Sequence[int] = (0,)) -> list[str]:
    order = row_order(nodes, roots)
    lanes = Lanes(links(fold(order, ()), order, nodes))
    signs = [LEAF if nodes[number].name == "AccumulateGrad" else OPERATION for number in order]
    return [
        f"{line.before}{sign}{line.after} n{number}"
        for line, sign, number in zip(lanes, signs, order, strict=True)
    ]


def picture(*edges: Sequence[int | None]) -> str:
    """The drawing of nodes 0, 1, … without labels."""
    rows = [line.rpartition(" n")[0] for line in drawn(linked(edges))]
    return "\n" + "".join(f"    {row}\n" for row in rows)


def read(lines: Sequence[str]) -> dict[tuple[int, int], int]:
    """The edges of a drawing between the nodes that its labels name."""
    numbers = [int(label.removeprefix("n")) for label in read_labels(lines)]
    return {(numbers[a], numbers[b]): count for (a, b), count in read_edges(lines).items()}


@given(graphs())
def test_every_edge_can_be_read_from_the_drawing_as_often_as_it_is_there(nodes: Graph) -> None:
    assert read(drawn(nodes)) == edges_of(nodes, row_order(nodes, [0]))


@given(graphs())
def test_every_edge_can_be_read_from_the_ascii_drawing(nodes: Graph) -> None:
    lines = [to_ascii(line) for line in drawn(nodes)]
    assert all(line.isascii() for line in lines)
    assert read(lines) == edges_of(nodes, row_order(nodes, [0]))


@given(graphs(80), st.lists(st.integers(1, 79), min_size=1, max_size=4))
def test_several_outputs_are_not_drawn_into_one_another(nodes: Graph, more: list[int]) -> None:
    roots = [0, *(root for root in more if root in nodes)]
    assert read(drawn(nodes, roots)) == edges_of(nodes, row_order(nodes, roots))


@given(graphs(60), st.data())
def test_a_drawing_with_one_wrong_sign_is_read_otherwise(nodes: Graph, at: st.DataObject) -> None:
    lines = drawn(nodes)
    signs = set(MEANING) | set(UPRIGHT)
    places = [
        (row, cell)
        for row, line in enumerate(lines)
        for cell, character in enumerate(line.rpartition(" ")[0])
        if character in signs
    ]
    assume(places)
    row, cell = at.draw(st.sampled_from(places))
    wrong = at.draw(st.sampled_from(sorted("╮╭┬╯╰┴┤├┼│ ─" + OPERATION)))
    assume(wrong != lines[row][cell])
    spoilt = [*lines]
    spoilt[row] = lines[row][:cell] + wrong + lines[row][cell + 1 :]
    try:
        edges = dict(read_edges(spoilt))
    except Unreadable:
        return
    assert edges != read_edges(lines)


def test_an_output_below_a_leaf_stands_aside_from_it() -> None:
    nodes = linked([[1], [], [3], []])
    assert [line.rpartition(" n")[0] for line in drawn(nodes, [0, 2])] == ["●", "◆", "  ●", "  ◆"]


# What small graphs look like.


def test_a_value_used_twice_by_one_operation_has_two_lanes() -> None:
    """`a * a`, and `b = a + a; b + b`."""
    assert (
        picture([1, 1], [])
        == """
    ●─╮
    ◆─╯
"""
    )
    assert (
        picture([1, 1], [2, 2], [])
        == """
    ●─╮
    ●─┴─╮
    ◆───╯
"""
    )


def test_leaves_stand_beside_the_main_chain() -> None:
    """`((x * w + b).tanh() * v).sum()`."""
    assert (
        picture([1], [3, 2], [], [4], [6, 5], [], [7, 8], [], [])
        == """
    ●
    ●─╮
    │ ◆
    ●
    ●─╮
    │ ◆
    ●─╮
    │ ◆
    ◆
"""
    )


def test_layers_stand_below_one_another() -> None:
    """Two linear layers with a ReLU between them."""
    first = [[1, 4, 2], [], [3], [], [5]]
    assert (
        picture(*first, [6, None, 7], [], [8], [])
        == """
    ●─┬─╮
    │ ◆ │
    │   ●
    │   ◆
    ●
    ●─╮
    │ ◆
    ●
    ◆
"""
    )


def test_a_skipped_layer_is_a_lane_beside_it() -> None:
    """`x = a.exp(); x + x.sin().cos()`."""
    assert (
        picture([3, 1], [2], [3], [4], [])
        == """
    ●─╮
    ● │
    ● │
    ●─╯
    ◆
"""
    )


def test_a_lane_passes_over_the_line_of_another() -> None:
    assert (
        picture([1, 4], [2, 3], [3], [4], [], [])
        == """
    ●─╮
    ●─│─╮
    ● │ │
    ●─│─╯
    ◆─╯
"""
    )


def test_steps_that_share_their_weights_join_the_lanes_of_these() -> None:
    """`for _ in range(4): h = tanh(h @ w + b)`."""
    steps = [[1], [2, 12], [3, 13], [4], [5, 12], [6, 13], [7], [8, 12], [9, 13], [10], [11, 12]]
    assert (
        picture(*steps, [None, 13], [], [])
        == """
    ●
    ●─╮
    ●─│─╮
    ● │ │
    ●─┤ │
    ●─│─┤
    ● │ │
    ●─┤ │
    ●─│─┤
    ● │ │
    ●─┤ │
    │ ◆ │
    ●───┤
        ◆
"""
    )


# Size.


def recurrent(steps: int) -> Graph:
    """`for _ in range(steps): h = tanh(h @ w + b)`."""
    w, b = 3 * steps, 3 * steps + 1
    edges: list[list[int | None]] = []
    for at in range(0, 3 * steps, 3):
        edges += [[at + 1], [at + 2, b], [at + 3 if at + 3 < w else None, w]]
    return linked([*edges, [], []])


def test_a_weight_of_a_thousand_steps_has_one_lane() -> None:
    nodes = recurrent(1000)
    lines = drawn(nodes)
    assert max(len(line.partition(" n")[0]) for line in lines) == 5
    assert read(lines) == edges_of(nodes, range(3002))


def test_many_edges_to_one_node_take_few_columns() -> None:
    nodes = linked([*[[number + 1, 300, 300] for number in range(299)], [300], []])
    widths = [len(line.partition(" n")[0]) for line in drawn(nodes)]
    assert max(widths) <= 2 * NARROW
    assert read(drawn(nodes)) == edges_of(nodes, range(301))


def test_columns_whose_lanes_have_ended_are_used_again() -> None:
    nodes = linked([*[[number + 1] * 3 for number in range(2 * CHECKPOINT_ROWS)], []])
    lines = drawn(nodes)
    assert max(len(line.partition(" n")[0]) for line in lines) == 9  # two lanes end, two begin
    assert read(lines) == edges_of(nodes, range(2 * CHECKPOINT_ROWS + 1))


@given(graphs(), st.data())
def test_a_window_is_a_part_of_the_whole(nodes: Graph, at: st.DataObject) -> None:
    order = row_order(nodes, [0])
    links_ = links(order, order, nodes)
    whole = tuple(Lanes(links_))
    lanes = Lanes(links_)
    places = st.integers(0, len(whole))
    for _ in range(3):
        start, stop = at.draw(places), at.draw(places)
        assert lanes[start:stop] == whole[start:stop]
    assert lanes[-1] == whole[-1]
    assert lanes[::-1] == whole[::-1]


def test_windows_far_down_are_parts_of_the_whole() -> None:
    nodes = recurrent(400)
    order = row_order(nodes, [0])
    links_ = links(order, order, nodes)
    whole = tuple(Lanes(links_))
    lanes = Lanes(links_)
    assert len(whole) > 4 * CHECKPOINT_ROWS
    for start in (
        3 * CHECKPOINT_ROWS - 5,
        2 * CHECKPOINT_ROWS,
        7,
        len(whole) - 20,
        CHECKPOINT_ROWS + 1,
    ):
        assert lanes[start : start + 40] == whole[start : start + 40]


def test_rows_are_laid_out_as_far_as_they_are_looked_at() -> None:
    asked: list[int] = []

    class Links(list[tuple[int, ...]]):
        def __getitem__(self, row: int) -> tuple[int, ...]:  # type: ignore[override]
            asked.append(row)
            return super().__getitem__(row)

    lanes = Lanes(Links([(row + 1,) for row in range(5000)] + [()]))
    asked.clear()
    assert len(lanes[0:40]) == 40
    assert max(asked) < 200


def test_a_row_that_is_not_there_is_an_error() -> None:
    lanes = Lanes([(1,), ()])
    with pytest.raises(IndexError):
        lanes[2]
    assert lanes[5:] == ()
    assert len(Lanes([])) == 0
    assert Lanes([])[:10] == ()


@given(graphs(), st.integers(4, 12))
@example(linked([[3, 1, 2, 2], [3], [], []]), 4)  # a lane beyond the cut, with blanks before it
def test_lanes_that_are_clipped_are_those_that_are_not_cut_off(nodes: Graph, widest: int) -> None:
    order = row_order(nodes, [0])
    edges = links(fold(order, ()), order, nodes)
    assert [*Lanes(edges, widest)] == [line.clipped(widest) for line in Lanes(edges)]


def test_lanes_of_thousands_of_columns_are_clipped_with_their_sign() -> None:
    count = 3_000
    lanes = Lanes([range(1, count + 1), *[(count + 1,)] * count, ()], 40)
    assert {line.width for line in lanes[:count]} == {40}
    assert lanes[0].before == ""
    assert (lanes[count - 5].before[-1:], lanes[count - 5].after[-1:]) in {("⋯", ""), ("", "⋯")}


@pytest.mark.parametrize(
    ("width", "left"), [(9, "│ ●─│─╮ │"), (8, "│ ●─│─╮⋯"), (5, "│ ●─⋯"), (4, "│ ●⋯"), (3, "│⋯●")]
)
def test_a_line_that_is_too_wide_says_so_and_keeps_its_sign(width: int, left: str) -> None:
    line = Line("│ ", "─│─╮ │").clipped(width)
    assert f"{line.before}●{line.after}" == left
    assert line.width <= width
