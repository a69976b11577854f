"""What a node did to a gradient: each fact is proved here once, its wordings elsewhere."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import pytest
from made import (
    backward,
    doubled,
    ended,
    hub,
    node,
    ran,
    root,
    scalar,
    snapshot,
    tensor,
    trace,
    used,
)
from msgspec.structs import replace
from work import within

from autograd_tutor.analysis.agreement import Agreement
from autograd_tutor.analysis.node_gradient import (
    Accumulated,
    Arrival,
    NodeGradients,
    Sent,
    node_gradients,
)
from autograd_tutor.analysis.pass_state import Contribution
from autograd_tutor.limits.interface import MOST_PARTS
from autograd_tutor.recording.model import Backward, Node, Saved, Tensor
from autograd_tutor.recording.trace import Trace

ONE = scalar(1.0)
AGREES, DIFFERS, NOTHING = Agreement.AGREES, Agreement.DIFFERS, Agreement.NOTHING
INCOMPLETE, TOO_MANY = Agreement.INCOMPLETE, Agreement.TOO_MANY
NO_NUMBERS, NO_FORMULA = Agreement.NO_NUMBERS, Agreement.NO_FORMULA


def facts_at(made: Trace, index: int) -> NodeGradients:
    found = node_gradients(made, index)
    assert found is not None
    return found


def test_where_no_recorded_node_ran_there_is_nothing() -> None:
    made = doubled()
    assert node_gradients(made, 3) is None
    made.add(ran(8, backward(99, ONE)))
    assert node_gradients(made, 8) is None


# What arrives


def arrival(
    sent: Sequence[Tensor | None], arrived: Tensor | None, seed: Tensor | None = None
) -> Arrival:
    (found,) = facts_at(*used(sent, arrived, seed)).arrivals
    return found


def test_one_contribution_is_what_arrives() -> None:
    three = scalar(3.0)
    part = Contribution(1, 0, 0, three, True)
    assert arrival([three], three) == Arrival(0, three, (part,), 1, AGREES)


def test_contributions_are_listed_in_the_order_in_which_they_arrive() -> None:
    found = arrival([ONE, scalar(5.0)], scalar(6.0))
    assert found.agreement is AGREES
    assert [(part.source, part.grad) for part in found.parts] == [(1, ONE), (2, scalar(5.0))]


def test_the_seed_is_a_part_of_what_arrives_at_a_root() -> None:
    found = arrival([scalar(6.0)], scalar(7.0), seed=ONE)
    assert found.agreement is AGREES
    assert [part.source for part in found.parts] == [None, 1]


@pytest.mark.parametrize(
    ("sent", "arrived", "seed", "agreement"),
    [
        ([ONE, None], ONE, None, AGREES),
        ([None], None, None, NOTHING),
        ([ONE, ONE], scalar(20.0), None, DIFFERS),
        ([scalar(5.0)], ONE, None, DIFFERS),
        ([], scalar(2.0), ONE, DIFFERS),
        ([ONE, tensor(1.0)], scalar(2.0), None, NO_NUMBERS),
    ],
)
def test_whether_what_arrives_is_the_sum(
    sent: Sequence[Tensor | None],
    arrived: Tensor | None,
    seed: Tensor | None,
    agreement: Agreement,
) -> None:
    assert arrival(sent, arrived, seed).agreement is agreement


def test_before_the_pass_has_ended_seeds_may_be_missing() -> None:
    made, index = used([ONE], scalar(6.0))
    unfinished = trace(*made.snapshots[: index + 1])
    (found,) = facts_at(unfinished, index).arrivals
    assert found.agreement is INCOMPLETE
    assert found.part_count == 1


def test_where_a_limit_left_out_consumers_no_hook_is_blamed() -> None:
    nodes = node(1, "AddBackward0", 2, 3), node(2, "MulBackward0", 3), node(3, "ExpBackward0")
    made = trace(
        snapshot(0, nodes=nodes),
        ran(1, backward(1, ONE, (ONE, ONE))),
        ran(2, backward(3, scalar(6.0))),
        snapshot(3, passes=(ended(root(1), left_out="only 2 of its nodes have a moment"),)),
    )
    (found,) = facts_at(made, 2).arrivals
    assert found.agreement is INCOMPLETE
    assert [(part.source, part.arrived) for part in found.parts] == [(1, True), (2, False)]


def test_each_output_receives_its_own() -> None:
    nodes = (
        node(1, "AddBackward0", next=((2, 1), (2, 1), (2, 0), (2, 7), (2, -1))),
        node(2, "UnbindBackward0", None),
    )
    three, two = scalar(3.0), scalar(2.0)
    made = trace(
        snapshot(0, nodes=nodes),
        ran(1, backward(1, ONE, (ONE, ONE, three, ONE, ONE))),
        ran(2, backward(2, (three, two, None), (None,))),
        snapshot(3, passes=(ended(root(1)),)),
    )
    found = facts_at(made, 2).arrivals
    assert [(each.output_nr, each.part_count, each.agreement) for each in found] == [
        (0, 1, AGREES),
        (1, 2, AGREES),
        (2, 0, NOTHING),
    ]


def test_of_many_contributions_the_first_are_listed_and_all_are_added() -> None:
    (found,) = facts_at(hub(20), 22).arrivals
    assert [part.source for part in found.parts] == [*range(1, MOST_PARTS + 1)]
    assert (found.part_count, found.unlisted) == (20, 20 - MOST_PARTS)
    assert found.agreement is AGREES
    assert facts_at(hub(20, arrived=7.0), 22).arrivals[0].agreement is DIFFERS


def test_100_000_contributions_take_no_longer_than_a_key_may() -> None:
    made = hub(100_000, arrived=7.0)
    facts_at(made, 100_002)  # which node leads where is worked out once for a pass
    (found,) = within(40 * 100_000, lambda: facts_at(made, 100_002)).arrivals
    assert found.agreement is TOO_MANY
    assert (len(found.parts), found.part_count) == (MOST_PARTS, 100_000)


def test_10_000_outputs_of_one_node_are_separated_in_one_go() -> None:
    count = 10_000
    nodes = (
        node(1, "StackBackward0", next=tuple((2, output_nr) for output_nr in range(count))),
        node(2, "SplitBackward0", None),
    )
    made = trace(
        snapshot(0, nodes=nodes),
        ran(1, backward(1, ONE, (ONE,) * count)),
        ran(2, backward(2, (ONE,) * count, (None,))),
        snapshot(3, passes=(ended(root(1)),)),
    )
    found = within(200 * count, lambda: facts_at(made, 2)).arrivals
    assert {(each.part_count, each.agreement) for each in found} == {(1, AGREES)}


# What is sent


def sent_by(made: Node, record: Backward) -> tuple[Sent, ...]:
    return facts_at(trace(snapshot(0, nodes=(made,)), ran(1, record)), 1).sent


PRODUCT = (Saved("self", scalar(3.0)), Saved("other", scalar(5.0)))


def test_each_input_has_its_formula_and_its_numbers() -> None:
    record = backward(1, scalar(2.0), (scalar(10.0), scalar(6.0)), saved=PRODUCT)
    first, second = sent_by(node(1, "MulBackward0", 2, 3), record)
    assert (first.input_index, first.edge, first.grad) == (0, (2, 0), scalar(10.0))
    assert (first.agreement, second.agreement) == (AGREES, AGREES)
    assert first.derivative is not None
    assert first.derivative.name == "self"
    assert first.derivative.text == "grad · other"
    assert first.derivative.numbers is not None
    assert first.derivative.numbers.line == "grad · other = 2 · 5 = 10"


@pytest.mark.parametrize(
    ("name", "grad", "agreement"),
    [
        ("MulBackward0", scalar(10.0), AGREES),
        ("MulBackward0", scalar(10.000001), AGREES),
        ("MulBackward0", scalar(70.0), DIFFERS),
        ("MulBackward0", scalar(10.0, raw=None), NO_NUMBERS),
        ("MulBackward0", None, NOTHING),
        ("NobodyKnowsBackward0", scalar(10.0), NO_FORMULA),
        ("NobodyKnowsBackward0", None, NOTHING),
    ],
)
def test_whether_what_was_sent_is_what_the_formula_gives(
    name: str, grad: Tensor | None, agreement: Agreement
) -> None:
    record = backward(1, scalar(2.0), (grad,), saved=PRODUCT)
    (found,) = sent_by(node(1, name, 2), record)
    assert found.agreement is agreement
    assert found.grad == grad


def test_inputs_without_a_gradient_are_left_out_and_missing_records_are_not() -> None:
    record = backward(1, scalar(2.0), (scalar(10.0),), saved=PRODUCT)
    assert [each.input_index for each in sent_by(node(1, "MulBackward0", 2, None), record)] == [0]
    assert [each.grad for each in sent_by(node(1, "MulBackward0", 2, 3), record)] == [
        scalar(10.0),
        None,
    ]
    (beyond,) = sent_by(node(1, "MulBackward0", None, None), record)
    assert beyond.edge is None


def is_summed(name: str, arrived: Tensor, *sent: Tensor | None) -> list[bool]:
    record = backward(1, arrived, sent, saved=(Saved("beta", "1"),))
    made = node(1, name, *(None if each is None else at for at, each in enumerate(sent, 2)))
    return [
        each.derivative is not None and each.derivative.is_summed for each in sent_by(made, record)
    ]


MATRIX = tensor(*[0.5] * 32, shape=(4, 8))
ROW = tensor(*[2.0] * 8)
FACTOR = tensor(*[1.0] * 12, shape=(4, 3))


@pytest.mark.parametrize(
    ("name", "sent", "summed"),
    [
        ("MulBackward0", (ROW, MATRIX), [True, False]),
        *(
            (name, (ROW, FACTOR), [True, False])
            for name in (
                "AddmmBackward0",
                "AddmvBackward0",
                "AddrBackward0",
                "AddbmmBackward0",
                "BaddbmmBackward0",
            )
        ),
        ("AddmmBackward0", (MATRIX,), [False]),
        ("PreluKernelBackward0", (None, ROW), [True]),
        ("NobodyKnowsBackward0", (ROW,), [False]),
    ],
)
def test_what_was_broadcast_is_summed_to_the_shape_of_the_input(
    name: str, sent: tuple[Tensor | None, ...], summed: list[bool]
) -> None:
    assert is_summed(name, MATRIX, *sent) == summed


def complex_scalar(real: float, imag: float) -> Tensor:
    return scalar(0.0, dtype="torch.complex64", raw=struct.pack("<2f", real, imag))


def test_a_formula_for_real_numbers_is_conjugated_for_complex_ones() -> None:
    saved = (Saved("other", complex_scalar(1.0, -2.0)),)
    record = backward(1, complex_scalar(1.0, 0.0), (complex_scalar(1.0, 2.0),), saved=saved)
    (found,) = sent_by(node(1, "MulBackward0", 2), record)
    assert found.derivative is not None
    assert found.derivative.is_conjugated
    (real,) = sent_by(node(1, "MulBackward0", 2), backward(1, ONE, (ONE,), saved=PRODUCT))
    assert real.derivative is not None
    assert not real.derivative.is_conjugated


# What is filled


def filled(was: Tensor | None, now: Tensor | None, arrived: Tensor | None) -> Accumulated:
    leaf = scalar(1.0, kind="leaf", requires_grad=True)
    made = trace(
        snapshot(0, tensors={"w": replace(leaf, grad=was)}, nodes=(node(1, "AccumulateGrad", 2),)),
        ran(1, backward(1, arrived, leaf="w"), tensors={"w": replace(leaf, grad=now)}),
    )
    facts = facts_at(made, 1)
    assert facts.sent == ()
    assert facts.accumulated is not None
    return facts.accumulated


@pytest.mark.parametrize(
    ("was", "now", "agreement"),
    [
        (None, 5.0, AGREES),
        (3.0, 8.0, AGREES),
        (3.0, 5.0, DIFFERS),
        (None, 4.0, DIFFERS),
        (None, None, DIFFERS),
        (3.0, None, DIFFERS),
    ],
)
def test_whether_a_hook_changed_the_gradient_that_was_filled(
    was: float | None, now: float | None, agreement: Agreement
) -> None:
    before, after = (None if each is None else scalar(each) for each in (was, now))
    found = filled(before, after, scalar(5.0))
    assert found == Accumulated("w", True, before, after, agreement)


def test_where_nothing_arrived_nothing_is_claimed() -> None:
    assert filled(None, None, None) == Accumulated("w", False, None, None, NOTHING)
    assert filled(ONE, None, None).agreement is NOTHING


def test_more_numbers_than_a_key_has_time_for_are_not_added_to_a_gradient() -> None:
    many = tensor(*[1.0] * 50_000)
    assert filled(many, many, many).agreement is TOO_MANY


@pytest.mark.parametrize("arrived", [ONE, None])
def test_of_a_leaf_without_a_name_no_gradient_is_known(arrived: Tensor | None) -> None:
    made = trace(snapshot(0, nodes=(node(1, "AccumulateGrad"),)), ran(1, backward(1, arrived)))
    expected = Accumulated(None, arrived is not None, None, None, NOTHING)
    assert facts_at(made, 1).accumulated == expected


def test_the_gradient_before_is_that_of_an_earlier_pass_of_the_same_step() -> None:
    leaf = scalar(1.0, kind="leaf", requires_grad=True)
    three, eight = replace(leaf, grad=scalar(3.0)), replace(leaf, grad=scalar(8.0))
    made = trace(
        snapshot(0, tensors={"w": leaf}, nodes=(node(1, "AccumulateGrad", variable="w"),)),
        ran(1, backward(1, scalar(3.0), leaf="w"), tensors={"w": three}),
        snapshot(2, passes=(ended(root(1, "w", scalar(3.0))),)),
        ran(3, backward(1, scalar(5.0), leaf="w", call=2), tensors={"w": eight}),
    )
    found = facts_at(made, 3).accumulated
    assert found == Accumulated("w", True, scalar(3.0), scalar(8.0), AGREES)


def test_a_node_that_is_no_leaf_fills_nothing() -> None:
    assert facts_at(doubled(), 5).accumulated is None
    assert facts_at(doubled(), 6).accumulated is not None
