"""The recorded graph is the one that torch holds, whatever its size."""

from __future__ import annotations

import gc
from typing import Any

import pytest
import torch
from recorded import Record, Recorded

from autograd_tutor.kernel import graph
from autograd_tutor.kernel.scope import Scope
from autograd_tutor.recording.model import Node
from autograd_tutor.recording.wire import Limits

pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")

GRAPHS = {
    "one operation": "x = torch.ones(2, requires_grad=True)\ny = x + 1\n",
    "used twice": "x = torch.ones(2, requires_grad=True)\ny = x * x\nz = y + x\n",
    "constants": "x = torch.ones(2, requires_grad=True)\ny = x * torch.ones(2) + 3\n",
    "several outputs": """
x = torch.rand(3, 2, requires_grad=True)
a, b, c = x.unbind()
y = a * c
""",
    "topk": "x = torch.rand(5, requires_grad=True)\nt = x.topk(2)\ny = t.values.sum()\n",
    "in-place on a view": """
x = torch.ones(2, 2, requires_grad=True)
y = x * 1
v = y[0]
v.mul_(2)
z = y.sum()
""",
    "model": """
m = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1))
y = m(torch.ones(4, 2))
""",
    "transformer": """
m = torch.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
y = m(torch.ones(1, 3, 8)).sum()
""",
    "loop": """
x = torch.ones(1, requires_grad=True)
y = x
for i in range(20):
    y = y * 2 + x
""",
    "create_graph": """
x = torch.ones(2, requires_grad=True)
y = x.exp().sum()
(g,) = torch.autograd.grad(y, x, create_graph=True)
""",
    "custom Function": """
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2
    @staticmethod
    def backward(ctx, g):
        return g * 2
x = torch.ones(2, requires_grad=True)
y = F.apply(x) + 1
""",
    "made in a function": """
def f(t):
    return (t * 2).sin()
x = torch.ones(2, requires_grad=True)
y = f(x)
""",
}  # fmt: skip


def walk(root: Any) -> tuple[dict[Any, str], set[tuple[Any, int, Any, int]]]:
    """An independent, recursive walk: the nodes and the edges behind a node."""
    nodes: dict[Any, str] = {}
    edges: set[tuple[Any, int, Any, int]] = set()

    def visit(node: Any) -> None:
        if node in nodes:
            return
        nodes[node] = node.name().removeprefix("torch::autograd::")
        for index, (child, number) in enumerate(node.next_functions):
            if child is not None:
                edges.add((node, index, child, number))
                visit(child)

    visit(root)
    return nodes, edges


def match(found: dict[int, Node], number: int, node: Any) -> dict[Any, int]:
    """Which recorded id each of torch's nodes has, going along the edges from a pair of roots."""
    pairs: dict[Any, int] = {}
    pending = [(number, node)]
    while pending:
        number, node = pending.pop()
        if node in pairs:
            assert pairs[node] == number
            continue
        pairs[node] = number
        following = found[number].next
        assert len(following) == len(node.next_functions)
        for link, (child, input_nr) in zip(following, node.next_functions, strict=True):
            assert (link is None) == (child is None)
            if link is not None:
                assert link[1] == input_nr
                pending.append((link[0], child))
    return pairs


def nodes_of(recorded: Recorded) -> dict[int, Node]:
    return recorded.recording.nodes


@pytest.mark.parametrize("name", GRAPHS)
def test_nodes_and_edges_are_torchs(record: Record, name: str) -> None:
    recorded = record(GRAPHS[name])
    assert recorded.result.ok, recorded.result.error
    found, compared = nodes_of(recorded), 0
    for own, tensor in recorded.final.tensors.items():
        value = recorded.variables.get(own)
        if tensor.grad_fn is None or value is None:
            continue
        names, edges = walk(value.grad_fn)
        pairs = match(found, tensor.grad_fn, value.grad_fn)
        assert {node: found[number].name for node, number in pairs.items()} == names
        assert len(set(pairs.values())) == len(names)
        ours = {
            (number, index, *link)
            for number in pairs.values()
            for index, link in enumerate(found[number].next)
            if link is not None
        }
        assert ours == {(pairs[a], index, pairs[b], nr) for a, index, b, nr in edges}
        compared += 1
    assert compared


