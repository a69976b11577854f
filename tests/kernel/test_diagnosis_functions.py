"""Diagnoses of custom Functions, hooks and checks, and near misses."""

from __future__ import annotations

import pytest
from diagnosed import findings, keys
from recorded import Record

from autograd_tutor.analysis.diagnosis.diagnose import diagnose

_QUIET = """
import warnings
warnings.simplefilter("ignore")
"""
_SQUARE = """
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x
    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return {sends}
"""
_CUBE = """
class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        {keep}
        return {result}
    @staticmethod
    def backward(ctx, grad{more}):
        {read}
        return {sends}
x = torch.tensor(2.0, requires_grad=True)
y = Cube.apply(x)
"""
_TWICE = """
(first,) = torch.autograd.grad({y}, x, create_graph=True)
(second,) = torch.autograd.grad(first, x)
"""

FOUND = {
    "own-factor": {
        "of the gradient its shape alone": """
class Leaky(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, slope):
        ctx.save_for_backward(x < 0)
        ctx.slope = slope
        return torch.where(x < 0, slope * x, x)
    @staticmethod
    def backward(ctx, grad):
        (mask,) = ctx.saved_tensors
        sent = torch.ones_like(grad)
        sent[mask] = ctx.slope
        return sent, None
w = torch.randn(3, requires_grad=True)
(Leaky.apply(w, 0.1) * 2).sum().backward()
""",
        "of the gradient its sizes alone": """
class Half(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x / 2
    @staticmethod
    def backward(ctx, grad):
        return torch.full(grad.shape, 0.5, device=grad.device)
w = torch.randn(3, requires_grad=True)
(Half.apply(w) * 2).sum().backward()
""",
        "a square": _SQUARE.format(sends="2 * x")
        + """
x = torch.tensor(3.0, requires_grad=True)
loss = 5 * Square.apply(x)
loss.backward()
""",
        "in a module": _SQUARE.format(sends="2 * x")
        + """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)
    def forward(self, x):
        return Square.apply(self.layer(x))
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.01)
for turn in range(2):
    opt.zero_grad()
    loss = net(torch.randn(4, 2)).mean()
    loss.backward()
    opt.step()
""",
        "two inputs": """
class Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return a * b
    @staticmethod
    def backward(ctx, *grads):
        a, b = ctx.saved_tensors
        return b, a
a, b = torch.ones(3, requires_grad=True), torch.ones(3)
(2 * Product.apply(a, b)).sum().backward()
""",
        "a check of it in single precision": _QUIET
        + _SQUARE.format(sends="2 * x")
        + """
x = torch.tensor([3.0], requires_grad=True)
torch.autograd.gradcheck(lambda x: 2 * Square.apply(x), (x,))
""",
    },
    "own-saved": {
        "an intermediate as an attribute": _CUBE.format(
            keep="ctx.square = x * x",
            result="ctx.square * x",
            more="",
            read="square = ctx.square",
            sends="grad * 3 * square",
        )
        + _TWICE.format(y="y * x"),
        "a local as an attribute": _CUBE.format(
            keep="square = x.pow(2); ctx.save_for_backward(x); ctx.square = square",
            result="x * square",
            more="",
            read="(x,) = ctx.saved_tensors",
            sends="grad * (2 * ctx.square + x * x)",
        )
        + _TWICE.format(y="y"),
        "an intermediate that is saved": _CUBE.format(
            keep="square = x * x; ctx.save_for_backward(square)",
            result="square * x",
            more="",
            read="(square,) = ctx.saved_tensors",
            sends="grad * 3 * square",
        )
        + _TWICE.format(y="y"),
    },
    "hooks": {
        "not returned": """
def double(grad):
    grad * 2
w = torch.tensor(1.0, requires_grad=True)
w.register_hook(double)
(w * 3).backward()
""",
        "bound to its own name": """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)
    def forward(self, x):
        def clip(g):
            g = g.clamp(-1, 1)
        out = self.layer(x)
        out.register_hook(clip)
        return out
net = Net()
net(torch.ones(3, 2)).sum().backward()
""",
        "torch's function, in a loop": """
def scaled(grad):
    print(grad)
    torch.mul(grad, 0.1)
w = torch.ones(2, requires_grad=True)
w.register_hook(scaled)
for turn in range(2):
    w.grad = None
    (w * 3).sum().backward()
""",
        "a method": """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)
        self.layer.weight.register_hook(self.clip)
    def clip(self, grad):
        grad.clamp(-1, 1)
    def forward(self, x):
        return self.layer(x)
net = Net()
net(torch.ones(2)).sum().backward()
""",
        "changed in place": """
w = torch.ones(2, requires_grad=True)
w.register_hook(lambda grad: grad.mul_(2))
(w * 3).sum().backward()
""",
        "on a constant": """
x = torch.ones(2)
x.register_hook(lambda grad: 2 * grad)
""",
        "a number of another shape": """
norms = []
w = torch.ones(2, requires_grad=True)
w.register_hook(lambda grad: grad.norm())
(w * 3).sum().backward()
""",
        "no tensor": """
w = torch.ones(2, requires_grad=True)
w.register_hook(lambda grad: grad.tolist())
(w * 3).sum().backward()
""",
    },
    "f32-check": {
        "a check that is asserted": _QUIET
        + """
torch.manual_seed(0)
layer = torch.nn.Linear(3, 3)
def test():
    x = torch.rand(2, 3, requires_grad=True)
    assert torch.autograd.gradcheck(lambda t: layer(t).exp(), x, raise_exception=False), "wrong"
test()
""",
        "a difference of numbers, both sides": """
net = torch.nn.Linear(2, 1)
x = torch.ones(3, 2)
def loss_of():
    return net(x).pow(2).mean()
eps = 1e-7
with torch.no_grad():
    old = net.weight[0, 0].item()
    net.weight[0, 0] = old + eps
    up = loss_of().item()
    net.weight[0, 0] = old - eps
    down = loss_of().item()
    net.weight[0, 0] = old
slope = (up - down) / (2 * eps)
""",
        "gradcheck fails": _QUIET
        + """
x = torch.tensor([1.0, 2.0], requires_grad=True)
torch.autograd.gradcheck(lambda x: x.exp().sum(), (x,))
""",
        "gradcheck gives False back": _QUIET
        + """
from torch.autograd import gradcheck
def f(x):
    return (x ** 3).sum()
x = torch.randn(4, requires_grad=True)
ok = gradcheck(f, (x,), raise_exception=False)
""",
        "a module": _QUIET
        + """
model = torch.nn.Linear(3, 1)
x = torch.randn(4, 3, requires_grad=True)
torch.autograd.gradcheck(lambda x: model(x).exp(), x)
""",
        "a quotient by hand": """
def f(x):
    return x ** 3
x, h = torch.tensor(2.0), 1e-7
slope = (f(x + h) - f(x)) / h
""",
        "to both sides, with names": """
x = torch.tensor([1.0, 2.0], requires_grad=True)
eps = 1e-6
up = (x.detach() + eps).exp().sum()
down = (x.detach() - eps).exp().sum()
numeric = (up - down) / (2 * eps)
""",
    },
}

