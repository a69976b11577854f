"""Diagnoses of modes and of what torch warns of: scripts with the mistake, and near misses."""

from __future__ import annotations

import pytest
from diagnosed import findings, keys
from recorded import Record

NET = """
net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3), torch.nn.Linear(3, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
data = torch.randn(3, 4, 2)
def train():
    for x in data:
        opt.zero_grad()
        net(x).pow(2).mean().backward()
        opt.step()
"""
TRAINER = """
class Trainer:
    def __init__(self):
        self.net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
        self.opt = torch.optim.SGD(self.net.parameters(), lr=0.1)
    def train(self, data):
        self.net.train()
        for x in data:
            self.opt.zero_grad()
            self.net(x).pow(2).mean().backward()
            self.opt.step()
"""
CHECKPOINT = """
from torch.utils.checkpoint import checkpoint
block = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU())
head = torch.nn.Linear(3, 1)
x = torch.ones(4, 2)
"""

MISTAKES = {
    "eval-mode": {
        "no_grad in the place of eval": NET
        + """
train()
with torch.no_grad():
    for x in data:
        print(net(x).mean().item())
""",
        "in a trainer's method": TRAINER
        + """
    @torch.no_grad()
    def validate(self, data):
        total = 0.0
        for x in data:
            out = self.net(x)
            total += out.mean().item()
        return total
trainer = Trainer()
data = torch.randn(2, 4, 2)
for epoch in range(2):
    trainer.train(data)
    trainer.validate(data)
""",
        "in inference mode, in a function": NET
        + """
def validate(model, batches):
    with torch.inference_mode():
        return [model(x).mean().item() for x in batches]
train()
validate(net, data)
""",
        "eval in the place of no_grad": NET
        + """
train()
net.eval()
for x in data:
    out = net(x)
    print(out.mean().item())
""",
        "eval in the place of no_grad, in a method": TRAINER
        + """
    def validate(self, data):
        self.net.eval()
        worst = 0.0
        for x in data:
            out = self.net(x)
            worst = max(worst, out.mean().item())
        return worst
trainer = Trainer()
data = torch.randn(2, 4, 2)
for epoch in range(2):
    trainer.train(data)
    trainer.validate(data)
""",
        "eval in the place of no_grad, the loss": """
model = torch.nn.Linear(2, 1)
criterion = torch.nn.MSELoss()
def validate(batches):
    model.eval()
    worst = 0.0
    for x in batches:
        loss = criterion(model(x), torch.ones(4, 1))
        worst = max(worst, loss.item())
    model.train()
    return worst
validate(torch.randn(3, 4, 2))
""",
        "samples that are kept come first": NET
        + """
kept = []
for epoch in range(2):
    train()
    with torch.no_grad():
        kept.append(net(data[0]).reshape(-1))
    with torch.no_grad():
        out = net(data[1])
        loss = torch.nn.functional.mse_loss(out, torch.ones(4, 1))
    print(len(kept), f"{loss:.3f}")
""",
        "predictions that are printed": NET
        + """
train()
with torch.no_grad():
    predicted = net(data[0])
print(predicted)
""",
        "train() never comes back": NET
        + """
for epoch in range(2):
    train()
    net.eval()
    with torch.no_grad():
        print(net(data[0]).mean().item())
""",
    },
    "non-leaf-grad": {
        "an intermediate value": """
x = torch.tensor(2.0, requires_grad=True)
y = x ** 2
z = y * 3
z.backward()
print(y.grad)
""",
        "a copy, in a function": """
def gradient(x):
    copy = x * 1.0
    loss = (copy ** 2).sum()
    loss.backward()
    return copy.grad
gradient(torch.ones(2, requires_grad=True))
""",
        "in a class": """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 2)
    def forward(self, x):
        self.hidden = self.layer(x)
        return self.hidden.relu().sum()
net = Net()
net(torch.ones(3, 2)).backward()
saliency = net.hidden.grad
""",
        "warnings are off": """
import warnings
warnings.filterwarnings("ignore")
x = torch.ones(2, requires_grad=True)
h = x * 2
h.sum().backward()
g = h.grad
""",
    },
    "checkpoint": {
        "inputs that need no gradient": CHECKPOINT
        + """
h = checkpoint(block, x, use_reentrant=True)
head(h).sum().backward()
""",
        "in a module": CHECKPOINT
        + """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.block, self.head = block, head
    def forward(self, x):
        h = checkpoint(self.block, x, use_reentrant=True)
        return self.head(h)
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for turn in range(2):
    opt.zero_grad()
    net(x).mean().backward()
    opt.step()
""",
        "of a function": CHECKPOINT
        + """
def run(each):
    return block(each).exp()
for turn in range(2):
    out = checkpoint(run, x, use_reentrant=True)
    (head(out) ** 2).mean().backward()
""",
        "of blocks with a frozen part, in a loop": CHECKPOINT
        + """
class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.base = torch.nn.Linear(3, 3).requires_grad_(False)
        self.more = torch.nn.Parameter(torch.zeros(3, 3))
    def forward(self, x):
        return torch.relu(self.base(x) + x @ self.more)
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks, self.head = torch.nn.ModuleList([Block(), Block()]), torch.nn.Linear(3, 1)
    def forward(self, x):
        for each in self.blocks:
            x = checkpoint(each, x, use_reentrant=True)
        return self.head(x)
net = Net()
opt = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], lr=0.1)
for turn in range(2):
    opt.zero_grad()
    net(torch.ones(2, 3)).mean().backward()
    opt.step()
""",
    },
    "cycle": {
        "a pass with a graph": """
w = torch.ones(2, requires_grad=True)
loss = (w ** 3).sum()
loss.backward(create_graph=True)
print(w.grad)
""",
        "a penalty": """
model = torch.nn.Linear(2, 1)
loss = model(torch.ones(4, 2)).exp().mean()
loss.backward(create_graph=True)
norm = sum(p.grad.pow(2).sum() for p in model.parameters())
print(norm.item())
""",
        "in a loop": """
w = torch.ones(2, requires_grad=True)
def curvature():
    (w ** 3).sum().backward(create_graph=True)
    (second,) = torch.autograd.grad(w.grad.sum(), w)
    return second
for turn in range(2):
    print(curvature())
    w.grad.detach_()
    w.grad.zero_()
(w ** 3).sum().backward(create_graph=True)
""",
    },
}

