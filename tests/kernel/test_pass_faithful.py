"""Recording a backward pass changes nothing: neither what is computed nor what the snippet sees."""

from __future__ import annotations

import gc
import sys
import warnings
from typing import Any

import pytest
import torch
from hypothesis import given
from pass_oracle import backwards, bits, has_dispatch, passes, untraced
from pass_programs import examples, programs
from pass_snippets import PASSES
from recorded import Record, Recorded

from autograd_tutor.kernel.engine import ENGINE

pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")


def tensors(space: dict[str, Any]) -> dict[str, torch.Tensor]:
    """Every tensor that a variable, module or list leads to, and its gradient."""
    found: dict[str, torch.Tensor] = {}
    for name, value in list(space.items()):
        if isinstance(value, torch.Tensor):
            found[name] = value
        elif isinstance(value, torch.nn.Module):
            found |= {f"{name}.{own}": p for own, p in value.named_parameters()}
        elif isinstance(value, list | tuple):
            found |= {f"{name}[{n}]": t for n, t in enumerate(value) if torch.is_tensor(t)}
        elif isinstance(value, dict):
            found |= {f"{name}[{n}]": t for n, t in value.items() if torch.is_tensor(t)}
    found = {name: tensor for name, tensor in found.items() if not has_dispatch(tensor)}
    with torch._C.DisableTorchFunction():
        for name, value in list(found.items()):
            if (value.is_leaf or value.retains_grad) and value.grad is not None:
                found[f"{name}.grad"] = value.grad
    return found


def laid_out(tensor: torch.Tensor) -> tuple[Any, ...]:
    """All properties of a tensor besides its elements."""
    with torch._C.DisableTorchFunction():
        strides = tensor.stride() if tensor.layout is torch.strided else None
        return (
            tensor.shape, tensor.dtype, tensor.layout, strides, tensor.requires_grad,
            tensor.is_leaf, tensor.retains_grad, tensor.output_nr,
            type(tensor.grad_fn).__name__, type(tensor).__name__,
        )  # fmt: skip


def shared(space: dict[str, Any]) -> set[frozenset[str]]:
    """Which tensors lie in the same memory."""
    by_address: dict[int, set[str]] = {}
    for name, tensor in tensors(space).items():
        with torch._C.DisableTorchFunction():
            if tensor.layout is torch.strided and tensor.numel():
                address = tensor.untyped_storage().data_ptr()
                by_address.setdefault(address, set()).add(name)
    return {frozenset(names) for names in by_address.values()}


@pytest.mark.parametrize("name", PASSES)
def test_results_and_gradients_are_those_of_an_untraced_run(record: Record, name: str) -> None:
    plain = untraced(PASSES[name])
    assert plain.error is None, plain.error
    ours, expected = tensors(record(PASSES[name]).variables), tensors(plain.space)
    assert len(expected) > 0
    assert ours.keys() == expected.keys()
    for own, tensor in expected.items():
        assert bits(ours[own]) == bits(tensor), own
        assert laid_out(ours[own]) == laid_out(tensor), own


@examples
@given(code=programs())
def test_gradients_of_random_programs_are_recorded_as_an_untraced_run_has_them(
    record: Record, code: str
) -> None:
    plain = untraced(code)
    assert plain.error is None, plain.error
    recorded = record(code)
    compared = 0
    for name, tensor in plain.space.items():
        if isinstance(tensor, torch.Tensor):
            found = recorded.final.tensors[name]
            assert found.raw == bits(tensor)
            if (tensor.is_leaf or tensor.retains_grad) and tensor.grad is not None:
                assert found.grad is not None
                assert found.grad.raw == bits(tensor.grad)
                compared += 1
    assert compared > 0


@pytest.mark.parametrize("name", PASSES)
def test_tensors_share_the_memory_that_they_share_untraced(record: Record, name: str) -> None:
    assert shared(record(PASSES[name]).variables) == shared(untraced(PASSES[name]).space)


@pytest.mark.parametrize("name", PASSES)
def test_random_numbers_go_on_as_in_an_untraced_run(record: Record, name: str) -> None:
    plain = untraced(PASSES[name])
    record(PASSES[name])
    assert bytes(torch.get_rng_state().tolist()) == plain.rng


