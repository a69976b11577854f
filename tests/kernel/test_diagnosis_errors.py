"""Diagnoses of errors whose message says nearly all: scripts that fail, and near misses."""

from __future__ import annotations

import pytest
from diagnosed import findings
from recorded import Record

pytestmark = pytest.mark.filterwarnings("ignore")
"""As in the programs of others, where a warning is no error."""

Scripts = dict[tuple[str, str], str]
"""By key and what is special about it."""

MISTAKES: Scripts = {
    ("views/leaf", "a part of a parameter, in a module"): """
class Gates(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(2, 3)
        for name, param in self.lstm.named_parameters():
            if name.startswith("bias"):
                param[3:6].fill_(1.0)
Gates()
""",
    ("views/several", "of a tensor without a name"): """
layer = torch.nn.Linear(2, 6)
q, k, v = torch.split(layer(torch.ones(4, 2)), 2, dim=-1)
q.mul_(0.5)
""",
    ("views/several", "unbound rows, in a loop"): """
w = torch.ones(2, 3, requires_grad=True)
for row in (w * 2).unbind(0):
    row += 1
""",
    ("unused", "one of a dict's values"): """
params = {"w": torch.ones(2, requires_grad=True), "b": torch.zeros(1, requires_grad=True)}
loss = (params["w"] * 2).sum()
torch.autograd.grad(loss, list(params.values()))
""",
    ("unused", "one of a module's parameters"): """
net = torch.nn.ModuleDict({"used": torch.nn.Linear(2, 1), "spare": torch.nn.Linear(2, 1)})
torch.autograd.grad(net["used"](torch.ones(1, 2)).sum(), net.parameters())
""",
    ("unused/copy", "numbers that were scaled for something else"): """
net = torch.nn.Linear(1, 1)
x = torch.ones(3, 1, requires_grad=True)
scaled = (x - 0.5) * 2
u = net(x)
torch.autograd.grad(u.sum(), scaled)
""",
    ("unused/cut", "detached before a critic"): """
critic = torch.nn.Linear(2, 1)
def slope(x):
    x.requires_grad_(True)
    scores = critic(x.detach())
    return torch.autograd.grad(scores.sum(), x)
slope(torch.ones(3, 2))
""",
    ("unused/cut", "new numbers of an input"): """
x = torch.ones(3, requires_grad=True)
w = torch.ones(3, requires_grad=True)
copy = torch.tensor(x.tolist())
loss = (copy * w).sum()
torch.autograd.grad(loss, x)
""",
    ("non-scalar", "a vector"): """
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * x
y.backward()
""",
    ("non-scalar", "a loss without reduction, in a function"): """
model = torch.nn.Linear(2, 1)
def train(x, y):
    loss = torch.nn.functional.mse_loss(model(x), y, reduction="none")
    loss.backward()
train(torch.ones(3, 2), torch.zeros(3, 1))
""",
    ("non-scalar", "torch.autograd.grad, in a loop"): """
w = torch.ones(3, requires_grad=True)
for turn in range(2):
    out = w * turn
    g = torch.autograd.grad(out, w)
""",
    ("non-scalar/unknown", "an expression"): """
x = torch.tensor([1.0, 2.0], requires_grad=True)
(x * x).backward()
""",
    ("leaf-in-place", "an update by hand"): """
w = torch.tensor([1.0, 2.0], requires_grad=True)
for turn in range(2):
    (w * w).sum().backward()
    w -= 0.1 * w.grad
""",
    ("leaf-in-place", "values of a parameter, in a module"): """
class Small(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.w = torch.nn.Parameter(torch.ones(2))
        self.w.mul_(0.1)
Small()
""",
    ("leaf-in-place", "a function of torch"): """
model = torch.nn.Linear(2, 2)
def start(layer):
    layer.weight.fill_(0.0)
start(model)
""",
    ("views/leaf", "one element"): """
w = torch.zeros(3, requires_grad=True)
w[0] = 1.0
""",
    ("views/leaf", "a row of a leaf"): """
w = torch.zeros(2, 3, requires_grad=True)
row = w[0]
row += 1
""",
    ("views/several", "a part of a split"): """
def double_first(x):
    a, b = x.split(1)
    a.mul_(2)
    return a + b
w = torch.ones(2, requires_grad=True)
y = w * 3
double_first(y)
""",
    ("views/leaf", "a view of a parameter, in a loop"): """
layer = torch.nn.Linear(2, 2)
flat = layer.weight.view(-1)
for i in range(4):
    flat[i] = 0.0
""",
    ("numpy", "a method"): """
w = torch.tensor([1.0, 2.0], requires_grad=True)
y = w * 2
print(y.numpy())
""",
    ("numpy", "a function of NumPy"): """
import numpy as np
model = torch.nn.Linear(2, 1)
out = model(torch.ones(3, 2))
print(np.mean(np.asarray(out)))
""",
    ("numpy", "in a function, in a loop"): """
model = torch.nn.Linear(2, 1)
def log(history, out):
    history.append(out.cpu().numpy())
history = []
for turn in range(2):
    log(history, model(torch.ones(2)))
""",
    ("unused/part", "an element"): """
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = (x * x).sum()
torch.autograd.grad(y, x[1])
""",
    ("unused", "an input that is not used"): """
x = torch.tensor(1.0, requires_grad=True)
t = torch.tensor(1.0, requires_grad=True)
u = x * x
torch.autograd.grad(u, [x, t])
""",
    ("unused/copy", "a copy"): """
def slope(f, x):
    y = f(x)
    at = x.clone()
    return torch.autograd.grad(y, at)[0]
x = torch.tensor([1.0, 2.0], requires_grad=True)
slope(lambda x: (x * x).sum(), x)
""",
    ("unused/plain", "an input that does not require grad"): """
model = torch.nn.Linear(2, 1)
x = torch.ones(3, 2)
torch.autograd.grad(model(x).sum(), x)
""",
    ("int", "a list of integers"): """
w = torch.tensor([1, 2], requires_grad=True)
""",
    ("int/tensor", "switched on later"): """
def learnable(x):
    return x.requires_grad_()
steps = torch.arange(3)
learnable(steps)
""",
    ("int", "a parameter, in a module"): """
class Counted(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.n = torch.nn.Parameter(torch.tensor([1, 2]))
Counted()
""",
    ("inference", "features of inference mode"): """
features = torch.nn.Linear(2, 2)
head = torch.nn.Linear(2, 1)
with torch.inference_mode():
    h = features(torch.ones(3, 2))
loss = head(h).mean()
""",
    ("inference", "a factor, in a function"): """
w = torch.tensor(2.0, requires_grad=True)
@torch.inference_mode()
def scale(x):
    return x.exp()
def loss_of(w, factor):
    return w * factor
loss_of(w, scale(torch.tensor(1.0)))
""",
    ("inference/change", "changed outside"): """
with torch.inference_mode():
    mean = torch.zeros(2)
for turn in range(2):
    mean += 1
""",
    ("own-count/few", "one of two"): """
class Times(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return a * b
    @staticmethod
    def backward(ctx, g):
        a, b = ctx.saved_tensors
        return g * b
a = torch.tensor(2.0, requires_grad=True)
b = torch.tensor(3.0, requires_grad=True)
Times.apply(a, b).backward()
""",
    ("own-count/few", "a number forgotten, in a module"): """
class Scale(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, factor):
        ctx.factor = factor
        return x * factor
    @staticmethod
    def backward(ctx, g):
        return g * ctx.factor
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)
    def forward(self, x):
        return Scale.apply(self.layer(x), 0.5)
model = Net()
loss = model(torch.ones(3, 2)).mean()
loss.backward()
""",
    ("own-count", "too many, in a loop"): """
class Half(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x / 2
    @staticmethod
    def backward(ctx, g):
        half = g / 2
        return half, half
w = torch.ones(2, requires_grad=True)
for turn in range(2):
    Half.apply(w).sum().backward()
""",
}

