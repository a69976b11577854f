"""Diagnoses of NaN and inf: scripts that make them, and near misses that do not."""

from __future__ import annotations

import pytest
from diagnosed import findings, keys
from recorded import Record

from autograd_tutor.analysis.diagnosis.diagnose import diagnose

FOUND = {
    "where-nan": {
        "a root under where": """
x = torch.tensor([0.0, 4.0], requires_grad=True)
y = torch.where(x > 0, torch.sqrt(x), torch.zeros(2))
y.sum().backward()
""",
        "a logarithm that a mask fills": """
def entropy(p):
    terms = p * p.log()
    return -terms.masked_fill(p == 0, 0.0).sum()
p = torch.tensor([0.0, 0.5, 0.5], requires_grad=True)
loss = entropy(p)
loss.backward()
""",
        "a quotient, in a module": """
class Ratio(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.ones(3))
    def forward(self, x):
        below = x * self.scale
        ratio = 1 / below
        return torch.where(below == 0, 0.0, ratio)
model = Ratio()
loss = model(torch.tensor([0.0, 1.0, 2.0])).sum()
loss.backward()
""",
        "a vector of length 0": """
v = torch.zeros(3, requires_grad=True)
length = (v ** 2).sum().sqrt()
unit = torch.where(length > 0, v / length, v)
unit.sum().backward()
""",
        "clamped": """
p = torch.tensor([0.0, 0.5], requires_grad=True)
loss = -torch.clamp(torch.log(p), min=-100).sum()
loss.backward()
""",
        "multiplied with a mask": """
x = torch.tensor([0.0, 1.0], requires_grad=True)
mask = torch.tensor([0.0, 1.0])
for turn in range(2):
    loss = (x.sqrt() * mask).sum()
    loss.backward()
""",
        "many numbers": """
x = torch.zeros(3000, requires_grad=True)
loss = torch.where(x > 1, x.pow(0.5), x).mean()
loss.backward()
""",
        "in anomaly mode": """
import warnings
warnings.simplefilter("ignore")
x = torch.tensor([0.0, 4.0], requires_grad=True)
with torch.autograd.detect_anomaly(check_nan=True):
    y = torch.where(x > 0, torch.sqrt(x), torch.zeros(2))
    y.sum().backward()
""",
    },
    "edge-slope": {
        "distances in a hinge, of which one is satisfied": """
a, b = torch.ones(2, 3, requires_grad=True), torch.ones(2, 3)
far = torch.tensor([[9.0, 9.0, 9.0], [1.5, 1.0, 1.0]])
def distance(one, other):
    return torch.sqrt(((one - other) ** 2).sum(dim=1))
loss = torch.clamp(distance(a, b) - distance(a, far) + 1.0, min=0).mean()
loss.backward()
""",
        "the square root as a power, and relu": """
x = torch.zeros(3, requires_grad=True)
loss = torch.relu((x ** 2).sum() ** 0.5 - 1).sum()
loss.backward()
""",
        "an angle of a vector with itself, and the larger of two": """
u = torch.tensor([1.0, 0.0], requires_grad=True)
angle = torch.acos((u * torch.tensor([1.0, 0.0])).sum())
torch.maximum(angle, torch.tensor(0.1)).backward()
""",
        "a root at 0": """
x = torch.tensor([0.0, 4.0], requires_grad=True)
x.sqrt().sum().backward()
""",
        "a norm by hand": """
w = torch.zeros(3, requires_grad=True)
length = (w ** 2).sum().sqrt()
length.backward()
""",
        "an angle, in a function": """
def angle(a, b):
    cosine = torch.nn.functional.cosine_similarity(a, b, dim=0)
    return torch.acos(cosine)
a = torch.tensor([2.0, 0.0], requires_grad=True)
loss = angle(a, torch.tensor([4.0, 0.0]))
loss.backward()
""",
        "the deviation of equal numbers, by hand": """
scale = torch.nn.Parameter(torch.ones(3))
opt = torch.optim.SGD([scale], lr=0.1)
opt.zero_grad()
loss = (scale - scale.mean()).pow(2).mean() ** 0.5
loss.backward()
opt.step()
""",
        "a power below 1": """
x = torch.tensor([0.0, 4.0], requires_grad=True)
loss = (x ** 0.5).mean()
loss.backward()
""",
    },
    "overflow": {
        "exp of a large number": """
x = torch.tensor([1000.0, 1.0], requires_grad=True)
e = torch.exp(x)
p = e / e.sum()
loss = -p[1].log()
loss.backward()
""",
        "the logarithm of a probability of 0": """
model = torch.nn.Linear(2, 2)
torch.nn.init.constant_(model.weight, 100.0)
with torch.no_grad():
    model.weight[0] = -100.0
p = torch.softmax(model(torch.ones(1, 2)), dim=1)
loss = -torch.log(p)[0, 0]
loss.backward()
""",
        "no name": """
x = torch.tensor([100.0], requires_grad=True)
torch.exp(x).sum().backward()
""",
        "a step that is too long": """
w = torch.tensor(5.0, requires_grad=True)
opt = torch.optim.SGD([w], lr=1e3)
for turn in range(8):
    opt.zero_grad()
    loss = w ** 4
    loss.backward()
    opt.step()
""",
        "a step beyond the largest number": """
w = torch.tensor(5.0, requires_grad=True)
opt = torch.optim.SGD([w], lr=1e38)
for turn in range(2):
    opt.zero_grad()
    loss = (w - 1) ** 2
    loss.backward()
    opt.step()
""",
        "divided by 0": """
x = torch.tensor([0.0, 0.0], requires_grad=True)
y = x * 2
loss = (y / y.sum()).sum()
loss.backward()
""",
        "all of a row is masked": """
scores = torch.randn(2, 3, requires_grad=True)
mask = torch.tensor([[False, False, True], [True, True, True]])
weights = scores.masked_fill(mask, float("-inf")).softmax(dim=-1)
loss = weights.sum()
loss.backward()
""",
        "NaN among the data": """
x = torch.tensor([1.0, float("nan"), 2.0])
w = torch.ones(3, requires_grad=True)
loss = (w * x).mean()
loss.backward()
""",
        "inf in between, the loss is finite": """
x = torch.tensor([0.0, 200.0], requires_grad=True)
y = 1 / (1 + torch.exp(x))
loss = y.sum()
loss.backward()
""",
    },
}

