"""Diagnoses of losses: scripts that have the mistake, and near misses that have not."""

from __future__ import annotations

import pytest
from diagnosed import findings, keys
from recorded import Record

from autograd_tutor.render.findings.finding_words import words_of

FOUND = {
    "broadcast-loss": {
        "by hand, the prediction a column": """
x, y = torch.randn(6, 3), torch.randn(6)
w = torch.randn(3, 1, requires_grad=True)
prediction = x @ w
loss = ((prediction - y) ** 2).mean()
loss.backward()
""",
        "by hand, of a call that has no name": """
x, y = torch.randn(6, 3), torch.randn(6)
model = torch.nn.Linear(3, 1)
for turn in range(2):
    loss = (model(x) - y).abs().mean()
    model.zero_grad()
    loss.backward()
""",
        "the target is the column": """
x, y = torch.randn(6, 3), torch.randn(6, 1)
w = torch.randn(3, requires_grad=True)
loss = (y - x @ w).pow(2).sum()
loss.backward()
""",
        "a function of one's own": """
def squared(prediction, target):
    return torch.mean((prediction - target) ** 2)
model = torch.nn.Linear(3, 1)
loss = squared(model(torch.randn(6, 3)), torch.randn(6))
loss.backward()
""",
        "beside a penalty, Huber's by hand": """
x, y = torch.randn(6, 3), torch.randn(6)
w = torch.randn(3, 1, requires_grad=True)
d = x @ w - y
loss = torch.where(d.abs() < 1, 0.5 * d ** 2, d.abs() - 0.5).mean() + 0.01 * w.pow(2).sum()
loss.backward()
""",
        "L1, its warning ignored": """
import warnings
warnings.simplefilter("ignore")
criterion, model = torch.nn.L1Loss(), torch.nn.Linear(3, 1)
def step(x, y):
    loss = criterion(model(x), y)
    loss.backward()
step(torch.randn(5, 3), torch.randn(5))
""",
        "parts of the data": """
x, y = torch.randn(12, 3), torch.randn(12)
model = torch.nn.Linear(3, 1)
for first in range(0, 12, 4):
    model.zero_grad()
    loss = ((model(x[first:first + 4]) - y[first:first + 4]) ** 2).mean()
    loss.backward()
""",
        "a module": """
model, criterion = torch.nn.Linear(3, 1), torch.nn.MSELoss()
x, y = torch.randn(6, 3), torch.randn(6)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for turn in range(2):
    opt.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()
    opt.step()
""",
        "a function, its warning ignored": """
import warnings
warnings.simplefilter("ignore")
model = torch.nn.Linear(3, 1)
x, y = torch.randn(6, 3), torch.randn(6)
loss = torch.nn.functional.smooth_l1_loss(model(x), y)
loss.backward()
""",
        "a policy's gradient": """
policy = torch.nn.Linear(3, 1)
states, returns = torch.randn(5, 3), torch.randn(5)
log_probs = torch.nn.functional.logsigmoid(policy(states))
loss = -(log_probs * returns).mean()
loss.backward()
""",
    },
    "softmax-twice": {
        "softmax before cross_entropy": """
model = torch.nn.Linear(3, 4)
x, y = torch.randn(6, 3), torch.randint(4, (6,))
probabilities = torch.softmax(model(x), dim=1)
loss = torch.nn.functional.cross_entropy(probabilities, y)
loss.backward()
""",
        "a softmax at the end of a model": """
model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Softmax(dim=1))
criterion = torch.nn.CrossEntropyLoss()
loss = criterion(model(torch.randn(6, 3)), torch.randint(4, (6,)))
loss.backward()
""",
        "in forward": """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(3, 4)
    def forward(self, x):
        x = self.layer(x)
        return x.softmax(-1)
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for turn in range(2):
    opt.zero_grad()
    loss = torch.nn.functional.cross_entropy(net(torch.randn(6, 3)), torch.randint(4, (6,)))
    loss.backward()
    opt.step()
""",
        "sigmoid before the loss with logits": """
model = torch.nn.Linear(3, 1)
chance = torch.sigmoid(model(torch.randn(6, 3))).squeeze(1)
loss = torch.nn.BCEWithLogitsLoss()(chance, torch.ones(6))
loss.backward()
""",
    },
}