@pytest.mark.parametrize("name", [name for name, code in PASSES.items() if "calls" in code])
def test_the_snippets_own_functions_are_called_as_often_and_in_the_same_order(
    record: Record, name: str
) -> None:
    expected = untraced(PASSES[name]).space["calls"]
    assert len(expected) > 0
    assert record(PASSES[name]).variables["calls"] == expected


WARNINGS = {
    "create_graph": "x = torch.ones(1, requires_grad=True)\n(x * x).backward(create_graph=True)\n",
    "a grad that is none": (
        "x = torch.ones(1, requires_grad=True)\ny = x * 2\ny.backward()\ng = y.grad\n"
    ),
    "a module without inputs that need gradients": (
        "m = torch.nn.Linear(1, 1)\nm.register_full_backward_hook(lambda *a: None)\n"
        "m(torch.ones(1, 1)).sum().backward()\n"
    ),
    "in a custom backward": (
        "import warnings\nclass F(torch.autograd.Function):\n"
        "    @staticmethod\n    def forward(ctx, x):\n        return x * 2\n"
        "    @staticmethod\n    def backward(ctx, g):\n"
        "        warnings.warn('mine')\n        return g\n"
        "x = torch.ones(1, requires_grad=True)\nF.apply(x).backward()\n"
    ),
    "anomaly detection": (
        "with torch.autograd.set_detect_anomaly(True):\n"
        "    x = torch.zeros(1, requires_grad=True)\n    x.exp().backward()\n"
    ),
}


@pytest.mark.parametrize("name", WARNINGS)
def test_warnings_are_those_of_an_untraced_run(record: Record, name: str) -> None:
    once = torch.is_warn_always_enabled()
    torch.set_warn_always(True)
    try:
        expected = untraced(WARNINGS[name])
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            recorded = record(WARNINGS[name])
    finally:
        torch.set_warn_always(once)
    assert recorded.result.ok, recorded.result.error
    assert [(each.category, str(each.message)) for each in found] == expected.warned
    assert backwards(recorded)


HOOKED = """
x = torch.rand(3, requires_grad=True)
h = x.sin()
loss = (h * x).sum()
loss.backward(retain_graph=True)
torch.autograd.grad(loss, x, retain_graph=True)
try:
    loss.backward(torch.ones(7), retain_graph=True)
except RuntimeError:
    pass
h.register_hook(lambda g: 1 / 0)
try:
    loss.backward(retain_graph=True)
except ZeroDivisionError:
    pass
"""


def test_nothing_of_ours_is_called_when_the_step_is_over(record: Record) -> None:
    recorded = record(HOOKED)
    assert [each.nodes for each in passes(recorded)] == [4, 3, 2]
    h, loss = recorded.variables["h"], recorded.variables["loss"]
    h._backward_hooks.clear()
    called = []

    def note(frame: Any, event: str, arg: object) -> None:
        if "autograd_tutor" in frame.f_code.co_filename:
            called.append(frame.f_code.co_qualname)

    sys.setprofile(note)
    try:
        loss.backward()
    finally:
        sys.setprofile(None)
    assert called == []


def test_no_hook_is_left_on_a_node(record: Record) -> None:
    recorded = record(HOOKED)
    loss = recorded.variables["loss"]
    waiting, names = [loss.grad_fn], []
    while waiting:
        node = waiting.pop()
        handle = node.register_hook(lambda sent, got: None)
        assert list(handle.hooks_dict_ref()) == [handle.id]
        handle.remove()
        names.append(node.name())
        waiting += [child for child, _ in node.next_functions if child is not None]
    assert "SinBackward0" in names


