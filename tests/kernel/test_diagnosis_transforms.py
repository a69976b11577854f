"""Diagnoses of torch.func, of directions and weights, and answers to questions; near misses."""

from __future__ import annotations

import pytest
from diagnosed import findings, keys
from recorded import Record

pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated")
"""torch itself calls that when it begins with forward mode."""

NOTES = ("ties", "duplicates", "complex")
"""Keys of what is as it should be."""

FOUND = {
    "func-side": {
        "item under vmap": """
def f(x):
    return x * x.item()
torch.vmap(f)(torch.ones(3))
""",
        "a branch": """
def f(x):
    if x > 0:
        return x
    return -x
torch.vmap(torch.func.grad(f))(torch.ones(3))
""",
        "random numbers": """
torch.vmap(lambda x: x + torch.randn(1))(torch.ones(3))
""",
        "backward under grad": """
model = torch.nn.Linear(2, 1)
def loss(x):
    value = model(x).sum()
    value.backward()
    return value
torch.func.grad(loss)(torch.ones(3, 2))
""",
        "stored, and used later": """
kept = []
def f(x):
    kept.append(x * 2)
    return x * x
torch.vmap(f)(torch.ones(3))
later = kept[0] + 1
""",
        "a number returned": """
def f(x):
    return (x * x).sum().item()
torch.func.grad(f)(torch.ones(3))
""",
        "in place": """
def f(x):
    y = torch.zeros(2)
    y[0] = x
    return y
torch.vmap(f)(torch.ones(3))
""",
    },
    "jvp-vjp": {
        "a direction of the outputs' shape": """
def f(x):
    return x[:2] * 2
torch.func.jvp(f, (torch.ones(3),), (torch.ones(2),))
""",
        "weights of the inputs' shape": """
output, pull = torch.func.vjp(lambda x: x.sum(), torch.ones(3))
pull(torch.ones(3))
""",
        "backward": """
model = torch.nn.Linear(3, 2)
model(torch.ones(4, 3)).backward(torch.ones(4, 3))
""",
        "autograd.functional": """
from torch.autograd.functional import vjp
vjp(lambda x: x * 2, torch.ones(3))
""",
        "a Hessian": """
torch.autograd.functional.hvp(lambda x: (x * x).sum(), torch.ones(3), torch.ones(2))
""",
        "a dual number": """
import torch.autograd.forward_ad as fwAD
with fwAD.dual_level():
    dual = fwAD.make_dual(torch.ones(3), torch.ones(1))
""",
    },
    "view-permute": {
        "images, of data": """
def channels_first(img):
    n, h, w, c = img.shape
    return img.view(n, c, h, w)
layer = torch.nn.Conv2d(3, 2, 3)
layer(channels_first(torch.rand(2, 5, 6, 3))).sum().backward()
""",
        "images, by torch.reshape": """
img = torch.rand(2, 5, 6, 3)
x = torch.reshape(img, (img.size(0), 3, 5, -1))
torch.nn.Conv2d(3, 2, 3)(x).sum().backward()
""",
        "pixels and features": """
cnn = torch.nn.Conv2d(3, 5, 4, stride=4)
found = cnn(torch.rand(2, 3, 16, 16))
pixels = found.view(2, 16, 5)
pixels.pow(2).sum().backward()
""",
        "heads of attention without their axis behind": """
q = torch.nn.Linear(6, 6)(torch.rand(2, 5, 6)).view(2, 3, 5, 2)
q.softmax(-1).pow(2).sum().backward()
""",
        "a matrix": """
w = torch.randn(2, 3, requires_grad=True)
loss = (w.view(3, 2) * torch.arange(6.0).view(3, 2)).sum()
loss.backward()
""",
        "heads of attention, in a module": """
class Heads(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(8, 8)
    def forward(self, x):
        q = self.layer(x).view(2, 5, 4, 2)
        return q.reshape(2, 4, 5, 2).softmax(-1)
model = Heads()
model(torch.randn(2, 5, 8)).pow(2).sum().backward()
""",
        "time and batch": """
def swap(x):
    return x.reshape(x.shape[1], x.shape[0], -1)
rnn = torch.nn.Linear(3, 3)
out = rnn(torch.randn(4, 6, 3))
swap(out).pow(3).mean(0).pow(2).sum().backward()
""",
    },
    "ties": {
        "max of all": """
x = torch.tensor([2.0, 2.0, 1.0], requires_grad=True)
x.max().backward()
""",
        "max along a dimension": """
x = torch.tensor([2.0, 2.0, 1.0], requires_grad=True)
x.max(dim=0).values.backward()
""",
        "maximum, in a function": """
def upper(a, b):
    return torch.maximum(a, b).sum()
a, b = torch.ones(3, requires_grad=True), torch.ones(3)
loss = upper(a, b)
loss.backward()
""",
        "amin": """
x = torch.zeros(4, requires_grad=True)
x.amin(0).backward()
""",
        "amax along a dimension, in one row": """
def pool(scores):
    return torch.amax(scores, dim=-1)
scores = torch.tensor([[0.2, 0.9, 0.9], [0.5, 0.4, 0.3]], requires_grad=True)
(1 - pool(scores)).sum().backward()
""",
        "max along a dimension, in one column": """
x = torch.tensor([[1.0, 5.0], [2.0, 5.0], [2.0, 3.0]], requires_grad=True)
x.max(dim=0).values.sum().backward()
""",
        "amin along two of three dimensions": """
x = torch.arange(8.0).view(2, 2, 2).clamp(min=5).requires_grad_()
x.amin(dim=(0, 2), keepdim=True).sum().backward()
""",
        "median along a dimension": """
x = torch.tensor([[1.0, 2.0, 2.0], [3.0, 4.0, 5.0]], requires_grad=True)
x.median(dim=1).values.sum().backward()
""",
    },
    "duplicates": {
        "an embedding": """
table = torch.nn.Embedding(5, 2)
table(torch.tensor([1, 3, 1])).sum().backward()
""",
        "an index": """
w = torch.ones(3, requires_grad=True)
w[torch.tensor([0, 0, 2])].sum().backward()
""",
        "index_select, in a loop": """
w = torch.ones(3, requires_grad=True)
for turn in range(2):
    w.grad = None
    loss = w.index_select(0, torch.tensor([1, 1])).pow(2).sum()
    loss.backward()
""",
    },
    "complex": {
        "a square": """
z = torch.tensor(1 + 2j, requires_grad=True)
loss = z.abs() ** 2
loss.backward()
""",
        "a parameter": """
class Wave(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.z = torch.nn.Parameter(torch.ones(2, dtype=torch.complex64))
    def forward(self, x):
        return (self.z * x).real.sum()
Wave()(torch.ones(2)).backward()
""",
        "a descent": """
z = torch.tensor([1 + 2j], requires_grad=True)
opt = torch.optim.SGD([z], lr=0.1)
for turn in range(2):
    opt.zero_grad()
    loss = (z - 1j).abs().pow(2).sum()
    loss.backward()
    opt.step()
""",
    },
}

