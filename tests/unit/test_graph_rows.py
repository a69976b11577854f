"""The graph pane in a backward pass: how far each node is, and how large what arrived at it was."""

from __future__ import annotations

import pytest
from made import (
    backward,
    beside_layers,
    doubled,
    ended,
    layers,
    node,
    ran,
    result_of,
    root,
    scalar,
    snapshot,
    trace,
)
from msgspec.structs import replace

from autograd_tutor.recording.model import Error, Node
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.graph import graph_listing
from autograd_tutor.render.graph_choice import Choice
from autograd_tutor.render.graph_rows import Drawing

ONE = scalar(1.0)
ERROR = Error("RuntimeError", "no", 1, "")


def shown(made: Trace, index: int, choice: Choice | None = None) -> list[str]:
    found = graph_listing(made, index, index - 1, None, 40, choice or Choice())
    return [line.text for line in found.rows]


# Word by word


@pytest.mark.parametrize(
    ("index", "leads"),
    [
        (4, ["▶ █ 1       ", "·           ", "·           "]),
        (5, ["✓ █ 1       ", "▶ █ 2       ", "·           "]),
        (6, ["✓ █ 1       ", "✓ █ 2       ", "▶ █ 4       "]),
        (7, ["  ", "  ", "  "]),
    ],
)
def test_the_pane_at_each_moment_of_two_sums(index: int, leads: list[str]) -> None:
    lanes = ["●─╮ c  AddBackward0  ()", "●─┴─╮ b  AddBackward0  ()", "◆───╯ a  AccumulateGrad  ()"]
    assert shown(doubled(), index) == [lead + lane for lead, lane in zip(leads, lanes, strict=True)]


def test_the_same_as_a_tree() -> None:
    assert shown(doubled(), 5, Choice(as_tree=True)) == [
        "✓ █ 1       ● c  AddBackward0  ()",
        "▶ █ 2       ├─● b  AddBackward0  ()",
        "·           │ ├─◆ a  AccumulateGrad  ()",
        "            │ └─◆ a  ↑ shown above",
        "            └─● b  ↑ shown above",
    ]


def test_the_title_says_which_pass_of_what() -> None:
    assert graph_listing(doubled(), 5, 4, None).title == "Graph of c, backward 1"
    assert graph_listing(doubled(), 7, 6, None).title == "Graph of c"


def nameless() -> Trace:
    """`(x * x).sum().backward()`, snapshots 1 to 3; that of its line is 4, one more follows."""
    nodes = (
        node(1, "SumBackward0", 2, order=1),
        node(2, "MulBackward0", 3, 3, order=0),
        node(3, "AccumulateGrad", variable="x"),
    )
    return trace(
        snapshot(0),
        ran(1, backward(1, ONE, (ONE,)), nodes=nodes),
        ran(2, backward(2, ONE, (ONE, ONE))),
        ran(3, backward(3, scalar(2.0), leaf="x")),
        snapshot(4, passes=(ended(root(1), nodes=3),)),
        snapshot(5),
    )


@pytest.mark.parametrize("index", [4, 5])
def test_where_no_variable_holds_a_graph_that_of_the_last_pass_stays(index: int) -> None:
    assert graph_listing(nameless(), index, index - 1, None).title == "Graph, after backward 1"
    assert shown(nameless(), index) == [
        "✓ █ 1       ● SumBackward0",
        "✓ █ 1       ●─╮ MulBackward0",
        "✓ █ 2       ◆─╯ x  AccumulateGrad",
    ]


def test_without_a_pass_it_says_that_no_variable_holds_a_graph() -> None:
    made = trace(
        snapshot(0),
        snapshot(1, nodes=(node(1, "MulBackward0", None),), tensors={"y": result_of(1, 1.0)}),
        snapshot(2, gone=("y",)),
    )
    assert shown(made, 0) == ["No operation has been recorded yet."]
    assert shown(made, 2) == ["No variable holds a graph."]


def test_the_node_that_ran_comes_into_view_with_what_it_sends_to() -> None:
    assert graph_listing(doubled(), 4, 3, None).scroll_to == [1, 0]
    assert graph_listing(doubled(), 6, 5, None).scroll_to == [2]


def test_only_the_row_of_the_node_that_ran_is_reversed() -> None:
    assert [line.base for line in graph_listing(doubled(), 5, 4, None).rows] == ["", "current", ""]


# Waiting, unreached and failing nodes


def waiting(*ran_nodes: int, **changes: object) -> Trace:
    """`h` is used at once and over `k`: nodes 1 (y), 2 (k), 3 (h)."""
    nodes = (
        node(1, "AddBackward0", 2, 3, variable="y", order=2),
        node(2, "MulBackward0", 3, None, variable="k", order=1),
        node(3, "ExpBackward0", None, variable="h", order=0),
    )
    sent = {1: (ONE, ONE), 2: (ONE, None), 3: (None,)}
    moments = [ran(at, backward(n, ONE, sent[n])) for at, n in enumerate(ran_nodes, 1)]
    last = snapshot(
        len(moments) + 1,
        passes=(ended(root(1, "y"), **changes),),
        error=ERROR if changes.get("failed") else None,
    )
    return trace(snapshot(0, nodes=nodes), *moments, last)


def test_a_waiting_node_counts_what_has_come() -> None:
    assert shown(waiting(1, 2, 3), 1)[2].startswith("·   1 of 2  ")
    assert shown(waiting(1, 2, 3), 2)[2].startswith("·           ")


