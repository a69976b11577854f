"""Random expressions: the recorded pass is the one that torch makes, and its gradients add up."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pass_oracle import (
    backwards,
    bits,
    engine_order,
    name_of,
    order,
    passes,
    seen,
    told_bits,
    untraced,
)
from recorded import Record, Recorded

from autograd_tutor.recording.model import Tensor

OPERATIONS = (
    "{n} = {a}.sin()",
    "{n} = torch.exp({a} * 0.1)",
    "{n} = -{a}",
    "{n} = {a} * {a}",
    "{n} = {a}.flip(0)",
    "{n} = {a} + {b}",
    "{n} = {a} * {b}",
    "{n} = {a} - {b} * 0.5",
    "{n} = torch.maximum({a}, {b})",
    "{n} = {a}[0] * {b}",
    "{n} = {a}.sum() * {b}",
    "{n} = {a}[torch.tensor([2, 0, 2])]",
    "{n} = torch.cat([{a}, {b}])[1:4]",
    "{n} = torch.stack([{a}, {b}]).sum(0)",
    "{n} = {a}.detach() + {b}",
    "{n} = {a}.unsqueeze(0).expand(2, 3)[1]",
    "{n}, places = {a}.sort()",
    "u, v, w = {a}.unbind(); {n} = torch.stack([w, u, w * v])",
    "{n} = {a} * 2; {n} += {b}",
    "{n} = {a} * 1; {n}[1:] += {b}[:2]",
)
"""Each makes a tensor of three elements from two such."""

unhurried = settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


@st.composite
def programs(draw: st.DrawFn) -> str:
    """Up to 25 operations on three leaves and on one another, and a pass from up to three sums."""
    names = ["a", "b", "c"]
    lines = [f"{name} = torch.rand(3, dtype=torch.float64, requires_grad=True)" for name in names]
    for number in range(draw(st.integers(1, 25))):
        operation = draw(st.sampled_from(OPERATIONS))
        first, second = draw(st.sampled_from(names)), draw(st.sampled_from(names))
        new = f"t{number}"
        lines.append(operation.format(n=new, a=first, b=second))
        names.append(new)
    for retained in draw(st.sets(st.sampled_from(names[3:]), max_size=3)):
        lines.append(f"{retained}.retain_grad()")
    lines.append("loss = a.sum() * 0.5")
    for root in draw(st.lists(st.sampled_from(names), min_size=1, max_size=3)):
        lines.append(f"loss = loss + ({root} * 2).sum()")
    lines.append(draw(st.sampled_from(["loss.backward()", SEEDED, TWICE])))
    return "\n".join(lines) + "\n"


SEEDED = "torch.autograd.backward([loss, b], [torch.tensor(3.0).double(), torch.ones(3).double()])"
TWICE = "loss.backward(retain_graph=True); loss.backward()"


@unhurried
@given(code=programs())
def test_gradients_are_bitwise_those_of_an_untraced_run(record: Record, code: str) -> None:
    plain = untraced(code)
    assert plain.error is None, plain.error
    recorded = record(code)
    compared = 0
    for name, tensor in plain.space.items():
        if isinstance(tensor, torch.Tensor):
            told = recorded.final.tensors[name]
            assert told.raw == bits(tensor)
            if (tensor.is_leaf or tensor.retains_grad) and tensor.grad is not None:
                assert told.grad is not None
                assert told.grad.raw == bits(tensor.grad)
                compared += 1
    assert compared > 0


@unhurried
@given(code=programs())
def test_nodes_run_in_the_order_that_the_profiler_tells(record: Record, code: str) -> None:
    assert order(record(code)) == engine_order(code)


@unhurried
@given(code=programs())
def test_values_are_those_that_plain_hooks_see(record: Record, code: str) -> None:
    recorded = record(code)
    told = [
        (
            each.call,
            name_of(recorded, each.node),
            told_bits(each.grad_outputs),
            told_bits(each.grad_inputs),
        )
        for each in backwards(recorded)
    ]
    assert told == seen(code)


@unhurried
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

    def send(place: tuple[int, int], gradient: Tensor | None) -> None:
        if gradient is not None:
            assert gradient.raw is not None
            assert gradient.dtype == "torch.float64"
            value = np.frombuffer(gradient.raw)
            arriving[place] = arriving[place] + value if place in arriving else value

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


def test_the_sum_is_no_empty_claim(record: Record) -> None:
    recorded = record("a = torch.rand(3, dtype=torch.float64, requires_grad=True)\n"
                      "(a * a + a).sum().backward()\n")  # fmt: skip
    assert assert_sums(recorded, 1) == 4
    with pytest.raises(AssertionError):
        assert_sums(record("a = torch.rand(3, dtype=torch.float64, requires_grad=True)\n"
                           "h = a * 2\nh.register_hook(lambda g: g * 2)\n"
                           "h.sum().backward()\n"), 1)  # fmt: skip
