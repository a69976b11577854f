"""Mistakes as they stand in scripts of strangers, in the smallest form; and what only looks so."""

from __future__ import annotations

import pytest
from diagnosed import findings
from recorded import Record

from autograd_tutor.analysis.diagnosis.finding import Finding

_DROPPING = """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.a = torch.nn.Linear(2, 8)
        self.drop = torch.nn.Dropout(0.5)
    def forward(self, x):
        return self.drop(self.a(x))
"""
_TRAIN = """
opt = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.randn(4, 2)
for _ in range(2):
    opt.zero_grad()
    net(x).pow(2).mean().backward()
    opt.step()
"""
_LISTED = "net = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.Dropout(0.5))\n"
_CRITIC = """
critic = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
opt = torch.optim.SGD(critic.parameters(), lr=0.1)
real = torch.randn(8, 2)
"""
_PENALTY = """
def penalty(x):
    x = x.clone().requires_grad_()
    grads = torch.autograd.grad(critic(x).sum(), x{graph})[0]
    return ((grads.norm(dim=1) - 1) ** 2).mean()
for _ in range(2):
    opt.zero_grad()
    loss = critic(real).mean() + 10 * penalty(real)
    loss.backward()
    opt.step()
"""
_ATTACK = """
x = real.clone().requires_grad_()
clean = critic(x).pow(2).mean()
g, = torch.autograd.grad(clean, x)
attacked = (x + 0.1 * g.sign()).detach()
loss = critic(real).pow(2).mean() + critic(attacked).pow(2).mean()
loss.backward()
opt.step()
"""
_CURVED = """
net = torch.nn.Linear(2, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.randn(4, 2)
for _ in range(3):
    opt.zero_grad()
    loss = net(x).pow(2).mean()
    loss.backward(create_graph=True)
"""
_DEEP = """
layers = [torch.nn.Linear(16, 16) for _ in range(12)]
for each in layers:
    torch.nn.init.normal_(each.weight, std={std})
net = torch.nn.Sequential(*layers, torch.nn.Linear(16, 1))
opt = torch.optim.SGD(net.parameters(), lr=1e-2)
x = torch.randn(4, 16)
for _ in range(3):
    opt.zero_grad()
    loss = net(x).pow(2).mean()
    loss.backward()
    opt.step()
"""
_BLOCKS = """
from torch.utils.checkpoint import checkpoint
class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.a = torch.nn.Parameter(torch.ones(3, 3))
    def forward(self, x):
        return x + x @ self.a
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = torch.nn.Embedding(5, 3).requires_grad_(False)
        self.blocks = torch.nn.ModuleList(Block() for _ in range(2))
    def forward(self, ids):
        x = self.emb(ids)
        for b in self.blocks:
            x = checkpoint(b, x, use_reentrant=True)
        return x
net = Net()
net(torch.tensor([0, 1])).sum().backward()
"""

