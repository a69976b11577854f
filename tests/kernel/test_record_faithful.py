"""Recording changes nothing: values, gradients and graphs are those of an untraced run."""

from __future__ import annotations

import gc
import random
import subprocess
import sys
import weakref
from typing import Any

import numpy as np
import pytest
import torch
from pass_snippets import PASSES
from recorded import Record, Recorded

from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.wire import Limits

pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")

SNIPPETS = {
    "polynomial": """
x = torch.arange(4.0, requires_grad=True)
y = (x**3 - 2 * x).sum()
y.backward()
""",
    "training": """
x = torch.randn(32, 3)
y = x.sum(1, keepdim=True).sin()
model = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
opt = torch.optim.Adam(model.parameters(), lr=0.05)
for epoch in range(12):
    loss = torch.nn.functional.mse_loss(model(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
""",
    "dropout": """
d = torch.nn.Dropout(0.5)
x = torch.ones(8, 8)
for i in range(5):
    x = d(x)
""",
    "lbfgs": """
w = torch.full((3,), 2.0, requires_grad=True)
opt = torch.optim.LBFGS([w], max_iter=5)
def closure():
    opt.zero_grad()
    loss = (w - torch.arange(3.0)).pow(2).sum()
    loss.backward()
    return loss
for i in range(3):
    opt.step(closure)
""",
    "views and in-place edits": """
x = torch.zeros(3, 4, requires_grad=True)
y = x * 1
v = y[1]
v.mul_(3)
y[0, :2] = 5
w = y.t()
w.add_(1)
(y.sum() + v.prod()).backward()
""",
    "retain_grad and detach": """
a = torch.tensor([1.0, 2.0], requires_grad=True)
b = a * a
b.retain_grad()
c = b.detach() * a
(b.sum() + c.sum()).backward()
d = b.clone()
""",
    "second derivatives": """
x = torch.tensor([0.3, 0.7], requires_grad=True)
(g,) = torch.autograd.grad(x.sin().sum(), x, create_graph=True)
(h,) = torch.autograd.grad(g.sum(), x, retain_graph=True)
g.pow(2).sum().backward()
""",
    "complex": """
z = torch.tensor([1 + 2j, 3 - 1j], requires_grad=True)
w = z.conj()
(z * w).real.sum().backward()
""",
    "sparse": """
e = torch.nn.Embedding(5, 2, sparse=True)
e(torch.tensor([1, 1, 3])).sum().backward()
""",
    "bfloat16": """
x = torch.randn(5, dtype=torch.bfloat16, requires_grad=True)
(x * x).sum().backward()
""",
    "custom Function": """
class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3
    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 3 * x**2 * g
x = torch.tensor([2.0], requires_grad=True)
y = Cube.apply(x)
y.backward()
""",
    "hooks": """
x = torch.ones(2, requires_grad=True)
seen = []
def hook(g):
    seen.append(g.clone())
    return g * 2
handle = x.register_hook(hook)
(x * 3).sum().backward()
""",
    "torch.func": """
def f(x):
    return (x**2).sum()
x = torch.arange(3.0)
g = torch.func.grad(f)(x)
h = torch.func.hessian(f)(x)
b = torch.vmap(torch.func.grad(f))(torch.ones(2, 3))
j = torch.func.jvp(f, (x,), (torch.ones(3),))
""",
    "checkpoint": """
from torch.utils.checkpoint import checkpoint
w = torch.randn(4, 4, requires_grad=True)
def block(x):
    h = x @ w
    return torch.nn.functional.dropout(h.relu(), 0.5)
x = torch.randn(2, 4, requires_grad=True)
y = checkpoint(block, x, use_reentrant=False)
y.sum().backward()
""",
    "saved tensors hooks": """
x = torch.ones(2, requires_grad=True)
packed = []
def pack(t):
    packed.append(1)
    return t * 1
with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
    y = (x * x).exp()
y.sum().backward()
""",
    "modes": """
from torch.utils._python_dispatch import TorchDispatchMode
from torch.overrides import TorchFunctionMode
calls = []
class Count(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        calls.append(str(func))
        return func(*args, **(kwargs or {}))
class Functions(TorchFunctionMode):
    def __torch_function__(self, func, types, args=(), kwargs=None):
        calls.append("f")
        return func(*args, **(kwargs or {}))
x = torch.ones(2, 2, requires_grad=True)
big = torch.ones(50, 50)
with Count(), Functions():
    y = x * 2
    big = big + 1
    z = y.sum()
z.backward()
count = len(calls)
""",
    "subclass": """
calls = []
class Loud(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        calls.append(1)
        return super().__torch_function__(func, types, args, kwargs or {})
    @property
    def shape(self):
        calls.append(2)
        return super().shape
x = torch.ones(2).as_subclass(Loud)
y = x + 1
count = len(calls)
""",
    "anomaly detection": """
with torch.autograd.set_detect_anomaly(True):
    x = torch.ones(2, requires_grad=True)
    y = (x * 2).sum()
    y.backward()
""",
    "random numbers": """
import random
import numpy as np
a = torch.rand(3)
b = random.random()
c = np.random.rand()
d = torch.rand(2000)
e = torch.rand(2)
""",
    "version counters": """
x = torch.zeros(3)
x.add_(1)
v = x._version
y = x[0]
y.mul_(2)
w = x._version
""",
    "numpy shares memory": "x = torch.zeros(3)\nn = x.numpy()\nn[1] = 5\ny = x * 2\n",
    "lstm": """
m = torch.nn.LSTM(3, 4)
out, (h, c) = m(torch.randn(5, 2, 3))
out.sum().backward()
""",
}  # fmt: skip


