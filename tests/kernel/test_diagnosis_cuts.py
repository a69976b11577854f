"""Diagnoses of ways from a loss that were cut: scripts with the mistake, and near misses."""

from __future__ import annotations

import pytest
from diagnosed import findings
from recorded import Record

pytestmark = pytest.mark.filterwarnings("ignore")
"""As in the programs of others, where a warning is no error."""

Scripts = dict[tuple[str, str], str]
"""By key and what is special about it."""

MISTAKES: Scripts = {
    ("no-grad-fn/detach", "in a loss function"): """
w = torch.tensor([1.0, 2.0], requires_grad=True)
def loss_of(x):
    y = (x * w).detach()
    return y.sum()
loss = loss_of(torch.ones(2))
loss.backward()
""",
    ("no-grad-fn/detach", "data of a module's output"): """
model = torch.nn.Linear(2, 1)
for turn in range(2):
    out = model(torch.ones(3, 2)).data
    loss = out.mean()
    loss.backward()
""",
    ("no-grad-fn/copy", "a tensor of losses"): """
w = torch.tensor(2.0, requires_grad=True)
parts = [w * 1, w * 2, w * 3]
loss = torch.tensor(parts).mean()
loss.backward()
""",
    ("no-grad-fn/copy", "losses of a loop, with an optimizer"): """
model = torch.nn.Linear(1, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
losses = []
for x in torch.ones(3, 1):
    losses.append(model(x).pow(2).sum())
opt.zero_grad()
total = torch.tensor(losses).sum()
total.backward()
opt.step()
""",
    ("no-grad-fn/number", "item"): """
w = torch.tensor(2.0, requires_grad=True)
error = (w - 1) ** 2
value = error.item()
loss = torch.tensor(value) * 2
loss.backward()
""",
    ("no-grad-fn/number", "through NumPy"): """
w = torch.tensor([2.0, 3.0], requires_grad=True)
y = w * w
a = y.detach().numpy()
loss = torch.from_numpy(a).sum()
loss.backward()
""",
    ("no-grad-fn/mode", "a with block"): """
model = torch.nn.Linear(2, 1)
with torch.no_grad():
    out = model(torch.ones(2))
loss = out.sum()
loss.backward()
""",
    ("no-grad-fn/mode", "a decorator"): """
w = torch.tensor(1.0, requires_grad=True)
@torch.no_grad()
def predict(x):
    y = x * w
    return y
loss = (predict(torch.tensor(3.0)) - 1) ** 2
loss.backward()
""",
    ("no-grad-fn/mode", "a decorator of a function of one line"): """
net = torch.nn.Linear(3, 2)
@torch.no_grad()
def score(logits):
    return (logits.softmax(-1) * 3).sum(-1)
loss = score(net(torch.ones(2, 3))).mean()
loss.backward()
""",
    ("no-grad-fn/mode", "a decorated method of one line, in a loop"): """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.body = torch.nn.Linear(3, 2)
    def forward(self, x):
        return self.body(x)
    @torch.no_grad()
    def decode(self, logits):
        return (logits.softmax(-1) * torch.arange(2.0)).sum(-1)
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for turn in range(2):
    out = net(torch.ones(2, 3))
    decoded = net.decode(out)
    loss = (decoded - 1).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
""",
    ("no-grad-fn/mode", "a closed-over weight in a function of one line"): """
w = torch.tensor(1.0, requires_grad=True)
def predict(x):
    with torch.no_grad():
        return x * w
loss = (predict(torch.tensor(3.0)) - 1) ** 2
loss.backward()
""",
    ("no-grad-fn/mode", "a flag that is off"): """
w = torch.tensor(1.0, requires_grad=True)
training = False
with torch.set_grad_enabled(training):
    loss = w * 3
loss.backward()
""",
    ("no-grad-fn/mode", "the pass itself"): """
w = torch.tensor([1.0, 2.0], requires_grad=True)
with torch.no_grad():
    (w * w).sum().backward()
""",
    ("no-slope/error", "a comparison in the line of the pass"): """
w = torch.tensor([1.0, 2.0], requires_grad=True)
(w > 1.5).float().mean().backward()
""",
    ("no-grad-fn/mode", "a module of parts with names"): """
encoder, head = torch.nn.Linear(2, 2), torch.nn.Linear(2, 1)
model = torch.nn.Sequential(encoder, torch.nn.ReLU(), head)
with torch.no_grad():
    out = model(torch.ones(2))
out.sum().backward()
""",
    ("no-grad-fn/nothing", "plain tensors"): """
w = torch.tensor([1.0, 2.0])
loss = (w * 2).sum()
loss.backward()
""",
    ("no-grad-fn/frozen", "a frozen model"): """
model = torch.nn.Linear(2, 1)
for p in model.parameters():
    p.requires_grad_(False)
loss = model(torch.ones(4, 2)).mean()
loss.backward()
""",
    ("no-grad-fn/late", "switched on too late"): """
w = torch.tensor(3.0)
loss = w * w
w.requires_grad_()
loss.backward()
""",
    ("no-grad-fn/nothing", "a module's buffer"): """
class Scale(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = torch.ones(2)
    def forward(self, x):
        return x * self.scale
Scale()(torch.ones(2)).sum().backward()
""",
    ("no-grad-fn/number", "a number in a module"): """
class Scaled(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.tensor(2.0))
    def forward(self, x):
        return x * self.scale.item()
model = Scaled()
loss = model(torch.ones(2)).sum()
loss.backward()
""",
    ("no-slope/error", "argmax"): """
model = torch.nn.Linear(2, 3)
scores = model(torch.ones(4, 2))
chosen = scores.argmax(dim=1)
loss = (chosen - 1).float().pow(2).mean()
loss.backward()
""",
    ("no-slope/error", "a comparison in a metric"): """
w = torch.tensor([0.2, 0.8], requires_grad=True)
def wrong(p, y):
    hits = (p > 0.5) == y
    return 1 - hits.float().mean()
loss = wrong(w, torch.tensor([True, True]))
loss.backward()
""",
    ("no-slope/error", "an integer cast"): """
w = torch.tensor([1.2, 2.7], requires_grad=True)
index = (w * 10).long()
loss = index.float().sum()
loss.backward()
""",
    ("no-slope", "round, in a module"): """
class Quantized(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.w = torch.nn.Parameter(torch.tensor([0.4, 1.7]))
    def forward(self, x):
        return x * torch.round(self.w)
model = Quantized()
loss = (model(torch.ones(2)) - 3).pow(2).sum()
loss.backward()
""",
    ("no-slope", "sign, in a loop"): """
w = torch.tensor([0.4, -1.7], requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
for turn in range(2):
    opt.zero_grad()
    loss = (torch.sign(w) - 1).pow(2).sum()
    loss.backward()
    opt.step()
""",
    ("no-slope", "floor, in a function"): """
x = torch.tensor(2.5, requires_grad=True)
def f(x):
    return x.floor() * 3
f(x).backward()
""",
    ("silenced/cut", "a copy made to require grad"): """
w = torch.tensor(2.0, requires_grad=True)
parts = [w * 1, w * 2]
loss = torch.tensor(parts).mean()
loss.requires_grad = True
loss.backward()
""",
    ("silenced/cut", "argmax, with an optimizer"): """
model = torch.nn.Linear(2, 3)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for turn in range(2):
    scores = model(torch.ones(4, 2))
    chosen = scores.argmax(dim=1).float()
    loss = (chosen - 1).abs().mean()
    loss.requires_grad_(True)
    opt.zero_grad()
    loss.backward()
    opt.step()
""",
    ("silenced/cut", "item, in a function"): """
w = torch.tensor(2.0, requires_grad=True)
def loss_of(w):
    value = (w - 1).item()
    return torch.tensor(value, requires_grad=True)
loss = loss_of(w)
loss.backward()
""",
    ("silenced/copy", "the copy itself requires grad"): """
w = torch.tensor(2.0, requires_grad=True)
out = w * 3
loss = torch.tensor(out, requires_grad=True)
loss.backward()
""",
    ("silenced/middle-copy", "losses of a loop, in a new leaf"): """
model = torch.nn.Linear(2, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for turn in range(2):
    losses = [model(x).pow(2).sum() for x in torch.ones(3, 2)]
    total = torch.tensor(losses, requires_grad=True)
    opt.zero_grad()
    total.mean().backward()
    opt.step()
""",
    ("silenced/middle-cut", "log probabilities as numbers, times rewards"): """
policy = torch.nn.Linear(2, 3)
opt = torch.optim.Adam(policy.parameters())
def act(state):
    chances = policy(state).softmax(0)
    return chances[1].log().item()
for episode in range(2):
    logs = []
    for state in torch.ones(3, 2):
        logs.append(act(state))
    logs = torch.tensor(logs, requires_grad=True)
    loss = -(logs * torch.tensor([1.0, 0.5, 0.2])).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
""",
    ("silenced/middle-cut", "a prediction that was made to require grad"): """
model = torch.nn.Linear(2, 3)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for turn in range(2):
    chosen = model(torch.ones(4, 2)).argmax(dim=1).float()
    chosen.requires_grad_()
    loss = (chosen - 1).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
""",
    ("cut/detach", "one of two layers, with an optimizer"): """
model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for turn in range(2):
    opt.zero_grad()
    h = model[0](torch.ones(3, 2)).detach()
    loss = model[1](h).pow(2).mean()
    loss.backward()
    opt.step()
""",
    ("cut/detach", "in a module of parts with names"): """
encoder = torch.nn.Linear(2, 2)
head = torch.nn.Linear(2, 1)
model = torch.nn.Sequential(encoder, head)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for turn in range(2):
    h = model[0](torch.ones(3, 2)).detach()
    loss = model[1](h).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
""",
    ("cut/copy", "parts into a new tensor"): """
a = torch.tensor(1.0, requires_grad=True)
b = torch.tensor(2.0, requires_grad=True)
parts = [a * 2, a * 3]
loss = (torch.tensor(parts) * b).sum()
loss.backward()
""",
    ("cut/number", "item, in a module"): """
class Scaled(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.tensor(2.0))
        self.layer = torch.nn.Linear(2, 1)
    def forward(self, x):
        return self.layer(x) * self.scale.item()
model = Scaled()
opt = torch.optim.SGD(model.parameters(), lr=0.1)
loss = model(torch.ones(3, 2)).pow(2).mean()
loss.backward()
opt.step()
""",
    ("cut/mode", "a part under no_grad, held by an optimizer"): """
a = torch.nn.Linear(2, 2)
b = torch.nn.Linear(2, 1)
opt = torch.optim.Adam([*a.parameters(), *b.parameters()])
with torch.no_grad():
    h = a(torch.ones(3, 2))
loss = b(h).pow(2).mean()
loss.backward()
opt.step()
""",
    ("no-create-graph", "grad of a grad"): """
x = torch.tensor(2.0, requires_grad=True)
y = x ** 3
g, = torch.autograd.grad(y, x)
g.backward()
""",
    ("no-create-graph", "in a function"): """
def second(f, x):
    y = f(x)
    first = torch.autograd.grad(y, x)[0]
    return torch.autograd.grad(first, x)[0]
x = torch.tensor(2.0, requires_grad=True)
second(lambda x: x ** 3, x)
""",
    ("no-create-graph", "a gradient penalty"): """
model = torch.nn.Linear(2, 1)
x = torch.ones(3, 2, requires_grad=True)
slope = torch.autograd.grad(model(x).sum(), x, retain_graph=True)[0]
penalty = (slope.norm(dim=1) - 1).pow(2).mean()
penalty.backward()
""",
    ("no-create-graph/backward", "from .grad"): """
x = torch.tensor(2.0, requires_grad=True)
y = x ** 3
y.backward()
twice = x.grad * 2
twice.backward()
""",
    ("scaled-leaf", "scaled afterwards"): """
w = torch.randn(3, requires_grad=True) * 0.01
opt = torch.optim.SGD([w], lr=0.1)
""",
    ("scaled-leaf", "another dtype"): """
def start():
    w = torch.ones(3, requires_grad=True).to(torch.float64)
    return w
params = [start()]
opt = torch.optim.Adam(params)
""",
    ("scaled-leaf/grad", "in a loop by hand"): """
w = torch.randn(3, requires_grad=True) * 0.01
for turn in range(2):
    loss = (w - 1).pow(2).sum()
    loss.backward()
    print(w.grad)
""",
    ("scaled-leaf/grad", "double, then read in a function"): """
w = torch.ones(2, requires_grad=True).double()
def step(w):
    return w.grad
loss = (w * w).sum()
loss.backward()
step(w)
""",
    ("scaled-leaf/grad", "reshaped"): """
w = torch.ones(4, requires_grad=True).reshape(2, 2)
b = torch.zeros(2, requires_grad=True)
(torch.ones(2) @ w + b).sum().backward()
print(w.grad, b.grad)
""",
}

