"""What the rows of tensors and gradients say, held against torch itself."""

from __future__ import annotations

import pytest
import torch
from recorded import Record

from autograd_tutor.analysis.contents import Part, contents_at
from autograd_tutor.analysis.followed import followed
from autograd_tutor.analysis.gradient_table import gradient_rows_at
from autograd_tutor.analysis.summaries import summary
from autograd_tutor.analysis.tensor_facts import changes, reached, sharing
from autograd_tutor.recording.trace import Trace

TRAINING = """\
import torch
w = torch.tensor([1.0, -2.0], requires_grad=True)
for turn in range(5):
    loss = (w * w * 3).sum()
    loss.backward()
    with torch.no_grad():
        w -= 0.05 * w.grad
    if turn < 4:
        w.grad = None
"""


@pytest.fixture
def training(record: Record) -> Trace:
    return record(TRAINING).recording.traces[0]


def descent() -> tuple[list[torch.Tensor], list[float]]:
    """The weights before each turn and after the last, and the losses."""
    weights, losses = [torch.tensor([1.0, -2.0])], []
    for _ in range(5):
        losses.append((weights[-1] ** 2 * 3).sum().item())
        weights.append(weights[-1] - 0.05 * 6 * weights[-1])
    return weights, losses


def test_a_loss_is_followed_over_the_turns(training: Trace) -> None:
    last = len(training) - 1
    _, losses = descent()
    assert followed(training, last, "loss") == pytest.approx(losses)
    assert followed(training, last, "turn") == [0, 1, 2, 3, 4]
    assert followed(training, last, "w") == ()
    third = [m for m, s in enumerate(training.snapshots) if "loss" in s.tensors][2]
    assert followed(training, third, "loss") == pytest.approx(losses[:3])
    assert followed(training, third - 1, "loss") == ()


def test_norm_ratio_and_last_update_are_those_of_torch(training: Trace) -> None:
    last = len(training) - 1
    (row,) = gradient_rows_at(training, last, last - 1)
    weights, _ = descent()
    grad = 6 * weights[-2]
    assert row.size == pytest.approx(grad.norm().item())
    assert row.ratio == pytest.approx((grad.norm() / weights[-1].norm()).item())
    assert row.update == pytest.approx((weights[-1] - weights[-2]).norm().item())


def test_how_a_tensor_changed_and_what_reached_it(training: Trace) -> None:
    last = len(training) - 1
    weights, _ = descent()
    found = changes(training, last, "w")
    assert [each.line for each in found] == [7, 7, 7, 7, 7, 2]
    norms = [summary(each.tensor) for each in found]
    assert [each.norm for each in norms if each] == pytest.approx(
        [each.norm().item() for each in reversed(weights)]
    )
    w = training.state(last).tensors["w"]
    arrived = [summary(each.grad) for each in reached(training, last, w) if each.grad is not None]
    assert [each.norm for each in arrived if each] == pytest.approx(
        [(6 * each).norm().item() for each in reversed(weights[:-1])]
    )


SAMPLES = {
    "whole": "torch.arange(24.).reshape(2, 3, 4)",
    "random": "torch.randn(40, 20)",
    "large": "torch.randn(50, 60)",
    "with nan": "torch.tensor([1., float('nan'), -3.])",
    "integers": "torch.tensor([[3, -1], [0, 7]])",
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_summary_is_that_of_torch(record: Record, name: str) -> None:
    trace = record(f"import torch\ntorch.manual_seed(0)\nx = {SAMPLES[name]}\n").recording.traces[0]
    found = summary(trace.state(len(trace) - 1).tensors["x"])
    assert found is not None
    torch.manual_seed(0)
    x = eval(SAMPLES[name]).double()
    finite = x[x.isfinite()]
    assert (found.least, found.greatest) == pytest.approx((finite.min(), finite.max()))
    assert found.mean == pytest.approx(finite.mean().item(), abs=1e-6)
    assert found.std == pytest.approx(finite.std().item(), rel=1e-5)
    assert found.norm == pytest.approx(x.norm().item(), rel=1e-5, nan_ok=True)
    assert sum(found.histogram) == found.finite == finite.numel()


SHARED = "import torch\na = torch.zeros(2, 3)\nb = a.view(6)\nc = a[0]\nd = a\ne = a.clone()\n"


def test_who_shares_memory_and_which_names_are_one(record: Record) -> None:
    trace = record(SHARED).recording.traces[0]
    last = len(trace) - 1
    assert sorted(sharing(trace.state(last), "c")) == ["a", "b", "d"]
    assert sharing(trace.state(last), "e") == []
    items = {item.name: item for item in contents_at(trace, last, last - 1).items}
    assert items["a"].also == ("d",)
    assert "d" not in items


def test_what_a_step_names_is_not_folded_with_what_earlier_steps_made(record: Record) -> None:
    first = "import torch\na = torch.ones(1)\nb = torch.ones(1)\nc = torch.ones(1)\nk = 1\n"
    recorded = record(first)
    recorded.step("d = a + 1\ne = 2\n")
    trace = recorded.recording.traces[1]
    last = len(trace) - 1
    found = contents_at(trace, last, last - 1, ["c"], "What is `b.sum()`?")
    parts = {item.name: item.part for item in found.items}
    expected = {"c": Part.WATCHED, "e": Part.CHANGED, "a": Part.STEP, "b": Part.STEP}
    assert expected.items() <= parts.items()
    assert parts["d"] is Part.STEP
    assert parts["k"] is Part.EARLIER