FOUND = {
    "dropout, the model an argument": (
        "eval-mode/dropout",
        _DROPPING
        + """
def validate(model, x):
    with torch.no_grad():
        out = model(x)
    return out.mean().item()
def main():
    net = Net()
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    x = torch.randn(4, 2)
    for _ in range(2):
        net.train()
        opt.zero_grad()
        net(x).pow(2).mean().backward()
        opt.step()
        validate(net, x)
main()
""",
    ),
    "dropout in a list of layers": (
        "eval-mode/dropout",
        _LISTED + _TRAIN + "with torch.no_grad():\n    print(net(x).mean().item())\n",
    ),
    "dropout in a trainer": (
        "eval-mode/dropout",
        _DROPPING
        + """
class Trainer:
    def __init__(self):
        self.model = Net()
        self.opt = torch.optim.SGD(self.model.parameters(), lr=0.1)
    def fit(self, x):
        self.opt.zero_grad()
        self.model(x).pow(2).mean().backward()
        self.opt.step()
    @torch.no_grad()
    def predict(self, x):
        return self.model(x)
trainer = Trainer()
x = torch.randn(4, 2)
trainer.fit(x)
print(trainer.predict(x).mean().item())
""",
    ),
    "the penalty of a critic": ("no-create-graph/term", _CRITIC + _PENALTY.format(graph="")),
    "a penalty that has a name": (
        "no-create-graph/term",
        _CRITIC
        + """
x = real.clone().requires_grad_()
ce = critic(x).pow(2).mean()
g, = torch.autograd.grad(ce, x, retain_graph=True)
extra = g.pow(2).sum(1).mean()
total = ce
total += 0.5 * extra
total.backward()
opt.step()
""",
    ),
    "the residual of an equation": (
        "no-create-graph/term",
        """
net = torch.nn.Sequential(torch.nn.Linear(1, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
t = torch.linspace(0, 1, 5)[:, None].requires_grad_()
u = net(t)
du = torch.autograd.grad(u.sum(), t, retain_graph=True)[0]
residual = du + u
loss = (residual**2).mean()
loss.backward()
opt.step()
""",
    ),
    "a penalty on the `.grad` of an input": (
        "no-create-graph/term-backward",
        _CRITIC
        + """
x = real.clone().requires_grad_()
loss = critic(x).pow(2).mean()
loss.backward(retain_graph=True)
extra = x.grad.pow(2).mean()
total = loss + extra
opt.zero_grad()
total.backward()
opt.step()
""",
    ),
    "a frozen embedding before checkpoints": ("checkpoint", _BLOCKS),
    "gradients explode until the loss is NaN": ("exploding/ruined", _DEEP.format(std=6.0)),
    "one step too long": (
        "overflow/jumped",
        """
w = torch.nn.Parameter(torch.tensor(3.0))
opt = torch.optim.SGD([w], lr=1e20)
for _ in range(3):
    opt.zero_grad()
    loss = (w**4).sum()
    loss.backward()
    opt.step()
""",
    ),
    "a tensor that was kept by a function of vmap": (
        "func-side/escaped",
        """
kept = []
def f(x):
    kept.append(x.sum() * 2)
    return x.sum()
torch.func.vmap(torch.func.grad(f))(torch.ones(3, 2))
print(sum(float(each) for each in kept))
""",
    ),
    "steps of gradients that nothing fills": (
        "func-side/unfilled",
        """
from torch.func import functional_call, grad
net = torch.nn.Linear(2, 1)
params = dict(net.named_parameters())
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(2):
    slopes = grad(lambda p: functional_call(net, p, (torch.ones(2),)).sum())(params)
    opt.step()
""",
    ),
    "a hook that a function has made": (
        "hooks/edit",
        """
class Log:
    def __call__(self, name):
        def hook(grad):
            return grad.div_(grad.norm())
        return hook
log = Log()
w = torch.ones(2, requires_grad=True)
z = w * 2
z.register_hook(log("z"))
z.sum().backward()
""",
    ),
    "a hook with a name of its own": (
        "hooks",
        """
def clip(grad, limit=0.1):
    grad.clamp(-limit, limit)
w = torch.ones(2, requires_grad=True)
w.register_hook(clip)
(w * 3).sum().backward()
""",
    ),
    "a method that computes the gradient and drops it": (
        "hooks",
        """
class Masked(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = torch.nn.Linear(2, 1)
        self.lin.weight.register_hook(self.masked)
    def masked(self, grad):
        new = grad * torch.tensor([[0.0, 1.0]])
    def forward(self, x):
        return self.lin(x)
Masked()(torch.ones(3, 2)).sum().backward()
""",
    ),
    "a function that returns a slope": (
        "no-create-graph/term",
        """
net = torch.nn.Sequential(torch.nn.Linear(1, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
def slope(y, x):
    return torch.autograd.grad(y, x, torch.ones_like(y), retain_graph=True)[0]
t = torch.linspace(0, 1, 5)[:, None].requires_grad_()
u = net(t)
rest = slope(u, t) - 0.1 * u
loss = (rest**2).mean() + net(torch.zeros(1, 1)).mean()
loss.backward()
opt.step()
""",
    ),
    "a dead relu as output": (
        "dead-relu",
        """
net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU())
torch.nn.init.constant_(net[0].bias, -50)
x, y = torch.randn(8, 2), torch.ones(8, 2)
for _ in range(2):
    loss = (net(x) - y).pow(2).mean()
    loss.backward()
""",
    ),
}
NOTED = {
    "each cycle is opened": ("cycle/cleared", _CURVED + "    opt.step()\n"),
    "a loss and the penalty on its gradient": (
        "cycle/cleared",
        _CURVED
        + """
    extra = sum(p.grad.pow(2).sum() for p in net.parameters())
    extra.backward()
    opt.step()
""",
    ),
    "a layer that stands there twice": (
        "tied/listed",
        "layer = torch.nn.Linear(2, 2)\nnet = torch.nn.Sequential(layer, torch.nn.Tanh(), layer)\n",
    ),
    "a list that names one layer in each turn": (
        "tied/listed",
        """
class Stack(torch.nn.Module):
    def __init__(self):
        super().__init__()
        block = torch.nn.Linear(2, 2)
        self.layers = torch.nn.ModuleList([block for _ in range(3)])
stack = Stack()
""",
    ),
    "a list of one layer": (
        "tied/listed",
        "layer = torch.nn.Linear(2, 2)\nlayers = torch.nn.ModuleList([layer] * 3)\n",
    ),
}
RIGHT = {
    "dropout that is drawn": _LISTED
    + _TRAIN
    + "with torch.no_grad():\n    print(torch.stack([net(x) for _ in range(5)]).std(0))\n",
    "dropout that is drawn in a loop": _LISTED
    + _TRAIN
    + """
drawn = []
with torch.no_grad():
    for _ in range(5):
        drawn.append(net(x))
""",
    "dropout that is switched on": _LISTED
    + _TRAIN
    + "net.eval()\nnet[1].train()\nwith torch.no_grad():\n    print(net(x))\n",
    "no dropout in eval mode": _LISTED
    + _TRAIN
    + "net.eval()\nwith torch.no_grad():\n    print(net(x))\n",
    "a dropout of 0": _LISTED.replace("0.5", "0.0")
    + _TRAIN
    + "with torch.no_grad():\n    print(net(x))\n",
    "the targets of a teacher that drops": _LISTED
    + """
teacher = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.Dropout(0.5))
"""
    + _TRAIN
    + """
with torch.no_grad():
    target = net(x)
loss = (teacher(x) - target).pow(2).mean()
loss.backward()
""",
    "a penalty with its graph": _CRITIC + _PENALTY.format(graph=", create_graph=True"),
    "a step of the input along its gradient": _CRITIC + _ATTACK,
    "a gradient as a weight": _CRITIC
    + """
one, two = critic(real).pow(2).mean(), critic(real + 1).abs().mean()
g, = torch.autograd.grad(one, critic[2].weight, retain_graph=True)
h, = torch.autograd.grad(two, critic[2].weight, retain_graph=True)
weight = g.norm() / (h.norm() + 1e-4)
loss = one + weight.detach() * two
loss.backward()
opt.step()
""",
    "a term that is to be a constant": _CRITIC
    + """
x = real.clone().requires_grad_()
one = critic(x).pow(2).mean()
g, = torch.autograd.grad(one, x, retain_graph=True)
loss = one + g.pow(2).mean().detach()
loss.backward()
opt.step()
""",
    "a deep net that is well made": _DEEP.format(std=0.25),
    "a model for each trial": """
def trial(seed):
    net = torch.nn.Linear(2, 1)
    net(torch.ones(3, 2)).pow(2).mean().backward()
    return net.weight.grad.norm().item()
print([trial(seed) for seed in range(3)])
""",
    "layers that are each made": """
layers = torch.nn.ModuleList([torch.nn.Linear(2, 2) for _ in range(3)])
""",
    "a hook that looks at what it computes": """
w = torch.ones(2, requires_grad=True)
def look(grad):
    size = grad * 2
    print(size)
w.register_hook(look)
w.sum().backward()
""",
    "a margin that is kept": """
w = torch.nn.Parameter(torch.full((8,), 3.0))
for _ in range(2):
    loss = torch.relu(1 - w).sum()
    loss.backward()
""",
}


