"""What goes wrong in code of other files that was not stepped into: that it does, and where."""

from __future__ import annotations

import importlib
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from diagnosed import BEGIN, findings, keys
from recorded import Record

from autograd_tutor.analysis.diagnosis.diagnose import diagnose

NET = """
    import torch

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.a = torch.nn.Linear(3, 4)
            self.b = torch.nn.Linear(4, 1)

        def forward(self, x):
            return self.b(torch.relu(self.a(x)){end})

    def joined(model, x):
        return torch.tensor([model(each).sum().item() for each in x])
"""
LOOP = """
opt = torch.optim.SGD(model.parameters(), lr=0.1)
x, y = torch.randn(4, 3), torch.randn(4, 1)
for turn in range({turns}):
    opt.zero_grad()
    loss = (model(x) - y).pow(2).mean()
    loss.backward()
    opt.step()
"""
FUNCTION = """
def train(net, rate):
    opt = torch.optim.SGD(net.parameters(), lr=rate)
    for turn in range(3):
        opt.zero_grad()
        out = net(torch.ones(2, 3))
        loss = out.mean()
        loss.backward()
        opt.step()
train(made_up_net.Net(), 0.1)
"""


@pytest.fixture(autouse=True)
def _path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    sys.modules.pop("made_up_net", None)


def write(folder: Path, end: str = ".detach()") -> None:
    (folder / "made_up_net.py").write_text(textwrap.dedent(NET).replace("{end}", end))
    importlib.invalidate_caches()


CUT = {
    "a class": "from made_up_net import Net\nmodel = Net()\n" + LOOP.format(turns=4),
    "under another name": "import made_up_net as m\nmodel = m.Net()\n" + LOOP.format(turns=2),
    "made as another name": "from made_up_net import Net as N\nmodel = N()\n"
    + LOOP.format(turns=3),
    "in a function": "import made_up_net\n" + FUNCTION,
}


@pytest.mark.parametrize("code", CUT.values(), ids=CUT)
def test_an_optimizer_that_waits_for_a_gradient(record: Record, tmp_path: Path, code: str) -> None:
    write(tmp_path)

    (found,) = findings(record, code)

    assert (found.key, found.form, found.certainty) == ("cut", "unseen", "suspicion")
    assert found.facts["module"] == "made_up_net"
    assert str(found.facts["leaf"]).endswith("a.weight")


RIGHT = {
    "nothing is cut": ("", CUT["a class"]),
    "one step may come before all parts are used": (
        ".detach()",
        "from made_up_net import Net\nmodel = Net()\n" + LOOP.format(turns=1),
    ),
    "only what it needs is given to the optimizer": (
        ".detach()",
        CUT["a class"].replace("model.parameters()", "model.b.parameters()"),
    ),
    "a model of torch's own": (
        "",
        "model = torch.nn.Linear(3, 1)\nspare = torch.nn.Linear(3, 1)\n"
        + LOOP.format(turns=3).replace("model.parameters()", "[*model.parameters()]"),
    ),
}


@pytest.mark.parametrize(("end", "code"), RIGHT.values(), ids=RIGHT)
def test_what_is_as_it_should_be(record: Record, tmp_path: Path, end: str, code: str) -> None:
    write(tmp_path, end)

    assert keys(record, code) == []


def test_where_its_code_is_recorded_the_line_is_named(record: Record, tmp_path: Path) -> None:
    write(tmp_path)

    recorded = record(BEGIN + CUT["a class"], follow=("made_up_net",))
    (found,) = diagnose(recorded.recording)

    assert (found.key, found.form) == ("cut", "detach")
    assert str(found.facts["cut"]) == "11 of made_up_net.py"


WITHOUT_GRAPH = {
    "a function": "from made_up_net import joined\nmodel = torch.nn.Linear(3, 1)\n"
    "loss = joined(model, torch.ones(2, 3)).sum()\nloss.backward()\n",
    "a method": "import made_up_net\nmodel = made_up_net.Net()\n"
    "made_up_net.Net.forward = lambda self, x: torch.zeros(2)\n"
    "out = model(torch.ones(2, 3))\nloss = out.sum()\nloss.backward()\n",
    "in a function": "from made_up_net import joined\nmodel = torch.nn.Linear(3, 1)\n"
    "def total(net):\n    made = joined(net, torch.ones(2, 3))\n    return made.sum()\n"
    "loss = total(model)\nloss.backward()\n",
}


@pytest.mark.parametrize("case", WITHOUT_GRAPH)
def test_a_loss_without_a_graph(record: Record, tmp_path: Path, case: str) -> None:
    write(tmp_path)

    (found, *more) = findings(record, WITHOUT_GRAPH[case])

    assert not more
    assert (found.key, found.form) == ("no-grad-fn", "unseen")
    line = {"a function": 4, "a method": 5, "in a function": 5}[case]
    assert found.facts["made"] == line
