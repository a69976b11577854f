"""Inside of `torch.func` transforms and of batched gradients: the tensors, and the passes."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from pass_oracle import backwards, name_of, order, passes, untraced
from recorded import Record, Recorded

from autograd_tutor.recording.batches import Batch, batches, example_shape
from autograd_tutor.recording.model import Tensor, Wrapper
from autograd_tutor.recording.numbers import nested
from autograd_tutor.recording.tensor_text import text
from autograd_tutor.render.tensor_words import shape_and_type

pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")

FUNCTION = """
printed = {}
def f(x):
    printed["x"] = repr(x)
    y = x ** 3
    printed["y"] = repr(y)
    return y.sum()
"""
CALLS = {
    "grad": "torch.func.grad(f)(torch.tensor([1.0, 2.0]))",
    "vmap": "torch.vmap(f)(torch.rand(3, 2))",
    "vmap of grad": "torch.vmap(torch.func.grad(f))(torch.rand(3, 2))",
    "grad of vmap": "torch.func.grad(lambda a: torch.vmap(f)(a).sum())(torch.rand(3, 2))",
    "another dimension": (
        "torch.vmap(torch.vmap(torch.func.grad(f)), in_dims=1)(torch.rand(2, 3, 4))"
    ),
    "grad of grad": "torch.func.grad(lambda a: torch.func.grad(f)(a).sum())(torch.rand(2))",
    "jacrev": "torch.func.jacrev(f)(torch.rand(3))",
    "hessian": "torch.func.hessian(f)(torch.rand(3))",
    "doubles": "torch.vmap(torch.func.grad(f))(torch.rand(3, 2, dtype=torch.float64))",
    "large": "torch.vmap(torch.func.grad(f))(torch.rand(40, 50))",
    "a leaf of the snippet": "torch.func.grad(f)(torch.rand(3, requires_grad=True))",
    "a parameter": "torch.func.grad(f)(torch.nn.Parameter(torch.rand(3)))",
    "a result": "torch.vmap(torch.func.grad(f))(torch.rand(3, 2, requires_grad=True) * 2)",
    "a transposed batch": "torch.vmap(torch.func.grad(f), in_dims=1)(torch.rand(3, 2).t())",
}


ESCAPED = """
kept = []
def f(x):
    kept.append(x)
    return x.sum()
got = torch.vmap(torch.func.grad(f))(torch.rand(3, 2))
printed = repr(kept[0])
"""


def inside(recorded: Recorded, name: str) -> Tensor:
    """A tensor as it was recorded last."""
    return [s.tensors[name] for s in recorded.snapshots if name in s.tensors][-1]


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_tensor_inside_of_a_transform_has_the_text_that_print_gives(
    record: Record, call: str
) -> None:
    code = f"{FUNCTION}got = {call}\n"
    recorded = record(code)
    assert recorded.result.ok, recorded.result.error
    printed = untraced(code).space["printed"]
    for name in ("x", "y"):
        assert text(inside(recorded, f"f().{name}")) == printed[name]


def test_a_tensor_that_has_escaped_is_of_a_transform_that_has_ended(record: Record) -> None:
    found = inside(record(ESCAPED), "kept[0]")
    assert found.wrappers == (Wrapper(None, None), Wrapper(1, 0))
    assert text(found) == untraced(ESCAPED).space["printed"]
    assert "of a transform that has ended" in shape_and_type(found)


FAILING = """
def bad(x):
    y = x * 2
    def hook(t):
        raise ValueError("no")
    y.register_hook(hook)
    return (y * y).sum()
xs = torch.rand(3, 2)
caught = []
for call in (torch.vmap(torch.func.grad(bad)), torch.func.jacrev(bad)):
    try:
        call(xs)
    except ValueError as error:
        caught.append(str(error))
