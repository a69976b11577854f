"""What a recorded node received and sent is what a plain hook sees there, bit for bit."""

from __future__ import annotations

import resource

import pytest
import torch
from hypothesis import given
from pass_oracle import (
    backwards,
    bits,
    name_of,
    order,
    passes,
    recorded_bits,
    seen,
    untraced,
    walked,
)
from pass_programs import examples, programs
from pass_snippets import PASSES
from recorded import Record, Recorded

from autograd_tutor.recording.model import Backward, Tensor
from autograd_tutor.recording.numbers import decode
from autograd_tutor.recording.wire import Limits

pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")

NOT_BY_HOOKS = ("a pass through the same nodes inside of a hook", "large gradients", "modes")
"""Hooks that read every tensor disturb a mode, or see more than the elements that are sent."""
LOSSLESS = [name for name in PASSES if name not in NOT_BY_HOOKS]


@pytest.mark.parametrize("name", LOSSLESS)
def test_values_are_those_that_plain_hooks_see(record: Record, name: str) -> None:
    assert_values_are_those_of_hooks(record(PASSES[name]), PASSES[name])


@examples
@given(code=programs())
def test_values_of_random_programs_are_those_that_plain_hooks_see(
    record: Record, code: str
) -> None:
    assert_values_are_those_of_hooks(record(code), code)


def assert_values_are_those_of_hooks(recorded: Recorded, code: str) -> None:
    expected = seen(code)
    assert len(expected) > 0
    found = [
        (
            backward.call,
            name_of(recorded, backward.node),
            recorded_bits(backward.grad_outputs),
            recorded_bits(backward.grad_inputs),
        )
        for backward in backwards(recorded)
    ]
    assert found == expected


@pytest.mark.parametrize("name", PASSES)
def test_what_a_node_sends_fits_its_links(record: Record, name: str) -> None:
    recorded = record(PASSES[name])
    for backward in backwards(recorded):
        node = recorded.recording.nodes[backward.node]
        if node.name == "AccumulateGrad":
            assert backward.grad_inputs == ()
        else:
            assert len(backward.grad_inputs) == len(node.next)


@pytest.mark.parametrize("name", PASSES)
def test_a_leaf_has_its_gradient_in_the_snapshot_of_its_node(record: Record, name: str) -> None:
    recorded = record(PASSES[name])
    before = 0
    for snapshot in walked(recorded):
        backward = snapshot.backward
        assert backward is not None
        if name_of(recorded, backward.node) != "AccumulateGrad":
            assert backward.leaf is None
        elif backward.leaf is not None and backward.grad_outputs != (None,):
            now = recorded.state(snapshot.index).tensors[backward.leaf]
            assert recorded.state(before).tensors.get(backward.leaf) != now
        before = snapshot.index


def one(recorded: Recorded, name: str) -> Backward:
    """The only recorded node of that name."""
    (found,) = [b for b in backwards(recorded) if name_of(recorded, b.node) == name]
    return found


def saved(recorded: Recorded, name: str) -> dict[str, Tensor | str]:
    return {each.name: each.value for each in one(recorded, name).saved}


def raw(value: Tensor | str | None) -> bytes:
    assert isinstance(value, Tensor)
    assert value.raw is not None
    return value.raw


def test_the_gradient_of_a_leaf_appears_with_its_node(record: Record) -> None:
    recorded = record(
        "a = torch.tensor([2.0], requires_grad=True)\nb = torch.tensor([3.0], requires_grad=True)\n"
        "(a * b).sum().backward()\n"
    )
    history = [
        (name_of(recorded, s.backward.node if s.backward else None), s.backward and s.backward.leaf,
         [n for n in "ab" if recorded.state(s.index).tensors[n].grad is not None])
        for s in walked(recorded)
    ]  # fmt: skip
    assert history == [
        ("SumBackward0", None, []),
        ("MulBackward0", None, []),
        ("AccumulateGrad", "a", ["a"]),
        ("AccumulateGrad", "b", ["a", "b"]),
    ]


