"""Diagnoses of parts of a batch, of sums and of shared parameters, and near misses."""

from __future__ import annotations

import pytest
from diagnosed import findings, keys
from recorded import Record

MODEL = """
from torch.nn.functional import cross_entropy, mse_loss
model = torch.nn.Linear(2, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
data, targets = torch.randn(6, 2), torch.randn(6, 1)
"""

MISTAKES = {
    "share": {
        "a loss for each part": MODEL
        + """
for turn in range(2):
    opt.zero_grad()
    for x, y in zip(data.chunk(3), targets.chunk(3)):
        loss = mse_loss(model(x), y)
        loss.backward()
    opt.step()
""",
        "a step after each second batch": MODEL
        + """
for i, (x, y) in enumerate(zip(data.chunk(6), targets.chunk(6))):
    (model(x) - y).pow(2).mean().backward()
    if (i + 1) % 2 == 0:
        opt.step()
        opt.zero_grad()
""",
        "classes, in a method": """
class Trainer:
    def __init__(self):
        self.model = torch.nn.Linear(2, 3)
        self.opt = torch.optim.Adam(self.model.parameters())
        self.criterion = torch.nn.CrossEntropyLoss()
    def turn(self, x, y):
        self.opt.zero_grad()
        for part, target in zip(x.split(2), y.split(2)):
            self.criterion(self.model(part), target).backward()
        self.opt.step()
trainer = Trainer()
for turn in range(2):
    trainer.turn(torch.randn(4, 2), torch.tensor([0, 1, 2, 0]))
""",
    },
    "uneven": {
        "a last part that is smaller": MODEL
        + """
for turn in range(2):
    opt.zero_grad()
    for x, y in zip(data.split(4), targets.split(4)):
        (mse_loss(model(x), y) / 2).backward()
    opt.step()
""",
        "means of means, by hand": MODEL
        + """
for turn in range(2):
    opt.zero_grad()
    for x, y in zip(data.split(5), targets.split(5)):
        loss = (model(x) - y).abs().mean() * 0.5
        loss.backward()
    opt.step()
""",
        "classes, in a function": """
from torch.nn.functional import cross_entropy
model = torch.nn.Linear(2, 3)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
def train(x, y):
    parts = list(zip(x.split([1, 3]), y.split([1, 3])))
    for part, target in parts:
        loss = cross_entropy(model(part), target) / len(parts)
        loss.backward()
    opt.step()
    opt.zero_grad()
train(torch.randn(4, 2), torch.tensor([0, 1, 2, 0]))
""",
    },
}

RIGHT = {
    "equal parts with their share": MODEL
    + """
for turn in range(2):
    opt.zero_grad()
    for x, y in zip(data.chunk(3), targets.chunk(3)):
        (mse_loss(model(x), y) / 3).backward()
    opt.step()
""",
    "parts by their size": MODEL
    + """
for turn in range(2):
    opt.zero_grad()
    for x, y in zip(data.split(4), targets.split(4)):
        (mse_loss(model(x), y) * len(x) / len(data)).backward()
    opt.step()
""",
    "sums, divided by all": MODEL
    + """
for turn in range(2):
    opt.zero_grad()
    for x, y in zip(data.chunk(2), targets.chunk(2)):
        (mse_loss(model(x), y, reduction="sum") / len(data)).backward()
    opt.step()
""",
    "gradients that are divided before the step": MODEL
    + """
for turn in range(2):
    opt.zero_grad()
    for x, y in zip(data.chunk(3), targets.chunk(3)):
        mse_loss(model(x), y).backward()
    for p in model.parameters():
        p.grad /= 3
    opt.step()
""",
    "a pass and a step for each batch": MODEL
    + """
for x, y in zip(data.split(4), targets.split(4)):
    opt.zero_grad()
    mse_loss(model(x), y).backward()
    opt.step()
""",
    "two losses in two lines": MODEL
    + """
for turn in range(2):
    opt.zero_grad()
    mse_loss(model(data), targets).backward()
    model(data).abs().mean().backward()
    opt.step()
""",
    "a closure": MODEL
    + """
opt = torch.optim.LBFGS(model.parameters(), max_iter=3)
def closure():
    opt.zero_grad()
    loss = mse_loss(model(data), targets)
    loss.backward()
    return loss
for turn in range(2):
    opt.step(closure)
""",
}

