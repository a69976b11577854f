"""Diagnoses of whole programs: models in `main()`, helpers, arguments with names of their own."""

from __future__ import annotations

import pytest
from diagnosed import BEGIN, findings
from recorded import Record

from autograd_tutor.analysis.diagnosis.finding import Finding
from autograd_tutor.render.findings.finding_words import words_of

IN_MAIN = """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = torch.nn.Linear(2, 3)
        self.dec = torch.nn.Linear(3, 2)
        self.limit = torch.nn.Parameter(torch.zeros(3))
    def encode(self, x):
        return {encode}
    def forward(self, x):
        return self.dec(self.encode(x))

def turn(net, opt, x):
    opt.zero_grad()
    loss = loss_of(net, x)
    {clip}
    loss.backward()
    opt.step()

def loss_of(m, batch):
    return (m(batch) - batch).pow(2).mean()

def main():
    model = Net()
    opt = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(3):
        turn(model, opt, torch.randn(4, 2))

main()
"""


def _in_main(encode: str = "self.enc(x) + self.limit", clip: str = "pass") -> str:
    return IN_MAIN.replace("{encode}", encode).replace("{clip}", clip)


GAN = """
gen, dis = torch.nn.Linear(2, 2), torch.nn.Linear(2, 1)
og = torch.optim.SGD(gen.parameters(), lr=0.1)
od = torch.optim.SGD(dis.parameters(), lr=0.1)
for turn in range(3):
    fake = gen(torch.randn(3, 2)){cut}
    {clear}
    d = dis(fake.detach()).mean() - dis(torch.randn(3, 2)).mean()
    d.backward()
    od.step()
    og.zero_grad()
    g = -dis(fake).mean()
    g.backward()
    og.step()
"""
DQN = """
policy, target = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
opt = torch.optim.SGD(policy.parameters(), lr=0.1)
s = torch.randn(3, 2)
q = []
for each in s:
    q.append(policy(each)[0].item())
q = torch.tensor(q)
with torch.no_grad():
    best = target(s).amax(1)
loss = (q - best).pow(2).mean()
loss.backward()
"""
SPLIT = """
net = torch.nn.Linear(2, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.randn({samples}, 2)
for turn in range(3):
    opt.zero_grad()
    for part in x.split(4):
        loss = net(part).pow(2).mean()
        loss.backward()
    {clip}
    opt.step()
"""
TURNS = """
net = torch.nn.Linear(2, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
{before}
for turn in range(6):
    loss = net(torch.randn(3, 2)).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    {each}
{after}
"""


def _turns(before: str, each: str, after: str = "") -> str:
    return TURNS.replace("{before}", before).replace("{each}", each).replace("{after}", after)


