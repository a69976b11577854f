"""What is refused before a node runs is no failure of a node."""

from __future__ import annotations

import pytest
from pass_oracle import order, passes, untraced
from recorded import Record

REFUSED = {
    "no scalar": "x = torch.rand(3, requires_grad=True)\n(x * 2).backward()",
    "no graph": "torch.rand(3).sum().backward()",
    "another shape": "x = torch.rand(3, requires_grad=True)\n(x * 2).backward(torch.ones(7))",
    "another type": "x = torch.rand(3, requires_grad=True)\n(x * 2).backward(3)",
    "an integer": "x = torch.rand(3, requires_grad=True)\ntorch.autograd.grad((x > 0).sum(), x)",
    "one root of two without a graph": (
        "x = torch.rand(3, requires_grad=True)\n"
        "torch.autograd.backward([(x * 2).sum(), torch.ones(())])"
    ),
    "an input that needs no gradient": (
        "x = torch.rand(3, requires_grad=True)\ntorch.autograd.grad((x * 2).sum(), torch.ones(1))"
    ),
    "no inputs": "x = torch.rand(3, requires_grad=True)\n(x * 2).sum().backward(inputs=[])",
    "complex without a seed": (
        "x = torch.rand(1, dtype=torch.complex64, requires_grad=True)\n(x * 2).sum().backward()"
    ),
    "an input that is no tensor": (
        "x = torch.rand(3, requires_grad=True)\n(x * 2).sum().backward(inputs=[x, print])"
    ),
    "an input that is a tuple": (
        "x = torch.rand(3, requires_grad=True)\ntorch.autograd.grad((x * 2).sum(), [(x, 0)])"
    ),
    "an edge from nowhere": (
        "from torch.autograd.graph import GradientEdge\n"
        "torch.autograd.backward(GradientEdge(None, 0))"
    ),
    "a bare number": "torch.autograd.backward(3)",
    "nothing": "torch.autograd.backward([])",
    "under no_grad": (
        "x = torch.rand(3, requires_grad=True)\n"
        "with torch.no_grad():\n    y = x.sum()\ny.backward()"
    ),
    "in inference mode": (
        "with torch.inference_mode():\n    x = torch.rand(3)\n(x * 2).sum().backward()"
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_engine_refuses_fails_at_no_node(record: Record, name: str) -> None:
    plain = untraced(REFUSED[name])
    recorded = record(REFUSED[name] + "\n")
    if plain.error is None:
        assert recorded.result.ok
    else:
        error = recorded.result.error
        assert error is not None
        assert (error.type, error.message) == (type(plain.error).__name__, str(plain.error))
    assert recorded.result.truncated is None
    assert order(recorded) == []
    assert [each.failed for each in passes(recorded)] in ([], [None])


def test_an_input_that_is_not_used_fails_at_no_node(record: Record) -> None:
    recorded = record(
        "a = torch.rand(3, requires_grad=True)\nb = torch.rand(3, requires_grad=True)\n"
        "torch.autograd.grad((a * 2).sum(), [a, b])\n"
    )
    assert recorded.result.error is not None
    assert "not have been used in the graph" in recorded.result.error.message
    assert [each.failed for each in passes(recorded)] == [None]