RIGHT = {
    "weights that are put back after an evaluation": NET
    + """
mean = [p.detach().clone() for p in net.parameters()]
for turn in range(3):
    net.train()
    loss = net(torch.randn(4, 2)).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    net.eval()
    backup = [p.clone() for p in net.parameters()]
    for p, m in zip(net.parameters(), mean):
        m.lerp_(p.detach(), 0.1)
        p.data.copy_(m)
    with torch.no_grad():
        print(net(torch.ones(1, 2)))
    for p, old in zip(net.parameters(), backup):
        p.data.copy_(old)
""",
    "statistics by update_bn, of a module with lines of its own": """
from torch.optim.swa_utils import AveragedModel, update_bn
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = torch.nn.BatchNorm1d(2)
        self.out = torch.nn.Linear(2, 1)
    def forward(self, x):
        h = self.norm(x)
        return self.out(h)
net = Net()
mean = AveragedModel(net)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
data = list(torch.randn(12, 4, 2))
for x in data[:2]:
    opt.zero_grad()
    net(x).pow(2).mean().backward()
    opt.step()
    mean.update_parameters(net)
update_bn(data, mean)
mean.eval()
with torch.no_grad():
    print((mean(data[0]) > 0).float().mean().item())
""",
    "eval and no_grad": NET
    + """
for epoch in range(2):
    net.train()
    train()
    net.eval()
    with torch.no_grad():
        for x in data:
            out = net(x)
            print(out.mean().item())
""",
    "a model that always evaluates": NET
    + """
net.eval()
train()
""",
    "a batch norm that is kept as it is": NET
    + """
for epoch in range(2):
    net.train()
    net[1].eval()
    train()
""",
    "statistics computed anew": NET
    + """
from torch.optim.swa_utils import AveragedModel, update_bn
mean = AveragedModel(net)
for epoch in range(2):
    train()
    mean.update_parameters(net)
update_bn(list(data), mean)
""",
    "saliency of a model that evaluates": NET
    + """
train()
net.eval()
for x in data:
    x = x.clone().requires_grad_()
    score = net(x)[0, 0]
    score.backward()
    print(x.grad.abs().max().item())
    net.zero_grad()
""",
    "features that are detached where they are asked for": """
class Features(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 3)
    def forward(self, x):
        h = self.layer(x)
        self.size = h.pow(2).mean()
        return h.relu()
net = Features().eval()
goals = []
for turn in range(3):
    goals.append(net(torch.randn(4, 2)).detach())
x = torch.zeros(4, 2, requires_grad=True)
net.requires_grad_(False)
(net(x) - goals[0]).pow(2).mean().backward()
print(x.grad)
""",
    "targets of a network that evaluates, detached": """
net, target = torch.nn.Linear(2, 1), torch.nn.Linear(2, 1)
target.eval()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for turn in range(3):
    follows = target(torch.ones(4, 2))
    loss = (net(torch.ones(4, 2)) - follows.detach()).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
""",
    "retain_grad": """
x = torch.tensor(2.0, requires_grad=True)
y = x ** 2
y.retain_grad()
(y * 3).backward()
print(y.grad)
""",
    "the gradient of a leaf and of grad()": """
x = torch.tensor(2.0, requires_grad=True)
y = x ** 2
z = y * 3
(g,) = torch.autograd.grad(z, y, retain_graph=True)
z.backward()
print(x.grad, g)
""",
    "a hook": """
x = torch.tensor(2.0, requires_grad=True)
y = x ** 2
kept = []
y.register_hook(kept.append)
(y * 3).backward()
print(kept[0])
""",
    "a checkpoint that is not reentrant": CHECKPOINT
    + """
h = checkpoint(block, x, use_reentrant=False)
head(h).sum().backward()
""",
    "a checkpoint whose input needs a gradient": CHECKPOINT
    + """
first = torch.nn.Linear(2, 2)
h = checkpoint(block, first(x), use_reentrant=True)
head(h).sum().backward()
""",
    "a checkpoint in evaluation": CHECKPOINT
    + """
with torch.no_grad():
    h = checkpoint(block, x, use_reentrant=True)
    print(head(h).sum())
""",
    "a checkpoint of a frozen block": CHECKPOINT
    + """
block.requires_grad_(False)
h = checkpoint(block, x, use_reentrant=True)
head(h).sum().backward()
""",
    "a graph of gradients by grad()": """
w = torch.ones(2, requires_grad=True)
(g,) = torch.autograd.grad((w ** 3).sum(), w, create_graph=True)
g.sum().backward()
""",
    "a cycle that is opened": """
w = torch.ones(2, requires_grad=True)
for turn in range(2):
    (w ** 3).sum().backward(create_graph=True)
    penalty = w.grad.pow(2).sum()
    print(penalty.item())
    w.grad = None
""",
    "a cycle that the optimizer opens": """
w = torch.ones(2, requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
for turn in range(2):
    (w ** 3).sum().backward(create_graph=True)
    opt.step()
    opt.zero_grad()
""",
}

