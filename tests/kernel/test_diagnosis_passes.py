"""Diagnoses of passes over graphs that are gone, or were passed before: scripts and near misses."""

from __future__ import annotations

import pytest
from diagnosed import findings
from recorded import Record

pytestmark = pytest.mark.filterwarnings("ignore")
"""As in the programs of others, where a warning is no error."""

Scripts = dict[tuple[str, str], str]
"""By key and what is special about it."""

MISTAKES: Scripts = {
    ("second-time/part", "a part of the loss before"): """
w = torch.tensor([1.0, 2.0], requires_grad=True)
part = (w * torch.ones(2)).exp().sum()
loss = part / 2
loss.backward()
part.backward()
""",
    ("second-time/part", "a term of a sum, in a function"): """
net = torch.nn.Linear(2, 1)
def train(x):
    fit = net(x).pow(2).mean()
    total = fit + net.weight.abs().sum()
    total.backward()
    fit.backward()
train(torch.ones(3, 2))
""",
    ("second-time/kept", "slopes of a field, then its loss"): """
net = torch.nn.Sequential(torch.nn.Linear(1, 2), torch.nn.Tanh(), torch.nn.Linear(2, 1))
x = torch.ones(3, 1, requires_grad=True)
u = net(x)
slope = torch.autograd.grad(u.sum(), x)[0]
loss = (u - 1).pow(2).mean()
loss.backward()
""",
    ("second-time/node", "by no variable"): """
import functools
w = torch.tensor([1.0, 2.0], requires_grad=True)
scaled = functools.partial(torch.mul, w.exp())
for turn in range(2):
    scaled(2.0).sum().backward()
""",
    ("retain-cure", "an RNN whose outputs are used, not its state"): """
rnn = torch.nn.RNN(2, 3, batch_first=True)
h = torch.zeros(1, 1, 3)
for turn in range(4):
    out, h = rnn(torch.ones(1, 3, 2), h)
    loss = out.pow(2).mean()
    loss.backward(retain_graph=True)
""",
    ("second-time/same", "twice in a row"): """
w = torch.tensor(2.0, requires_grad=True)
loss = w ** 2
loss.backward()
loss.backward()
""",
    ("second-time/same", "a loss made before the loop, with an optimizer"): """
model = torch.nn.Linear(2, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
loss = model(torch.ones(3, 2)).pow(2).mean()
for turn in range(2):
    opt.zero_grad()
    loss.backward()
    opt.step()
""",
    ("second-time/same", "in a function"): """
def slopes(y, inputs):
    return [torch.autograd.grad(y, each)[0] for each in inputs]
a = torch.tensor(2.0, requires_grad=True)
b = torch.tensor(3.0, requires_grad=True)
slopes(a * b, [a, b])
""",
    ("second-time/both", "two losses of one feature"): """
w = torch.tensor([1.0, 2.0], requires_grad=True)
h = w.exp()
first = h.sum()
second = (h * h).sum()
first.backward()
second.backward()
""",
    ("second-time/shared", "in a module, with a loop over heads"): """
body = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh())
heads = torch.nn.ModuleList([torch.nn.Linear(3, 1), torch.nn.Linear(3, 1)])
features = body(torch.ones(4, 2))
for head in heads:
    loss = head(features).pow(2).mean()
    loss.backward()
""",
    ("second-time/shared", "a weight that is prepared once"): """
w = torch.tensor([1.0, 2.0], requires_grad=True)
scaled = w.sigmoid()
def loss_of(x):
    return (x * scaled).sum()
for x in torch.ones(2, 2):
    loss_of(x).backward()
""",
    ("hidden-state", "by hand"): """
w = torch.tensor(0.5, requires_grad=True)
h = torch.zeros(())
for x in torch.ones(3):
    h = torch.tanh(w * h + x)
    loss = (h - 1) ** 2
    loss.backward()
""",
    ("hidden-state", "an RNN, with an optimizer"): """
rnn = torch.nn.RNN(1, 2)
opt = torch.optim.SGD(rnn.parameters(), lr=0.1)
h = torch.zeros(1, 1, 2)
for turn in range(2):
    out, h = rnn(torch.ones(2, 1, 1), h)
    loss = out.pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
""",
    ("hidden-state", "the state of a module, in a function"): """
class Cell(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.w = torch.nn.Parameter(torch.tensor(0.5))
        self.h = torch.zeros(())
    def forward(self, x):
        self.h = torch.tanh(self.w * self.h + x)
        return self.h
cell = Cell()
def train(x):
    loss = (cell(x) - 1) ** 2
    loss.backward()
for x in torch.ones(3):
    train(x)
""",
    ("retain-cure", "by hand"): """
w = torch.tensor(0.5, requires_grad=True)
h = torch.zeros(())
for x in torch.ones(4):
    h = torch.tanh(w * h + x)
    loss = (h - 1) ** 2
    loss.backward(retain_graph=True)
""",
    ("retain-cure", "a cell, in a function"): """
cell = torch.nn.RNNCell(1, 2)
def turn(h):
    h = cell(torch.ones(1, 1), h)
    loss = h.pow(2).mean()
    loss.backward(retain_graph=True)
    return h
h = torch.zeros(1, 2)
for each in range(4):
    h = turn(h)
""",
    ("retain-cure", "a sum that goes on"): """
w = torch.tensor(0.5, requires_grad=True)
total = 0
for x in torch.ones(4):
    total = total + (w * x - 1) ** 2
    total.backward(retain_graph=True)
""",
    ("no-error", "sums"): """
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = (x + 1).sum()
y.backward()
y.backward()
""",
    ("no-error", "in a function, with weights"): """
def passed(y):
    y.backward(torch.ones(2))
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = (x - 3).view(2)
passed(y)
passed(y)
""",
    ("no-error", "of a module, in a loop"): """
class Shift(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.b = torch.nn.Parameter(torch.zeros(2))
    def forward(self, x):
        return (x + self.b).mean()
loss = Shift()(torch.ones(2))
for turn in range(3):
    loss.backward()
""",
    ("no-error/stale", "a part made before the loop"): """
w = torch.tensor([1.0, 2.0], requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
shift = w - 1
for x in torch.ones(2, 2):
    opt.zero_grad()
    loss = (shift + x).sum()
    loss.backward()
    opt.step()
""",
    ("second-by-sum", "a scalar"): """
x = torch.tensor(2.0, requires_grad=True)
y = x ** 3
y.backward(create_graph=True)
x.grad.backward()
""",
    ("second-by-sum", "a penalty in a module"): """
model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Tanh(), torch.nn.Linear(2, 1))
loss = model(torch.ones(3, 2)).pow(2).mean()
loss.backward(create_graph=True)
penalty = sum(p.grad.pow(2).sum() for p in model.parameters())
penalty.backward()
""",
    ("second-by-sum", "in a function"): """
def curvature(f, x):
    f(x).backward(create_graph=True)
    first = x.grad
    first.sum().backward()
    return x.grad
curvature(lambda x: (x ** 3).sum(), torch.tensor([1.0, 2.0], requires_grad=True))
""",
}

