"""The predicted order of rows is the one in which torch runs the nodes."""

from __future__ import annotations

import random

import pytest
from recorded import Record, Recorded

from autograd_tutor.analysis.execution_order import row_order

STEPS = ("{a} + {b}", "{a} * {b}", "{a}.sin()", "{a} - {b}", "{a}.t().contiguous()", "{a} @ {b}")


def program(seed: int) -> str:
    """Twenty random operations on two leaves and one another, and a sum over some of them."""
    choose = random.Random(seed)
    lines = [f"{name} = torch.rand(2, 2, requires_grad=True)" for name in ("v0", "v1", "v2")]
    for number in range(3, 23):
        known = [f"v{at}" for at in range(max(0, number - 6), number)] + ["v0", "v1"]
        step = choose.choice(STEPS).format(a=choose.choice(known), b=choose.choice(known))
        lines.append(f"v{number} = {step}")
    lines += ["loss = (v20 + v21 * v22 + v22).sum()", "loss.backward()"]
    return "\n".join(lines)


def in_order(recorded: Recorded) -> tuple[list[int], tuple[int, ...], tuple[int, ...]]:
    """The nodes as they ran, as predicted, and as they stand with the pass known."""
    nodes = {node.id: node for snapshot in recorded.snapshots for node in snapshot.nodes}
    ran = [s.backward.node for s in recorded.snapshots if s.backward is not None]
    root = recorded.final.tensors["loss"].grad_fn
    assert root is not None
    return ran, row_order(nodes, [root]), row_order(nodes, [root], ran)


@pytest.mark.parametrize("seed", range(12))
def test_a_random_program_runs_backward_as_predicted(record: Record, seed: int) -> None:
    ran, predicted, known = in_order(record(program(seed)))
    assert len(ran) > 6
    assert list(predicted) == ran
    assert known == predicted


def test_a_model_runs_backward_as_predicted(record: Record) -> None:
    code = (
        "model = torch.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)\n"
        "loss = model(torch.rand(2, 3, 8)).square().mean()\n"
        "loss.backward()"
    )
    ran, predicted, _ = in_order(record(code))
    assert len(ran) > 60
    assert list(predicted) == ran


def test_a_pass_over_a_part_keeps_its_order_among_the_rest(record: Record) -> None:
    code = (
        "a = torch.rand(2, requires_grad=True)\n"
        "b = torch.rand(2, requires_grad=True)\n"
        "hidden = (a * b).sin() + b.cos()\n"
        "loss = (hidden * hidden).sum()\n"
        "got = torch.autograd.grad(loss, a)"
    )
    ran, predicted, known = in_order(record(code))
    assert 0 < len(ran) < len(predicted)
    assert known == predicted
    assert [number for number in known if number in ran] == ran