NOTES = {
    "mean-sum": {
        "a smaller last batch": MODEL
        + """
for x, y in zip(data.split(4), targets.split(4)):
    opt.zero_grad()
    mse_loss(model(x), y, reduction="sum").backward()
    opt.step()
""",
        "a sum by hand": MODEL
        + """
for x, y in zip(data.split(5), targets.split(5)):
    loss = (model(x) - y).pow(2).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
""",
        "in a function": MODEL
        + """
def turn(x, y):
    opt.zero_grad()
    (model(x) - y).abs().sum().backward()
    opt.step()
turn(data, targets)
turn(data[:2], targets[:2])
""",
    },
    "tied": {
        "the weight of two layers": """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first = torch.nn.Linear(2, 2)
        self.second = torch.nn.Linear(2, 2)
        self.second.weight = self.first.weight
    def forward(self, x):
        return self.second(self.first(x))
net = Net()
net(torch.ones(1, 2)).sum().backward()
""",
        "one parameter by two names": """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.w = self.again = torch.nn.Parameter(torch.ones(2))
net = Net()
(net.w * net.again).sum().backward()
""",
        "an embedding and the scores": """
net = torch.nn.ModuleDict({"words": torch.nn.Embedding(3, 2), "scores": torch.nn.Linear(2, 3)})
net["scores"].weight = net["words"].weight
net["scores"](net["words"](torch.tensor([0, 1]))).sum().backward()
""",
    },
}
NO_NOTES = {
    "a sum of equal batches": MODEL
    + """
for x, y in zip(data.chunk(2), targets.chunk(2)):
    opt.zero_grad()
    mse_loss(model(x), y, reduction="sum").backward()
    opt.step()
""",
    "a sum whose gradient is asked for each sample": """
energy = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
for count in (3, 5):
    x = torch.randn(count, 2, requires_grad=True)
    (force,) = torch.autograd.grad(energy(x).sum(), x)
""",
    "the same of a part": """
energy = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
x = torch.randn(6, 2, requires_grad=True)
for count in (3, 5):
    part = x[:count]
    (force,) = torch.autograd.grad(energy(part).sum(), part)
""",
    "copied numbers": """
net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2))
net[1].load_state_dict(net[0].state_dict())
net(torch.ones(1, 2)).sum().backward()
""",
    "two names for one module": """
net = torch.nn.Linear(2, 2)
same = net
layers = [net]
net(torch.ones(1, 2)).sum().backward()
""",
}

CASES = [(key, name) for key, scripts in MISTAKES.items() for name in scripts]
NOTED = [(key, name) for key, scripts in NOTES.items() for name in scripts]


@pytest.mark.parametrize(("key", "name"), CASES)
def test_a_mistake_is_found(record: Record, key: str, name: str) -> None:
    assert keys(record, MISTAKES[key][name]) == [key]


@pytest.mark.parametrize(("key", "name"), NOTED)
def test_what_may_be_meant_is_a_note(record: Record, key: str, name: str) -> None:
    found = findings(record, NOTES[key][name])
    assert [(each.key, each.certainty) for each in found] == [(key, "note")]


@pytest.mark.parametrize("name", RIGHT)
def test_nothing_is_found_in_what_is_right(record: Record, name: str) -> None:
    assert findings(record, RIGHT[name]) == ()


@pytest.mark.parametrize("name", NO_NOTES)
def test_nothing_is_noted_in_what_is_plain(record: Record, name: str) -> None:
    assert findings(record, NO_NOTES[name]) == ()
