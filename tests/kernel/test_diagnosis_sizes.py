"""Diagnoses of gradients that vanish, explode or are 0, and near misses."""

from __future__ import annotations

import pytest
from diagnosed import keys
from recorded import Record

_DEEP = """
class Deep(torch.nn.Module):
    def __init__(self, depth, scale):
        super().__init__()
        self.layers = torch.nn.ModuleList([torch.nn.Linear(8, 8) for _ in range(depth)])
        for layer in self.layers:
            torch.nn.init.normal_(layer.weight, std=scale)
    def forward(self, x):
        for layer in self.layers:
            x = {forward}
        return x
"""

FOUND = {
    "vanishing": {
        "sigmoids": """
layers = []
for _ in range(12):
    layers += [torch.nn.Linear(6, 6), torch.nn.Sigmoid()]
model = torch.nn.Sequential(*layers)
model(torch.randn(4, 6)).sum().backward()
""",
        "small start values": _DEEP.format(forward="torch.tanh(layer(x))")
        + """
model = Deep(15, 0.05)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for turn in range(2):
    opt.zero_grad()
    loss = (model(torch.ones(3, 8)) - 1).pow(2).mean()
    loss.backward()
    opt.step()
""",
        "a state through time": """
w = torch.full((4, 4), 0.05, requires_grad=True)
h = torch.ones(4, requires_grad=True)
state = h
for step in range(20):
    state = torch.tanh(w @ state)
loss = state.sum()
loss.backward()
""",
    },
    "exploding": {
        "large start values": """
x = torch.ones(2, 8)
weights = [torch.randn(8, 8) * 2 for _ in range(12)]
for w in weights:
    w.requires_grad_()
h = x
for w in weights:
    h = torch.relu(h @ w)
h.mean().backward()
""",
        "a module": _DEEP.format(forward="layer(x)")
        + """
model = Deep(14, 3.0)
loss = model(torch.ones(2, 8)).mean()
loss.backward()
""",
        "a state through time": """
def run(w, state, steps):
    for step in range(steps):
        state = w @ state
    return state
w = (torch.eye(3) * 3).requires_grad_()
loss = run(w, torch.ones(3), 20).sum()
loss.backward()
""",
    },
    "dead-relu": {
        "a bias far below 0": """
model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1))
torch.nn.init.constant_(model[0].bias, -10.0)
for turn in range(2):
    model.zero_grad()
    loss = model(torch.randn(5, 3)).pow(2).mean()
    loss.backward()
""",
        "by hand": """
x = torch.rand(6, 2)
w = torch.full((2, 3), -1.0, requires_grad=True)
v = torch.ones(3, 1, requires_grad=True)
loss = ((torch.relu(x @ w) @ v) - 1).pow(2).mean()
loss.backward()
""",
        "after a step that was too long": """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = torch.nn.Linear(1, 8), torch.nn.Linear(8, 1)
    def forward(self, x):
        return self.last(torch.nn.functional.relu(self.first(x)))
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=100.0)
x = torch.linspace(0.5, 1, 5)[:, None]
for turn in range(4):
    opt.zero_grad()
    loss = (net(x) + 3).abs().mean()
    loss.backward()
    opt.step()
""",
    },
    "no-slope": {
        "rounded": """
w = torch.tensor([1.2, 3.4], requires_grad=True)
loss = (torch.round(w) - 2).pow(2).sum()
loss.backward()
""",
        "a sign, in a model": """
class Binary(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = torch.nn.Linear(3, 4), torch.nn.Linear(4, 1)
    def forward(self, x):
        return self.last(torch.sign(self.first(x)))
model = Binary()
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for turn in range(2):
    opt.zero_grad()
    model(torch.randn(5, 3)).pow(2).mean().backward()
    opt.step()
""",
        "floor, in a function": """
def bins(x, width):
    return torch.floor(x / width) * width
scale = torch.nn.Parameter(torch.tensor(1.5))
loss = bins(scale * torch.tensor([1.0, 2.0]), 0.5).sum()
loss.backward()
""",
    },
}

NOT_FOUND = {
    "vanishing": {
        "residual connections": _DEEP.format(forward="x + torch.tanh(layer(x))")
        + """
model = Deep(20, 0.05)
model(torch.ones(3, 8)).mean().backward()
""",
        "good start values": """
model = torch.nn.Sequential(*[torch.nn.Linear(16, 16) for _ in range(10)])
for layer in model:
    torch.nn.init.orthogonal_(layer.weight)
model(torch.randn(4, 16)).pow(2).mean().backward()
""",
        "a discount": """
rewards = torch.randn(30, requires_grad=True)
total = torch.zeros(())
for reward in rewards.flip(0):
    total = reward + 0.5 * total
total.backward()
""",
        "layers with a norm": _DEEP.format(
            forward="torch.nn.functional.layer_norm(layer(x), (8,)).tanh()"
        )
        + """
model = Deep(12, 0.3)
model(torch.randn(3, 8)).pow(2).mean().backward()
""",
    },
    "exploding": {
        "clipped": _DEEP.format(forward="layer(x)")
        + """
model = Deep(14, 3.0)
opt = torch.optim.SGD(model.parameters(), lr=1e-3)
loss = model(torch.ones(2, 8)).mean()
loss.backward()
torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
opt.step()
""",
        "an LSTM": """
lstm = torch.nn.LSTM(4, 8)
out, _ = lstm(torch.randn(30, 2, 4))
out.pow(2).mean().backward()
""",
        "many steps of one size": """
w = torch.eye(3, requires_grad=True)
state = torch.ones(3)
for step in range(20):
    state = w @ state
state.sum().backward()
""",
    },
    "dead-relu": {
        "many dead units at the start": """
model = torch.nn.Sequential(torch.nn.Linear(3, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1))
with torch.no_grad():
    model[0].bias[:12] = -10.0
model(torch.randn(5, 3)).pow(2).mean().backward()
""",
        "a margin that is kept": """
w = torch.tensor([2.0, -2.0], requires_grad=True)
x, y = torch.tensor([[3.0, 0.0], [0.0, 3.0]] * 4), torch.tensor([1.0, -1.0] * 4)
loss = torch.relu(1 - y * (x @ w)).mean()
loss.backward()
""",
        "one number": """
x = torch.tensor(-1.0, requires_grad=True)
torch.relu(x).backward()
""",
        "leaky": """
model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.LeakyReLU(), torch.nn.Linear(4, 1))
torch.nn.init.constant_(model[0].bias, -10.0)
model(torch.randn(5, 3)).pow(2).mean().backward()
""",
    },
    "no-slope": {
        "straight through": """
w = torch.tensor([1.2, 3.4], requires_grad=True)
q = w + (w.round() - w).detach()
(q - 2).pow(2).sum().backward()
""",
        "what is left of a number": """
x = torch.tensor([1.2, 3.4], requires_grad=True)
loss = (x - torch.floor(x)).sum()
loss.backward()
""",
        "an accuracy beside the loss": """
w = torch.tensor([1.2, -3.4], requires_grad=True)
with torch.no_grad():
    accuracy = (w.sign() == 1).float().mean()
w.pow(2).sum().backward()
""",
        "a sign of data": """
x = torch.randn(4)
w = torch.ones(4, requires_grad=True)
(x.sign() * w).sum().backward()
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