def untraced(code: str) -> dict[str, Any]:
    torch.manual_seed(0)
    random.seed(0)
    np.random.seed(0)
    space: dict[str, Any] = {"torch": torch, "__name__": "untraced"}
    exec(compile(code, "untraced", "exec"), space)
    return space


def tensors_of(space: dict[str, Any]) -> dict[str, torch.Tensor]:
    found = {}
    for name, value in space.items():
        if isinstance(value, torch.Tensor):
            found[name] = value
        elif isinstance(value, torch.nn.Module):
            found |= {f"{name}.{own}": p for own, p in value.named_parameters()}
        elif isinstance(value, list) and name != "calls":
            found |= {f"{name}[{i}]": t for i, t in enumerate(value) if isinstance(t, torch.Tensor)}
    return found


def bits(tensor: torch.Tensor) -> bytes:
    """The elements as torch itself lays them out."""
    plain = tensor.detach()
    if plain.layout is not torch.strided:
        plain = plain.to_dense()
    plain = plain.as_subclass(torch.Tensor).resolve_conj().resolve_neg().contiguous()
    return bytes(plain.flatten().view(torch.uint8).tolist())


def assert_same(found: Tensor, true: torch.Tensor) -> None:
    """What was recorded is what the untraced run made."""
    with torch._C.DisableTorchFunctionSubclass():  # the shape, not a subclass's version of it
        assert found.shape == tuple(true.shape)
        assert found.dtype == str(true.dtype)
        assert (found.requires_grad, found.is_leaf) == (true.requires_grad, true.is_leaf)
        assert found.retains_grad == true.retains_grad
        assert found.version == true._version
        assert found.output_nr == true.output_nr
        name = None if true.grad_fn is None else type(true.grad_fn).__name__
        grad = true.grad if true.is_leaf or true.retains_grad else None
    assert found.grad_fn_name == name
    assert (found.grad_fn is None) == (name is None)
    if found.stats is None:
        assert found.raw == bits(true)
    else:
        assert found.raw is None
        assert found.stats.count > 1000
    assert (found.grad is None) == (grad is None)
    if found.grad is not None and grad is not None:
        assert_same(found.grad, grad)


def run_both(record: Record, name: str) -> tuple[Recorded, dict[str, Any]]:
    recorded = record(SNIPPETS[name])
    assert recorded.result.ok, recorded.result.error
    return recorded, untraced(SNIPPETS[name])


