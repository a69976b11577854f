"""Diagnoses of graphs that are kept alive: scripts with the mistake, and near misses without it."""

from __future__ import annotations

import pytest
from diagnosed import findings, keys
from recorded import Record

MODEL = """
model = torch.nn.Linear(2, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
x = torch.ones(4, 2)
def turn():
    loss = model(x).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    return loss
"""

MISTAKES = {
    "history": {
        "a sum of losses": MODEL
        + """
total = 0
for epoch in range(4):
    total += turn()
print(total / 4)
""",
        "a moving average": MODEL
        + """
average = 0.0
for epoch in range(5):
    loss = turn()
    average = 0.9 * average + 0.1 * loss
""",
        "in a method": """
class Trainer:
    def __init__(self):
        self.model = torch.nn.Linear(2, 1)
        self.opt = torch.optim.SGD(self.model.parameters(), lr=0.1)
        self.total = torch.zeros(())
    def turn(self, x):
        self.opt.zero_grad()
        loss = self.model(x).pow(2).mean()
        loss.backward()
        self.opt.step()
        self.total += loss
trainer = Trainer()
for turn in range(4):
    trainer.turn(torch.ones(4, 2))
""",
        "in a dict": MODEL
        + """
sums = {"loss": 0.0}
for epoch in range(4):
    sums["loss"] += turn()
""",
        "in validation": """
model = torch.nn.Linear(2, 1)
def validate(batches):
    model.eval()
    total = 0.0
    for x in batches:
        total = total + model(x).mean()
    return float(total)
validate(torch.ones(4, 4, 2))
""",
    },
    "kept-outputs": {
        "a list of losses": MODEL
        + """
losses = []
for epoch in range(4):
    losses.append(turn())
print(len(losses))
""",
        "a trainer's list": """
class Trainer:
    def __init__(self):
        self.model = torch.nn.Linear(2, 1)
        self.opt = torch.optim.SGD(self.model.parameters(), lr=0.1)
        self.history = {"loss": []}
    def turn(self, x):
        self.opt.zero_grad()
        loss = self.model(x).pow(2).mean()
        loss.backward()
        self.opt.step()
        self.history["loss"].append(loss)
trainer = Trainer()
for turn in range(4):
    trainer.turn(torch.ones(4, 2))
""",
        "in a function": MODEL
        + """
def train():
    losses = []
    for epoch in range(4):
        loss = turn()
        losses.append(loss)
    return sum(each.item() for each in losses)
train()
""",
        "added to the list": MODEL
        + """
losses = []
for epoch in range(4):
    loss = turn()
    losses += [loss]
""",
    },
}

RIGHT = {
    "scores of each class, put together for a prediction": """
net = torch.nn.Linear(3, 2)
def predict(x):
    scores = []
    for label in range(4):
        scores.append(net(x + label).pow(2).mean(1, keepdim=True))
    return torch.cat(scores, 1).argmax(1)
print(predict(torch.randn(5, 3)))
""",
    "parts of an input, one after the other": """
net = torch.nn.Linear(3, 2)
outputs = []
for part in torch.randn(9, 3).chunk(3):
    outputs += [net(part)]
print(torch.stack(outputs).argmax(-1))
""",
    "numbers": MODEL
    + """
total, losses = 0.0, []
for epoch in range(4):
    loss = turn()
    total += loss.item()
    losses.append(loss.detach())
""",
    "a sum that a pass begins at": MODEL
    + """
for epoch in range(2):
    total = 0
    for part in x.chunk(4):
        total = total + model(part).pow(2).mean()
    opt.zero_grad()
    total.backward()
    opt.step()
""",
    "truncated passes, the last sum unfinished": MODEL
    + """
total = 0
for turn in range(8):
    total = total + model(x).pow(2).mean()
    if turn % 3 == 2:
        opt.zero_grad()
        total.backward()
        opt.step()
        total = 0
""",
    "a list that a loss is made of": MODEL
    + """
for episode in range(2):
    logs = []
    for t in range(4):
        logs.append(model(x[t]).sigmoid().log())
    loss = -torch.stack(logs).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
""",
    "actor-critic, item by item": MODEL
    + """
saved, rewards = [], []
for episode in range(2):
    for t in range(4):
        saved.append(model(x[t]).sigmoid().log())
        rewards.append(1.0)
    losses = [-each * r for each, r in zip(saved, rewards)]
    opt.zero_grad()
    torch.cat(losses).sum().backward()
    opt.step()
    del saved[:]
    del rewards[:]
""",
    "outputs of a recurrent net": """
cell = torch.nn.RNNCell(2, 3)
h, outputs = torch.zeros(1, 3), []
for x in torch.ones(4, 1, 2):
    h = cell(x, h)
    outputs.append(h)
torch.stack(outputs).pow(2).mean().backward()
""",
    "a pass for each item": MODEL
    + """
losses = []
for part in x.chunk(4):
    losses.append(model(part).pow(2).mean())
for each in losses:
    each.backward()
""",
    "a short list of copies under no_grad": MODEL
    + """
best = []
for epoch in range(4):
    turn()
    with torch.no_grad():
        best.append(model(x).mean())
""",
    "a running sum under no_grad": MODEL
    + """
total = torch.zeros(())
for epoch in range(4):
    loss = turn()
    with torch.no_grad():
        total += loss
""",
}

CASES = [(key, name) for key, scripts in MISTAKES.items() for name in scripts]


@pytest.mark.parametrize(("key", "name"), CASES)
def test_a_mistake_is_found(record: Record, key: str, name: str) -> None:
    assert keys(record, MISTAKES[key][name]) == [key]


@pytest.mark.parametrize("name", RIGHT)
def test_nothing_is_found_in_what_is_right(record: Record, name: str) -> None:
    assert findings(record, RIGHT[name]) == ()