MISTAKES = {
    "no-grad-fn/mode": {
        "a decorated helper": _in_main().replace("def loss_of", "@torch.no_grad()\ndef loss_of"),
        "a method": _in_main().replace("    def forward", "    @torch.no_grad()\n    def forward"),
    },
    "no-grad-fn/number": {"beside a target network": DQN},
    "no-grad-fn/held": {
        "what the optimizer has": """
a = torch.tensor([1.0, 2.0])
opt = torch.optim.LBFGS([a])
def closure():
    opt.zero_grad()
    loss = a.pow(2).sum()
    loss.backward()
    return loss
opt.step(closure)
""",
    },
    "cut/detach": {
        "in a method": _in_main("self.enc(x).detach() + self.limit"),
        "twice on a line": _in_main("(self.enc(x).data - self.enc(-x).data) + self.limit"),
    },
    "cut/shared": {
        "a generator": GAN.replace("{cut}", ".detach()").replace("{clear}", "od.zero_grad()"),
    },
    "no-slope/cut": {
        "a learned threshold": _in_main("self.enc(x) * (x.sum() > self.limit).float()")
    },
    "clip-order/early": {
        "in a helper": _in_main(clip="torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)"),
        "where that fails": """
net = torch.nn.Linear(2, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
loss = net(torch.randn(3, 2)).mean()
opt.zero_grad()
torch.nn.utils.clip_grad_value_(net.parameters(), 0.1)
loss.backward()
opt.step()
""",
    },
    "frozen-held": {
        "layers that are exchanged": """
class Low(torch.nn.Module):
    def __init__(self, base):
        super().__init__()
        self.base = base
        self.a = torch.nn.Parameter(torch.ones(1, 2))
    def forward(self, x):
        return self.base(x) + x @ self.a.t()
net = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.Linear(1, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
net.requires_grad_(False)
net[0] = Low(net[0])
for turn in range(3):
    opt.zero_grad()
    net(torch.randn(3, 2)).pow(2).mean().backward()
    opt.step()
""",
    },
    "not-listed": {
        "a list that __init__ fills": """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.out = torch.nn.Linear(2, 1)
        self.hidden = []
        for size in (2, 2):
            self.hidden.append(torch.nn.Linear(2, size))
    def forward(self, x):
        for each in self.hidden:
            x = each(x)
        return self.out(x)
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for turn in range(3):
    opt.zero_grad()
    net(torch.randn(3, 2)).pow(2).mean().backward()
    opt.step()
""",
    },
    "old-params": {
        "a model made anew for each fold": """
class Trial:
    def __init__(self):
        self.reset()
        self.opt = torch.optim.SGD(self.net.parameters(), lr=0.1)
    def reset(self):
        self.net = torch.nn.Linear(2, 1)
    def fit(self, x):
        for turn in range(2):
            self.opt.zero_grad()
            self.net(x).pow(2).mean().backward()
            self.opt.step()
trial = Trial()
for fold in range(3):
    trial.reset()
    trial.fit(torch.randn(3, 2))
""",
        "numbers copied from the old one": """
net = torch.nn.Sequential(torch.nn.Embedding(3, 2), torch.nn.Linear(2, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
old = net[0].weight.data
net[0] = torch.nn.Embedding(5, 2)
net[0].weight.data[:3] = old
for turn in range(3):
    opt.zero_grad()
    net(torch.tensor([0, 4])).pow(2).mean().backward()
    opt.step()
""",
    },
    "rebind": {
        "of items in a dict": """
p = {"a": torch.ones(1, requires_grad=True), "b": torch.zeros(1, requires_grad=True)}
for turn in range(2):
    (p["a"] - p["b"] - 3).pow(2).sum().backward()
    for name in p:
        p[name] = p[name] - 0.1 * p[name].grad
""",
        "in a function that returns new ones": """
def sgd(params, lr):
    new = []
    for p in params:
        new.append(p - lr * p.grad)
    return new
w, b = torch.ones(2, requires_grad=True), torch.zeros(1, requires_grad=True)
for turn in range(2):
    (torch.ones(3, 2) @ w + b).pow(2).mean().backward()
    w, b = sgd([w, b], 0.1)
""",
    },
    "rebind/constant": {
        "detached": """
w = torch.ones(2, requires_grad=True)
for turn in range(2):
    (w - 3).pow(2).sum().backward()
    w = w.detach() - 0.1 * w.grad
""",
        "the only parameter": """
w = torch.ones(2, requires_grad=True)
for turn in range(2):
    loss = (w - 3).pow(2).sum()
    loss.backward()
    with torch.no_grad():
        w = w - 0.1 * w.grad
""",
    },
    "silenced/cut": {
        "by what sets its argument anew": """
def loss_of(pred, y):
    pred = pred.argmax(1).float()
    return (pred - y).pow(2).mean()
net = torch.nn.Linear(2, 2)
out = net(torch.randn(3, 2))
loss = loss_of(out, torch.ones(3))
loss.requires_grad = True
loss.backward()
""",
        "by what is handed over without a name": """
def loss_of(pred, y):
    pred = pred.detach().numpy()
    return torch.tensor(((pred - y.numpy()) ** 2).mean(), requires_grad=True)
net = torch.nn.Linear(2, 1)
loss = loss_of(net(torch.randn(3, 2)), torch.ones(3, 1))
loss.backward()
""",
    },
    "share": {
        "clipped": SPLIT.replace("{samples}", "8").replace(
            "{clip}", "torch.nn.utils.clip_grad_norm_(net.parameters(), 0.1)"
        ),
    },
    "share/uneven": {
        "parts of two sizes": SPLIT.replace("{samples}", "6").replace("{clip}", "pass"),
    },
    "history": {
        "a running mean": _turns(
            "mean = None", "mean = loss if mean is None else 0.9 * mean + 0.1 * loss"
        ),
        "a meter": _turns(
            "class Meter:\n    def __init__(self):\n        self.sum, self.n = 0, 0\n"
            "    def update(self, value, n):\n        self.sum += value * n\n        self.n += n\n"
            "meter = Meter()\n",
            "meter.update(loss, 3)",
        ),
    },
    "kept-outputs": {
        "a list made anew in each call": """
net = torch.nn.Linear(2, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
def epoch():
    outs = []
    for turn in range(4):
        out = net(torch.randn(3, 2))
        outs.append(out)
        opt.zero_grad()
        out.pow(2).mean().backward()
        opt.step()
    return torch.cat(outs).mean().item()
epoch()
epoch()
""",
        "losses whose mean is taken": _turns(
            "losses = []", "losses.append(loss)", "print(torch.stack(losses).mean().item())"
        ),
        "outputs kept before the pass": _turns("outs = []", "pass").replace(
            "    opt.zero_grad()", "    outs.append(loss)\n    opt.zero_grad()"
        ),
    },
    "zero-grad": {
        "of two networks": GAN.replace("{cut}", "").replace("{clear}", "pass"),
    },
    "zero-grad/by-hand": {
        "of tensors in a dict": """
p = {"a": torch.ones(1, requires_grad=True)}
for turn in range(3):
    (p["a"] - 3).pow(2).sum().backward()
    with torch.no_grad():
        p["a"] -= 0.1 * p["a"].grad
""",
    },
}
RIGHT = {
    "losses that wait for one pass, then a new list": """
net = torch.nn.Linear(2, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for turn in range(3):
    waiting = []
    for part in range(4):
        waiting.append(net(torch.randn(3, 2)).pow(2).mean())
    opt.zero_grad()
    torch.stack(waiting).mean().backward()
    opt.step()
""",
    "a model in main": _in_main(),
    "a generator that is detached for the other": GAN.replace("{cut}", "").replace(
        "{clear}", "od.zero_grad()"
    ),
    "updates that are read no more": """
w = torch.ones(2, requires_grad=True)
(w - 3).pow(2).sum().backward()
with torch.no_grad():
    w = w - 0.1 * w.grad
print((w - 3).pow(2).sum())
""",
    "a new leaf in each turn": """
w = torch.ones(2, requires_grad=True)
for turn in range(3):
    (w - 3).pow(2).sum().backward()
    w = (w.detach() - 0.1 * w.grad).requires_grad_()
""",
    "states of a sequence, one pass": """
cell = torch.nn.Linear(2, 2)
opt = torch.optim.SGD(cell.parameters(), lr=0.1)
for turn in range(3):
    h, states = torch.ones(2), []
    for t in range(4):
        h = torch.tanh(cell(h))
        states.append(h)
    opt.zero_grad()
    torch.stack(states).mean().backward()
    opt.step()
""",
    "parts that are clipped": SPLIT.replace("{samples}", "8")
    .replace("{clip}", "torch.nn.utils.clip_grad_norm_(net.parameters(), 0.1)")
    .replace("mean()", "sum() / 8"),
}