NOT_FOUND = {
    "func-side": {
        "where for a branch": """
out = torch.vmap(lambda x: torch.where(x > 0, x, -x))(torch.ones(3))
""",
        "gradients of each sample": """
model = torch.nn.Linear(2, 1)
params = dict(model.named_parameters())
def loss(params, x):
    return torch.func.functional_call(model, params, (x,)).sum()
grads = torch.vmap(torch.func.grad(loss), in_dims=(None, 0))(params, torch.ones(3, 2))
""",
        "different random numbers": """
out = torch.vmap(lambda x: x + torch.randn(()), randomness="different")(torch.ones(3))
""",
    },
    "jvp-vjp": {
        "directions": """
output, slope = torch.func.jvp(lambda x: x[:2] * 2, (torch.ones(3),), (torch.ones(3),))
""",
        "weights": """
output, pull = torch.func.vjp(lambda x: x[:2] * 2, torch.ones(3))
(grad,) = pull(torch.ones(2))
""",
        "another error of shapes": """
x = torch.ones(3, requires_grad=True)
try:
    x + torch.ones(2)
except RuntimeError:
    pass
x.sum().backward()
""",
    },
    "view-permute": {
        "windows that are put together again": """
x = torch.randn(2, 2, 4, 2, 2, 6, requires_grad=True)
x.permute(0, 1, 3, 2, 4, 5).contiguous().view(2, 4, 8, -1).sum().backward()
""",
        "groups of channels": """
x = torch.randn(2, 6, 4, 4, requires_grad=True)
x.view(2, 3, -1).mean(-1).pow(2).sum().backward()
""",
        "rows of a series, of data": """
rows = torch.arange(24.0).view(4, 6)
windows = rows.reshape(2, 2, 6).view(-1, 3, 6 // 3)
torch.nn.Linear(2, 1)(windows).sum().backward()
""",
        "samples and classes of a sequence": """
scores = torch.nn.Linear(3, 5)(torch.randn(2, 4, 3))
scores.view(-1, 5).log_softmax(1).sum().backward()
""",
        "transposed": """
w = torch.randn(2, 3, requires_grad=True)
(w.T.reshape(3, 2) * 2).sum().backward()
""",
        "flattened, and back": """
w = torch.randn(2, 3, 4, requires_grad=True)
w.view(6, 4).view(2, 12).reshape(1, 2, 12).sum().backward()
""",
        "heads of attention": """
x = torch.randn(2, 5, 8, requires_grad=True)
q = x.view(2, 5, 4, 2).transpose(1, 2)
q.transpose(1, 2).reshape(2, 5, 8).sum().backward()
""",
        "a square": """
w = torch.randn(3, 3, requires_grad=True)
w.view(3, 3).reshape(1, 3, 3).sum().backward()
""",
    },
    "ties": {
        "one largest": """
x = torch.tensor([2.0, 3.0, 1.0], requires_grad=True)
x.max().backward()
""",
        "equal, but not the largest": """
x = torch.tensor([1.0, 3.0, 1.0], requires_grad=True)
x.max(dim=0).values.backward()
""",
        "equal in different rows": """
x = torch.tensor([[3.0, 1.0], [1.0, 3.0]], requires_grad=True)
x.amax(dim=1).sum().backward()
x.max(dim=0).values.sum().backward()
""",
        "equal in a row, but not the largest": """
x = torch.tensor([[3.0, 1.0, 1.0], [2.0, 2.0, 4.0]], requires_grad=True)
torch.amax(x, dim=1).sum().backward()
""",
        "a median, where the largest are equal": """
x = torch.tensor([1.0, 2.0, 5.0, 5.0], requires_grad=True)
x.median(dim=0).values.backward()
""",
        "nothing equal": """
a, b = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 1.0])
torch.maximum(a, b).sum().backward()
""",
    },
    "duplicates": {
        "different rows": """
table = torch.nn.Embedding(5, 2)
table(torch.tensor([1, 3, 2])).sum().backward()
""",
        "a mask": """
w = torch.ones(3, requires_grad=True)
w[torch.tensor([True, True, False])].sum().backward()
""",
        "a slice": """
w = torch.ones(3, requires_grad=True)
w[:2].sum().backward()
""",
    },
    "complex": {
        "real": """
w = torch.tensor(1.0, requires_grad=True)
(w * w).backward()
""",
        "complex in between": """
w = torch.ones(4, requires_grad=True)
torch.fft.fft(w).abs().pow(2).sum().backward()
""",
        "complex data": """
w = torch.ones(2, requires_grad=True)
(w * torch.tensor([1j, 2j])).imag.sum().backward()
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
def test_what_there_is(record: Record, key: str, code: str) -> None:
    if key in NOTES:
        found = findings(record, code)
        assert [(each.key, each.certainty) for each in found] == [(key, "note")]
    else:
        assert keys(record, code) == [key]


@pytest.mark.parametrize(("key", "code"), _cases(NOT_FOUND))
def test_near_misses(record: Record, key: str, code: str) -> None:
    assert key not in [each.key for each in findings(record, code)]
    assert keys(record, code) == []
