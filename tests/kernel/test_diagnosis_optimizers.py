"""Diagnoses of what optimizers hold: scripts with the mistake, and near misses without it."""

from __future__ import annotations

import pytest
from diagnosed import findings, keys
from recorded import Record

TURNS = """
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for turn in range(2):
    opt.zero_grad()
    net(torch.ones(4, 2)).pow(2).mean().backward()
    opt.step()
"""
LIST = """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first = torch.nn.Linear(2, 2)
        self.rest = [torch.nn.Linear(2, 2), torch.nn.Linear(2, 1)]
    def forward(self, x):
        x = self.first(x)
        for layer in self.rest:
            x = layer(x)
        return x
net = Net()
"""
DICT = """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.body = torch.nn.Linear(2, 2)
        self.heads = {"a": torch.nn.Linear(2, 1)}
    def forward(self, x):
        return self.heads["a"](self.body(x))
net = Net()
"""
LEAF = """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)
        self.scale = torch.ones(1, requires_grad=True)
    def forward(self, x):
        return self.layer(x) * self.scale
net = Net()
"""
BODY_AND_HEAD = """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.body = torch.nn.Linear(2, 2)
        self.head = torch.nn.Linear(2, 1)
    def forward(self, x):
        return self.head(self.body(x))
net = Net()
"""

MISTAKES = {
    "not-listed": {
        "layers in a list": LIST + TURNS,
        "layers in a dict": DICT + TURNS,
        "in a trainer's method": LIST
        + """
class Trainer:
    def __init__(self, net):
        self.net = net
        self.opt = torch.optim.Adam(self.net.parameters())
    def turn(self, x):
        self.opt.zero_grad()
        self.net(x).pow(2).mean().backward()
        self.opt.step()
trainer = Trainer(net)
for turn in range(2):
    trainer.turn(torch.ones(4, 2))
""",
        "a leaf in the place of a parameter": LEAF + TURNS,
        "a bias that the optimizer was not given": """
w, b = torch.ones(2, requires_grad=True), torch.zeros(1, requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
for turn in range(3):
    opt.zero_grad()
    ((w * 2).sum() + b - 3).pow(2).sum().backward()
    opt.step()
""",
        "a temperature, in a function": """
layer = torch.nn.Linear(2, 2)
temperature = torch.tensor(1.0, requires_grad=True)
opt = torch.optim.Adam(layer.parameters())
def train(x):
    opt.zero_grad()
    loss = (layer(x) / temperature).pow(2).mean()
    loss.backward()
    opt.step()
for turn in range(2):
    train(torch.ones(4, 2))
""",
        "set free, but not given": BODY_AND_HEAD
        + """
net.body.requires_grad_(False)
opt = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], lr=0.1)
for turn in range(4):
    if turn == 2:
        net.body.requires_grad_(True)
    opt.zero_grad()
    net(torch.ones(4, 2)).pow(2).mean().backward()
    opt.step()
""",
        "nothing is listed": """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [torch.nn.Linear(2, 2), torch.nn.Linear(2, 1)]
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
""",
        "nothing is listed, but tensors": """
class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.w = torch.ones(2, requires_grad=True)
class Trainer:
    def __init__(self):
        self.model = Model()
        self.opt = torch.optim.Adam(self.model.parameters())
Trainer()
""",
        "a list that is used up": """
model = torch.nn.Linear(2, 1)
params = filter(lambda p: p.requires_grad, model.parameters())
print(sum(p.numel() for p in params))
opt = torch.optim.SGD(params, lr=0.1)
""",
    },
    "forward-layers": {
        "a layer with a name": """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.last = torch.nn.Linear(2, 1)
    def forward(self, x):
        first = torch.nn.Linear(2, 2)
        return self.last(first(x))
net = Net()
"""
        + TURNS,
        "a layer without a name": """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.last = torch.nn.Linear(2, 1)
    def forward(self, x):
        x = torch.nn.Linear(2, 2)(x)
        return self.last(x)
net = Net()
"""
        + TURNS,
        "in a function that forward calls": """
def project(x, size):
    layer = torch.nn.Linear(x.shape[1], size)
    return torch.relu(layer(x) + 5)
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.last = torch.nn.Linear(3, 1)
    def forward(self, x):
        return self.last(project(x, 3))
net = Net()
"""
        + TURNS,
        "a parameter": """
net = torch.nn.Linear(2, 1)
def model(x):
    scale = torch.nn.Parameter(torch.ones(1))
    return net(x) * scale
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for turn in range(2):
    opt.zero_grad()
    model(torch.ones(4, 2)).pow(2).mean().backward()
    opt.step()
""",
    },
    "old-params": {
        "a layer exchanged after the optimizer was made": BODY_AND_HEAD
        + """
opt = torch.optim.SGD(net.parameters(), lr=0.1)
net.head = torch.nn.Linear(2, 1)
for turn in range(2):
    opt.zero_grad()
    net(torch.ones(4, 2)).pow(2).mean().backward()
    opt.step()
""",
        "a model of its own for each fold, and one optimizer": """
net = torch.nn.Linear(2, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for fold in range(2):
    net = torch.nn.Linear(2, 1)
    for turn in range(2):
        opt.zero_grad()
        net(torch.ones(4, 2)).pow(2).mean().backward()
        opt.step()
""",
        "a parameter made anew": """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.w = torch.nn.Parameter(torch.zeros(2))
    def reset(self):
        self.w = torch.nn.Parameter(torch.ones(2))
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
net.reset()
for turn in range(2):
    opt.zero_grad()
    (net.w * 2).sum().backward()
    opt.step()
""",
        "a leaf made anew": """
w = torch.ones(2, requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
w = torch.zeros(2, requires_grad=True)
for turn in range(2):
    opt.zero_grad()
    (w - 1).pow(2).sum().backward()
    opt.step()
""",
    },
    "frozen-held": {
        "the body in the place of the head": BODY_AND_HEAD
        + """
for p in net.body.parameters():
    p.requires_grad = False
opt = torch.optim.SGD(net.body.parameters(), lr=0.1)
for turn in range(2):
    opt.zero_grad()
    net(torch.ones(4, 2)).pow(2).mean().backward()
    opt.step()
""",
        "a list made before the switch": """
body, head = torch.nn.Linear(2, 2), torch.nn.Linear(2, 1)
params = list(body.parameters())
body.requires_grad_(False)
opt = torch.optim.Adam(params)
def train(x):
    opt.zero_grad()
    head(body(x)).pow(2).mean().backward()
    opt.step()
for turn in range(2):
    train(torch.ones(4, 2))
""",
        "in a trainer": """
class Trainer:
    def __init__(self):
        self.net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 1))
        self.net[0].requires_grad_(False)
        self.opts = {"net": torch.optim.SGD(self.net[0].parameters(), lr=0.1)}
    def turn(self, x):
        self.opts["net"].zero_grad()
        self.net(x).pow(2).mean().backward()
        self.opts["net"].step()
trainer = Trainer()
for turn in range(2):
    trainer.turn(torch.ones(4, 2))
""",
    },
    "frozen": {
        "frozen after a pass": """
net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
net(torch.ones(4, 2)).mean().backward()
net[0].requires_grad_(False)
opt.step()
""",
        "weight decay of zeros": """
net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.1, weight_decay=0.1)
for turn in range(3):
    opt.zero_grad(set_to_none=False)
    net(torch.ones(4, 2)).mean().backward()
    opt.step()
    net[0].requires_grad_(False)
""",
        "momentum, in a method": """
class Trainer:
    def __init__(self):
        self.net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 1))
        self.opt = torch.optim.SGD(self.net.parameters(), lr=0.1, momentum=0.9)
    def turn(self, x):
        self.net(x).mean().backward()
        self.opt.step()
        self.opt.zero_grad(set_to_none=False)
trainer = Trainer()
trainer.turn(torch.ones(4, 2))
for p in trainer.net[0].parameters():
    p.requires_grad = False
trainer.turn(torch.ones(4, 2))
""",
    },
}