RIGHT: Scripts = {
    ("no-grad-fn", "recorded all the way"): """
w = torch.tensor(2.0, requires_grad=True)
parts = [w * 1, w * 2, w * 3]
loss = torch.stack(parts).mean()
loss.backward()
print(loss.item(), loss.detach().numpy())
""",
    ("no-grad-fn", "evaluation under no_grad after the pass"): """
model = torch.nn.Linear(2, 1)
model(torch.ones(3, 2)).mean().backward()
model.eval()
with torch.no_grad():
    out = model(torch.ones(2))
    best = out.argmax().item()
print(best)
""",
    ("no-slope", "a mask"): """
w = torch.tensor([1.0, -2.0], requires_grad=True)
mask = (w > 0).float()
(w * mask).sum().backward()
""",
    ("no-slope", "accuracy is only looked at"): """
model = torch.nn.Linear(2, 3)
scores = model(torch.ones(4, 2))
right = (scores.argmax(dim=1) == 1).float().mean()
loss = torch.nn.functional.cross_entropy(scores, torch.ones(4, dtype=torch.long))
loss.backward()
print(right.item())
""",
    ("no-slope", "straight-through"): """
w = torch.tensor([0.4, 1.7], requires_grad=True)
hard = w + (w.round() - w).detach()
(hard - 3).pow(2).sum().backward()
""",
    ("silenced", "the gradient of a leaf itself"): """
x = torch.tensor(1.0, requires_grad=True)
x.backward()
""",
    ("silenced", "a detached leaf in the middle"): """
w = torch.tensor([1.0, 2.0], requires_grad=True)
h = w * 3
cut = h.detach().requires_grad_()
(cut * cut).sum().backward()
h.backward(cut.grad)
""",
    ("silenced", "adversarial noise that begins as a copy"): """
model = torch.nn.Linear(2, 1)
x = torch.ones(3, 2)
noise = torch.zeros_like(x).requires_grad_()
model(x + noise).mean().backward()
""",
    ("silenced", "a code that is fitted, from an encoder"): """
encoder, decoder = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2).requires_grad_(False)
first = torch.optim.SGD(encoder.parameters(), lr=0.1)
encoder(torch.ones(3, 2)).pow(2).mean().backward()
first.step()
code = encoder(torch.ones(3, 2)).detach().requires_grad_()
opt = torch.optim.SGD([code], lr=0.1)
for turn in range(2):
    opt.zero_grad()
    decoder(code).pow(2).mean().backward()
    opt.step()
""",
    ("silenced", "a layer that is run by hand, with an optimizer"): """
model = torch.nn.Linear(2, 2)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for turn in range(2):
    h = model(torch.ones(3, 2))
    end = h.detach().requires_grad_(True)
    end.pow(2).sum().backward()
    opt.zero_grad()
    h.backward(end.grad)
    opt.step()
""",
    ("cut", "every layer is reached"): """
model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 1))
h = model[0](torch.ones(3, 2))
print(h.detach().mean(), h.mean().item())
model[1](h).mean().backward()
""",
    ("cut", "a number that is only printed"): """
a = torch.tensor(1.0, requires_grad=True)
for turn in range(2):
    loss = a * 2
    loss.backward()
    total = loss.item() + 1
    a.grad = None
print(total)
""",
    ("no-create-graph", "asked for"): """
x = torch.tensor(2.0, requires_grad=True)
y = x ** 3
g, = torch.autograd.grad(y, x, create_graph=True)
second, = torch.autograd.grad(g, x)
""",
    ("no-create-graph", "a gradient that is only looked at"): """
model = torch.nn.Linear(2, 1)
x = torch.ones(3, 2, requires_grad=True)
slope = torch.autograd.grad(model(x).sum(), x)[0]
print(slope.norm().item())
model(x).pow(2).mean().backward()
""",
    ("no-create-graph", "a fixed factor of the loss"): """
x = torch.tensor(2.0, requires_grad=True)
g, = torch.autograd.grad(x ** 3, x)
(g * x).backward()
""",
    ("scaled-leaf", "numbers first"): """
w = (torch.randn(3) * 0.01).requires_grad_()
opt = torch.optim.SGD([w], lr=0.1)
(w * w).sum().backward()
opt.step()
""",
    ("scaled-leaf", "the leaf has a name"): """
v = torch.randn(3, requires_grad=True)
w = v * 0.01
(w * w).sum().backward()
print(v.grad)
""",
    ("scaled-leaf", "it retains its gradient"): """
w = torch.randn(3, requires_grad=True) * 0.01
w.retain_grad()
(w * w).sum().backward()
print(w.grad)
""",
    ("scaled-leaf", "nobody asks for its gradient"): """
noise = torch.randn(3, requires_grad=True) * 0.01
(noise * noise).sum().backward()
""",
}