RIGHT: Scripts = {
    ("non-scalar", "reduced"): """
x = torch.tensor([1.0, 2.0], requires_grad=True)
(x * x).sum().backward()
""",
    ("non-scalar", "with weights"): """
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * x
y.backward(gradient=torch.ones_like(y))
""",
    ("non-scalar", "one element in two dimensions"): """
model = torch.nn.Linear(2, 1)
model(torch.ones(1, 2)).backward()
""",
    ("leaf-in-place", "inside no_grad"): """
w = torch.tensor([1.0, 2.0], requires_grad=True)
(w * w).sum().backward()
with torch.no_grad():
    w -= 0.1 * w.grad
    w.grad.zero_()
""",
    ("leaf-in-place", "torch.nn.init"): """
model = torch.nn.Linear(2, 2)
torch.nn.init.zeros_(model.bias)
model(torch.ones(2)).sum().backward()
""",
    ("leaf-in-place", "before it requires grad"): """
w = torch.zeros(3)
w[0] = 1.0
w.requires_grad_()
(w * w).sum().backward()
""",
    ("views", "a view of a result"): """
w = torch.ones(2, 3, requires_grad=True)
y = w * 2
y[0] += 1
y.sum().backward()
""",
    ("views", "out of place"): """
w = torch.ones(2, requires_grad=True)
a, b = (w * 3).split(1)
a = a * 2
(a + b).sum().backward()
""",
    ("views", "a view of plain numbers"): """
x = torch.zeros(2, 3)
row = x[0]
row += 1
w = torch.ones(3, requires_grad=True)
(x * w).sum().backward()
""",
    ("numpy", "detached"): """
w = torch.tensor([1.0, 2.0], requires_grad=True)
y = w * 2
print(y.detach().numpy())
y.sum().backward()
""",
    ("numpy", "under no_grad"): """
model = torch.nn.Linear(2, 1)
with torch.no_grad():
    print(model(torch.ones(2)).numpy())
""",
    ("numpy", "a target"): """
import numpy as np
model = torch.nn.Linear(2, 1)
target = torch.from_numpy(np.ones((3, 1), dtype=np.float32))
(model(torch.ones(3, 2)) - target).pow(2).mean().backward()
""",
    ("unused", "the base, then its element"): """
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = (x * x).sum()
print(torch.autograd.grad(y, x)[0][1])
""",
    ("unused", "allowed"): """
x = torch.tensor(1.0, requires_grad=True)
t = torch.tensor(1.0, requires_grad=True)
g = torch.autograd.grad(x * x, [x, t], allow_unused=True)
""",
    ("unused", "a part that is on the way"): """
x = torch.tensor([1.0, 2.0], requires_grad=True)
part = x[1]
torch.autograd.grad(part * part, part)
""",
    ("int", "an index"): """
emb = torch.nn.Embedding(3, 2)
emb(torch.tensor([1, 2])).sum().backward()
""",
    ("int", "cast before"): """
w = torch.arange(3).float().requires_grad_()
(w * w).sum().backward()
""",
    ("int", "complex numbers"): """
z = torch.tensor([1j, 2.0], requires_grad=True)
z.abs().sum().backward()
""",
    ("inference", "no_grad"): """
head = torch.nn.Linear(2, 1)
with torch.no_grad():
    h = torch.ones(3, 2) * 2
head(h).mean().backward()
""",
    ("inference", "cloned outside"): """
head = torch.nn.Linear(2, 1)
with torch.inference_mode():
    h = torch.ones(3, 2) * 2
head(h.clone()).mean().backward()
""",
    ("inference", "only looked at"): """
model = torch.nn.Linear(2, 1)
model(torch.ones(3, 2)).mean().backward()
model.eval()
with torch.inference_mode():
    out = model(torch.ones(2))
print(out + 1)
""",
    ("own-count", "one for each"): """
class Scale(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, factor):
        ctx.factor = factor
        return x * factor
    @staticmethod
    def backward(ctx, g):
        return g * ctx.factor, None
w = torch.ones(2, requires_grad=True)
Scale.apply(w, 0.5).sum().backward()
""",
    ("own-count", "None at the end that nothing needs"): """
class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2
    @staticmethod
    def backward(ctx, g):
        return g * 2, None
w = torch.ones(2, requires_grad=True)
Twice.apply(w).sum().backward()
""",
}