"""


def test_after_a_pass_that_fails_transforms_work_as_before(record: Record) -> None:
    recorded = record(
        f"{FAILING}after = torch.vmap(torch.func.grad(lambda t: t.sin().sum()))(xs)\n"
    )
    assert recorded.result.ok, recorded.result.error
    ended = [each for s in recorded.snapshots for each in s.passes]
    assert [name_of(recorded, each.failed) for each in ended] == ["MulBackward0"] * 2 + [None]
    xs = untraced(FAILING).space["xs"]
    assert nested(inside(recorded, "after")) == xs.cos().tolist()


LEAF_ROOTS = {
    "grad": "torch.func.grad(lambda x: x)(torch.tensor(1.0))",
    "vmap of grad": "torch.vmap(torch.func.grad(lambda x: x))(torch.rand(3))",
    "grad of grad": "torch.func.grad(torch.func.grad(lambda x: x))(torch.tensor(1.0))",
    "jacrev": "torch.func.jacrev(lambda x: x)(torch.rand(2))",
    "vjp": "torch.func.vjp(lambda x: x, torch.rand(2))[1](torch.ones(2))[0]",
    "jacrev of jacrev": "torch.func.jacrev(torch.func.jacrev(lambda x: x))(torch.rand(2))",
}


@pytest.mark.parametrize("call", LEAF_ROOTS.values(), ids=LEAF_ROOTS)
def test_a_function_that_returns_its_input_can_be_transformed(record: Record, call: str) -> None:
    code = f"got = {call}\n"
    recorded = record(code)
    assert recorded.result.ok, recorded.result.error
    assert recorded.result.fault is None
    assert nested(inside(recorded, "got")) == untraced(code).space["got"].tolist()
    found = passes(recorded)
    assert [len(each.roots) for each in found] == seen_by_the_engine(code)
    assert [each.left_out for each in found] == [None] * len(found)


def seen_by_the_engine(code: str) -> list[int]:
    """For each pass of an untraced run, how many roots it has."""
    found: list[int] = []
    original = torch.autograd._engine_run_backward

    def run_backward(outputs: Any, *arguments: Any, **named: Any) -> Any:
        found.append(len(outputs))
        return original(outputs, *arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.autograd, "_engine_run_backward", run_backward)
        assert untraced(code).error is None
    return found


ENDED = "of a transform that has ended"
ARGUMENTS = {
    "grad": ("grad(f)(x)", ["argument x at level 1"]),
    "a lambda": ("grad(lambda t: t.sin().sum())(x)", ["argument at level 1"]),
    "jacrev": ("jacrev(f)(x)", [f"argument x {ENDED}"]),
    "vmap of grad": ("vmap(torch.func.grad(f))(x[None])", ["argument x at level 2"]),
    "grad of grad": (
        "grad(lambda a: torch.func.grad(f)(a).sum())(x)",
        ["argument x at level 2", "argument at level 1"],
    ),
    "a dict": ("grad(g)({'w': x})", ['argument params["w"] at level 1']),
    "of two the second": ("grad(h, argnums=1)(x, x)", ["argument y at level 1"]),
    "vjp, called later": ("vjp(f, x)\nlater = got[1](got[0])", [f"argument x {ENDED}"]),
}


@pytest.mark.parametrize("name", ARGUMENTS)
def test_the_leaf_of_a_transform_is_called_after_the_argument(record: Record, name: str) -> None:
    call, names = ARGUMENTS[name]
    recorded = record(
        f"{FUNCTION}def g(params):\n    w = params['w'] * 2\n    return w.sum()\n"
        "def h(x, y):\n    z = x * y\n    return z.sum()\n"
        f"x = torch.tensor([1.0, 2.0])\ngot = torch.func.{call}\n"
    )
    assert recorded.result.ok, recorded.result.error
    assert [each.inputs for each in passes(recorded)] == [(name,) for name in names]
    shown = {name for snapshot in recorded.snapshots for name in snapshot.tensors}
    assert shown >= set(names)
    assert not [name for name in shown if "unnamed" in name]


def test_a_batch_is_shown_with_its_dimension_and_its_level(record: Record) -> None:
    recorded = record(f"{FUNCTION}xs = torch.arange(6.0).reshape(2, 3)\n"
                      "got = torch.vmap(torch.func.grad(f), in_dims=1)(xs)\n")  # fmt: skip
    x = inside(recorded, "f().x")
    assert x.wrappers == (Wrapper(2, None), Wrapper(1, 1))
    assert batches(x) == (Batch(1, 1, 3),)
    assert (x.shape, example_shape(x)) == ((2, 3), (2,))
    assert nested(x) == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
    assert (x.kind, inside(recorded, "f().y").kind) == ("leaf", "intermediate")
    assert x.storage == inside(recorded, "xs").storage


def test_the_outer_batch_comes_first(record: Record) -> None:
    call = "torch.vmap(torch.vmap(torch.func.grad(f)), in_dims=1)(torch.rand(2, 3, 4))"
    x = inside(record(f"{FUNCTION}got = {call}\n"), "f().x")
    assert batches(x) == (Batch(1, 1, 3), Batch(2, 0, 2))
    assert example_shape(x) == (4,)


def test_a_batch_inside_of_grad_has_the_graph_of_grad(record: Record) -> None:
    call = "torch.func.grad(lambda a: torch.vmap(f)(a).sum())(torch.rand(3, 2))"
    recorded = record(f"{FUNCTION}got = {call}\n")
    y = inside(recorded, "f().y")
    assert y.kind == "intermediate"
    assert name_of(recorded, y.grad_fn) == y.grad_fn_name == "PowBackward0"


def test_a_node_inside_of_vmap_was_made_by_the_line_that_made_it(record: Record) -> None:
    call = "torch.func.grad(lambda a: torch.vmap(f)(a).sum())(torch.rand(3, 2))"
    recorded = record(f"{FUNCTION}got = {call}\n")
    lines = {node.name: node.line for node in recorded.recording.nodes.values()}
    assert lines == {"AccumulateGrad": 5, "PowBackward0": 5, "SumBackward1": 7, "SumBackward0": 8}


def test_the_nodes_of_a_pass_have_the_values_of_their_level(record: Record) -> None:
    recorded = record(
        "xs = torch.tensor([[1.0, 2.0], [3.0, 4.0]])\n"
        "got = torch.vmap(torch.func.grad(lambda t: (t ** 3).sum()))(xs)\n"
    )
    assert order(recorded) == ["SumBackward0", "PowBackward0"]
    first, second = backwards(recorded)
    ((arrived,), (sent,)) = first.grad_outputs, first.grad_inputs
    assert arrived is not None
    assert sent is not None
    assert (nested(arrived), example_shape(arrived)) == ([1.0, 1.0], ())
    assert (nested(sent), example_shape(sent)) == ([[1.0, 1.0], [1.0, 1.0]], (2,))
    (last,) = second.grad_inputs
    assert last is not None
    assert nested(last) == [[3.0, 12.0], [27.0, 48.0]]
    (kept,) = [each.value for each in second.saved if each.name == "self"]
    assert isinstance(kept, Tensor)
    assert nested(kept) == [[1.0, 2.0], [3.0, 4.0]]


def test_a_vectorized_jacobian_sends_a_batch_of_rows(record: Record) -> None:
    recorded = record(
        "def q(x):\n    return torch.stack([x.prod(), x.sin().sum()])\n"
        "x = torch.tensor([1.0, 2.0, 3.0])\n"
        "got = torch.autograd.functional.jacobian(q, x, vectorize=True)\n"
        "same = torch.func.jacrev(q)(x)\n"
    )
    seeds = [each.roots[0].seed for s in recorded.snapshots for each in s.passes]
    for seed in seeds:
        assert seed is not None
        assert [batch.size for batch in batches(seed)] == [2]
        assert nested(seed) == [[1.0, 0.0], [0.0, 1.0]]
    assert len(seeds) == 2
    prod = [b for b in backwards(recorded) if name_of(recorded, b.node) == "ProdBackward0"]
    for backward in prod:
        (sent,) = backward.grad_inputs
        assert sent is not None
        assert nested(sent) == [[6.0, 3.0, 2.0], [0.0, 0.0, 0.0]]
    assert len(prod) == 2


def test_a_gradient_that_batched_gradients_have_left_is_the_whole_batch(record: Record) -> None:
    recorded = record(
        "x = torch.ones(2, requires_grad=True)\n"
        "y = x * 2\ny.retain_grad()\nz = y * 3\n"
        "got = torch.autograd.grad(z, x, torch.eye(2), is_grads_batched=True)[0]\n"
    )
    assert recorded.result.ok, recorded.result.error
    left = recorded.final.tensors["y"].grad
    assert left is not None
    assert left.wrappers == (Wrapper(None, 0),)
    assert nested(left) == [[3.0, 0.0], [0.0, 3.0]]
    assert nested(inside(recorded, "got")) == [[6.0, 0.0], [0.0, 6.0]]


def test_only_what_torch_does_not_give_has_no_values(record: Record) -> None:
    """The older vmap, inside of itself: the batch of the inner one cannot be told apart."""
    recorded = record(
        "from torch._vmap_internals import _vmap\n"
        "x = torch.tensor([1.0, 2.0], requires_grad=True)\n"
        "y = x * x\n"
        "def back(v):\n    return torch.autograd.grad(y, x, v, retain_graph=True)[0]\n"
        "seeds = torch.eye(2).repeat(3, 1, 1)\n"
        "got = _vmap(_vmap(back))(seeds)\n"
    )
    assert recorded.result.ok, recorded.result.error
    (mul,) = backwards(recorded)
    (arrived,) = mul.grad_outputs
    assert arrived is not None
    assert (arrived.raw, arrived.shape) == (None, (2,))
    assert "no values" in (arrived.shown or "")
    assert inside(recorded, "got").raw == bytes(
        (2 * torch.tensor([1.0, 2.0]).diag()).repeat(3, 1, 1).numpy().tobytes()
    )