def test_many_contributions_are_counted_in_the_same_cells() -> None:
    count = 120
    nodes = [node(0, "AddBackward0", *range(1, count + 1), variable="y", order=count)]
    nodes += [node(n, "NegBackward0", 999, order=count - n) for n in range(1, count + 1)]
    moments = [ran(1, backward(0, ONE, (ONE,) * count))]
    moments += [ran(1 + n, backward(n, ONE, (ONE,))) for n in range(1, count + 1)]
    moments.append(ran(count + 2, backward(999, scalar(count), (None,))))
    made = trace(snapshot(0, nodes=(*nodes, node(999, "ExpBackward0", None))), *moments)
    made.add(snapshot(len(made), passes=(ended(root(0, "y")),)))
    rows = shown(made, 20)
    assert rows[-1].startswith("·   19/120  ")


def test_a_node_that_the_pass_does_not_come_to_has_a_sign_of_its_own() -> None:
    rows = shown(waiting(1, inputs=("k",)), 1)
    assert "◌" not in rows[0]
    assert rows[1].startswith(" " * 12 + "◌")
    assert "◌" in rows[2]


def test_a_node_that_was_left_out_is_not_called_unreached() -> None:
    rows = shown(waiting(1, left_out="there is no room"), 1)
    assert not any("◌" in text for text in rows)
    assert rows[1].startswith(" " * 12 + "●")


def test_where_the_pass_raised_the_node_is_marked_and_the_rest_is_unreached() -> None:
    made = waiting(1, failed=2)
    rows = shown(made, 2)
    assert [text[0] for text in rows] == ["✓", "✗", " "]
    assert "◌" in rows[2]
    assert graph_listing(made, 2, 1, None).scroll_to[-1] == 1


# Folded repeats


def folded(made: Trace, index: int) -> str:
    drawing = graph_listing(made, index, index - 1, None, 36).rows
    assert isinstance(drawing, Drawing)
    (repeat,) = drawing.repeats
    return shown(made, index, Choice(folded=frozenset({repeat.first})))[0]


def test_a_folded_repeat_says_how_far_it_is_and_its_sizes() -> None:
    made = layers(ran_nodes=17)
    assert (
        folded(made, 3) == "▶ 3 of 16   ■ ×8  1 → 0.0625  of 2 nodes  TanhBackward0, ExpBackward0"
    )
    assert folded(made, 17).startswith("✓ 16 of 16  ■")


def test_a_folded_repeat_of_which_one_block_has_begun_has_one_size() -> None:
    assert folded(layers(ran_nodes=17), 1).split("  ")[-3] == "1"


@pytest.mark.parametrize(("index", "ends"), [(3, "1 → 0.0625"), (7, "1 → "), (16, "1 → ")])
def test_both_sizes_of_a_folded_repeat_stand_in_what_a_narrow_pane_shows(
    index: int, ends: str
) -> None:
    whole = folded(layers(ran_nodes=17), index)
    sizes = next(part for part in whole.split("  ") if "→" in part)
    assert sizes.startswith(ends)
    assert sizes in whole[:32]


def test_a_folded_repeat_in_which_the_pass_raised() -> None:
    assert folded(layers(ran_nodes=4, failed=4), 5).startswith("✗ 4 of 16 ")


def test_a_folded_repeat_that_the_pass_does_not_come_to_counts_nothing() -> None:
    made = beside_layers()
    drawing = graph_listing(made, 1, 0, None, 36).rows
    assert isinstance(drawing, Drawing)
    (repeat,) = drawing.repeats
    rows = shown(made, 1, Choice(folded=frozenset({repeat.first})))
    (row,) = [text for text in rows if "■" in text]
    assert row.startswith(" " * 12)


@pytest.mark.parametrize("index", [3, 17, 18])
def test_the_row_of_a_folded_repeat_steers_no_terminal(index: int) -> None:
    made = layers(ran_nodes=17)
    for number, each in made.nodes.items():
        made.nodes[number] = replace(each, name=f"\x1b]0;x\x07{each.name}")
    text = folded(made, index)
    assert "␛]0;x␇TanhBackward0" in text
    assert text.isprintable()


# Large passes


class Counted(dict[int, Node]):
    """Nodes that count how often they are looked up."""

    looked_up = 0

    def get(self, key: int, default: Node | None = None) -> Node | None:  # type: ignore[override]
        self.looked_up += 1
        return super().get(key, default)


class CountedSnapshots(list[object]):
    """Snapshots that count how often one is asked for."""

    looked_up = 0

    def __getitem__(self, at: object) -> object:  # type: ignore[override]
        self.looked_up += 1
        return super().__getitem__(at)  # type: ignore[index]


@pytest.mark.parametrize("count", [1_000, 100_000])
def test_a_long_pass_makes_only_the_rows_that_are_asked_for(count: int) -> None:
    nodes = Counted({n: node(n, f"N{n}Backward0", n + 1, order=count - n) for n in range(count)})
    nodes[count] = node(count, "AccumulateGrad", variable="x")
    made = Trace(0, "", nodes=nodes)
    made.add(snapshot(0))
    for at in range(count):
        made.add(ran(at + 1, backward(at, ONE, (ONE,))))
    made.add(snapshot(count + 1, passes=(ended(root(0, "y")),)))
    rows = graph_listing(made, count // 2, count // 2 - 1, None, 36).rows
    assert len(rows) == count + 1
    snapshots = made.snapshots = CountedSnapshots(made.snapshots)  # type: ignore[assignment]
    assert rows[0].text != rows[count - 1].text  # what all rows need is worked out for these
    nodes.looked_up = snapshots.looked_up = 0
    assert [line.text[:2] for line in rows[count // 2 - 3 : count // 2 + 2]] == [
        "✓ ", "✓ ", "▶ ", "· ", "· ",
    ]  # fmt: skip
    assert nodes.looked_up <= 10
    assert snapshots.looked_up <= 20