@pytest.mark.parametrize("script", MISTAKES, ids=": ".join)
def test_scripts_that_fail(record: Record, script: tuple[str, str]) -> None:
    found = [each for each in findings(record, MISTAKES[script]) if each.certainty != "note"]
    assert [each.spelled for each in found] == [script[0]]


@pytest.mark.parametrize("script", RIGHT, ids=": ".join)
def test_scripts_that_do_not(record: Record, script: tuple[str, str]) -> None:
    assert [each for each in findings(record, RIGHT[script]) if each.certainty != "note"] == []


@pytest.mark.parametrize(
    "line",
    [
        "pred, y = pred.numpy(), y.numpy()",
        "y, pred = y.numpy(), pred.numpy()",
        "return abs(y.numpy() - pred.numpy()).mean()",
    ],
)
def test_of_several_the_one_that_requires_grad(record: Record, line: str) -> None:
    """A target has no graph: what fails is the prediction, and that is mended alone."""
    code = f"""
model = torch.nn.Linear(2, 1)
def error(pred, y):
    {line}
    return abs(pred - y).mean()
x, t = torch.ones(3, 2), torch.zeros(3, 1)
print(error(model(x), t))
"""
    [found] = findings(record, code)
    assert (found.key, found.facts["name"]) == ("numpy", "pred")
    assert found.mend is not None
    assert found.mend.code.count(".detach()") == 1
    assert "pred.detach().numpy()" in found.mend.code


def test_a_base_has_the_name_of_its_function(record: Record) -> None:
    """In `slope` nothing is called `inputs`: what is asked for there is `points`."""
    code = """
net = torch.nn.Linear(2, 1)
def slope(points):
    x, t = points[:, :1], points[:, 1:]
    u = net(points)
    return torch.autograd.grad(u.sum(), t, create_graph=True)[0]
inputs = torch.ones(3, 2, requires_grad=True)
slope(inputs)
"""
    [found] = findings(record, code)
    assert (found.spelled, found.facts["base"]) == ("unused/copy", "points")