NOT_FOUND = {
    "broadcast-loss": {
        "the same shape": """
model = torch.nn.Linear(3, 1)
x, y = torch.randn(6, 3), torch.randn(6)
loss = torch.nn.functional.mse_loss(model(x).squeeze(1), y)
loss.backward()
loss = ((model(x) - y[:, None]) ** 2).mean()
loss.backward()
""",
        "distances of all pairs": """
x = torch.randn(6, requires_grad=True)
distances = (x[:, None] - x).pow(2).sum()
distances.backward()
""",
        "a ranking of pairs": """
good, bad = torch.randn(5, requires_grad=True), torch.randn(5, requires_grad=True)
column = good.unsqueeze(1)
loss = torch.relu(1 - (column - bad)).mean()
loss.backward()
""",
        "kernels around centers": """
x, centers = torch.randn(5, 1), torch.randn(5)
scale = torch.ones(5, requires_grad=True)
features = torch.exp(-((x * scale) - centers) ** 2)
weights = torch.randn(5, requires_grad=True)
loss = (features @ weights).pow(2).mean()
loss.backward()
""",
        "a label for the whole batch": """
model = torch.nn.Linear(3, 1)
label = torch.ones(1)
loss = torch.nn.functional.mse_loss(model(torch.randn(6, 3)), label)
loss.backward()
""",
        "one sample": """
model = torch.nn.Linear(3, 1)
loss = (model(torch.randn(1, 3)) - torch.randn(1)).pow(2).mean()
loss.backward()
""",
    },
    "softmax-twice": {
        "log_softmax and nll_loss": """
model = torch.nn.Linear(3, 4)
scores = torch.log_softmax(model(torch.randn(6, 3)), dim=1)
loss = torch.nn.functional.nll_loss(scores, torch.randint(4, (6,)))
loss.backward()
""",
        "attention": """
model = torch.nn.Linear(4, 4)
x = torch.randn(6, 4)
weights = torch.softmax(model(x) @ x.T, dim=-1)
loss = torch.nn.functional.cross_entropy(weights @ x, torch.randint(4, (6,)))
loss.backward()
""",
        "a teacher's probabilities": """
student, teacher = torch.nn.Linear(3, 4), torch.nn.Linear(3, 4)
x = torch.randn(6, 3)
target = torch.softmax(teacher(x), dim=1).detach()
loss = torch.nn.functional.cross_entropy(student(x), target)
loss.backward()
""",
        "a sigmoid before the loss without logits": """
model = torch.nn.Linear(3, 1)
chance = torch.sigmoid(model(torch.randn(6, 3)))
loss = torch.nn.functional.binary_cross_entropy(chance, torch.ones(6, 1))
loss.backward()
""",
        "gates": """
model, gate = torch.nn.Linear(3, 4), torch.nn.Linear(3, 4)
x = torch.randn(6, 3)
loss = torch.nn.functional.cross_entropy(model(x) * torch.sigmoid(gate(x)), torch.randint(4, (6,)))
loss.backward()
""",
        "scores taken for logarithms, another mistake": """
model = torch.nn.Linear(3, 4)
loss = torch.nn.functional.nll_loss(model(torch.randn(6, 3)), torch.randint(4, (6,)))
loss.backward()
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


def test_logarithms_of_logarithms_do_no_harm(record: Record) -> None:
    found = findings(
        record,
        """
scores = torch.log_softmax(torch.nn.Linear(3, 4)(torch.randn(6, 3)), dim=1)
loss = torch.nn.functional.cross_entropy(scores, torch.randint(4, (6,)))
loss.backward()
""",
    )
    assert [(each.key, each.certainty) for each in found] == [("softmax-twice", "note")]


FORMS = {
    ("broadcast-loss/warned-flat", "target.squeeze(1)"): """
net = torch.nn.Linear(2, 1)
prediction = net(torch.ones(4, 2)).squeeze()
torch.nn.functional.l1_loss(prediction, torch.arange(4.0)[:, None]).backward()
""",
    ("broadcast-loss/warned", "prediction.squeeze(1)"): """
net = torch.nn.Linear(2, 1)
torch.nn.functional.mse_loss(net(torch.ones(4, 2)), torch.arange(4.0)).backward()
""",
    ("broadcast-loss/warned-shapes", "same shape before the loss"): """
net = torch.nn.Linear(2, 3)
torch.nn.functional.mse_loss(net(torch.ones(1, 2)), torch.ones(4, 1)).backward()
""",
    ("broadcast-loss/flat", "y.squeeze(1)"): """
x, y = torch.randn(6, 3), torch.randn(6, 1)
w = torch.randn(3, requires_grad=True)
(y - x @ w).pow(2).sum().backward()
""",
    ("softmax-twice/softmax-layer", "Take `torch.nn.Softmax(dim=1)` away"): """
net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Softmax(dim=1))
torch.nn.functional.cross_entropy(net(torch.ones(4, 2)), torch.tensor([0, 1, 2, 0])).backward()
""",
    ("softmax-twice/sigmoid-layer", "Take `torch.nn.Sigmoid()` away"): """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)
        self.end = torch.nn.Sigmoid()
    def forward(self, x):
        return self.end(self.layer(x))
found = Net()(torch.ones(4, 2))
loss = torch.nn.functional.binary_cross_entropy_with_logits(found, torch.ones(4, 1))
loss.backward()
""",
    ("softmax-twice/softmax", "Take the softmax in line 5 away"): """
w = torch.randn(2, 3, requires_grad=True)
def predict(x):
    return torch.softmax(x @ w, dim=1)
scores = torch.log_softmax(predict(torch.ones(4, 2)), dim=1)
torch.nn.functional.nll_loss(scores, torch.tensor([0, 1, 2, 0])).backward()
""",
}


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("form", FORMS, ids=": ".join)
def test_the_mend_says_which_of_the_two(record: Record, form: tuple[str, str]) -> None:
    (found,) = findings(record, FORMS[form])
    assert found.spelled == form[0]
    assert form[1] in words_of(found).mend


def test_the_mend_takes_the_last_module_away(record: Record) -> None:
    (found,) = findings(
        record, FORMS["softmax-twice/softmax-layer", "Take `torch.nn.Softmax(dim=1)` away"]
    )
    assert found.mend is not None
    assert found.mend.code == "net = torch.nn.Sequential(torch.nn.Linear(2, 3))"
