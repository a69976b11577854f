"""What comes to a node is the sum of what the nodes before it have returned, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from pass_oracle import backwards, passes
from pass_programs import examples, programs
from recorded import Record, Recorded

from autograd_tutor.recording.model import Tensor


@examples
@given(code=programs())
def test_what_arrives_is_the_sum_of_what_was_sent(record: Record, code: str) -> None:
    recorded = record(code)
    checked = 0
    for call in {each.call for each in passes(recorded)}:
        checked += assert_sums(recorded, call)
    assert checked > 3


def assert_sums(recorded: Recorded, call: int) -> int:
    """Add up, in the order of the pass, what goes along each link; how many sums were compared."""
    arriving: dict[tuple[int, int], np.ndarray] = {}

    def send(key: tuple[int, int], gradient: Tensor | None) -> None:
        if gradient is not None:
            assert gradient.raw is not None
            assert gradient.dtype == "torch.float64"
            value = np.frombuffer(gradient.raw)
            arriving[key] = arriving[key] + value if key in arriving else value

    (made,) = [each for each in passes(recorded) if each.call == call]
    for root in made.roots:
        assert root.node is not None
        send((root.node, root.output_nr), root.seed)
    compared = 0
    for each in backwards(recorded):
        if each.call != call:
            continue
        for number, gradient in enumerate(each.grad_outputs):
            sent = arriving.get((each.node, number))
            assert (sent is None) == (gradient is None)
            if gradient is not None and sent is not None:
                assert gradient.raw == sent.tobytes()
                compared += 1
        links = recorded.recording.nodes[each.node].next
        for link, gradient in zip(links, each.grad_inputs, strict=bool(each.grad_inputs)):
            if link is not None:
                send(link, gradient)
    return compared


def test_a_hook_breaks_the_sum(record: Record) -> None:
    recorded = record("a = torch.rand(3, dtype=torch.float64, requires_grad=True)\n"
                      "(a * a + a).sum().backward()\n")  # fmt: skip
    assert assert_sums(recorded, 1) == 4
    with pytest.raises(AssertionError):
        assert_sums(record("a = torch.rand(3, dtype=torch.float64, requires_grad=True)\n"
                           "h = a * 2\nh.register_hook(lambda g: g * 2)\n"
                           "h.sum().backward()\n"), 1)  # fmt: skip