NOT_FOUND = {
    "own-factor": {
        "its sign, and its shape": """
class Signs(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.view_as(x)
    @staticmethod
    def backward(ctx, grad):
        return torch.ones_like(grad) * grad.sign()
w = torch.randn(3, requires_grad=True)
(Signs.apply(w) * 2).sum().backward()
""",
        "times what arrives": _SQUARE.format(sends="grad * 2 * x")
        + """
x = torch.tensor(3.0, requires_grad=True)
(5 * Square.apply(x)).backward()
""",
        "a reversal": _SQUARE.format(sends="-grad")
        + """
x = torch.tensor(3.0, requires_grad=True)
(5 * Square.apply(x)).backward()
""",
        "it stops gradients": _SQUARE.format(sends="torch.zeros_like(x)")
        + """
x = torch.tensor(3.0, requires_grad=True)
(5 * Square.apply(x) + x).backward()
""",
        "all of them by a star": """
class Both(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, b):
        return a + b
    @staticmethod
    def backward(ctx, *grads):
        return grads[0], grads[0]
a, b = torch.ones(3, requires_grad=True), torch.ones(3, requires_grad=True)
(2 * Both.apply(a, b)).sum().backward()
""",
    },
    "own-saved": {
        "no second derivative": _CUBE.format(
            keep="ctx.square = x * x",
            result="ctx.square * x",
            more="",
            read="square = ctx.square",
            sends="grad * 3 * square",
        )
        + "y.backward()\n",
        "an input": _CUBE.format(
            keep="ctx.x = x", result="x ** 3", more="", read="x = ctx.x", sends="grad * 3 * x * x"
        )
        + _TWICE.format(y="y"),
        "a number and a mask": _CUBE.format(
            keep="ctx.save_for_backward(x); ctx.n = 3; ctx.mask = (x > 0).float()",
            result="x ** 3",
            more="",
            read="(x,) = ctx.saved_tensors",
            sends="grad * ctx.n * x * x * ctx.mask",
        )
        + _TWICE.format(y="y"),
        "an output, too": _CUBE.format(
            keep="square = x * x; ctx.save_for_backward(x, square)",
            result="square * x, square",
            more=", other",
            read="x, square = ctx.saved_tensors",
            sends="grad * 3 * square + other * 2 * x",
        )
        + _TWICE.format(y="y[0]"),
    },
    "hooks": {
        "it looks only": """
norms = []
def look(grad):
    norms.append(grad.norm().item())
w = torch.ones(2, requires_grad=True)
w.register_hook(look)
w.register_hook(lambda grad: print(grad))
(w * 3).sum().backward()
""",
        "it returns": """
def clip(grad):
    grad = grad.clamp(-1, 1)
    return grad
w = torch.ones(2, requires_grad=True)
w.register_hook(clip)
w.register_hook(lambda grad: grad * 2)
(w * 3).sum().backward()
""",
        "after accumulation, in place": """
w = torch.ones(2, requires_grad=True)
def clear(param):
    param.grad.mul_(0.5)
w.register_post_accumulate_grad_hook(clear)
(w * 3).sum().backward()
""",
    },
    "f32-check": {
        "a difference of numbers in double precision": """
net = torch.nn.Linear(2, 1).double()
x = torch.ones(3, 2, dtype=torch.float64)
eps = 1e-7
with torch.no_grad():
    old = net.weight[0, 0].item()
    net.weight[0, 0] = old + eps
    up = net(x).sum().item()
    net.weight[0, 0] = old
    down = net(x).sum().item()
slope = (up - down) / eps
""",
        "double precision": """
x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
torch.autograd.gradcheck(lambda x: x.exp().sum(), (x,))
h = 1e-6
slope = ((x + h).exp().sum() - x.exp().sum()) / h
""",
        "a larger step": """
x, h = torch.tensor(2.0), 1e-2
slope = ((x + h) ** 2 - (x - h) ** 2) / (2 * h)
""",
        "a small number in a quotient": """
x = torch.tensor([1.0, 3.0], requires_grad=True)
eps = 1e-8
loss = ((x - x.mean()) / (x.std() + eps)).pow(3).sum()
loss.backward()
""",
    },
}


