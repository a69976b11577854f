"""The graph as a tree: every edge can be read from it, however large the graph is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import node, parameter, snapshot, tensor, trace
from rich.cells import cell_len

from autograd_tutor.limits.interface import MOST_TREE_LEVELS
from autograd_tutor.recording.model import Node, Snapshot
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.graph import graph_listing
from autograd_tutor.render.graph_choice import Choice
from autograd_tutor.render.graph_rows import RowContext
from autograd_tutor.render.rows import Listing, Row
from autograd_tutor.render.tree import TreeRow, tree
from autograd_tutor.render.tree_rows import TreeRows

_ROW = re.compile(
    r"[▸ ] (?:⋯(?P<level>\d+) )?(?P<guides>(?:│ |  )*)(?P<branch>[├└]─)?"
    r"(?P<sign>[◆●]) (?:v\d+  )?N(?P<id>\d+)(?P<again>  ↑ shown above)?"
)


def graph(*nodes: Node) -> dict[int, Node]:
    return {each.id: each for each in nodes}


def numbered(edges: Mapping[int, Sequence[int | None]]) -> dict[int, Node]:
    """Nodes that are called by their number."""
    return {number: node(number, f"N{number}", *inputs) for number, inputs in edges.items()}


def drawn(nodes: Mapping[int, Node], root: int = 0) -> list[str]:
    rows = TreeRows(tree([root], nodes), RowContext(nodes, {}))
    return [line.text for line in rows]


def read_back(rows: Iterable[str]) -> list[tuple[int, int]]:
    """The edges of a drawing, by its rows alone: which node stands below which."""
    edges: list[tuple[int, int]] = []
    last_at: dict[int, int] = {}
    above = None
    for text in rows:
        found = _ROW.fullmatch(text)
        assert found, text
        number = int(found["id"])
        if found["level"]:
            depth = int(found["level"])
            assert found["guides"] in ("", "│ ", "  ")
        else:
            depth = len(found["guides"]) // 2 + bool(found["branch"])
        if found["branch"]:
            edges.append((last_at[depth - 1], number))
        elif above is not None:
            edges.append((above, number))
        last_at[depth] = number
        above = number
    return edges


def edges_of(nodes: Mapping[int, Node]) -> list[tuple[int, int]]:
    """All edges between nodes that the first one leads to, by a walk of its own."""
    edges, seen, waiting = [], set(), [0]
    while waiting:
        number = waiting.pop()
        if number in seen:
            continue
        seen.add(number)
        inputs = [edge[0] for edge in nodes[number].next if edge is not None]
        edges += [(number, other) for other in inputs]
        waiting += inputs
    return edges


@st.composite
def dags(draw: st.DrawFn, most: int = 24) -> dict[int, Node]:
    """Node 0 and others, each of which leads only to later ones; some edges are missing."""
    count = draw(st.integers(1, most))
    edges: dict[int, list[int | None]] = {}
    for number in range(count):
        later = st.integers(number + 1, count - 1) if number + 1 < count else st.none()
        edges[number] = draw(st.lists(st.none() | later, max_size=3))
    return numbered(edges)


@given(dags())
def test_every_edge_stands_in_the_drawing_once(nodes: dict[int, Node]) -> None:
    assert sorted(read_back(drawn(nodes))) == sorted(edges_of(nodes))


@pytest.mark.parametrize(
    "depth", [MOST_TREE_LEVELS - 1, MOST_TREE_LEVELS, MOST_TREE_LEVELS + 1, 3 * MOST_TREE_LEVELS]
)
def test_every_edge_can_be_read_deeper_than_rows_are_indented(depth: int) -> None:
    edges: dict[int, list[int | None]] = {n: [n + 1, 100 + n] for n in range(depth)}
    edges |= {100 + n: [200 + n] for n in range(depth)}
    edges |= {200 + n: [depth] for n in range(depth)}
    nodes = numbered(edges | {depth: []})
    assert sorted(read_back(drawn(nodes))) == sorted(edges_of(nodes))


def test_a_row_is_never_indented_further_than_the_limit() -> None:
    nodes = numbered({n: [n + 1, 500] for n in range(400)} | {400: [], 500: []})
    rows = drawn(nodes)
    assert f"  ⋯{MOST_TREE_LEVELS + 1} ├─● N{MOST_TREE_LEVELS + 1}" in rows
    assert max(map(len, rows)) < 60


@given(dags())
def test_every_node_is_drawn_in_full_once_before_it_is_referred_to(nodes: dict[int, Node]) -> None:
    places = tree([0], nodes)
    seen: set[int] = set()
    for place in places:
        assert place.again == (place.node in seen)
        seen.add(place.node)


def test_a_node_without_inputs() -> None:
    assert drawn(numbered({0: []})) == ["  ● N0"]


def test_every_input_stands_below_its_node_and_one_level_deeper() -> None:
    nodes = numbered({0: [1], 1: [2, 4], 2: [3], 3: [], 4: [5], 5: []})
    assert drawn(nodes) == [
        "  ● N0",
        "  └─● N1",
        "    ├─● N2",
        "    │ └─● N3",
        "    └─● N4",
        "      └─● N5",
    ]


def test_inputs_without_gradient_are_no_branches() -> None:
    assert drawn(numbered({0: [None, 1], 1: [None]})) == ["  ● N0", "  └─● N1"]


def test_a_node_used_twice_is_marked_the_second_time() -> None:
    assert drawn(numbered({0: [1, 1], 1: []})) == ["  ● N0", "  ├─● N1", "  └─● N1  ↑ shown above"]


def test_what_a_node_leads_to_is_not_repeated_where_it_is_met_again() -> None:
    nodes = numbered({0: [1, 2], 1: [2], 2: [3], 3: []})
    assert drawn(nodes) == [
        "  ● N0",
        "  ├─● N1",
        "  │ └─● N2",
        "  │   └─● N3",
        "  └─● N2  ↑ shown above",
    ]


def test_a_second_root_stands_below_the_first_with_what_is_not_shown_yet() -> None:
    nodes = numbered({0: [2], 1: [2, 3], 2: [], 3: []})
    rows = TreeRows(tree([0, 1], nodes), RowContext(nodes, {}))
    assert [line.text for line in rows] == [
        "  ● N0",
        "  └─● N2",
        "  ● N1",
        "  ├─● N2  ↑ shown above",
        "  └─● N3",
    ]


def test_a_node_that_was_not_recorded_says_so() -> None:
    assert drawn(numbered({0: [1]})) == ["  ● N0", "  └─… beyond what was recorded"]


# What stands in a row


def one_row(made: Node, names: Mapping[int, str] | None = None, fresh: bool = False) -> Row:
    looks = RowContext(graph(made), names or {}, fresh=frozenset({made.id} if fresh else ()))
    return TreeRows([TreeRow(made.id, "", False)], looks)[0]


def test_a_leaf_and_an_operation_differ_by_sign_and_style() -> None:
    leaf = one_row(node(0, "AccumulateGrad", variable="w", shape=(2,)))
    assert leaf.text == "  ◆ w  AccumulateGrad  (2,)"
    assert ("w", "leaf") in leaf.spans
    operation = one_row(node(0, "MulBackward0", variable="y", shape=()))
    assert operation.text == "  ● y  MulBackward0  ()"
    assert ("y", "operation") in operation.spans


def test_the_name_that_a_variable_has_now_wins() -> None:
    assert one_row(node(0, "MulBackward0", variable="y"), {0: "z"}).text == "  ● z  MulBackward0"
    assert one_row(node(0, "MulBackward0")).text == "  ● MulBackward0"


def test_a_new_node_stands_out_by_sign_and_style() -> None:
    named = one_row(node(0, "MulBackward0", variable="y"), fresh=True)
    assert named.text.startswith("▸ ● y")
    assert ("y", "operation changed") in named.spans
    assert ("MulBackward0", "changed") in one_row(node(0, "MulBackward0"), fresh=True).spans


def test_names_cannot_steer_the_terminal() -> None:
    evil = "\x1b]0;x\x07\u202e"
    row = one_row(node(0, evil, variable=evil))
    assert row.text == "  ● ␛]0;x␇\\u202e  ␛]0;x␇\\u202e"
    made = trace(snapshot(0, tensors={evil: tensor(1.0, grad_fn=1)}, nodes=(node(1, "N1"),)))
    assert graph_listing(made, 0, -1, None).title == "Graph of ␛]0;x␇\\u202e"


# Which graph


def result_of(number: int) -> dict[str, object]:
    return {"grad_fn": number, "kind": "intermediate", "requires_grad": True, "is_leaf": False}


def steps() -> Trace:
    """`y = w * w`, then `z = y.exp()`, then something else; then `del z`."""
    square = node(1, "MulBackward0", 2, 2), node(2, "AccumulateGrad", variable="w")
    moments: list[Snapshot] = [
        snapshot(0, tensors={"w": parameter(1.0)}),
        snapshot(1, tensors={"y": tensor(1.0, **result_of(1))}, nodes=square),
        snapshot(
            2, tensors={"z": tensor(1.0, **result_of(3))}, nodes=(node(3, "ExpBackward0", 1),)
        ),
        snapshot(3, values={"n": "1"}),
        snapshot(4, gone=("z",)),
    ]
    return trace(*moments)


def shown(index: int, expected: str | None = None, as_tree: bool = False) -> Listing:
    return graph_listing(steps(), index, index - 1, expected, choice=Choice(as_tree=as_tree))


def test_before_any_operation_there_is_no_graph() -> None:
    assert "No operation" in shown(0).rows[0].text
    assert shown(0).title == "Graph"
    assert all(line.width <= 10 for line in graph_listing(steps(), 0, -1, None, 10).rows)


def test_the_title_names_the_root() -> None:
    assert shown(1).title == "Graph of y"
    assert shown(3).title == "Graph of z"
    assert shown(3, "y").title == "Graph of y"


def test_only_what_the_last_line_made_stands_out() -> None:
    assert [line.text for line in shown(2).rows] == [
        "▸ ● z  ExpBackward0",
        "  ●─╮ y  MulBackward0",
        "  ◆─╯ w  AccumulateGrad",
    ]
    assert [line.text for line in shown(2, as_tree=True).rows] == [
        "▸ ● z  ExpBackward0",
        "  └─● y  MulBackward0",
        "    ├─◆ w  AccumulateGrad",
        "    └─◆ w  ↑ shown above",
    ]
    assert shown(2).scroll_to == [0]
    assert shown(3).scroll_to == []


def test_a_variable_of_the_module_names_a_node_rather_than_a_local() -> None:
    made = trace(
        snapshot(0, tensors={"f().t": tensor(1.0, **result_of(1))}, nodes=(node(1, "N1"),)),
        snapshot(1, tensors={"y": tensor(1.0, **result_of(1))}),
    )
    assert graph_listing(made, 1, 0, None).rows[0].text == "  ● y  N1"


# Large graphs


class Counted(dict[int, Node]):
    """Nodes that count how often they are looked up."""

    looked_up = 0

    def get(self, key: int, default: Node | None = None) -> Node | None:  # type: ignore[override]
        self.looked_up += 1
        return super().get(key, default)


@pytest.mark.parametrize("count", [10_000, 100_000])
def test_a_long_chain_makes_only_the_rows_that_are_asked_for(count: int) -> None:
    nodes = Counted(numbered({n: [n + 1] for n in range(count)} | {count: []}))
    rows = TreeRows(tree([0], nodes), RowContext(nodes, {}))
    assert len(rows) == count + 1
    nodes.looked_up = 0
    assert [line.text for line in rows[count - 2 : count]] == [
        f"  ⋯{count - 2} └─● N{count - 2}",
        f"  ⋯{count - 1} └─● N{count - 1}",
    ]
    assert rows[-1].text == f"  ⋯{count} └─● N{count}"
    assert nodes.looked_up == 3


@pytest.mark.parametrize("count", [10_000, 100_000])
def test_a_graph_of_many_branches_is_laid_out(count: int) -> None:
    nodes = numbered({n: [n + 1, n + 2 if n + 2 <= count else None] for n in range(count)})
    nodes |= numbered({count: []})
    places = tree([0], nodes)
    assert len(places) == len(edges_of(nodes)) + 1
    rows = TreeRows(places, RowContext(nodes, {}))
    assert max(line.width for line in rows[:: len(rows) // 1000]) < 60


def test_the_tree_of_a_root_is_laid_out_once() -> None:
    nodes = Counted(numbered({n: [n + 1] for n in range(50)} | {50: []}))
    made = Trace(0, "", nodes=nodes)
    made.add(snapshot(0, tensors={"y": tensor(1.0, **result_of(0))}))
    graph_listing(made, 0, -1, None)
    nodes.looked_up = 0
    assert len(graph_listing(made, 0, -1, None).rows) == 51
    assert nodes.looked_up == 1  # the first, for the title


# What does not fit


ENCODER = "encoder.layers.{}.self_attn.in_proj_weight"
LONG = {
    1: node(1, "NativeLayerNormBackward0", 2, 3, 4, shape=(2, 3, 8)),
    2: node(2, "AccumulateGrad", variable=ENCODER.format(0), shape=(24, 8)),
    3: node(3, "AccumulateGrad", variable="encoder.layers.0.self_attn.out_proj.bias", shape=(8,)),
    4: node(4, "ScaledDotProductAttentionBackward0", variable="x", shape=(8,)),
}


def long_rows(width: int, as_tree: bool = False) -> list[str]:
    first = snapshot(0, tensors={"y": tensor(1.0, **result_of(1))}, nodes=tuple(LONG.values()))
    made = trace(first, snapshot(1))
    listing = graph_listing(made, 1, 0, "y", width, Choice(as_tree=as_tree))
    return [line.text for line in listing.rows]


def test_the_shape_gives_way_before_name_and_operation() -> None:
    assert long_rows(74)[1] == f"  │ ◆ │ {ENCODER.format(0)}  AccumulateGrad  (24, 8)"
    assert long_rows(73)[1] == f"  │ ◆ │ {ENCODER.format(0)}  AccumulateGrad"


@pytest.mark.parametrize("as_tree", [False, True])
@pytest.mark.parametrize("width", [60, 50, 40, 36, 28])
def test_of_long_names_both_ends_stay_and_the_operation_too(width: int, as_tree: bool) -> None:
    rows = long_rows(width, as_tree)
    assert all(cell_len(text) <= width for text in rows)
    leaves = [text for text in rows if "◆" in text]
    assert len(set(leaves)) == 2
    for text, end in zip(leaves, ("weight", "bias"), strict=True):
        name, operation = text.lstrip(" │├└─◆").split("  ")
        assert name.startswith("en")
        assert "…" in name
        assert name.endswith(end[-4:])
        assert operation.startswith("Ac")
        assert operation.endswith("ad")
    assert any(" x  Scal" in text and "d0" in text for text in rows)


def test_in_a_pane_too_narrow_for_words_they_are_short_and_can_be_scrolled_to() -> None:
    assert all("…" in text and len(text) > 12 for text in long_rows(8))


def test_wide_letters_count_as_two_cells() -> None:
    made = node(0, "AccumulateGrad", variable="模型" * 20)
    rows = TreeRows([TreeRow(0, "", False)], RowContext(graph(made), {}, width=40))
    assert cell_len(rows[0].text) <= 40
    assert rows[0].text.endswith("型  Accumul…rad")