def test_gradients_that_are_retained_appear_with_the_node_that_made_the_tensor(
    record: Record,
) -> None:
    recorded = record(PASSES["retained gradients"])
    first = {}
    for snapshot in walked(recorded):
        assert snapshot.backward is not None
        for name, tensor in recorded.state(snapshot.index).tensors.items():
            if tensor.grad is not None:
                first.setdefault(name, name_of(recorded, snapshot.backward.node))
    assert first == {
        "c": "AddBackward0", "u": "UnbindBackward0", "v": "UnbindBackward0",
        "b": "MulBackward0", "a": "AccumulateGrad",
    }  # fmt: skip


def test_an_intermediate_input_of_backward_has_its_gradient_with_its_node(record: Record) -> None:
    recorded = record(PASSES["backward to an intermediate input"])
    snapshot = walked(recorded)[-1]
    assert snapshot.backward is not None
    assert recorded.recording.nodes[snapshot.backward.node].variable == "h"
    assert snapshot.tensors["h"].grad is not None
    assert recorded.final.tensors["a"].grad is None


def test_a_leaf_under_two_names_changes_under_both(record: Record) -> None:
    recorded = record(PASSES["two names"])
    last = walked(recorded)[-1]
    assert last.backward is not None
    assert last.backward.leaf == "x"
    assert last.tensors.keys() == {"x", "same"}


def test_parameters_are_named_as_in_their_module(record: Record) -> None:
    recorded = record("m = torch.nn.Linear(2, 1)\nm(torch.ones(1, 2)).sum().backward()\n")
    leaves = {backward.leaf for backward in backwards(recorded)} - {None}
    assert leaves == {"m.weight", "m.bias"}


def test_saved_tensors_have_torchs_names(record: Record) -> None:
    recorded = record(
        "a = torch.tensor([2.0, 3.0], requires_grad=True)\nb = torch.tensor([5.0, 7.0])\n"
        "y = (a * b).exp()\ny.sum(0).backward()\n"
    )
    assert raw(saved(recorded, "MulBackward0")["other"]) == bits(torch.tensor([5.0, 7.0]))
    assert saved(recorded, "MulBackward0")["self"] == "None"  # b needs no gradient
    assert raw(saved(recorded, "ExpBackward0")["result"]) == bits(recorded.variables["y"])
    variables = {each.name: each.variable for each in one(recorded, "ExpBackward0").saved}
    assert variables == {"result": "y"}
    assert saved(recorded, "SumBackward1")["dim"] == "(0,)"


def test_lists_of_saved_tensors_are_recorded_one_by_one(record: Record) -> None:
    recorded = record(
        "x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)\n"
        "y = x[torch.tensor([0, 2])]\ny.sum().backward()\n"
    )
    indices = saved(recorded, "IndexBackward0")
    assert raw(indices["indices[0]"]) == bits(torch.tensor([0, 2]))


def test_saved_tensors_of_a_custom_function_are_recorded(record: Record) -> None:
    recorded = record(PASSES["a Function once differentiable"])
    assert raw(saved(recorded, "CubeBackward")["saved_tensors[0]"]) == bits(torch.tensor([2.0]))
    assert len(saved(recorded, "CubeBackward")) == 1


def test_saved_tensors_behind_hooks_are_not_read(record: Record) -> None:
    recorded = record(PASSES["hooks on saved tensors"])
    assert recorded.variables["calls"] == untraced(PASSES["hooks on saved tensors"]).space["calls"]
    for name in ("SquareBackward", "ExpBackward0", "SinBackward0"):
        assert "saved_tensors_hooks" in str(one(recorded, name).note)


def test_saved_tensors_of_a_class_with_its_own_dispatch_are_not_unpacked(record: Record) -> None:
    recorded = record(PASSES["a class that sees its operations"])
    for name, own in (("ExpBackward0", "result"), ("ExpBackward", "saved_tensors[0]")):
        found = saved(recorded, name)[own]
        assert isinstance(found, Tensor)
        assert str(found.shown).startswith("<Wrapped: its values are not read")


def test_saved_tensors_that_were_changed_in_place_are_not_read(record: Record) -> None:
    recorded = record(
        "x = torch.tensor([2.0], requires_grad=True)\nk = torch.tensor([3.0])\ny = x * k\n"
        "class F(torch.autograd.Function):\n"
        "    @staticmethod\n    def forward(ctx, t, k):\n"
        "        ctx.save_for_backward(k)\n        return t * 2\n"
        "    @staticmethod\n    def backward(ctx, g):\n        return g * 2, None\n"
        "z = F.apply(x, k)\nk.add_(1)\nz.backward()\n"
    )
    assert recorded.result.ok
    assert (
        one(recorded, "FBackward").note
        == "its saved tensors were freed, or changed in place since they were saved"
    )
    assert one(recorded, "FBackward").saved == ()


