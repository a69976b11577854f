"""Diagnoses of tensors that were changed too early, or with another: scripts and near misses."""

from __future__ import annotations

import pytest
from diagnosed import findings
from recorded import Record

pytestmark = pytest.mark.filterwarnings("ignore")
"""As in the programs of others, where a warning is no error."""

Scripts = dict[tuple[str, str], str]
"""By key and what is special about it."""

MISTAKES: Scripts = {
    ("in-place/flag", "a module that works in place"): """
encode = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh())
decode = torch.nn.Sequential(torch.nn.ReLU(inplace=True), torch.nn.Linear(3, 2))
code = encode(torch.ones(4, 2))
decode(code).sum().backward()
""",
    ("in-place/flag", "a function that works in place"): """
w = torch.ones(3, requires_grad=True)
y = w.sigmoid()
z = torch.nn.functional.relu(y, inplace=True)
z.sum().backward()
""",
    ("in-place/flags", "two modules that work in place"): """
w = torch.ones(3, requires_grad=True)
net = torch.nn.Sequential(torch.nn.ReLU(inplace=True), torch.nn.ELU(inplace=True))
y = w.sigmoid()
net(y).sum().backward()
""",
    ("in-place/flags", "layers that work in place on what no variable stands for"): """
net = torch.nn.Sequential(
    torch.nn.Linear(2, 3), torch.nn.ReLU(inplace=True), torch.nn.LeakyReLU(0.1, inplace=True)
)
loss = net(torch.ones(4, 2)).sum()
loss.backward()
""",
    ("in-place/flag", "a call that works in place on what no variable stands for"): """
w = torch.ones(3, requires_grad=True)
loss = torch.nn.functional.relu(w.sigmoid(), inplace=True).sum()
loss.backward()
""",
    ("in-place/once", "a result without a name that the same line changes"): """
w = torch.ones(3, requires_grad=True)
loss = w.exp().mul_(2).sum()
loss.backward()
""",
    ("data-edit/result", "numbers that are kept in bounds, in a module"): """
class Gate(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.a = torch.nn.Linear(2, 2)
    def forward(self, x):
        g = torch.sigmoid(self.a(x))
        g.data.clamp_(0.1, 0.2)
        return g * x
Gate()(torch.ones(3, 2)).sum().backward()
""",
    ("alias", "an image that an attack changes, in a function"): """
def attack(image):
    adv = image
    for turn in range(2):
        adv += 0.1
    return adv
image = torch.zeros(3)
adversarial = attack(image)
print((adversarial - image).abs().max())
""",
    ("alias/list", "a buffer of NumPy"): """
import numpy as np
buffer = np.zeros(3, dtype=np.float32)
batches = []
for turn in range(3):
    buffer[:] = turn
    batches.append(torch.from_numpy(buffer))
""",
    ("alias/list", "weights that are kept each turn"): """
layer = torch.nn.Linear(2, 1)
opt = torch.optim.SGD(layer.parameters(), lr=0.1)
path = []
for turn in range(3):
    path.append(layer.weight.detach())
    opt.zero_grad()
    layer(torch.ones(1, 2)).sum().backward()
    opt.step()
path.append(layer.weight.detach())
""",
    ("alias/state", "the best state of a training"): """
layer = torch.nn.Linear(2, 1)
opt = torch.optim.SGD(layer.parameters(), lr=0.1)
for turn in range(3):
    opt.zero_grad()
    layer(torch.ones(1, 2)).sum().backward()
    if turn == 1:
        best = layer.state_dict()
    opt.step()
layer.load_state_dict(best)
""",
    ("alias/restored", "the best weights, from a function"): """
net = torch.nn.Linear(2, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
def kept():
    return net.weight.detach(), net.bias.detach()
for turn in range(3):
    if turn == 1:
        weight, bias = kept()
    opt.zero_grad()
    net(torch.ones(1, 2)).sum().backward()
    opt.step()
with torch.no_grad():
    net.weight.copy_(weight)
    net.bias.copy_(bias)
""",
    ("alias", "differences to what lies in a dict"): """
net = torch.nn.Linear(2, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
slow = {name: each for name, each in net.state_dict().items()}
for turn in range(2):
    opt.zero_grad()
    net(torch.ones(1, 2)).sum().backward()
    opt.step()
with torch.no_grad():
    for name, p in net.named_parameters():
        print((p - slow[name]).norm())
""",
    ("alias/restored", "a step that is taken back"): """
theta = torch.tensor([1.0, 2.0], requires_grad=True)
for turn in range(2):
    old = theta.data
    theta.grad = None
    (theta ** 2).sum().backward()
    with torch.no_grad():
        theta -= 0.1 * theta.grad
        theta.copy_(old)
""",
    ("alias/restored", "a list of the data of all parameters"): """
net = torch.nn.Linear(2, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
best = [p.data for p in net.parameters()]
for turn in range(2):
    opt.zero_grad()
    net(torch.ones(1, 2)).sum().backward()
    opt.step()
with torch.no_grad():
    for p, old in zip(net.parameters(), best):
        p.copy_(old)
""",
    ("alias/restored", "a dict in a class"): """
class Stopper:
    def keep(self, model):
        self.best = {name: p.detach() for name, p in model.named_parameters()}
    @torch.no_grad()
    def restore(self, model):
        for name, p in model.named_parameters():
            p.data.copy_(self.best[name])
net, stopper = torch.nn.Linear(2, 1), Stopper()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
stopper.keep(net)
for turn in range(2):
    opt.zero_grad()
    net(torch.ones(1, 2)).sum().backward()
    opt.step()
stopper.restore(net)
""",
    ("in-place", "a result that exp keeps"): """
w = torch.tensor([1.0, 2.0], requires_grad=True)
y = w.exp()
y += 1
y.sum().backward()
""",
    ("in-place", "an input, in a function"): """
w = torch.tensor([1.0, 2.0], requires_grad=True)
def scale(x):
    x *= 2
    return x
x = torch.tensor([3.0, 4.0])
loss = (w * x).sum()
scale(x)
loss.backward()
""",
    ("in-place", "an element, in a loop"): """
w = torch.ones(3, requires_grad=True)
h = w * 2
out = []
for i in range(3):
    out.append((h * h).sum())
    h[i] = 0.0
torch.stack(out).sum().backward()
""",
    ("in-place/once", "relu_, in a module"): """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 2)
    def forward(self, x):
        h = torch.sigmoid(self.layer(x))
        h.relu_().add_(1)
        return h.mean()
model = Net()
loss = model(torch.ones(3, 2))
loss.backward()
""",
    ("in-place", "through a view"): """
w = torch.ones(2, 2, requires_grad=True)
h = w * 3
y = h ** 2
row = h[0]
row.zero_()
y.sum().backward()
""",
    ("step-between", "two losses"): """
a = torch.nn.Linear(2, 2)
b = torch.nn.Linear(2, 1)
opt_a = torch.optim.SGD(a.parameters(), lr=0.1)
opt_b = torch.optim.SGD(b.parameters(), lr=0.1)
h = a(torch.ones(3, 2))
first = b(h).mean()
second = b(h).pow(2).mean()
first.backward(retain_graph=True)
opt_b.step()
second.backward()
opt_a.step()
""",
    ("step-between", "a generator, in a loop"): """
G = torch.nn.Linear(2, 2)
D = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1))
og = torch.optim.Adam(G.parameters())
od = torch.optim.Adam(D.parameters())
for turn in range(2):
    fake = G(torch.ones(3, 2))
    score = D(fake)
    loss_d = score.mean() - D(torch.ones(3, 2)).mean()
    loss_g = -score.mean()
    od.zero_grad()
    loss_d.backward(retain_graph=True)
    od.step()
    og.zero_grad()
    loss_g.backward()
    og.step()
""",
    ("step-between", "by hand, in a function"): """
w = torch.tensor(2.0, requires_grad=True)
def update(w):
    with torch.no_grad():
        w -= 0.1 * w.grad
first = w ** 2
second = w ** 3
first.backward()
update(w)
second.backward()
""",
    ("data-edit", "data, after a square"): """
w = torch.tensor([1.0, 2.0], requires_grad=True)
y = (w * w).sum()
w.data *= 5
y.backward()
""",
    ("data-edit/result", "in a function"): """
w = torch.tensor([1.0, 2.0], requires_grad=True)
def clamp(p):
    p.data.clamp_(0, 0.5)
h = w.exp()
y = (h * h).sum()
clamp(h)
y.backward()
""",
    ("data-edit", "through NumPy"): """
import numpy as np
x = torch.ones(2)
w = torch.ones(2, requires_grad=True)
y = (w * x).sum()
x.numpy()[:] = 7.0
y.backward()
""",
    ("data-edit", "weights of a module, in a loop"): """
model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 1))
for turn in range(2):
    loss = model(torch.ones(3, 2)).pow(2).mean()
    for p in model.parameters():
        p.data.mul_(0.5)
    model.zero_grad()
    loss.backward()
""",
    ("alias", "the old weight"): """
w = torch.tensor([1.0, 2.0], requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
old = w.detach()
(w * w).sum().backward()
opt.step()
print((w - old).norm())
""",
    ("alias", "data of a parameter, in a loop"): """
model = torch.nn.Linear(2, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for turn in range(2):
    before = model.weight.data
    opt.zero_grad()
    model(torch.ones(3, 2)).pow(2).mean().backward()
    opt.step()
    print((model.weight - before).abs().max())
""",
    ("alias", "a plain second name, in a function"): """
def centred(x):
    start = x
    x -= x.mean()
    return (start - x).abs().sum()
centred(torch.tensor([1.0, 2.0]))
""",
}