RIGHT |= {
    ("cut", "a hook's argument has the name of another tensor"): """
x = torch.ones(5, requires_grad=True)
w = torch.ones(3, requires_grad=True)
def pack(x):
    if x.numel() > 100:
        return x.detach().half()
    return x.detach()
with torch.autograd.graph.saved_tensors_hooks(pack, lambda kept: kept):
    loss = (w * w).sum()
loss.backward()
""",
    ("cut", "an argument is compared that has the name of another tensor"): """
x = torch.ones(3, requires_grad=True)
w = torch.ones(3, requires_grad=True)
def masked(x):
    mask = x > 0
    return mask.float()
loss = (w * masked(torch.ones(3))).sum()
loss.backward()
""",
    ("cut", "only sizes are compared"): """
x = torch.ones(3, requires_grad=True)
w = torch.ones(3, requires_grad=True)
is_long = x.numel() > 2
many = len(x) >= 3
count = int(x.shape[0])
loss = (w * count * is_long * many).sum()
loss.backward()
""",
    ("cut", "a function of torch has the name of a layer"): """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = torch.nn.LayerNorm(2)
        self.layer = torch.nn.Linear(2, 1)
    def forward(self, x, normed=False):
        scale = torch.norm(x).item()
        x = self.norm(x) if normed else x / scale
        return self.layer(x)
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
net(torch.ones(3, 2)).pow(2).mean().backward()
opt.step()
""",
    ("cut", "it is asked whether there is one"): """
x = torch.ones(3, requires_grad=True)
w = torch.ones(3, requires_grad=True)
factor = torch.ones(()) * (x is not None)
loss = (w * factor).sum()
loss.backward()
""",
}