RIGHT = {
    "a ModuleList": LIST.replace(
        "[torch.nn.Linear(2, 2), torch.nn.Linear(2, 1)]",
        "torch.nn.ModuleList([torch.nn.Linear(2, 2), torch.nn.Linear(2, 1)])",
    )
    + TURNS,
    "a frozen body": BODY_AND_HEAD
    + """
net.body.requires_grad_(False)
opt = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], lr=0.1)
for turn in range(2):
    opt.zero_grad()
    net(torch.ones(4, 2)).pow(2).mean().backward()
    opt.step()
""",
    "a frozen body that the optimizer holds, too": BODY_AND_HEAD
    + """
net.body.requires_grad_(False)
"""
    + TURNS,
    "two optimizers": BODY_AND_HEAD
    + """
opts = {"body": torch.optim.SGD(net.body.parameters(), lr=0.1),
        "head": torch.optim.Adam(net.head.parameters())}
for turn in range(2):
    for each in opts.values():
        each.zero_grad()
    net(torch.ones(4, 2)).pow(2).mean().backward()
    for each in opts.values():
        each.step()
""",
    "the gradient of an input": BODY_AND_HEAD
    + """
opt = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.ones(4, 2, requires_grad=True)
for turn in range(2):
    opt.zero_grad()
    net(x).pow(2).mean().backward()
    opt.step()
    print(x.grad.norm())
    x.grad = None
""",
    "a layer exchanged before the optimizer is made": BODY_AND_HEAD
    + """
net.head = torch.nn.Linear(2, 1)
"""
    + TURNS,
    "a new layer that the optimizer is given": BODY_AND_HEAD
    + """
opt = torch.optim.SGD(net.body.parameters(), lr=0.1)
net.head = torch.nn.Linear(2, 1)
opt.add_param_group({"params": net.head.parameters()})
for turn in range(2):
    opt.zero_grad()
    net(torch.ones(4, 2)).pow(2).mean().backward()
    opt.step()
""",
    "a model and an optimizer for each fold": """
for fold in range(3):
    net = torch.nn.Linear(2, 1)
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    for turn in range(2):
        opt.zero_grad()
        net(torch.ones(4, 2)).pow(2).mean().backward()
        opt.step()
""",
    "a model made in a function, with its optimizer": """
def train(seed):
    torch.manual_seed(seed)
    net = torch.nn.Linear(2, 1)
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    for turn in range(2):
        opt.zero_grad()
        net(torch.ones(4, 2)).pow(2).mean().backward()
        opt.step()
for seed in range(2):
    train(seed)
""",
    "noise that requires grad, made in each turn": """
net = torch.nn.Linear(2, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
def noisy(x):
    noise = torch.randn(4, 2, requires_grad=True)
    return net(x + noise)
for turn in range(3):
    opt.zero_grad()
    noisy(torch.ones(4, 2)).pow(2).mean().backward()
    opt.step()
""",
    "a layer of fixed numbers, made in forward": """
net = torch.nn.Linear(2, 1)
def model(x):
    fixed = torch.nn.Linear(2, 2).requires_grad_(False)
    return net(fixed(x))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for turn in range(3):
    opt.zero_grad()
    model(torch.ones(4, 2)).pow(2).mean().backward()
    opt.step()
""",
    "loaded numbers": BODY_AND_HEAD
    + """
opt = torch.optim.SGD(net.parameters(), lr=0.1)
best = {name: each.clone() for name, each in net.state_dict().items()}
for turn in range(2):
    opt.zero_grad()
    net(torch.ones(4, 2)).pow(2).mean().backward()
    opt.step()
    net.load_state_dict(best)
""",
    "frozen between two turns": """
net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for turn in range(3):
    net[0].requires_grad_(turn < 1)
    opt.zero_grad()
    net(torch.ones(4, 2)).mean().backward()
    opt.step()
""",
    "an input that the steps change": """
net = torch.nn.Linear(2, 1).requires_grad_(False)
image = torch.ones(1, 2, requires_grad=True)
opt = torch.optim.LBFGS([image], max_iter=2)
def closure():
    opt.zero_grad()
    loss = (net(image) - 3).pow(2).sum()
    loss.backward()
    return loss
for turn in range(2):
    opt.step(closure)
""",
    "coordinates of which a part is asked for its gradient": """
net = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
points = torch.randn(6, 2).requires_grad_(True)
for turn in range(3):
    part = points[torch.randperm(6)[:3]]
    (slope,) = torch.autograd.grad(net(part).sum(), part, create_graph=True)
    opt.zero_grad()
    ((slope - 1) ** 2).mean().backward()
    opt.step()
""",
    "coordinates that are put together": """
net = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
x, t = torch.rand(5, 1, requires_grad=True), torch.rand(5, 1, requires_grad=True)
for turn in range(3):
    xt = torch.cat([x, t], 1)
    (slope,) = torch.autograd.grad(net(xt).sum(), xt, create_graph=True)
    opt.zero_grad()
    (slope[:, 0] + slope[:, 1]).pow(2).mean().backward()
    opt.step()
""",
    "a mean that follows": BODY_AND_HEAD
    + """
from torch.optim.swa_utils import AveragedModel
mean = AveragedModel(net)
"""
    + TURNS
    + """
    mean.update_parameters(net)
""",
}