@pytest.mark.parametrize("name", GRAPHS)
def test_every_node_is_sent_once(record: Record, name: str) -> None:
    recorded = record(GRAPHS[name])
    numbers = [node.id for snapshot in recorded.snapshots for node in snapshot.nodes]
    assert sorted(numbers) == list(range(1, recorded.result.nodes + 1))


@pytest.mark.parametrize("name", GRAPHS)
def test_new_nodes_come_nearest_the_output_first(record: Record, name: str) -> None:
    for snapshot in record(GRAPHS[name]).snapshots:
        row = {node.id: index for index, node in enumerate(snapshot.nodes)}
        for node in snapshot.nodes:
            for link in node.next:
                assert link is None or link[0] not in row or row[node.id] < row[link[0]]


def test_nodes_know_the_line_the_step_and_the_variable(record: Record) -> None:
    recorded = record("x = torch.ones(2, requires_grad=True)\ny = x * 2\nz = y.exp() + 1\n")
    recorded.step("w = z.sum()\n")
    found = {n.name: (n.step, n.line, n.variable) for n in nodes_of(recorded).values()}
    assert found == {
        "MulBackward0": (0, 2, "y"),
        "AccumulateGrad": (0, 2, "x"),
        "ExpBackward0": (0, 3, None),
        "AddBackward0": (0, 3, "z"),
        "SumBackward0": (1, 1, "w"),
    }


def test_nodes_that_a_function_returns_belong_to_its_line(record: Record) -> None:
    recorded = record(GRAPHS["made in a function"])
    found = {n.name: (n.line, n.variable) for n in nodes_of(recorded).values()}
    assert found == {
        "MulBackward0": (3, None),
        "SinBackward0": (3, "y"),
        "AccumulateGrad": (3, "x"),
    }


@pytest.mark.parametrize(
    "returned", ["[{'y': y}]", "{'y': y}", "P(y)", "types.SimpleNamespace(y=y)"]
)
def test_nodes_in_a_container_that_a_function_returns_belong_to_its_line(
    record: Record, returned: str
) -> None:
    recorded = record(
        "x = torch.ones(2, requires_grad=True)\n"
        "def f(x):\n"
        f"    return (lambda y: {returned})(x.exp())\n"
        "r = f(x)\n",
        setup="import collections, types, torch\nP = collections.namedtuple('P', 'y')\n",
    )
    nodes = {node.name: node for snapshot in recorded.snapshots for node in snapshot.nodes}
    assert nodes["ExpBackward0"].line == 3


def test_a_leaf_that_loses_its_name_still_gives_it_to_its_node(record: Record) -> None:
    recorded = record("x = torch.ones(2, requires_grad=True)\nx = x * 2\n")
    found = {n.name: n.variable for n in nodes_of(recorded).values()}
    assert found == {"MulBackward0": "x", "AccumulateGrad": "x"}


def test_a_leaf_is_never_given_the_name_of_a_dead_one(record: Record) -> None:
    recorded = record("x = torch.ones(1, requires_grad=True)\n")
    state = recorded.recorder._state
    named = state._names_by_id(Scope(recorded.variables, ()).tensors)
    assert named[id(recorded.variables["x"])] == "x"
    del recorded.variables["x"]
    gc.collect()
    assert not state._names_by_id({})


def test_parameters_are_named_as_in_their_module(record: Record) -> None:
    recorded = record("m = torch.nn.Linear(2, 1)\ny = m(torch.ones(1, 2))\n")
    leaves = {n.variable for n in nodes_of(recorded).values() if n.name == "AccumulateGrad"}
    assert leaves == {"m.weight", "m.bias"}


def test_nodes_of_the_setup_have_line_0(record: Record) -> None:
    recorded = record(
        "z = y + 1\n", setup="import torch\nx = torch.ones(2, requires_grad=True)\ny = x * 2\n"
    )
    found = {n.name: n.line for n in nodes_of(recorded).values()}
    assert found == {"MulBackward0": 0, "AccumulateGrad": 0, "AddBackward0": 1}
    assert {node.name for node in recorded.snapshots[0].nodes} == {"MulBackward0", "AccumulateGrad"}