def test_hooks_that_return_something_else_change_what_arrives_and_what_is_sent(
    record: Record,
) -> None:
    recorded = record(
        "x = torch.tensor([1.0], requires_grad=True)\nh = x * 2\n"
        "h.register_hook(lambda g: g * 10)\n"
        "h.grad_fn.register_prehook(lambda gs: (gs[0] + 1,))\n"
        "h.grad_fn.register_hook(lambda sent, got: (sent[0] * 3, None))\n"
        "x.register_hook(lambda g: g - 1)\n"
        "h.sum().backward()\n"
    )
    found = one(recorded, "MulBackward0")
    assert recorded_bits(found.grad_outputs) == (bits(torch.tensor([11.0])),)
    assert recorded_bits(found.grad_inputs) == (bits(torch.tensor([66.0])), None)
    leaf = one(recorded, "AccumulateGrad")
    assert recorded_bits(leaf.grad_outputs) == (bits(torch.tensor([65.0])),)


def test_a_gradient_that_a_hook_changes_through_data_is_recorded_as_it_is(record: Record) -> None:
    recorded = record(
        "x = torch.tensor([1.0], requires_grad=True)\nh = x.sin()\nkept = []\n"
        "h.register_hook(lambda g: kept.append(g) or g.data.mul_(5) and None)\n"
        "h.exp().sum().backward()\n"
    )
    (arrived,) = one(recorded, "SinBackward0").grad_outputs
    assert raw(arrived) == bits(recorded.variables["kept"][0])


def test_gradients_with_their_own_graph_are_recorded_with_it(record: Record) -> None:
    recorded = record(
        "x = torch.tensor([1.0, 2.0], requires_grad=True)\n"
        "(g,) = torch.autograd.grad((x * x * x).sum(), x, create_graph=True)\n"
        "g.sum().backward()\n"
    )
    first = [b for b in backwards(recorded) if b.call == 1]
    assert any(
        grad is not None and grad.requires_grad and grad.grad_fn_name == "MulBackward0"
        for backward in first
        for grad in backward.grad_inputs
    )
    assert [each.create_graph for each in passes(recorded)] == [True, False]
    assert raw(recorded.final.tensors["x"].grad) == bits(torch.tensor([6.0, 12.0]))


def test_a_large_gradient_has_statistics(record: Record) -> None:
    recorded = record(PASSES["large gradients"])
    (arrived,) = one(recorded, "SumBackward0").grad_outputs
    (sent,) = one(recorded, "SumBackward0").grad_inputs
    assert raw(arrived) == bits(torch.tensor(1.0))
    assert sent is not None
    assert sent.raw is None
    assert sent.stats is not None
    assert (sent.stats.count, sent.stats.min, sent.stats.max) == (1600, 1.0, 1.0)


def test_a_gradient_that_is_only_expanded_is_not_copied_to_its_full_size(record: Record) -> None:
    record("x = torch.zeros(2, requires_grad=True)\nx.exp().sum().backward()\n")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    recorded = record(
        "x = torch.zeros(1, requires_grad=True)\nx.expand(100_000_000).sum().backward()\n"
    )
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert raw(recorded.final.tensors["x"].grad) == bits(torch.tensor([100_000_000.0]))
    assert one(recorded, "ExpandBackward0").grad_outputs[0] is not None
    assert grown < 100_000  # KiB; a copy has 390,000


def test_tensors_without_values_have_gradients_without_values(record: Record) -> None:
    recorded = record(
        'x = torch.zeros(2, 3, device="meta", requires_grad=True)\n(x * 2).sum().backward()\n'
    )
    assert recorded.result.truncated is None
    assert order(recorded) == ["SumBackward0", "MulBackward0", "AccumulateGrad"]
    (arrived,) = one(recorded, "MulBackward0").grad_outputs
    assert arrived is not None
    assert (arrived.shape, arrived.device, arrived.raw) == ((2, 3), "meta", None)