RIGHT: Scripts = {
    ("second-time", "retained"): """
w = torch.tensor(2.0, requires_grad=True)
loss = w ** 2
loss.backward(retain_graph=True)
loss.backward()
""",
    ("second-time", "computed anew"): """
w = torch.tensor(2.0, requires_grad=True)
for turn in range(3):
    loss = w ** 2
    loss.backward()
    w.grad = None
""",
    ("second-time", "losses added"): """
w = torch.tensor([1.0, 2.0], requires_grad=True)
h = w.exp()
(h.sum() + (h * h).sum()).backward()
""",
    ("hidden-state", "truncated"): """
w = torch.tensor(0.5, requires_grad=True)
h = torch.zeros(())
for x in torch.ones(3):
    h = torch.tanh(w * h.detach() + x)
    loss = (h - 1) ** 2
    loss.backward()
    w.grad = None
""",
    ("hidden-state", "one pass over all turns"): """
cell = torch.nn.RNNCell(1, 2)
h = torch.zeros(1, 2)
losses = []
for turn in range(3):
    h = cell(torch.ones(1, 1), h)
    losses.append(h.pow(2).mean())
torch.stack(losses).sum().backward()
""",
    ("hidden-state", "an LSTM that starts anew"): """
rnn = torch.nn.LSTM(1, 2)
opt = torch.optim.SGD(rnn.parameters(), lr=0.1)
state = None
for turn in range(3):
    out, state = rnn(torch.ones(2, 1, 1), state)
    opt.zero_grad()
    out.pow(2).mean().backward()
    opt.step()
    state = tuple(each.detach() for each in state)
""",
    ("retain-cure", "two losses of one graph in each turn"): """
w = torch.tensor(0.5, requires_grad=True)
for turn in range(4):
    h = w.exp()
    (h * 2).backward(retain_graph=True)
    (h * h).backward()
    w.grad = None
""",
    ("retain-cure", "all rows of a Jacobian"): """
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = x.exp() * x.sum()
rows = [torch.autograd.grad(y[i], x, retain_graph=True)[0] for i in range(3)]
""",
    ("retain-cure", "kept for nothing"): """
w = torch.tensor(0.5, requires_grad=True)
for turn in range(4):
    loss = (w - 1) ** 2
    loss.backward(retain_graph=True)
    w.grad = None
""",
    ("no-error", "on purpose"): """
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = (x + 1).sum()
y.backward(retain_graph=True)
y.backward()
""",
    ("no-error", "accumulation"): """
x = torch.tensor([1.0, 2.0], requires_grad=True)
for turn in range(2):
    (x + 1).sum().backward()
""",
    ("no-error", "a shared part of two losses"): """
x = torch.tensor([1.0, 2.0], requires_grad=True)
h = x + 1
h.sum().backward()
(h * 2).sum().backward()
""",
    ("no-error", "one row after the other"): """
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x + 1
for row in torch.eye(2):
    x.grad = None
    y.backward(row)
""",
    ("no-error", "a detached part"): """
x = torch.tensor([1.0, 2.0], requires_grad=True)
shift = (x + 1).detach()
for turn in range(2):
    (x + shift).sum().backward()
""",
    ("second-by-sum", "autograd.grad"): """
x = torch.tensor(2.0, requires_grad=True)
g, = torch.autograd.grad(x ** 3, x, create_graph=True)
second, = torch.autograd.grad(g, x)
""",
    ("second-by-sum", "a gradient penalty"): """
D = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Tanh(), torch.nn.Linear(2, 1))
x = torch.ones(3, 2, requires_grad=True)
out = D(x)
g, = torch.autograd.grad(out.sum(), x, create_graph=True)
(out.mean() + (g.norm(dim=1) - 1).pow(2).mean()).backward()
""",
}