def spelled(found: tuple[Finding, ...], notes: bool = False) -> list[str]:
    """Keys and forms of what is a note, or is none."""
    return [each.spelled for each in found if (each.certainty == "note") == notes]


@pytest.mark.parametrize("name", FOUND)
def test_it_is_found_and_nothing_else(record: Record, name: str) -> None:
    expected, code = FOUND[name]
    assert spelled(findings(record, code)) == [expected]


@pytest.mark.filterwarnings("ignore:Using backward")
@pytest.mark.parametrize("name", NOTED)
def test_it_is_noted(record: Record, name: str) -> None:
    expected, code = NOTED[name]
    found = findings(record, code)
    assert not spelled(found)
    assert expected in spelled(found, notes=True)


@pytest.mark.parametrize("name", RIGHT)
def test_nothing_is_found_in_what_is_right(record: Record, name: str) -> None:
    assert not spelled(findings(record, RIGHT[name]))


def test_lists_of_several_loops_are_read(record: Record) -> None:
    code = """
import itertools
block = torch.nn.Linear(2, 2)
layers = torch.nn.ModuleList([block for row in range(2) for column in range(2)])
net = torch.nn.Sequential(*layers, torch.nn.Dropout(0.5))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for turn in range(2):
    opt.zero_grad()
    net(torch.ones(3, 2)).sum().backward()
    opt.step()
parts = [net(torch.ones(1, 2)).sum().item() for row in range(2) for column in range(2)]
print(max(parts))
"""
    assert "tied/listed" in [each.spelled for each in findings(record, code)]