def test_a_sparse_gradient_is_recorded(record: Record) -> None:
    recorded = record(PASSES["sparse gradients"])
    sent = [
        b.grad_inputs[0]
        for b in backwards(recorded)
        if name_of(recorded, b.node) == "EmbeddingBackward0"
    ]
    needed = torch.tensor([[0.0, 0.0], [4.0, 4.0], [0.0, 0.0], [2.0, 2.0], [0.0, 0.0]])
    assert [raw(each) for each in sent] == [bits(needed)] * 2


def test_a_pass_is_recorded_with_what_it_was_asked_for(record: Record) -> None:
    recorded = record(
        "a = torch.rand(2, requires_grad=True)\nb = torch.rand(2, requires_grad=True)\n"
        "y = a * b\nz = y.sum()\n"
        "torch.autograd.backward([y, z], [torch.ones(2), None], retain_graph=True, inputs=[a])\n"
        "got = torch.autograd.grad(z, [y, b, a], create_graph=True)\n"
    )
    first, second = passes(recorded)
    assert (first.function, second.function) == ("backward", "grad")
    assert [(root.name, root.output_nr) for root in first.roots] == [("y", 0), ("z", 0)]
    assert [raw(root.seed) for root in first.roots] == [bits(torch.ones(2)), bits(torch.ones(()))]
    assert (first.inputs, second.inputs) == (("a",), ("y", "b", "a"))
    assert (first.retain_graph, first.create_graph) == (True, False)
    assert (second.retain_graph, second.create_graph) == (True, True)
    assert first.roots[0].node == recorded.final.tensors["y"].grad_fn
    assert [each.failed for each in (first, second)] == [None, None]


def test_grad_is_recorded_with_what_it_returns_for_which_nodes(record: Record) -> None:
    recorded = record(
        "a = torch.tensor(2.0, requires_grad=True)\nb = torch.tensor(3.0, requires_grad=True)\n"
        "h = a * b\ny = h * b\ngrads = torch.autograd.grad(y, [b, h])\n"
    )
    (found,) = passes(recorded)
    trace = recorded.recording.traces[0]
    assert [trace.nodes[target].name for target in found.targets if target is not None] == [
        "AccumulateGrad", "MulBackward0",
    ]  # fmt: skip
    assert [grad and decode(grad.raw or b"", grad.dtype) for grad in found.returned] == [
        (12.0,), (3.0,),
    ]  # fmt: skip


def test_a_leaf_is_known_by_its_number_whatever_it_is_called(record: Record) -> None:
    recorded = record(
        "x = torch.tensor(2.0, requires_grad=True)\ny = x * 2\nold = x\n"
        "x = torch.tensor(2.0, requires_grad=True)\n"
    )
    (leaf,) = [n.leaf for s in recorded.snapshots for n in s.nodes if n.name == "AccumulateGrad"]
    tensors = recorded.final.tensors
    assert leaf is not None
    assert tensors["old"].leaf == leaf
    assert tensors["x"].leaf not in (None, leaf)


def test_locals_of_a_backward_that_has_returned_are_gone_with_the_next_node(record: Record) -> None:
    recorded = record(
        "class Twice(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, v):\n"
        "        return v * 2\n    @staticmethod\n    def backward(ctx, grad):\n"
        "        local = grad * 2\n        return local\n"
        "w = torch.ones(2, requires_grad=True)\nTwice.apply(w.exp()).sum().backward()\n"
    )
    trace = recorded.recording.traces[0]
    inside = [s.index for s in recorded.snapshots if s.function == "Twice.backward"]
    after = [s.index for s in recorded.snapshots if s.backward and s.index > inside[-1]]
    assert "Twice.backward().local" in trace.state(inside[-1]).tensors
    assert after
    assert not any("()." in name for name in trace.state(after[0]).tensors)


def test_what_a_line_changed_before_its_pass_is_no_work_of_the_pass(record: Record) -> None:
    recorded = record(
        "w = torch.tensor(2.0, requires_grad=True)\n(w * w).backward()\n"
        "w.grad.zero_(); (w * w).backward()\n"
    )
    trace = recorded.recording.traces[0]
    filled = [s for s in recorded.snapshots if s.backward and s.backward.leaf == "w"][-1]
    was, now = trace.tensor(filled.index - 1, "w"), trace.tensor(filled.index, "w")
    assert was is not None
    assert was.grad is not None
    assert now is not None
    assert now.grad is not None
    assert decode(was.grad.raw or b"", "torch.float32") == (0.0,)
    assert decode(now.grad.raw or b"", "torch.float32") == (4.0,)


