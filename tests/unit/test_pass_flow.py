"""The gradients pane in a backward pass: the flow at the node that has run, then every `.grad`."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import (
    backward,
    doubled,
    ended,
    node,
    ran,
    result_of,
    root,
    scalar,
    snapshot,
    tensor,
    trace,
)
from msgspec.structs import replace

from autograd_tutor.recording.model import (
    SAME_AS_VARIABLE,
    Backward,
    Node,
    Pass,
    Root,
    Saved,
    Snapshot,
    Stats,
    Tensor,
)
from autograd_tutor.recording.timeline import Timeline
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.graph import Choice, graph_listing
from autograd_tutor.render.narration import snapshot_rows
from autograd_tutor.render.node_view import node_listing
from autograd_tutor.render.pass_flow import before_and_after, flow_listing
from autograd_tutor.render.rows import STYLES, Row

EVIL = "\x1b]0;x\x07\u202e"
SHOWN = "␛]0;x␇\\u202e"


def shown(made: Trace, index: int, width: int = 36, ascii_only: bool = False) -> list[str]:
    found = flow_listing(made, index, index - 1, width=width, ascii_only=ascii_only)
    assert found.title == "Gradients"
    return [line.text for line in found.rows]


# Word by word


@pytest.mark.parametrize(
    ("index", "rows"),
    [
        (3, ["  ∇ a.grad", "    None"]),
        (
            4,
            [
                "● c  AddBackward0",
                "arrives  1",
                "→ b as self",
                "  grad = 1",
                "→ b as other",
                "  grad = 1",
                "",
                "  ∇ a.grad",
                "    None",
            ],
        ),
        (
            5,
            [
                "● b  AddBackward0",
                "  from c  1",
                "  from c  1",
                "arrives  1 + 1 = 2",
                "→ a as self",
                "  grad = 2",
                "→ a as other",
                "  grad = 2",
                "",
                "  ∇ a.grad",
                "    None",
            ],
        ),
        (
            6,
            [
                "◆ a  AccumulateGrad",
                "  from b  2",
                "  from b  2",
                "arrives  2 + 2 = 4",
                "a.grad was None: what arrives",
                "  becomes it.",
                "",
                "▸ ∇ a.grad  ()  norm 4",
                "    None → tensor(4.)",
            ],
        ),
        (7, ["  ∇ a.grad  ()  norm 4", "    tensor(4.)"]),
    ],
)
def test_the_pane_at_each_moment_of_two_sums(index: int, rows: list[str]) -> None:
    assert shown(doubled(), index) == rows


def test_the_node_comes_into_view_before_the_gradient_that_it_filled() -> None:
    assert flow_listing(doubled(), 6, 5, width=36).scroll_to == (8, 7, 0)
    assert flow_listing(doubled(), 5, 4, width=36).scroll_to == (0,)


def test_a_node_that_was_not_recorded_leaves_the_gradients_alone() -> None:
    made = trace(snapshot(0, tensors={"w": scalar(1.0, kind="leaf", requires_grad=True)}))
    made.add(ran(1, backward(99, scalar(1.0))))
    assert shown(made, 1) == ["  ∇ w.grad", "    None"]


# What a pass finds in `.grad`, and leaves there


def filled(was: Tensor | None, now: Tensor | None, *arrived: float) -> list[str]:
    """The rows above the `.grad` itself."""
    leaf = scalar(1.0, kind="leaf", requires_grad=True)
    arrives = tensor(*arrived) if len(arrived) > 1 else scalar(*arrived)
    made = trace(
        snapshot(
            0,
            tensors={"w": replace(leaf, grad=was)},
            nodes=(node(1, "AccumulateGrad", variable="w"),),
        ),
        ran(1, backward(1, arrives, leaf="w"), tensors={"w": replace(leaf, grad=now)}),
        snapshot(2, passes=(ended(root(1, "w", arrives), nodes=1),)),
    )
    rows = shown(made, 1)
    return rows[1 : rows.index("")]


def test_what_arrives_is_added_to_the_gradient_of_an_earlier_pass() -> None:
    assert filled(scalar(3.0), scalar(8.0), 5.0) == [
        "arrives  5",
        "is added to w.grad:",
        "  3",
        "  → 8",
    ]


def test_the_gradient_before_is_that_of_an_earlier_pass_of_the_same_step() -> None:
    leaf = scalar(1.0, kind="leaf", requires_grad=True)
    made = trace(
        snapshot(0, tensors={"w": leaf}, nodes=(node(1, "AccumulateGrad", variable="w"),)),
        ran(1, backward(1, scalar(3.0), leaf="w"), tensors={"w": replace(leaf, grad=scalar(3.0))}),
        snapshot(2, passes=(ended(root(1, "w", scalar(3.0))),)),
        ran(
            3,
            backward(1, scalar(5.0), leaf="w", call=2),
            tensors={"w": replace(leaf, grad=scalar(8.0))},
        ),
    )
    record = made.snapshots[3].backward
    assert record is not None
    assert before_and_after(made, 3, record) == (scalar(3.0), scalar(8.0))
    assert "  → 8" in shown(made, 3)
    assert "w.grad was None: what arrives" in shown(made, 1)


def test_a_gradient_that_a_hook_takes_away_is_not_said_to_be_there() -> None:
    assert filled(None, None, 5.0) == [
        "arrives  5",
        "w.grad was None: what arrives",
        "  becomes it.",
        "After that a hook changed w.grad:",
        "  → None",
    ]


def test_a_gradient_that_a_hook_changes_when_it_is_there() -> None:
    assert filled(scalar(3.0), scalar(1.0), 5.0)[-2:] == [
        "After that a hook changed w.grad:",
        "  → 1",
    ]


def test_of_many_gradients_the_one_that_was_filled_comes_first() -> None:
    leaves = {f"w{n}": scalar(1.0, kind="leaf", requires_grad=True) for n in range(30)}
    filled_now = replace(leaves["w29"], grad=scalar(2.0))
    made = trace(
        snapshot(0, tensors=leaves, nodes=(node(1, "AccumulateGrad", variable="w29"),)),
        ran(1, backward(1, scalar(2.0), leaf="w29"), tensors={"w29": filled_now}),
        snapshot(2, passes=(ended(root(1, "w29", scalar(2.0)), nodes=1),)),
    )
    rows = shown(made, 1)
    below = rows[rows.index("") + 1 :]
    assert below[:4] == [
        "▸ ∇ w29.grad  ()  norm 2",
        "    None → tensor(2.)",
        "  ∇ w0.grad",
        "    None",
    ]
    heads = [text for text in shown(made, 2) if "∇" in text]
    assert heads[-1].startswith("  ∇ w29.grad")  # outside of the pass they keep their order


def test_a_leaf_without_a_name() -> None:
    made = trace(snapshot(0, nodes=(node(1, "AccumulateGrad"),)), ran(1, backward(1, scalar(2.0))))
    assert shown(made, 1, 80)[:3] == [
        "◆ AccumulateGrad",
        "arrives  2",
        "It adds what arrives to the .grad of a leaf without a name.",
    ]


def hub(uses: int) -> Trace:
    """A leaf `w` that the nodes 1 to `uses` send a one to, each made ready by node 0."""
    leaf = uses + 1
    many = [node(n, "NegBackward0", leaf) for n in range(1, uses + 1)]
    first = node(0, "StackBackward0", *range(1, uses + 1))
    one = scalar(1.0)
    runs = [ran(n + 1, backward(n, one, (one,))) for n in range(1, uses + 1)]
    return trace(
        snapshot(0, nodes=(first, *many, node(leaf, "AccumulateGrad", variable="w"))),
        ran(1, backward(0, tensor(*[1.0] * uses), (one,) * uses)),
        *runs,
        ran(uses + 2, backward(leaf, scalar(float(uses)), leaf="w")),
        snapshot(uses + 3, passes=(ended(root(0)),)),
    )


def test_of_many_gradients_that_arrive_the_first_are_listed() -> None:
    rows = shown(hub(4_000), 4_002, 80)
    assert rows[1:9] == ["  from NegBackward0  1"] * 8
    assert rows[9:11] == ["  … and 3,992 more", "arrives  4000"]
    view = [line.text for line in node_listing(hub(4_000), 4_002, 4_001).rows]
    assert view.count("  from NegBackward0  1") == 8
    assert "  … and 3,992 more" in view


def test_of_many_gradients_that_a_node_waits_for_the_first_are_listed() -> None:
    view = [line.text for line in node_listing(hub(20), 3, 21).rows]
    assert "It waits: of 20 gradients, 2 came so far." in view
    assert view[-9:] == [
        *["  from NegBackward0  1"] * 2,
        *["  NegBackward0 has not run yet"] * 6,
        "  … and 12 more",
    ]


def test_a_sum_of_many_that_a_hook_changed_is_still_seen() -> None:
    made = hub(20)
    arrived = replace(made.snapshots[22], backward=backward(21, scalar(7.0), leaf="w"))
    made = trace(*made.snapshots[:22], arrived, made.snapshots[23])
    assert "the sum of what was sent: a hook changed it" in " ".join(shown(made, 22, 80))


def test_a_leaf_at_which_nothing_arrives_keeps_its_name_and_its_grad() -> None:
    leaf = node(1, "AccumulateGrad", variable="b")
    made = trace(snapshot(0, nodes=(leaf,)), ran(1, backward(1, None)))
    said = ["◆ b  AccumulateGrad", "arrives  nothing", "Nothing arrives: b.grad stays as it is."]
    assert shown(made, 1, 80)[:3] == said
    assert said[2] in [line.text for line in node_listing(made, 1, 1).rows]


def test_a_leaf_without_a_name_at_which_nothing_arrives() -> None:
    made = trace(snapshot(0, nodes=(node(1, "AccumulateGrad"),)), ran(1, backward(1, None)))
    assert shown(made, 1, 80)[2] == "Nothing arrives: the leaf's .grad stays as it is."


def test_a_retained_gradient_is_told_of_where_its_node_runs() -> None:
    h = result_of(1, 6.0, retains_grad=True)
    made = trace(
        snapshot(0, tensors={"h": h}, nodes=(node(1, "ExpBackward0", None, variable="h"),)),
        ran(1, backward(1, scalar(6.0), (None,)), tensors={"h": replace(h, grad=scalar(6.0))}),
    )
    assert shown(made, 0) == ["  ∇ h.grad", "    None"]
    assert shown(made, 1)[-2:] == ["▸ ∇ h.grad  ()  norm 6", "    None → tensor(6.)"]


# Records that do not fit together

names = st.none() | st.sampled_from(["a", "f().b", EVIL])
shapes = st.none() | st.lists(st.integers(-1, 3), max_size=3).map(tuple)
numbers = st.floats(width=32) | st.integers(-3, 3)
stats = st.builds(
    Stats,
    count=st.integers(-1, 3000),
    sampled=st.integers(-1, 3000),
    min=numbers,
    max=numbers,
    mean=numbers,
    std=numbers,
    norm=numbers,
    nan=st.integers(0, 2),
    inf=st.integers(0, 2),
    histogram=st.lists(st.integers(-9, 5), max_size=4).map(tuple),
)
odd_tensors = st.builds(
    Tensor,
    shape=shapes,
    dtype=st.sampled_from(["torch.float32", "torch.complex64", "torch.bool", "torch.int64", EVIL]),
    device=st.sampled_from(["cpu", EVIL]),
    requires_grad=st.booleans(),
    is_leaf=st.booleans(),
    retains_grad=st.booleans(),
    kind=st.sampled_from(["leaf", "intermediate", "constant"]),
    grad_fn=st.none() | st.integers(0, 6),
    grad_fn_name=st.sampled_from([None, EVIL]),
    output_nr=st.integers(-1, 2),
    version=st.none(),
    raw=st.none() | st.binary(max_size=12),
    shown=st.sampled_from([None, "tensor(…)", EVIL]),
    stats=st.none() | stats,
    grad=st.none() | st.just(scalar(2.0)),
    edges=st.none() | st.binary(max_size=8),
)
tensors = st.builds(scalar, st.floats(width=32)) | st.just(tensor(1.0, -2.0)) | odd_tensors
gradients = st.lists(st.none() | tensors, max_size=3).map(tuple)
edges = st.none() | st.tuples(st.integers(-1, 7), st.integers(-1, 2))
nodes = st.builds(
    Node,
    id=st.integers(0, 6),
    name=st.sampled_from(
        ["AddBackward0", "MulBackward0", "SumBackward0", "MmBackward0", "AccumulateGrad", EVIL]
    ),
    next=st.lists(edges, max_size=3).map(tuple),
    variable=names,
    line=st.integers(-9, 5),
    step=st.integers(-1, 1),
    custom=st.booleans(),
    shape=shapes,
    order=st.integers(-1, 5),
)
saved = st.builds(
    Saved,
    name=st.sampled_from(["self", "other", "alpha", "dim", EVIL]),
    value=tensors | st.sampled_from([SAME_AS_VARIABLE, "None", "1", "nan", "(-9,)", EVIL]),
    variable=names,
)
backwards = st.builds(
    Backward,
    call=st.integers(-1, 2),
    node=st.integers(0, 7),
    grad_outputs=gradients,
    grad_inputs=gradients,
    leaf=names,
    saved=st.lists(saved, max_size=3).map(tuple),
    note=st.sampled_from([None, EVIL]),
)
roots = st.builds(
    Root,
    name=names,
    node=st.none() | st.integers(0, 7),
    output_nr=st.integers(-1, 2),
    seed=st.none() | tensors,
)
passes = st.builds(
    Pass,
    call=st.integers(-1, 2),
    function=st.sampled_from(["backward", "grad"]),
    roots=st.lists(roots, max_size=2).map(tuple),
    inputs=st.none() | st.lists(st.sampled_from(["a", EVIL]), max_size=2).map(tuple),
    retain_graph=st.booleans(),
    create_graph=st.booleans(),
    nodes=st.integers(-1, 5),
    left_out=st.sampled_from([None, EVIL]),
    failed=st.none() | st.integers(0, 7),
)
named = st.dictionaries(st.sampled_from(["a", "f().b", EVIL]), tensors, max_size=2)


@st.composite
def snapshots(draw: st.DrawFn, index: int) -> Snapshot:
    record = draw(st.none() | backwards)
    return snapshot(
        index,
        event="line" if record is None else "backward",
        backward=record,
        depth=draw(st.integers(0, 2)),
        line=draw(st.integers(-1, 5)),
        tensors=draw(named),
        gone=tuple(draw(st.lists(st.sampled_from(["a", EVIL]), max_size=1))),
        passes=tuple(draw(st.lists(passes, max_size=2))),
    )


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    count = draw(st.integers(1, 5))
    first = snapshot(0, nodes=tuple(draw(st.lists(nodes, max_size=6))), tensors=draw(named))
    return trace(first, *(draw(snapshots(index)) for index in range(1, count)))


def everything(made: Trace, index: int, width: int) -> list[Row]:
    """All rows that tell of a snapshot."""
    rows = list(flow_listing(made, index, index - 1, width=width).rows)
    for choice in (Choice(), Choice(as_tree=True)):
        rows += graph_listing(made, index, index - 1, None, width, choice).rows
    for number in range(9):
        rows += node_listing(made, index, number, width).rows
    return [*rows, *snapshot_rows(made, index)]


@given(traces(), st.integers(20, 120))
def test_whatever_is_recorded_can_be_shown_and_steers_no_terminal(made: Trace, width: int) -> None:
    for index in range(len(made)):
        for line in everything(made, index, width):
            assert line.text.isprintable()
            assert {name for _, style in line.spans for name in style.split()} <= set(STYLES)


@given(traces())
def test_whatever_is_recorded_can_be_walked(made: Trace) -> None:
    for index in range(len(made)):
        cursor = Timeline(made, index)
        walk = cursor.pass_position
        assert walk is None or 1 <= walk.node <= walk.nodes
        cursor.last()
        cursor.first()


@given(st.data(), st.integers(20, 120))
def test_every_row_of_the_flow_fits(data: st.DataObject, width: int) -> None:
    made = data.draw(traces())
    for index in range(len(made)):
        found = flow_listing(made, index, index - 1, width=width).rows
        if made.snapshots[index].backward is not None:
            flow = [line.text for line in found]
            for line in found[: flow.index("")] if "" in flow else ():
                assert line.width <= width, line.text


def test_names_cannot_steer_the_terminal() -> None:
    made = trace(
        snapshot(
            0,
            tensors={EVIL: scalar(1.0, kind="leaf", requires_grad=True)},
            nodes=(node(1, EVIL, 2, variable=EVIL), node(2, "AccumulateGrad", variable=EVIL)),
        ),
        ran(1, backward(1, scalar(1.0), (scalar(2.0),), note=EVIL)),
        ran(2, backward(2, scalar(2.0), leaf=EVIL)),
    )
    first, last = shown(made, 1, 80), shown(made, 2, 80)
    assert first[0] == f"● earlier {SHOWN}  {SHOWN}"
    assert f"→ {SHOWN}" in first
    assert last[:2] == [f"◆ {SHOWN}  AccumulateGrad", "arrives  2"]
    assert f"{SHOWN}.grad was None: what arrives becomes it." in last


def test_formulas_are_spelled_in_ascii() -> None:
    made = trace(
        snapshot(0, nodes=(node(1, "TanhBackward0", 2), node(2, "AccumulateGrad", variable="x"))),
        ran(
            1,
            backward(1, scalar(1.0), (scalar(0.75),), saved=(Saved("result", scalar(0.5)),)),
        ),
    )
    assert "  grad · (1 − result²) = 1 · (1 − 0.5²) = 0.75" in shown(made, 1, 80)
    assert "  grad * (1 − result^2) = 1 * (1 − 0.5^2) = 0.75" in shown(made, 1, 80, True)


def test_an_infinite_gradient_is_told_as_it_is() -> None:
    made = trace(
        snapshot(0, nodes=(node(1, "NegBackward0", 2), node(2, "AccumulateGrad", variable="x"))),
        ran(1, backward(1, scalar(math.inf), (scalar(-math.inf),))),
    )
    assert shown(made, 1)[1:4] == ["arrives  inf", "→ x as self", "  −grad = −inf = -inf"]