def test_custom_nodes_and_shapes(record: Record) -> None:
    found = {
        n.name: (n.custom, n.shape) for n in nodes_of(record(GRAPHS["custom Function"])).values()
    }
    assert found == {
        "FBackward": (True, (2,)),
        "AddBackward0": (False, (2,)),
        "AccumulateGrad": (False, (2,)),
    }


def test_a_context_may_hide_the_names_of_its_class(record: Record) -> None:
    code = """
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.name = ctx._sequence_nr = "mine"
        return x * 2
    @staticmethod
    def backward(ctx, g):
        return g * 2
x = torch.ones(2, requires_grad=True)
y = F.apply(x)
"""
    assert {n.name for n in nodes_of(record(code)).values()} == {"FBackward", "AccumulateGrad"}


def test_a_view_gets_a_new_grad_fn_when_its_base_is_edited(record: Record) -> None:
    recorded = record(
        "x = torch.ones(3, requires_grad=True)\ny = x * 1\nv = y[:2]\ny.mul_(2)\nz = 1\n"
    )
    history = [recorded.state(s.index).tensors.get("v") for s in recorded.snapshots]
    assert history[3] is not None
    assert history[3].grad_fn_name == "SliceBackward0"
    assert history[4] is not None
    assert history[4].grad_fn_name == "AsStridedBackward0"


def test_a_view_that_autograd_refuses_is_shown_as_by_print(record: Record) -> None:
    code = """
x = torch.ones(2, 2, requires_grad=True)
y = x * 1
with torch.no_grad():
    a = y[0]
    y.mul_(2)
text = repr(a)
"""
    recorded = record(code)
    assert recorded.result.ok, recorded.result.error
    assert "a" in recorded.final.tensors


def test_a_chain_of_300_000_nodes_is_recorded_and_freed(record: Record) -> None:
    recorded = record(None)
    recorded.variables["deep"] = _deep
    recorded.step("x = torch.ones(1, requires_grad=True)\nz = x\n")
    for _ in range(4):
        recorded.step("z = deep(z)\n")
        assert recorded.result.truncated is None
    assert len(recorded.recording.nodes) == 300_001
    recorded.step("del z\n")
    assert recorded.result.ok
    assert "z" not in recorded.final.tensors


def _deep(x: torch.Tensor) -> torch.Tensor:
    y = x
    for _ in range(75_000):
        y = y + 1
    return y


def test_too_many_nodes_stop_the_recording_not_the_snippet(record: Record) -> None:
    recorded = record(
        "x = torch.ones(1, requires_grad=True)\nfor i in range(50):\n    x = x * 2\nn = 1\n",
        limits=Limits(nodes=10),
    )
    assert recorded.result.truncated == "nodes"
    assert recorded.result.nodes == 10 == len(nodes_of(recorded))
    assert recorded.snapshots[-1].event == "end"
    assert recorded.final.values["n"] == "1"
    assert recorded.final.tensors["x"].grad_fn is None
    assert recorded.final.tensors["x"].grad_fn_name == "MulBackward0"


def test_each_step_has_room_of_its_own(record: Record) -> None:
    recorded = record(None)
    for _ in range(3):
        recorded.step("x = torch.ones(1, requires_grad=True)\ny = x * 2\n", limits=Limits(nodes=3))
        assert recorded.result.truncated is None
        assert recorded.result.nodes == 2
    assert len(nodes_of(recorded)) == 6


def test_where_the_stack_cannot_grow_the_steps_share_their_nodes(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph, "MOST_CHAIN_NODES", 5)
    recorded = record(None)
    recorded.recorder._graph._stack_grows = False
    first = recorded.step("x = torch.ones(1, requires_grad=True)\nfor _ in range(3): x = x * 1")
    second = recorded.step("for _ in range(3): x = x * 1")
    assert (first.nodes, first.truncated) == (4, None)
    assert (second.nodes, second.truncated) == (1, "nodes")


def test_arguments_of_a_call_were_made_by_the_line_of_the_call(record: Record) -> None:
    recorded = record(
        "def squared(t):\n    u = t * t\n    return u\n"
        "w = torch.ones(2, requires_grad=True)\ny = squared(w.exp())\n"
    )
    made = {node.name: node.line for taken in recorded.snapshots for node in taken.nodes}
    assert made == {"MulBackward0": 2, "ExpBackward0": 5, "AccumulateGrad": 5}