SAMPLED = {
    "kept": NET
    + """
kept = []
for epoch in range(2):
    train()
    with torch.no_grad():
        sample = net(data[0]).detach()
    kept.append(sample)
print(len(kept), sample.shape)
""",
    "looked at in a function": NET
    + """
def picture(net, noise):
    with torch.no_grad():
        drawn = net(noise) * 0.5 + 0.5
    return drawn.clamp(0, 1).numpy()
train()
shown = picture(net, data[0])
print(shown.shape)
""",
    "in a trainer's method": TRAINER
    + """
    @torch.inference_mode()
    def sample(self, z):
        return self.net(z).tanh()
trainer = Trainer()
data = torch.randn(2, 4, 2)
pictures = []
for epoch in range(2):
    trainer.train(data)
    pictures += [trainer.sample(data[0])]
""",
}

CASES = [(key, name) for key, scripts in MISTAKES.items() for name in scripts]


@pytest.mark.filterwarnings("default")  # as in the run of a script
@pytest.mark.parametrize(("key", "name"), CASES)
def test_a_mistake_is_found(record: Record, key: str, name: str) -> None:
    assert keys(record, MISTAKES[key][name]) == [key]


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", RIGHT)
def test_nothing_is_found_in_what_is_right(record: Record, name: str) -> None:
    assert [each.key for each in findings(record, RIGHT[name]) if each.key in MISTAKES] == []
    assert keys(record, RIGHT[name]) == []


@pytest.mark.parametrize("name", SAMPLED)
def test_samples_may_be_made_as_in_training(record: Record, name: str) -> None:
    found = findings(record, SAMPLED[name])
    assert [(each.spelled, each.certainty) for each in found] == [("eval-mode/train", "note")]


EPOCH = """
def epoch(model, data, opt=None):
    total = 0
    for x in data:
        out = model(x)
        loss = out.pow(2).mean()
        if opt is not None:
            opt.zero_grad()
            loss.backward()
            opt.step()
        total += loss.item()
    return total
model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Dropout())
opt = torch.optim.SGD(model.parameters(), lr=0.1)
data = torch.randn(3, 4, 2)
for turn in range(2):
    model.train()
    epoch(model, data, opt)
    model.eval()
    epoch(model, data)
"""


def test_a_function_that_trains_too_is_a_note(record: Record) -> None:
    found = findings(record, EPOCH)
    assert [(each.key, each.certainty) for each in found] == [("eval-mode", "note")]


def test_both_loops_in_one_function(record: Record) -> None:
    code = """
def fit(model, data, opt):
    for turn in range(2):
        model.train()
        for x in data:
            loss = model(x).pow(2).mean()
            opt.zero_grad()
            loss.backward()
            opt.step()
        model.eval()
        for x in data:
            out = model(x)
            print(out.mean().item())
model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Dropout())
fit(model, torch.randn(3, 4, 2), torch.optim.SGD(model.parameters(), lr=0.1))
"""
    assert keys(record, code) == ["eval-mode"]