@pytest.mark.parametrize(
    "code",
    [
        "w = torch.tensor([1.0, 2.0], requires_grad=True)\n"
        "def clear(p):\n    p.grad.zero_()\n"
        "h = w.register_post_accumulate_grad_hook(clear)\n(w * 3).sum().backward()\n",
        "class F(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x):\n"
        "        return x * 2\n    @staticmethod\n    def backward(ctx, g):\n"
        "        return g.mul_(2)\n"
        "w = torch.tensor([1.0, 2.0], requires_grad=True)\n(F.apply(w) * 3).sum().backward()\n",
    ],
)
def test_what_arrives_is_what_came_whatever_is_done_to_it_then(record: Record, code: str) -> None:
    recorded = record(code)
    assert recorded.result.ok, recorded.result.error
    last = [b for b in backwards(recorded) if name_of(recorded, b.node) != "MulBackward0"][-1]
    if name_of(recorded, last.node) == "AccumulateGrad" and "F.apply" in code:
        last = backwards(recorded)[-2]
    (grad,) = last.grad_outputs
    assert grad is not None
    assert decode(grad.raw or b"", "torch.float32") == (3.0, 3.0)


def test_a_leaf_as_root_in_inference_mode(record: Record) -> None:
    recorded = record(
        "a = torch.tensor(2.0, requires_grad=True)\nwith torch.inference_mode(): a.backward()\n"
    )
    assert recorded.result.ok, recorded.result.error
    assert recorded.result.truncated is None
    assert [name_of(recorded, b.node) for b in backwards(recorded)] == ["AccumulateGrad"]


def test_near_the_recursion_limit_a_pass_is_recorded_all_the_same(record: Record) -> None:
    recorded = record(
        "import sys\nw = torch.tensor(2.0, requires_grad=True)\n"
        "def down(n):\n    if n:\n        return down(n - 1)\n"
        "    (w * w).backward()\n"
        "deepest = 0\n"
        "for n in range(880, 1000, 8):\n    try:\n        down(n)\n        deepest = n\n"
        "    except RecursionError:\n        break\n",
        limits=Limits(snapshots=100_000),
    )
    # At the very limit Python itself may take the trace function off; nothing else may fail.
    assert recorded.result.truncated in (None, "tracing replaced")
    assert recorded.result.fault is None
    assert recorded.variables["deepest"] > 880


def test_a_local_that_stays_is_not_sent_again_by_a_pass_in_its_function(record: Record) -> None:
    recorded = record(
        "w = torch.tensor(2.0, requires_grad=True)\ndef f():\n    a = torch.tensor(3.0)\n"
        "    (w * a).backward()\n    w.grad.zero_(); (w * a).backward()\n    return a\nf()\n"
    )
    assert [s.line for s in recorded.snapshots if "f().a" in s.tensors] == [3]
    assert [s.line for s in recorded.snapshots if "f().a" in s.gone] == [7]


CALLED_LATER = """
def f(x):
    y = x * x
    return y
def fills(w):
    f(w).backward()
w = torch.tensor(2.0, requires_grad=True)
quietly = lambda: f(w).backward()
"""


@pytest.mark.parametrize(
    ("line", "passes"),
    [
        ("(quietly(), f(w))", {9: 1}),
        ("(quietly(), fills(w), quietly(), f(w))", {5: 1, 9: 2}),
        ("from torch.autograd.functional import jacobian\n(jacobian(f, w), jacobian(f, w))",
         {10: 2}),
        ("torch.vmap(torch.func.grad(f), chunk_size=2)(torch.ones(6))", {9: 3}),
    ],
)  # fmt: skip
def test_a_pass_is_that_of_the_line_that_made_it_whatever_that_line_calls_then(
    record: Record, line: str, passes: dict[int, int]
) -> None:
    recorded = record(f"{CALLED_LATER.lstrip()}\n{line}\n")
    assert recorded.result.ok, recorded.result.error
    by_line = {s.line: len(s.passes) for s in recorded.snapshots if s.passes}
    assert by_line == passes
    ended = [each.call for s in recorded.snapshots for each in s.passes]
    assert sorted(ended) == list(range(1, len(ended) + 1))
