"""Diagnoses of training loops: scripts that have the mistake, and near misses that have not."""

from __future__ import annotations

import pytest
from diagnosed import keys
from recorded import Record

W = """
w = torch.tensor(1.0, requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
"""
MODEL = """
model = torch.nn.Linear(2, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
x = torch.ones(4, 2)
"""
TRAINER = """
class Trainer:
    def __init__(self):
        self.model = torch.nn.Linear(2, 1)
        self.opts = {"main": torch.optim.SGD(self.model.parameters(), lr=0.1)}
    def turn(self, x):
"""

MISTAKES = {
    "zero-grad": {
        "an optimizer": W
        + """
for turn in range(3):
    loss = w ** 2
    loss.backward()
    opt.step()
""",
        "by hand": """
w = torch.tensor([1.0, 2.0], requires_grad=True)
for turn in range(2):
    (w * w).sum().backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
""",
        "gradients that are scaled by hand": """
model = torch.nn.Linear(2, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for turn in range(3):
    model(torch.ones(4, 2)).pow(2).mean().backward()
    for p in model.parameters():
        p.grad = p.grad * 0.5
    opt.step()
""",
        "a module, cleared before the loop only": """
model = torch.nn.Linear(2, 1)
opt = torch.optim.Adam(model.parameters())
opt.zero_grad()
for turn in range(3):
    loss = model(torch.ones(4, 2)).pow(2).mean()
    loss.backward()
    opt.step()
""",
        "one of two optimizers": """
a = torch.tensor(1.0, requires_grad=True)
b = torch.tensor(1.0, requires_grad=True)
first, second = torch.optim.SGD([a], lr=0.1), torch.optim.SGD([b], lr=0.1)
for turn in range(2):
    first.zero_grad()
    (a * b - 3).pow(2).backward()
    first.step()
    second.step()
""",
        "in a method, the optimizer in a dict": TRAINER
        + """
        loss = self.model(x).pow(2).mean()
        loss.backward()
        self.opts["main"].step()
trainer = Trainer()
for turn in range(2):
    trainer.turn(torch.ones(4, 2))
""",
        "a critic whose gradients the actor's loss fills, too": """
actor, critic = torch.nn.Linear(2, 2), torch.nn.Linear(2, 1)
of_actor = torch.optim.SGD(actor.parameters(), lr=0.1)
of_critic = torch.optim.SGD(critic.parameters(), lr=0.1)
x = torch.ones(4, 2)
for turn in range(2):
    of_actor.zero_grad()
    (-critic(actor(x)).mean()).backward()
    of_actor.step()
    (critic(x) - 3).pow(2).mean().backward()
    of_critic.step()
""",
    },
    "order": {
        "cleared between pass and step": W
        + """
for turn in range(3):
    loss = w ** 2
    loss.backward()
    opt.zero_grad()
    opt.step()
""",
        "cleared through the model, in a method": TRAINER
        + """
        self.model(x).pow(2).mean().backward()
        self.model.zero_grad()
        self.opts["main"].step()
trainer = Trainer()
for turn in range(2):
    trainer.turn(torch.ones(4, 2))
""",
        "cleared to zeros": MODEL
        + """
for turn in range(2):
    loss = model(x).pow(2).mean()
    loss.backward()
    opt.zero_grad(set_to_none=False)
    opt.step()
""",
        "the step first": W
        + """
for turn in range(3):
    opt.zero_grad()
    opt.step()
    loss = w ** 2
    loss.backward()
""",
        "the step first, one turn late": MODEL
        + """
for turn in range(3):
    loss = model(x).pow(2).mean()
    opt.step()
    opt.zero_grad()
    loss.backward()
""",
        "the step first, in a function": MODEL
        + """
def turn(x):
    opt.step()
    opt.zero_grad()
    loss = model(x).pow(2).mean()
    loss.backward()
    return loss.item()
for i in range(2):
    turn(x)
""",
        "one step before one pass": MODEL
        + """
loss = model(x).pow(2).mean()
opt.step()
loss.backward()
""",
        "a schedule before the step": MODEL
        + """
scheduler = torch.optim.lr_scheduler.StepLR(opt, 1)
for turn in range(2):
    opt.zero_grad()
    model(x).pow(2).mean().backward()
    scheduler.step()
    opt.step()
""",
        "a schedule before the step, in a method": TRAINER
        + """
        self.schedule.step()
        self.opts["main"].zero_grad()
        self.model(x).pow(2).mean().backward()
        self.opts["main"].step()
trainer = Trainer()
trainer.schedule = torch.optim.lr_scheduler.ExponentialLR(trainer.opts["main"], 0.9)
for turn in range(2):
    trainer.turn(torch.ones(4, 2))
""",
        "a schedule before the first epoch": MODEL
        + """
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 5)
for epoch in range(2):
    scheduler.step()
    for part in x.chunk(2):
        opt.zero_grad()
        model(part).pow(2).mean().backward()
        opt.step()
""",
    },
    "rebind": {
        "by hand": """
w = torch.tensor(1.0, requires_grad=True)
for turn in range(2):
    loss = w ** 2
    loss.backward()
    w = w - 0.1 * w.grad
""",
        "under no_grad": """
w = torch.tensor(1.0, requires_grad=True)
b = torch.tensor(0.0, requires_grad=True)
for turn in range(2):
    loss = (w + b - 3) ** 2
    loss.backward()
    with torch.no_grad():
        w = w - 0.1 * w.grad
        b -= 0.1 * b.grad
        b.grad = None
""",
        "in a function": """
def train(x):
    w = torch.ones(2, requires_grad=True)
    for turn in range(3):
        (w * x).sum().backward()
        w = w.sub(0.1 * w.grad)
    return w
train(torch.ones(2))
""",
        "in a class": """
class Model:
    def __init__(self):
        self.w = torch.ones(2, requires_grad=True)
    def update(self):
        self.w = self.w - 0.1 * self.w.grad
model = Model()
for turn in range(2):
    loss = (model.w * 2).sum()
    loss.backward()
    model.update()
""",
        "two at once": """
w, b = torch.ones(2, requires_grad=True), torch.zeros(1, requires_grad=True)
for turn in range(2):
    (w.sum() + b).backward()
    w, b = w - 0.1 * w.grad, b - 0.1 * b.grad
""",
        "a loop's variable": """
model = torch.nn.Linear(2, 1)
for turn in range(2):
    model.zero_grad()
    model(torch.ones(2)).sum().backward()
    with torch.no_grad():
        for p in model.parameters():
            p = p - 0.1 * p.grad
""",
    },
    "clip-order": {
        "before the pass": MODEL
        + """
for turn in range(2):
    opt.zero_grad()
    loss = model(x).pow(2).mean()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    loss.backward()
    opt.step()
""",
        "after the step": MODEL
        + """
for turn in range(2):
    opt.zero_grad()
    model(x).pow(2).mean().backward()
    opt.step()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
""",
        "after the step, in a method": TRAINER
        + """
        self.opts["main"].zero_grad()
        self.model(x).pow(2).mean().backward()
        self.opts["main"].step()
        torch.nn.utils.clip_grad_value_(self.model.parameters(), 0.5)
trainer = Trainer()
for turn in range(2):
    trainer.turn(torch.ones(4, 2))
""",
        "of one of two optimizers": """
first, second = torch.nn.Linear(2, 2), torch.nn.Linear(2, 1)
a = torch.optim.SGD(first.parameters(), lr=0.1)
b = torch.optim.SGD(second.parameters(), lr=0.1)
for turn in range(2):
    a.zero_grad()
    b.zero_grad()
    second(first(torch.ones(4, 2))).mean().backward()
    torch.nn.utils.clip_grad_norm_(first.parameters(), 0.1)
    a.step()
    b.step()
    torch.nn.utils.clip_grad_norm_(second.parameters(), 0.1)
""",
    },
}