RIGHT: Scripts = {
    ("alias/list", "parameters that are listed in a loop"): """
layer = torch.nn.Linear(2, 1)
opt = torch.optim.SGD(layer.parameters(), lr=0.1)
params = []
for turn in range(3):
    params.append(layer.weight)
    opt.zero_grad()
    layer(torch.ones(1, 2)).sum().backward()
    opt.step()
""",
    ("data-edit", "a batch norm called twice before the pass"): """
net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
(net(torch.randn(4, 2)) - net(torch.randn(4, 2))).pow(2).sum().backward()
""",
    ("data-edit", "real and fake go through a discriminator with a batch norm"): """
D = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3), torch.nn.Linear(3, 1))
opt = torch.optim.SGD(D.parameters(), lr=0.1)
for turn in range(2):
    opt.zero_grad()
    on_real = D(torch.randn(4, 2))
    on_fake = D(torch.randn(4, 2))
    loss = (1 - on_real).relu().mean() + (1 + on_fake).relu().mean()
    loss.backward()
    opt.step()
""",
    ("data-edit", "an instance norm with statistics, in a loop over parts"): """
norm = torch.nn.InstanceNorm1d(2, affine=True, track_running_stats=True)
parts = [norm(torch.randn(3, 2, 5)) for turn in range(3)]
torch.cat(parts).pow(3).sum().backward()
""",
    ("alias/list", "copies, rows, and what is not changed"): """
layer = torch.nn.Linear(2, 1)
opt = torch.optim.SGD(layer.parameters(), lr=0.1)
table = torch.zeros(3, 2)
path, rows, same, x = [], [], [], torch.ones(1, 2)
for turn in range(3):
    path.append(layer.weight.detach().clone())
    table[turn] = turn
    row = table[turn]
    rows.append(row)
    same.append(x.detach())
    opt.zero_grad()
    layer(x).sum().backward()
    opt.step()
""",
    ("alias/state", "a copy, and another model's"): """
import copy
layer, target = torch.nn.Linear(2, 1), torch.nn.Linear(2, 1)
opt = torch.optim.SGD(layer.parameters(), lr=0.1)
best = copy.deepcopy(layer.state_dict())
state = layer.state_dict()
for turn in range(3):
    opt.zero_grad()
    layer(torch.ones(1, 2)).sum().backward()
    opt.step()
target.load_state_dict(state)
layer.load_state_dict(best)
""",
    ("alias", "differences to copies in a dict"): """
net = torch.nn.Linear(2, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
slow = {name: each.clone() for name, each in net.state_dict().items()}
net(torch.ones(1, 2)).sum().backward()
opt.step()
with torch.no_grad():
    for name, p in net.named_parameters():
        print((p - slow[name]).norm())
""",
    ("alias/restored", "clones, and another model's weights"): """
net, target = torch.nn.Linear(2, 1), torch.nn.Linear(2, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
best, now = net.weight.detach().clone(), [p.detach() for p in net.parameters()]
for turn in range(2):
    opt.zero_grad()
    net(torch.ones(1, 2)).sum().backward()
    opt.step()
with torch.no_grad():
    for p, q in zip(target.parameters(), now):
        p.copy_(q)
    net.weight.copy_(best)
""",
    ("alias", "a difference of two copies"): """
w = torch.ones(3)
other = w
other += 1
saved, again = w.clone(), w.clone()
print((saved - again).abs().max(), (w - saved).max())
""",
    ("in-place", "out of place"): """
w = torch.tensor([1.0, 2.0], requires_grad=True)
y = w.exp()
y = y + 1
y.sum().backward()
""",
    ("in-place", "what nobody keeps"): """
w = torch.tensor([1.0, 2.0], requires_grad=True)
y = w * 2
y += 1
y.sum().backward()
""",
    ("in-place", "a module's inplace relu"): """
model = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.ReLU(inplace=True))
model(torch.ones(3, 2)).mean().backward()
""",
    ("in-place", "after the pass"): """
w = torch.tensor([1.0, 2.0], requires_grad=True)
y = w.exp()
y.sum().backward()
with torch.no_grad():
    y += 1
""",
    ("step-between", "passes first"): """
a = torch.nn.Linear(2, 2)
b = torch.nn.Linear(2, 1)
opt_a = torch.optim.SGD(a.parameters(), lr=0.1)
opt_b = torch.optim.SGD(b.parameters(), lr=0.1)
h = a(torch.ones(3, 2))
first = b(h).mean()
second = b(h).pow(2).mean()
first.backward(retain_graph=True)
second.backward()
opt_a.step()
opt_b.step()
""",
    ("step-between", "DCGAN"): """
G = torch.nn.Linear(2, 2)
D = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.LeakyReLU(), torch.nn.Linear(4, 1))
og = torch.optim.Adam(G.parameters())
od = torch.optim.Adam(D.parameters())
for turn in range(2):
    fake = G(torch.ones(3, 2))
    od.zero_grad()
    (D(fake.detach()).mean() - D(torch.ones(3, 2)).mean()).backward()
    od.step()
    og.zero_grad()
    od.zero_grad()
    (-D(fake).mean()).backward()
    og.step()
""",
    ("data-edit", "after the pass"): """
w = torch.tensor([1.0, 2.0], requires_grad=True)
for turn in range(2):
    (w * w).sum().backward()
    w.data -= 0.1 * w.grad.data
    w.grad = None
""",
    ("data-edit", "clipped weights of a critic"): """
D = torch.nn.Linear(2, 1)
od = torch.optim.RMSprop(D.parameters(), lr=0.01)
for turn in range(3):
    od.zero_grad()
    (D(torch.ones(3, 2)).mean() - D(torch.zeros(3, 2)).mean()).backward()
    od.step()
    for p in D.parameters():
        p.data.clamp_(-0.01, 0.01)
""",
    ("data-edit", "EMA"): """
model = torch.nn.Linear(2, 1)
ema = torch.nn.Linear(2, 1).requires_grad_(False)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for turn in range(2):
    opt.zero_grad()
    model(torch.ones(3, 2)).pow(2).mean().backward()
    opt.step()
    for p, q in zip(model.parameters(), ema.parameters()):
        q.data.mul_(0.9).add_(p.data, alpha=0.1)
""",
    ("alias", "a copy"): """
w = torch.tensor([1.0, 2.0], requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
old = w.detach().clone()
(w * w).sum().backward()
opt.step()
print((w - old).norm())
""",
    ("alias", "a short name"): """
model = torch.nn.Linear(2, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
w = model.weight
for turn in range(2):
    opt.zero_grad()
    model(torch.ones(3, 2)).pow(2).mean().backward()
    opt.step()
    print(w.detach())
""",
    ("alias", "the best so far, set anew"): """
w = torch.tensor([1.0, 2.0], requires_grad=True)
best = w.detach()
best = best * 1
with torch.no_grad():
    w -= 1
print((w - best).norm())
""",
}


@pytest.mark.parametrize("script", MISTAKES, ids=": ".join)
def test_changes_that_are_mistakes(record: Record, script: tuple[str, str]) -> None:
    found = [each for each in findings(record, MISTAKES[script]) if each.certainty != "note"]
    assert [each.spelled for each in found] == [script[0]]


@pytest.mark.parametrize("script", RIGHT, ids=": ".join)
def test_changes_that_are_none(record: Record, script: tuple[str, str]) -> None:
    assert findings(record, RIGHT[script]) == ()


def test_the_mend_of_a_flag_takes_it_away(record: Record) -> None:
    (found,) = findings(record, MISTAKES["in-place/flag", "a module that works in place"])
    assert found.mend is not None
    assert "torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Linear(3, 2))" in found.mend.code


def test_the_mend_of_a_method_makes_a_new_tensor(record: Record) -> None:
    code = """
w = torch.ones(3, requires_grad=True)
y = w.sigmoid()
y.masked_fill_(y > 0.7, 0.0)
y.sum().backward()
"""
    (found,) = findings(record, code)
    assert found.mend is not None
    assert found.mend.code == "y = y.masked_fill(y > 0.7, 0.0)"