NOTED: Scripts = {
    ("no-grad-fn/nothing", "an error that was expected"): """
w = torch.tensor(2.0)
try:
    w.backward()
except RuntimeError:
    pass
""",
    ("cut/detach", "a target"): """
online = torch.nn.Linear(2, 1)
target = torch.nn.Linear(2, 1)
goal = target(torch.ones(3, 2)).detach()
(online(torch.ones(3, 2)) - goal).pow(2).mean().backward()
""",
    ("cut/mode", "frozen features"): """
features = torch.nn.Linear(2, 2)
head = torch.nn.Linear(2, 1)
opt = torch.optim.SGD(head.parameters(), lr=0.1)
with torch.no_grad():
    h = features(torch.ones(3, 2))
head(h).pow(2).mean().backward()
opt.step()
""",
}


@pytest.mark.parametrize("script", MISTAKES, ids=": ".join)
def test_ways_that_are_cut(record: Record, script: tuple[str, str]) -> None:
    found = [each for each in findings(record, MISTAKES[script]) if each.certainty != "note"]
    assert [each.spelled for each in found] == [script[0]]


@pytest.mark.parametrize("script", RIGHT, ids=": ".join)
def test_ways_that_are_whole(record: Record, script: tuple[str, str]) -> None:
    assert findings(record, RIGHT[script]) == ()


@pytest.mark.parametrize("script", NOTED, ids=": ".join)
def test_ways_that_may_well_be_cut(record: Record, script: tuple[str, str]) -> None:
    found = findings(record, NOTED[script])
    assert [(each.spelled, each.certainty) for each in found] == [(script[0], "note")]


@pytest.mark.parametrize(
    ("made", "mended"),
    [
        ("torch.tensor(loss.item())", "loss"),
        ("torch.as_tensor((w * 2).sum().item())", "(w * 2).sum()"),
        ("torch.tensor(loss.item(), dtype=torch.float32)", None),
        ("torch.tensor(2 * loss.item())", None),
        ("torch.tensor([loss.item(), 1.0]).sum()", None),
    ],
)
def test_a_number_that_a_tensor_is_made_of(record: Record, made: str, mended: str | None) -> None:
    code = (
        "w = torch.ones(2, requires_grad=True)\nloss = (w * w).sum()\n"
        f"total = {made}\ntotal.backward()\n"
    )

    (found,) = findings(record, code)

    assert (found.key, found.form) == ("no-grad-fn", "number")
    assert (found.mend and found.mend.code) == (mended and f"total = {mended}")