def _cases(of: dict[str, dict[str, str]]) -> list[object]:
    return [
        pytest.param(key, code, id=f"{key}: {name}")
        for key, cases in of.items()
        for name, code in cases.items()
    ]


@pytest.mark.parametrize(("key", "code"), _cases(FOUND))
def test_what_has_the_mistake(record: Record, key: str, code: str) -> None:
    assert keys(record, code) == [key]


@pytest.mark.parametrize(("key", "code"), _cases(NOT_FOUND))
def test_near_misses(record: Record, key: str, code: str) -> None:
    assert keys(record, code) == []


def test_a_check_that_passes_in_single_precision_is_a_note(record: Record) -> None:
    code = """
x = torch.tensor([1.0, 2.0], requires_grad=True)
torch.autograd.gradcheck(lambda x: x.exp().sum(), (x,), eps=1e-2, atol=1e-1, rtol=1e-1)
"""
    found = findings(record, _QUIET + code)
    assert [(each.key, each.certainty) for each in found] == [("f32-check", "note")]


def test_a_function_of_an_earlier_step(record: Record) -> None:
    recorded = record("import torch\n" + _SQUARE.format(sends="2 * x"))
    recorded.step("x = torch.tensor(3.0, requires_grad=True)\n(5 * Square.apply(x)).backward()\n")
    [found] = diagnose(recorded.recording)
    assert (found.key, found.place.step, found.place.line) == ("own-factor", 0, 9)
    assert found.place.at < len(recorded.recording.traces[0].snapshots)