NOT_FOUND = {
    "where-nan": {
        "the condition is on the input": """
x = torch.tensor([0.0, 4.0], requires_grad=True)
safe = torch.where(x > 0, x, torch.ones(2))
y = torch.where(x > 0, torch.sqrt(safe), torch.zeros(2))
y.sum().backward()
""",
        "an attention mask": """
scores = torch.randn(3, 3, requires_grad=True)
mask = torch.ones(3, 3).triu(1).bool()
weights = scores.masked_fill(mask, float("-inf")).softmax(dim=-1)
loss = weights.pow(2).sum()
loss.backward()
""",
        "a mask of logarithms": """
scores = torch.randn(3, 3, requires_grad=True)
mask = torch.ones(3, 3).tril().log()
loss = torch.log_softmax(scores + mask, dim=-1).diagonal().sum()
loss.backward()
""",
        "where away from the edge": """
x = torch.tensor([1.0, 4.0], requires_grad=True)
torch.where(x > 2, x.sqrt(), x).sum().backward()
""",
    },
    "edge-slope": {
        "eps inside": """
x = torch.tensor([0.0, 4.0], requires_grad=True)
torch.sqrt(x + 1e-8).sum().backward()
""",
        "the library's norm": """
w = torch.zeros(3, requires_grad=True)
w.norm().backward()
""",
        "a square": """
x = torch.tensor([0.0, 4.0], requires_grad=True)
(x ** 2).sum().backward()
""",
    },
    "overflow": {
        "logsumexp": """
x = torch.tensor([1000.0, 1.0], requires_grad=True)
loss = torch.logsumexp(x, 0) - x[1]
loss.backward()
""",
        "log_softmax of far scores": """
x = torch.tensor([[1000.0, -1000.0]], requires_grad=True)
loss = torch.nn.functional.cross_entropy(x, torch.tensor([1]))
loss.backward()
""",
        "a minimum that begins at inf": """
best = torch.tensor(float("inf"))
w = torch.tensor(1.0, requires_grad=True)
for turn in range(3):
    loss = w ** 2
    loss.backward()
    best = torch.minimum(best, loss.detach())
    w.grad = None
""",
        "scaled before exp": """
x = torch.tensor([1000.0, 1.0], requires_grad=True)
e = torch.exp(x - x.max())
loss = -(e / e.sum())[0].log()
loss.backward()
""",
    },
}

FORMS = {
    "overflow": {
        "exp of a large number": "exp",
        "the logarithm of a probability of 0": "log",
        "no name": "exp",
        "a step that is too long": "grown",
        "a step beyond the largest number": "step",
        "divided by 0": "zero",
        "all of a row is masked": "masked",
        "NaN among the data": "data",
        "inf in between, the loss is finite": "exp",
    }
}


def _cases(of: dict[str, dict[str, str]]) -> list[object]:
    return [
        pytest.param(key, name, code, id=f"{key}: {name}")
        for key, cases in of.items()
        for name, code in cases.items()
    ]


@pytest.mark.parametrize(("key", "name", "code"), _cases(FOUND))
def test_what_makes_nan_or_inf(record: Record, key: str, name: str, code: str) -> None:
    found = [each for each in findings(record, code) if each.certainty != "note"]
    assert [each.key for each in found] == [key]
    form = FORMS.get(key, {}).get(name)
    assert form is None or found[0].form == form


@pytest.mark.parametrize(("key", "name", "code"), _cases(NOT_FOUND))
def test_near_misses(record: Record, key: str, name: str, code: str) -> None:
    assert keys(record, code) == []


def test_each_step_has_its_own(record: Record) -> None:
    recorded = record("import torch\nx = torch.tensor([0.0, 1.0], requires_grad=True)\n")
    recorded.step("x.sqrt().sum().backward()\n")
    recorded.step("torch.where(x > 0, x.sqrt(), x).sum().backward()\n")
    recorded.step("loss = x.log().sum()\nloss.backward()\n")
    recorded.step("known = loss.detach()\nlate = 2 * known * x.sum()\nlate.backward()\n")
    found = sorted(diagnose(recorded.recording), key=lambda each: each.place)
    assert [(each.key, each.place.step) for each in found if each.certainty != "note"] == [
        ("edge-slope", 1),
        ("where-nan", 2),
        ("overflow", 3),
    ]
