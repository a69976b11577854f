"""Records that do not fit together can be shown and walked, and steer no terminal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from made import (
    scalar,
    snapshot,
    tensor,
    trace,
)

from autograd_tutor.analysis.contents import contents_at
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
from autograd_tutor.render.graph import graph_listing
from autograd_tutor.render.graph_choice import Choice
from autograd_tutor.render.narration import snapshot_rows
from autograd_tutor.render.node_view import node_listing
from autograd_tutor.render.pass_flow import flow_listing
from autograd_tutor.render.rows import Row
from autograd_tutor.render.styles import HEAT, STYLES
from autograd_tutor.render.tensor_view import item_listing
from autograd_tutor.render.tensors import tensors_listing

EVIL = "\x1b]0;x\x07\u202e"

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
    identity=st.none() | st.integers(-1, 2),
    storage=st.none() | st.integers(-1, 2),
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
    """All rows that are about a snapshot."""
    rows = list(flow_listing(made, index, index - 1, width=width).rows)
    contents = contents_at(made, index, index - 1)
    rows += tensors_listing(contents, width, unfolded=True).rows
    for item in contents.items:
        rows += item_listing(made, index, contents, item.name, width).rows
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
            assert {name for _, style in line.spans for name in style.split()} <= {*STYLES, *HEAT}


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