@pytest.mark.parametrize("name", SNIPPETS)
def test_the_final_state_is_that_of_an_untraced_run(record: Record, name: str) -> None:
    recorded, space = run_both(record, name)
    plain = tensors_of(space)
    found = recorded.final.tensors
    assert plain.keys() <= found.keys()
    for own, tensor in plain.items():
        assert_same(found[own], tensor)
    for own, value in space.items():
        if type(value) in (int, float, bool, str) and not own.startswith("__"):
            assert recorded.final.values[own] == repr(value)


@pytest.mark.parametrize("name", SNIPPETS)
def test_what_was_computed_is_what_an_untraced_run_computes(record: Record, name: str) -> None:
    recorded, space = run_both(record, name)
    found = tensors_of(recorded.variables)
    for own, tensor in tensors_of(space).items():
        assert bits(found[own]) == bits(tensor)


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_truncated_recording_ends_in_the_same_state(record: Record, name: str) -> None:
    whole = record(SNIPPETS[name]).final
    cut = record(SNIPPETS[name], limits=Limits(snapshots=3))
    assert cut.result.truncated == "snapshots"
    assert cut.final.values == whole.values
    assert cut.final.tensors.keys() == whole.tensors.keys()
    for name_of, tensor in cut.final.tensors.items():
        assert tensor.raw == whole.tensors[name_of].raw


def test_graphs_of_past_iterations_are_let_go(record: Record) -> None:
    code = """
import weakref
w = torch.ones(2, requires_grad=True)
refs = []
def step(w):
    inner = w * 2
    return inner.sum()
for i in range(6):
    loss = step(w)
    refs.append(weakref.ref(loss))
alive = [r() is not None for r in refs]
"""
    gc.disable()
    try:
        recorded = record(code)
    finally:
        gc.enable()
    assert recorded.variables["alive"] == [False] * 5 + [True]


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("x = torch.ones(3, requires_grad=True)\ny = x * 2\nbig = torch.ones(5000)\n", "x, y, big"),
        (PASSES["retained gradients"], "a, b, u, v, c"),
    ],
    ids=["lines", "a pass"],
)
def test_the_recorder_holds_no_tensor_of_the_run(record: Record, code: str, names: str) -> None:
    recorded = record(code)
    tensors = [weakref.ref(recorded.variables[name]) for name in names.split(", ")]
    gc.disable()
    try:
        recorded.step(f"del {names}\n")
        assert [tensor() for tensor in tensors] == [None] * len(tensors)
    finally:
        gc.enable()
    assert not recorded.final.tensors


def test_autograd_modes_and_flags_are_left_alone(record: Record) -> None:
    code = """
modes = []
with torch.no_grad():
    a = torch.ones(2000)
    modes.append(torch.is_grad_enabled())
b = torch.ones(2000)
modes.append(torch.is_grad_enabled())
with torch.inference_mode():
    c = torch.ones(2000)
    modes.append(torch.is_inference_mode_enabled())
"""
    assert record(code).variables["modes"] == [False, True, True]


WITHOUT_PRIVATE_NAMES = """
import contextlib
import torch
from torch.utils import _python_dispatch
names = [(torch.nn.parameter, "UninitializedTensorMixin"), (torch._C, "_DisableFuncTorch"),
         (_python_dispatch, "_disable_current_modes")]
removed = [getattr(*name) for name in names]
for name in names:
    delattr(*name)
from autograd_tutor.kernel import torch_print
from autograd_tutor.kernel.categories import Category, type_info_of
for name, value in zip(names, removed):  # torch's own printing needs them
    setattr(*name, value)
assert torch_print.without_modes is torch_print._no_functorch is contextlib.nullcontext
assert type_info_of(torch.ones(1)).category is Category.TENSOR
print(torch_print.text_of_tensor(torch.ones(2)))
"""


def test_a_torch_without_some_private_names_will_do() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", WITHOUT_PRIVATE_NAMES], capture_output=True, text=True, check=False
    )
    assert answer.stdout == "tensor([1., 1.])\n", answer.stderr
