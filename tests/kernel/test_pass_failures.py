"""A pass raises as it does unrecorded, and the node at which it raised is recorded."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import pytest
import torch
from pass_oracle import bits, engine_ends_at, name_of, order, passes, untraced
from recorded import Record

from autograd_tutor.kernel.pass_recorder import MANY_NODES
from autograd_tutor.recording.wire import Limits


class Case(NamedTuple):
    """A snippet whose last line fails, and the node at which it does: by name, and by line."""

    code: str
    node: str
    line: int
    ran: tuple[str, ...] | None = None


FUNCTION = """
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * 2
    @staticmethod
    def backward(ctx, g):
        {body}
""".strip()

FAILING = {
    "edited in place": Case(
        "x = torch.rand(3, requires_grad=True)\nh = x.exp()\ny = (h * 2).sin()\nh.add_(1)\n"
        "(y + h).sum().backward()",
        "ExpBackward0",
        2,
    ),
    "a second time": Case(
        "x = torch.rand(3, requires_grad=True)\nh = x.exp()\ny = h.sin().sum()\ny.backward()\n"
        "y.backward()",
        "SinBackward0",
        3,
        ("SumBackward0", "SinBackward0", "ExpBackward0", "AccumulateGrad", "SumBackward0"),
    ),
    "a second time at the root": Case(
        "x = torch.rand(3, requires_grad=True)\ny = x.exp()\ny.backward(torch.ones(3))\n"
        "y.backward(torch.ones(3))",
        "ExpBackward0",
        2,
    ),
    "in a custom backward": Case(
        FUNCTION.format(body="raise ValueError('mine')")
        + "\nx = torch.rand(3, requires_grad=True)\ny = F.apply(x.sin())\n"
        "(y.cos() + x).sum().backward()",
        "FBackward",
        10,
        ("SumBackward0", "AddBackward0", "CosBackward0"),
    ),
    "a gradient of the wrong shape": Case(
        FUNCTION.format(body="return torch.ones(7)")
        + "\nx = torch.rand(3, requires_grad=True)\ny = F.apply(x.sin())\n"
        "y.cos().sum().backward()",
        "FBackward",
        10,
    ),
    "too many gradients": Case(
        FUNCTION.format(body="return g, g, g")
        + "\nx = torch.rand(3, requires_grad=True)\ny = F.apply(x.sin())\n"
        "y.cos().sum().backward()",
        "FBackward",
        10,
    ),
    "no tensor for a gradient": Case(
        FUNCTION.format(body="return 3")
        + "\nx = torch.rand(3, requires_grad=True)\ny = F.apply(x.sin())\n"
        "y.cos().sum().backward()",
        "FBackward",
        10,
    ),
    "in a tensor hook": Case(
        "x = torch.rand(3, requires_grad=True)\nh = x.sin()\nh.register_hook(lambda g: 1 / 0)\n"
        "(h.exp() * x).sum().backward()",
        "SinBackward0",
        2,
    ),
    "in a tensor hook of the root": Case(
        "x = torch.rand(3, requires_grad=True)\ny = x.sin().sum()\n"
        "y.register_hook(lambda g: 1 / 0)\ny.backward()",
        "SumBackward0",
        2,
        (),
    ),
    "in a tensor hook of a leaf": Case(
        "a = torch.rand(3, requires_grad=True)\nx = torch.rand(3, requires_grad=True)\n"
        "x.register_hook(lambda g: 1 / 0)\n"
        "y = (a * x).sum()\ny.backward()",
        "AccumulateGrad",
        4,
        ("SumBackward0", "MulBackward0", "AccumulateGrad"),
    ),
    "a hook returns no tensor": Case(
        "x = torch.rand(3, requires_grad=True)\nh = x.sin()\nh.register_hook(lambda g: 7)\n"
        "h.exp().sum().backward()",
        "SinBackward0",
        2,
    ),
    "a hook returns another shape": Case(
        "x = torch.rand(3, requires_grad=True)\nh = x.sin()\n"
        "h.register_hook(lambda g: torch.ones(7))\nh.exp().sum().backward()",
        "SinBackward0",
        2,
    ),
    "in a pre-hook": Case(
        "x = torch.rand(3, requires_grad=True)\nh = x.sin()\n"
        "h.grad_fn.register_prehook(lambda gs: 1 / 0)\nh.exp().sum().backward()",
        "SinBackward0",
        2,
    ),
    "in a post-hook": Case(
        "x = torch.rand(3, requires_grad=True)\nh = x.sin()\n"
        "h.grad_fn.register_hook(lambda sent, got: 1 / 0)\nh.exp().sum().backward()",
        "SinBackward0",
        2,
    ),
    "in a post-hook of a leaf": Case(
        "x = torch.rand(3, requires_grad=True)\nh = x.sin()\n"
        "h.grad_fn.next_functions[0][0].register_hook(lambda sent, got: 1 / 0)\n"
        "h.exp().sum().backward()",
        "AccumulateGrad",
        2,
    ),
    "when the gradient is accumulated": Case(
        "x = torch.rand(3, requires_grad=True)\n"
        "x.register_post_accumulate_grad_hook(lambda p: 1 / 0)\n"
        "(x.exp() * x).sum().backward()",
        "AccumulateGrad",
        3,
    ),
    "a multi-grad hook": Case(
        "x = torch.rand(3, requires_grad=True)\nh = x.sin()\nk = h.exp()\n"
        "torch.autograd.graph.register_multi_grad_hook((h, k), lambda gs: 1 / 0)\n"
        "k.sum().backward()",
        "SinBackward0",
        2,
    ),
    "nan found by anomaly detection": Case(
        "x = torch.zeros(1, requires_grad=True)\nh = x * 0\ny = h.sqrt()\n"
        "with torch.autograd.set_detect_anomaly(True):\n    (y * 0).sum().backward()",
        "SqrtBackward0",
        3,
    ),
    "limited to inputs": Case(
        "a = torch.rand(3, requires_grad=True)\nb = torch.rand(3, requires_grad=True)\n"
        "b.register_hook(lambda g: None)\nh = a.exp()\nh.register_hook(lambda g: 1 / 0)\n"
        "late = b.sin() * h\n"
        "late.sum().backward(inputs=[a])",
        "ExpBackward0",
        4,
        ("SumBackward0", "MulBackward0"),
    ),
    "grad of an input": Case(
        "a = torch.rand(3, requires_grad=True)\nb = torch.rand(3, requires_grad=True)\n"
        "h = a.exp()\nh.register_hook(lambda g: 1 / 0)\nlate = b.sin() * h\n"
        "torch.autograd.grad(late.sum(), a)",
        "ExpBackward0",
        3,
        ("SumBackward0", "MulBackward0"),
    ),
    "grad of an intermediate": Case(
        "a = torch.rand(3, requires_grad=True)\nh = a.exp()\nk = h.sin()\n"
        "k.register_hook(lambda g: 1 / 0)\ntorch.autograd.grad(k.sum() + h.prod(), h)",
        "SinBackward0",
        3,
    ),
    "several roots": Case(
        "x = torch.rand(3, requires_grad=True)\nh = x.exp()\ny, z = h.sin(), h.cos()\n"
        "h.register_hook(lambda g: 1 / 0)\ntorch.autograd.backward([y.sum(), z.sum()])",
        "ExpBackward0",
        2,
    ),
    "a sibling runs before": Case(
        "x = torch.rand(3, requires_grad=True)\nu = x.sin()\nv = x.cos()\n"
        "u.register_hook(lambda g: 1 / 0)\n(u * v).sum().backward()",
        "SinBackward0",
        2,
        ("SumBackward0", "MulBackward0", "CosBackward0"),
    ),
    "a sibling runs after": Case(
        "x = torch.rand(3, requires_grad=True)\nu = x.sin()\nv = x.cos()\n"
        "v.register_hook(lambda g: 1 / 0)\n(u * v).sum().backward()",
        "CosBackward0",
        3,
        ("SumBackward0", "MulBackward0"),
    ),
    "no checkpoint to come back to": Case(
        "from torch.utils.checkpoint import checkpoint\ncalls = []\n"
        "x = torch.rand(3, requires_grad=True)\n"
        "def f(t):\n    calls.append(1)\n    if len(calls) > 1:\n        raise ValueError('mine')\n"
        "    return t.sin()\n"
        "checkpoint(f, x, use_reentrant=False).sum().backward()",
        "SinBackward0",
        8,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAILING)
def test_the_node_at_which_a_pass_raised_is_recorded(record: Record, name: str) -> None:
    case = FAILING[name]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"(Anomaly|Error) .*detect")
        recorded = record(case.code)
    assert recorded.result.error is not None
    assert recorded.result.truncated is None
    failed = passes(recorded)[-1].failed
    assert failed is not None
    node = recorded.recording.nodes[failed]
    assert (node.name, node.line) == (case.node, case.line)
    assert node.name == engine_ends_at(case.code)
    if case.ran is not None:
        assert tuple(order(recorded)) == case.ran


@pytest.mark.parametrize("name", FAILING)
def test_the_error_is_that_of_an_untraced_run(record: Record, name: str) -> None:
    plain = untraced(FAILING[name].code)
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        recorded = record(FAILING[name].code)
    assert plain.error is not None
    error = recorded.result.error
    assert error is not None
    assert (error.type, error.message) == (type(plain.error).__name__, str(plain.error))
    assert [each.category for each in found] == [category for category, _ in plain.warned]


@pytest.mark.parametrize("name", FAILING)
def test_gradients_that_had_been_accumulated_stay(record: Record, name: str) -> None:
    plain = untraced(FAILING[name].code)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        recorded = record(FAILING[name].code)
    for own in ("a", "b", "x"):
        tensor = plain.space.get(own)
        if tensor is not None:
            found = recorded.final.tensors[own].grad
            assert (found is None) == (tensor.grad is None)
            assert found is None or found.raw == bits(tensor.grad)


@pytest.mark.parametrize("name", FAILING)
def test_a_pass_that_failed_can_be_tried_again(record: Record, name: str) -> None:
    *before, last = FAILING[name].code.split("\n")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        recorded = record("\n".join(before) + "\n", raises=None)
        setup_passes = len(passes(recorded))
        again = "for attempt in range(2):\n    try:\n        {}\n    except Exception as e:\n"
        recorded.step(again.format(last.strip()) + "        kind = type(e).__name__\n")
    assert setup_passes <= 1
    assert recorded.result.ok, recorded.result.error
    if not last.startswith(" "):
        assert passes(recorded)[0].failed is not None
    if not last.startswith((" ", "checkpoint")):  # whose forward pass fails the second time
        assert [each.call for each in passes(recorded)] == [1, 2]


def test_only_the_pass_inside_and_the_node_that_asked_for_it_have_failed(record: Record) -> None:
    recorded = record(
        FUNCTION.format(
            body="with torch.enable_grad():\n"
            "            t = g.detach().requires_grad_()\n"
            "            u = t.exp()\n"
            "            u.register_hook(lambda g: 1 / 0)\n"
            "            u.sum().backward()"
        )
        + "\nx = torch.rand(3, requires_grad=True)\nF.apply(x.sin()).sum().backward()\n"
    )
    found = {each.call: name_of(recorded, each.failed) for each in passes(recorded)}
    assert found == {1: "FBackward", 2: "ExpBackward0"}
    depth = {s.backward.call: s.depth for s in recorded.snapshots if s.backward is not None}
    assert depth == {1: 1, 2: 3}


def test_an_error_that_the_snippet_catches_in_a_pass_is_no_failure_of_it(record: Record) -> None:
    recorded = record(
        "x = torch.rand(3, requires_grad=True)\nh = x.sin()\n"
        "def hook(g):\n    try:\n        1 / 0\n    except ZeroDivisionError:\n        pass\n"
        "h.register_hook(hook)\nh.sum().backward()\n"
    )
    assert recorded.result.ok
    assert [each.failed for each in passes(recorded)] == [None]
    assert order(recorded) == ["SumBackward0", "SinBackward0", "AccumulateGrad"]


def test_after_a_failure_lines_are_as_deep_as_before(record: Record) -> None:
    recorded = record(
        "x = torch.rand(3, requires_grad=True)\nx.register_hook(lambda g: 1 / 0)\n"
        "for n in range(3):\n    try:\n        (x * n).sum().backward()\n"
        "    except ZeroDivisionError:\n        pass\n"
        "y = 1\n"
    )
    assert {snapshot.depth for snapshot in recorded.snapshots if snapshot.event == "line"} == {0}
    assert [name_of(recorded, each.failed) for each in passes(recorded)] == ["AccumulateGrad"] * 3


def test_where_not_all_nodes_are_recorded_no_wrong_node_is_named(record: Record) -> None:
    recorded = record(
        "x = torch.rand(3, requires_grad=True)\nu = x.sin()\nw = x.cos().exp()\n"
        "w.register_hook(lambda g: 1 / 0)\n(w.tan().sinh() + u).sum().backward()\n",
        limits=Limits(snapshots=11),
    )
    (found,) = passes(recorded)
    assert found.left_out == MANY_NODES.format(recorded=4)
    # SinBackward0 is watched and ready, but it was at ExpBackward0 that the engine stopped.
    assert order(recorded) == ["SumBackward0", "AddBackward0", "SinhBackward0"]
    assert found.failed is None


def test_exceptions_let_go_of_the_graph_they_came_from(record: Record) -> None:
    recorded = record(
        "import weakref\nx = torch.rand(3, requires_grad=True)\nrefs = []\n"
        "def attempt():\n    h = x.sin()\n    refs.append(weakref.ref(h))\n"
        "    h.register_hook(lambda g: 1 / 0)\n    h.sum().backward()\n"
        "try:\n    attempt()\nexcept ZeroDivisionError as e:\n    e.__traceback__ = None\n"
        "    alive = refs[0]() is not None\n"
    )
    assert recorded.variables["alive"] is False


def test_the_exception_is_the_very_object_that_the_snippet_raised(record: Record) -> None:
    recorded = record(
        "mine = ValueError('x')\nx = torch.rand(1, requires_grad=True)\n"
        "def hook(g):\n    raise mine\nx.register_hook(hook)\n"
        "try:\n    (x * 2).backward()\nexcept ValueError as e:\n"
        "    same = e is mine\n    chain = e.__cause__, e.__context__\n"
    )
    assert recorded.variables["same"] is True
    assert recorded.variables["chain"] == (None, None)


def test_a_traceback_that_the_snippet_prints_is_that_of_an_untraced_run(record: Record) -> None:
    code = (
        "import traceback\nx = torch.rand(1, requires_grad=True)\n"
        "def hook(g):\n    raise ValueError('x')\nx.register_hook(hook)\n"
        "try:\n    (x * 2).backward()\nexcept ValueError as e:\n"
        "    frames = [(f.name, f.lineno) for f in traceback.extract_tb(e.__traceback__)]\n"
    )
    plain = untraced(code).space["frames"]
    assert len(plain) > 3
    assert record(code).variables["frames"] == plain


@pytest.mark.parametrize("kind", ["KeyboardInterrupt", "SystemExit", "GeneratorExit"])
def test_what_is_no_exception_comes_out_as_it_is(record: Record, kind: str) -> None:
    recorded = record(
        f"x = torch.rand(1, requires_grad=True)\ndef hook(g):\n    raise {kind}\n"
        f"x.register_hook(hook)\ntry:\n    (x * 2).backward()\nexcept {kind}:\n    caught = True\n"
    )
    assert recorded.variables["caught"] is True
    assert name_of(recorded, passes(recorded)[0].failed) == "AccumulateGrad"
    assert torch.is_grad_enabled()