@pytest.mark.parametrize("script", MISTAKES, ids=": ".join)
def test_passes_that_are_mistakes(record: Record, script: tuple[str, str]) -> None:
    found = [each for each in findings(record, MISTAKES[script]) if each.certainty != "note"]
    assert [each.spelled for each in found] == [script[0]]


@pytest.mark.parametrize("script", RIGHT, ids=": ".join)
def test_passes_that_are_none(record: Record, script: tuple[str, str]) -> None:
    assert findings(record, RIGHT[script]) == ()


MENDS = {
    "in a cell, detached before it is read": (
        """
w = torch.tensor(0.5, requires_grad=True)
h = torch.zeros(())
for x in torch.ones(3):
    h = torch.tanh(w * h + x)
    (h - 1).pow(2).backward()
""",
        "    h = h.detach()",
    ),
    "a tuple, after the pass": (
        """
lstm = torch.nn.LSTM(1, 2)
state = None
for turn in range(2):
    out, state = lstm(torch.ones(2, 1, 1), state)
    out.sum().backward()
""",
        "    state = tuple(each.detach() for each in state)",
    ),
    "several moments a turn, under another name": (
        """
cell = torch.nn.GRUCell(1, 2)
def run(h):
    for moment in range(2):
        h = cell(torch.ones(1, 1), h)
    return h
h = torch.zeros(1, 2)
for turn in range(2):
    after = run(h)
    after.sum().backward()
    h = after
""",
        "    after = after.detach()",
    ),
    "the state of a module, in a function": (
        """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.state = torch.nn.LSTM(1, 2), None
    def forward(self, x):
        out, self.state = self.lstm(x, self.state)
        return out
net = Net()
def train(net):
    loss = net(torch.ones(2, 1, 1)).sum()
    loss.backward()
for turn in range(2):
    train(net)
""",
        "    net.state = tuple(each.detach() for each in net.state)",
    ),
    "two names, retained": (
        """
cell = torch.nn.LSTMCell(1, 2)
h = c = torch.zeros(1, 2)
for turn in range(4):
    h, c = cell(torch.ones(1, 1), (h, c))
    h.sum().backward(retain_graph=True)
""",
        "    h.sum().backward()\n    c = c.detach()\n    h = h.detach()",
    ),
}


@pytest.mark.parametrize("name", MENDS)
def test_the_mend_detaches_what_is_carried(record: Record, name: str) -> None:
    code, mended = MENDS[name]
    (found,) = findings(record, code)
    assert found.mend is not None
    assert found.mend.code == mended


def test_what_explains_the_error_comes_first(record: Record) -> None:
    code = """
import warnings
warnings.simplefilter("ignore")
rnn, head = torch.nn.RNN(1, 2, batch_first=True), torch.nn.Linear(2, 1)
h = None
for turn in range(2):
    out, h = rnn(torch.ones(3, 2, 1), h)
    torch.nn.functional.mse_loss(head(out[:, -1]), torch.arange(3.0)).backward()
"""
    assert [each.key for each in findings(record, code)] == ["hidden-state", "broadcast-loss"]
