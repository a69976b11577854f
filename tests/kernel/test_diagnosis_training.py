"""Diagnoses of training loops: scripts that have the mistake, and near misses that have not."""

from __future__ import annotations

import pytest
from diagnosed import findings, keys
from recorded import Record

ZERO_GRAD = {
    "an optimizer": """
w = torch.tensor(1.0, requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
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
}

NOT_ZERO_GRAD = {
    "cleared at the start": """
w = torch.tensor(1.0, requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
for turn in range(3):
    opt.zero_grad()
    (w ** 2).backward()
    opt.step()
""",
    "cleared at the end, to zeros": """
w = torch.tensor(1.0, requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
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
}


@pytest.mark.parametrize("name", ZERO_GRAD)
def test_gradients_that_nobody_clears(record: Record, name: str) -> None:
    assert keys(record, ZERO_GRAD[name]) == ["zero-grad"]


@pytest.mark.parametrize("name", NOT_ZERO_GRAD)
def test_gradients_that_are_cleared(record: Record, name: str) -> None:
    assert findings(record, NOT_ZERO_GRAD[name]) == ()
