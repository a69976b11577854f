"""What can be asked of a tensor, held against torch."""

from __future__ import annotations

import pytest
import torch
from recorded import Record

from autograd_tutor.analysis.asked import users, ways_to, why_none
from autograd_tutor.recording.numbers import nested
from autograd_tutor.render.findings.asked_view import asked_view

REASONS = {
    "requires no grad": ("w = torch.ones(2)", "w"),
    "no-pass": ("w = torch.ones(2, requires_grad=True)\ny = w.sum()", "w"),
    "no leaf": ("w = torch.ones(2, requires_grad=True)\ny = w * 2\ny.sum().backward()", "y"),
    "no path": (
        "w = torch.ones(2, requires_grad=True)\nv = torch.ones(2, requires_grad=True)\n"
        "y = w * v.detach()\nloss = y.sum()\nloss.backward()",
        "v",
    ),
    "cleared": (
        "w = torch.ones(2, requires_grad=True)\nw.sum().backward()\nw.grad = None\nx = 1",
        "w",
    ),
}


@pytest.mark.parametrize("reason", REASONS)
def test_why_a_gradient_is_none(record: Record, reason: str) -> None:
    code, name = REASONS[reason]
    recorded = record(f"import torch\n{code}")
    trace = recorded.recording.traces[0]

    found = why_none(trace, len(trace) - 1, name)

    assert found is not None
    assert found.reason == reason
    text = " ".join(each.text for each in asked_view(trace, len(trace) - 1, name, 80))
    assert "is None" in text


def test_a_path_that_is_missing_is_named_with_its_root_and_line(record: Record) -> None:
    code, name = REASONS["no path"]
    trace = record(f"import torch\n{code}").recording.traces[0]

    rows = [each.text for each in asked_view(trace, len(trace) - 1, name, 80)]

    assert "`v.grad` is None: no path leads from `loss` (line 6) to `v`." in rows


WAYS = """
import torch
w = torch.tensor([1.0, 2.0], requires_grad=True)
b = torch.tensor(1.0, requires_grad=True)
y = w * w + w * b
loss = y.sum() + w.sum()
loss.backward()
"""


def test_what_comes_over_all_ways_is_the_gradient(record: Record) -> None:
    recorded = record(WAYS)
    trace = recorded.recording.traces[0]

    ways = ways_to(trace, len(trace) - 1, "w")

    assert ways is not None
    assert len(ways.ways) == 4
    sent = [torch.tensor(nested(each.grad)) for each in ways.ways if each.grad is not None]
    assert torch.stack(sent).sum(0).equal(recorded.variables["w"].grad)
    assert sum(each.share or 0 for each in ways.ways) == pytest.approx(1)
    assert ("loss AddBackward0", "SumBackward0") in [each.names for each in ways.ways]


def test_ways_that_join_before_the_last_node_are_counted(record: Record) -> None:
    trace = record(
        "import torch\nw = torch.tensor(2.0, requires_grad=True)\nu = w * 3\n"
        "y = u * u + u\ny.backward()"
    ).recording.traces[0]

    ways = ways_to(trace, len(trace) - 1, "w")

    assert ways is not None
    [way] = ways.ways
    assert way.others == 2


def test_who_uses_a_tensor(record: Record) -> None:
    trace = record(WAYS).recording.traces[0]
    last = len(trace) - 1

    assert users(trace, last, "b") == ["y", "loss"]
    assert users(trace, last, "y") == ["loss"]
    assert users(trace, last, "loss") == []


def test_ways_that_double_are_counted_up_to_a_limit(record: Record) -> None:
    trace = record(
        "import torch\nw = torch.tensor(1.0, requires_grad=True)\nh = w * 1\n"
        "for _ in range(60):\n    h = h + h\nh.backward()"
    ).recording.traces[0]

    rows = [each.text for each in asked_view(trace, len(trace) - 1, "w", 100)]

    assert any("and 1,000+ more ways" in each for each in rows)