def _shown(record: Record, code: str) -> list[Finding]:
    return [each for each in findings(record, code) if each.certainty != "note"]


@pytest.mark.parametrize(
    ("spelled", "name"), [(key, name) for key in MISTAKES for name in MISTAKES[key]]
)
def test_a_mistake_is_found(record: Record, spelled: str, name: str) -> None:
    assert [each.spelled for each in _shown(record, MISTAKES[spelled][name])] == [spelled]


@pytest.mark.parametrize("name", RIGHT)
def test_nothing_is_found_in_what_is_right(record: Record, name: str) -> None:
    assert _shown(record, RIGHT[name]) == []


@pytest.mark.parametrize(
    ("key", "name"),
    [("cut/detach", "in a method"), ("cut/detach", "twice on a line"),
     ("zero-grad", "of two networks"), ("zero-grad", "passes that add up")],
)  # fmt: skip
def test_the_mend_mends(record: Record, key: str, name: str) -> None:
    adding = SPLIT.replace("{samples}", "8").replace("{clip}", "pass")
    adding = adding.replace("    opt.zero_grad()\n", "").replace("mean()", "mean() / 2")
    code = adding if name == "passes that add up" else MISTAKES[key][name]
    [found] = _shown(record, code)
    assert found.mend is not None
    lines = (BEGIN + code).split("\n")
    lines[found.mend.first - 1 : found.mend.last] = found.mend.code.split("\n")
    assert lines[0] == BEGIN.strip()
    assert _shown(record, "\n".join(lines[1:])) == []


def test_locals_are_called_as_the_code_calls_them(record: Record) -> None:
    for found in _shown(record, _in_main("self.enc(x).detach() + self.limit")):
        assert "main()." not in words_of(found).what
        assert found.facts["leaf"] == "model.enc.weight"