RIGHT = {
    "steps in hooks, while the pass runs": """
net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
optimizers = {p: torch.optim.SGD([p], lr=0.1) for p in net.parameters()}
def hook(p):
    optimizers[p].step()
    optimizers[p].zero_grad()
for p in net.parameters():
    p.register_post_accumulate_grad_hook(hook)
for turn in range(3):
    net(torch.ones(4, 2)).pow(2).mean().backward()
""",
    "a step in a hook, cleared by the loop": """
w = torch.ones(2, requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
w.register_post_accumulate_grad_hook(lambda p: opt.step())
for turn in range(3):
    opt.zero_grad()
    (w * w).sum().backward()
""",
    "a gradient by hand in the place of what a pass for another tensor left": """
alpha, w = torch.tensor(1.0, requires_grad=True), torch.tensor(2.0, requires_grad=True)
outer, inner = torch.optim.Adam([alpha], lr=0.01), torch.optim.SGD([w], lr=0.1)
for turn in range(3):
    (slope,) = torch.autograd.grad((w * alpha - 1) ** 2, alpha)
    alpha.grad = slope * 0.9
    outer.step()
    inner.zero_grad()
    ((w * alpha - 3) ** 2).backward()
    inner.step()
""",
    "the mean of the gradients of others, in a loop": """
net, twin = torch.nn.Linear(2, 1), torch.nn.Linear(2, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.ones(4, 2)
for turn in range(3):
    ((net(x) - twin(x)) ** 2).mean().backward()
    for p, q in zip(net.parameters(), twin.parameters()):
        p.grad = -q.grad
        q.grad = None
    opt.step()
""",
    "cleared at the start": W
    + """
for turn in range(3):
    opt.zero_grad()
    (w ** 2).backward()
    opt.step()
""",
    "cleared at the end, to zeros": W
    + """
for turn in range(3):
    (w ** 2).backward()
    opt.step()
    opt.zero_grad(set_to_none=False)
""",
    "accumulation over parts": """
model = torch.nn.Linear(2, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for turn in range(2):
    opt.zero_grad()
    for part in torch.ones(4, 2).chunk(2):
        (model(part).pow(2).mean() / 2).backward()
    opt.step()
""",
    "a closure": """
w = torch.tensor(1.0, requires_grad=True)
opt = torch.optim.LBFGS([w], max_iter=3)
def closure():
    opt.zero_grad()
    loss = (w - 2) ** 2
    loss.backward()
    return loss
for turn in range(2):
    opt.step(closure)
""",
    "a GAN: the generator's pass fills the critic's gradients, which are cleared before use": """
G, D = torch.nn.Linear(2, 2), torch.nn.Linear(2, 1)
og = torch.optim.Adam(G.parameters(), lr=0.1)
od = torch.optim.Adam(D.parameters(), lr=0.1)
bce = torch.nn.BCEWithLogitsLoss()
for turn in range(3):
    D.zero_grad()
    real = bce(D(torch.ones(4, 2)), torch.ones(4, 1))
    real.backward()
    fake = G(torch.randn(4, 2))
    bce(D(fake.detach()), torch.zeros(4, 1)).backward()
    od.step()
    G.zero_grad()
    bce(D(fake), torch.ones(4, 1)).backward()
    og.step()
""",
    "accumulation over turns": MODEL
    + """
for turn in range(6):
    (model(x).pow(2).mean() / 2).backward()
    if (turn + 1) % 2 == 0:
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()
        opt.zero_grad()
""",
    "a step before all turns, so that the optimizer has its state": """
model = torch.nn.Linear(2, 1)
opt = torch.optim.Adam(model.parameters())
opt.zero_grad()
opt.step()
for turn in range(2):
    opt.zero_grad()
    model(torch.ones(4, 2)).pow(2).mean().backward()
    opt.step()
""",
    "gradients that are 0": """
w = torch.tensor(-1.0, requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
for turn in range(2):
    opt.zero_grad()
    (w.clamp(min=-5) * 0).backward()
    opt.step()
""",
    "a schedule after each step": MODEL
    + """
scheduler = torch.optim.lr_scheduler.OneCycleLR(opt, 0.1, total_steps=4)
for turn in range(3):
    opt.zero_grad()
    model(x).pow(2).mean().backward()
    opt.step()
    scheduler.step()
""",
    "a new leaf of the same name": """
x = torch.ones(2, requires_grad=True)
for turn in range(3):
    (x ** 2).sum().backward()
    with torch.no_grad():
        x = x + 0.1 * x.grad.sign()
    x.requires_grad_()
""",
    "a new leaf in one line": """
w = torch.ones(2, requires_grad=True)
for turn in range(3):
    (w ** 2).sum().backward()
    w = (w - 0.1 * w.grad).detach().requires_grad_()
""",
    "one step by hand, and done": """
w = torch.ones(2, requires_grad=True)
(w ** 2).sum().backward()
w = w - 0.1 * w.grad
print(w)
""",
    "adversarial examples of each batch": """
model = torch.nn.Linear(2, 1)
for batch in torch.ones(3, 4, 2):
    x = batch.clone().requires_grad_()
    model(x).sum().backward()
    x = x + 0.1 * x.grad.sign()
    x = x.clamp(0, 1)
    print((model(x) > 0).sum().item())
    model.zero_grad()
""",
    "inner steps of MAML": """
w = torch.ones(2, requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
for turn in range(2):
    fast = w
    for inner in range(2):
        (grad,) = torch.autograd.grad((fast ** 2).sum(), fast, create_graph=True)
        fast = fast - 0.1 * grad
    opt.zero_grad()
    (fast ** 2).sum().backward()
    opt.step()
""",
    "clipping of two networks, each before its step": """
pi, v = torch.nn.Linear(2, 1), torch.nn.Linear(2, 1)
a = torch.optim.SGD(pi.parameters(), lr=0.1)
b = torch.optim.SGD(v.parameters(), lr=0.1)
x = torch.ones(4, 2)
for turn in range(2):
    a.zero_grad()
    b.zero_grad()
    pi(x).mean().backward()
    v(x).mean().backward()
    torch.nn.utils.clip_grad_norm_(pi.parameters(), 0.1)
    a.step()
    torch.nn.utils.clip_grad_norm_(v.parameters(), 0.1)
    b.step()
""",
    "the norm is only measured": MODEL
    + """
for turn in range(2):
    opt.zero_grad()
    model(x).pow(2).mean().backward()
    opt.step()
    print(torch.nn.utils.clip_grad_norm_(model.parameters(), float("inf")))
""",
    "a target network that follows": """
net, target = torch.nn.Linear(2, 1), torch.nn.Linear(2, 1)
target.load_state_dict(net.state_dict())
opt = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.ones(4, 2)
for turn in range(3):
    with torch.no_grad():
        y = target(x) + 1
    loss = (net(x) - y).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    with torch.no_grad():
        for p, q in zip(net.parameters(), target.parameters()):
            q.mul_(0.9).add_(0.1 * p)
""",
}

CASES = [(key, name) for key, scripts in MISTAKES.items() for name in scripts]


@pytest.mark.parametrize(("key", "name"), CASES)
def test_a_mistake_is_found(record: Record, key: str, name: str) -> None:
    assert keys(record, MISTAKES[key][name]) == [key]


@pytest.mark.parametrize("name", RIGHT)
def test_nothing_is_found_in_what_is_right(record: Record, name: str) -> None:
    assert keys(record, RIGHT[name]) == []