ENDINGS = {
    "to the end": "x = torch.ones(1, requires_grad=True)\n(x * 2).backward()\n",
    "in an error": "x = torch.ones(2, requires_grad=True)\n(x * 2).backward()\n",
    "in a hook": (
        "x = torch.ones(1, requires_grad=True)\nx.register_hook(lambda g: 1 / 0)\n"
        "(x * 2).backward()\n"
    ),
    "in a syntax error": "x = (\n",
    "tracing replaced": (
        "import sys\nsys.settrace(None)\n"
        "x = torch.ones(1, requires_grad=True)\n(x * 2).backward()\n"
    ),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_torchs_own_function_is_back_after_each_step(record: Record, name: str) -> None:
    original = getattr(torch.autograd, ENGINE)
    during = "torch._during = torch.autograd._engine_run_backward\n"
    record(ENDINGS[name] if name == "in a syntax error" else during + ENDINGS[name])
    assert getattr(torch.autograd, ENGINE) is original
    if name != "in a syntax error":
        assert torch._during is not original  # type: ignore[attr-defined]
        del torch._during  # type: ignore[attr-defined]


def test_a_replacement_that_a_snippet_has_made_stays(record: Record) -> None:
    original = getattr(torch.autograd, ENGINE)
    try:
        recorded = record(
            "calls = []\nbefore = torch.autograd._engine_run_backward\n"
            "def mine(*a, **k):\n    calls.append(1)\n    return before(*a, **k)\n"
            "torch.autograd._engine_run_backward = mine\n"
            "x = torch.ones(1, requires_grad=True)\n(x * 2).backward()\n"
        )
        recorded.step("x.grad = None\n(x * 2).backward()\n")
        assert getattr(torch.autograd, ENGINE) is recorded.variables["mine"]
        assert recorded.variables["calls"] == [1, 1]
        assert recorded.final.tensors["x"].grad is not None
    finally:
        setattr(torch.autograd, ENGINE, original)


def alive_after(record: Record, code: str) -> Recorded:
    gc.collect()
    gc.disable()
    try:
        return record(code)
    finally:
        gc.enable()


def test_graphs_of_past_iterations_are_let_go_without_the_collector(record: Record) -> None:
    recorded = alive_after(
        record,
        """
import weakref
w = torch.ones(2, requires_grad=True)
refs = []
for i in range(6):
    h = w * 2
    loss = h.sum()
    loss.backward()
    refs += [weakref.ref(h), weakref.ref(loss)]
del h, loss
alive = [ref() is not None for ref in refs]
""",
    )
    assert recorded.variables["alive"] == [False] * 12


def test_a_graph_without_a_name_is_let_go_when_its_pass_ends(record: Record) -> None:
    recorded = alive_after(
        record,
        """
import weakref
w = torch.ones(2, requires_grad=True)
refs = []
def make():
    h = w * 2
    refs.append(weakref.ref(h))
    loss = h.sin().sum()
    refs.append(weakref.ref(loss))
    return loss
make().backward(); alive = [ref() is not None for ref in refs]
""",
    )
    assert recorded.variables["alive"] == [False, False]


def test_a_pass_that_failed_holds_nothing(record: Record) -> None:
    recorded = alive_after(
        record,
        """
import weakref
w = torch.ones(2, requires_grad=True)
refs = []
def attempt():
    h = w * 2
    h.register_hook(lambda g: 1 / 0)
    refs.append(weakref.ref(h))
    h.sum().backward()
try:
    attempt()
except ZeroDivisionError:
    pass
alive = [ref() is not None for ref in refs]
""",
    )
    assert recorded.variables["alive"] == [False]


def test_gradients_on_their_way_are_let_go(record: Record) -> None:
    recorded = alive_after(
        record,
        """
import weakref
w = torch.ones(2, requires_grad=True)
refs = []
h = w * 2
h.register_hook(lambda g: refs.append(weakref.ref(g)))
y = h.exp()
y.register_hook(lambda g: refs.append(weakref.ref(g)))
y.sum().backward()
alive = [ref() is not None for ref in refs]
""",
    )
    assert recorded.variables["alive"] == [False, False]


def test_memory_does_not_grow_with_the_number_of_passes(record: Record) -> None:
    recorded = record("w = torch.rand(3, requires_grad=True)\n")
    code = "for i in range(100):\n    (w * i).sin().sum().backward()\n"
    counts = []
    for _ in range(4):
        recorded.step(code)
        assert len(passes(recorded)) == 100
        assert sum(each.nodes for each in passes(recorded)) > 100
        recorded.snapshots.clear()
        recorded.recording.traces.clear()
        recorded.recording.nodes.clear()
        gc.collect()
        counts.append(len(gc.get_objects()))
    assert counts[3] - counts[1] < 100
