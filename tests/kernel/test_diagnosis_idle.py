"""Parameters that an optimizer holds and no loss uses: a note."""

from __future__ import annotations

import pytest
from diagnosed import findings
from recorded import Record

LOOP = """
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for turn in range(3):
    opt.zero_grad()
    loss = model(torch.ones(2, 3)).pow(2).mean()
    loss.backward()
    opt.step()
"""
NET = """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.used = torch.nn.Linear(3, 1)
        self.spare = torch.nn.Linear(3, 1)
        self.flag = False
    def forward(self, x):
{}
        return self.used(x)
model = Net()
"""
LEAVES = """
w, spare = torch.nn.Parameter(torch.ones(2)), torch.nn.Parameter(torch.ones(2))
opt = torch.optim.SGD([w, spare], lr=0.1)
for turn in range(3):
    opt.zero_grad()
    loss = (w * 3).pow(2).sum(){}
    loss.backward()
    opt.step()
"""
BRANCH = "        if self.flag:\n            return self.spare(x)"


@pytest.mark.parametrize(
    ("code", "leaf"),
    [
        (LEAVES.format(""), "spare"),
        (NET.format("        pass") + LOOP, "model.spare.weight"),
        (NET.format("        h = x + 1") + LOOP.replace("SGD", "Adam"), "model.spare.weight"),
    ],
)
def test_what_no_loss_reads_is_a_note(record: Record, code: str, leaf: str) -> None:
    found = [each for each in findings(record, code) if each.key == "cut"]

    assert [(each.spelled, each.certainty, each.facts["leaf"]) for each in found] == [
        ("cut/idle", "note", leaf)
    ]


@pytest.mark.parametrize(
    "code",
    [
        NET.format(BRANCH) + LOOP,
        LEAVES.format("\n    if turn > 5:\n        loss = loss + spare.sum()"),
        LEAVES.format(" + (spare.sum() if turn > 5 else 0)"),
        LEAVES.replace("range(3)", "range(1)").format(""),
        "model = torch.nn.Linear(3, 1)\n" + LOOP,
    ],
)
def test_what_a_branch_reads_or_one_step_is_none(record: Record, code: str) -> None:
    assert not [each for each in findings(record, code) if each.key == "cut"]