NOTES = {
    "the head alone, the body not frozen": (
        BODY_AND_HEAD + TURNS.replace("net.parameters()", "net.head.parameters()"),
        "not-listed",
    ),
    "statistics of a frozen module": (
        """
body = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2)).requires_grad_(False)
head = torch.nn.Linear(2, 1)
opt = torch.optim.SGD(head.parameters(), lr=0.1)
for turn in range(2):
    opt.zero_grad()
    head(body(torch.randn(4, 2))).pow(2).mean().backward()
    opt.step()
""",
        "frozen",
    ),
}

CASES = [(key, name) for key, scripts in MISTAKES.items() for name in scripts]


@pytest.mark.parametrize(("key", "name"), CASES)
def test_a_mistake_is_found(record: Record, key: str, name: str) -> None:
    assert keys(record, MISTAKES[key][name]) == [key]


@pytest.mark.parametrize("name", RIGHT)
def test_nothing_is_found_in_what_is_right(record: Record, name: str) -> None:
    assert findings(record, RIGHT[name]) == ()


@pytest.mark.parametrize("name", NOTES)
def test_what_may_be_meant_is_a_note(record: Record, name: str) -> None:
    code, key = NOTES[name]
    assert [(each.key, each.certainty) for each in findings(record, code)] == [(key, "note")]


def test_what_was_set_free_is_told_from_what_is_left_out(record: Record) -> None:
    (found,) = findings(record, MISTAKES["not-listed"]["set free, but not given"])
    assert found.form == "unfrozen"
