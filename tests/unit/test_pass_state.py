"""A backward pass at one moment: which nodes have run, and which gradient has come from where."""

from __future__ import annotations

import math

import pytest
from made import backward, doubled, ended, node, ran, root, scalar, snapshot, tensor, trace
from msgspec.structs import replace

from autograd_tutor.analysis.pass_sizes import arrived_size
from autograd_tutor.analysis.pass_state import (
    Contribution,
    PassState,
    Stage,
    last_pass,
    pass_at,
    pass_of,
)
from autograd_tutor.recording.model import Error, Root
from autograd_tutor.recording.trace import Trace

ONE, FIVE = scalar(1.0), scalar(5.0)
ERROR = Error("RuntimeError", "no", 1, "")


def at(made: Trace, index: int) -> PassState:
    found = pass_at(made, index)
    assert found is not None
    return found


def waiting(**changes: object) -> Trace:
    """`h` is used at once and over `k`: nodes 1 (y), 2 (k), 3 (h), 4 (the leaf x).

    It is snapshots 1 to 4 in which they run, and 5 that of the line.
    """
    nodes = (
        node(1, "AddBackward0", 2, 3, variable="y", order=2),
        node(2, "MulBackward0", 3, None, variable="k", order=1),
        node(3, "MulBackward0", 4, None, variable="h", order=0),
        node(4, "AccumulateGrad", variable="x"),
    )
    return trace(
        snapshot(0, nodes=nodes),
        ran(1, backward(1, ONE, (ONE, ONE))),
        ran(2, backward(2, ONE, (FIVE, None))),
        ran(3, backward(3, scalar(6.0), (scalar(12.0), None))),
        ran(4, backward(4, scalar(12.0), leaf="x")),
        snapshot(5, passes=(ended(root(1, "y"), nodes=4, **changes),)),
    )


def failing() -> Trace:
    """The same, but the pass raises at node 3."""
    whole = waiting()
    last = replace(whole.snapshots[5], passes=(ended(root(1, "y"), failed=3),), error=ERROR)
    return trace(*whole.snapshots[:3], replace(last, index=3))


def stages(made: Trace, index: int) -> list[Stage]:
    return [at(made, index).stage(number) for number in (1, 2, 3, 4)]


# Where a pass is


def test_a_snapshot_outside_of_a_pass_is_no_moment_of_one() -> None:
    made = waiting()
    assert pass_at(made, 0) is None
    assert pass_at(made, 5) is None
    assert pass_at(made, -1) is None
    assert pass_at(made, 6) is None


def test_a_moment_knows_its_node_and_its_position() -> None:
    now = at(waiting(), 3).now
    assert now is not None
    assert now.node == 3
    assert [at(waiting(), index).position for index in (1, 2, 3, 4)] == [1, 2, 3, 4]


def test_the_stages_of_the_nodes_while_they_run() -> None:
    made, now, done, later = waiting(), Stage.NOW, Stage.DONE, Stage.WAITING
    assert stages(made, 1) == [now, later, later, later]
    assert stages(made, 3) == [done, done, now, later]
    assert stages(made, 4) == [done, done, done, now]


def test_a_node_that_a_pass_does_not_come_to() -> None:
    whole = waiting()
    limited = replace(whole.snapshots[5], passes=(ended(root(1, "y"), inputs=("k",)),), index=2)
    made = trace(*whole.snapshots[:2], limited)
    assert stages(made, 1) == [Stage.NOW, Stage.UNREACHED, Stage.UNREACHED, Stage.UNREACHED]


def test_nodes_that_a_limit_left_out_are_not_said_to_have_stayed_idle() -> None:
    whole = waiting()
    cut = replace(whole.snapshots[5], passes=(ended(root(1), left_out="too many"),), index=2)
    made = trace(*whole.snapshots[:2], cut)
    assert stages(made, 1) == [
        Stage.NOW,
        Stage.NOT_RECORDED,
        Stage.NOT_RECORDED,
        Stage.NOT_RECORDED,
    ]


def test_before_a_failure_the_node_that_will_fail_waits_like_the_others() -> None:
    assert stages(failing(), 2) == [Stage.DONE, Stage.NOW, Stage.WAITING, Stage.WAITING]


def test_where_a_pass_has_raised() -> None:
    made = failing()
    assert at(made, 3).failing
    assert at(made, 3).now is None
    assert stages(made, 3) == [Stage.DONE, Stage.DONE, Stage.FAILED, Stage.UNREACHED]


def test_a_node_that_has_run_may_be_the_one_that_failed() -> None:
    """As where anomaly detection finds NaN in what a node sent."""
    whole = waiting()
    last = replace(whole.snapshots[5], passes=(ended(root(1, "y"), failed=2),), index=3)
    made = trace(*whole.snapshots[:3], last)
    assert stages(made, 3)[:2] == [Stage.DONE, Stage.FAILED]


def test_a_line_whose_passes_all_went_well_is_no_moment_of_one() -> None:
    assert pass_at(trace(snapshot(0), snapshot(1, passes=(ended(), ended(call=2)))), 1) is None


def test_outside_of_a_pass_a_node_belongs_to_the_last_one_in_which_it_ran() -> None:
    made = waiting()
    made.add(ran(6, backward(1, ONE, (ONE, ONE), call=2)))
    made.add(snapshot(7, passes=(ended(root(1, "y"), call=2),)))

    def call(index: int, number: int) -> int | None:
        found = pass_of(made, index, number)
        return None if found is None else found.call

    assert [call(7, 1), call(7, 2), call(5, 1), call(6, 3), call(0, 1)] == [2, 1, 1, 2, None]


def test_the_last_pass_that_has_ended() -> None:
    made = doubled()
    assert last_pass(made, 6) is None
    found = last_pass(made, 7)
    assert found is not None
    assert (found.call, found.failing) == (1, True)


# What comes to a node


def test_contributions_arrive_one_after_the_other() -> None:
    made = waiting()
    first = Contribution(1, 1, 0, ONE, True)
    assert tuple(at(made, 1).contributions(3)) == (first, Contribution(2, 0, 0, None, False))
    assert tuple(at(made, 2).contributions(3)) == (first, Contribution(2, 0, 0, FIVE, True))


@pytest.mark.parametrize("made", [waiting(), failing(), waiting(left_out="too many"), doubled()])
def test_arrivals_are_the_contributions_counted(made: Trace) -> None:
    moments = [found for index in range(len(made)) if (found := pass_at(made, index)) is not None]
    assert len(moments) >= 3
    for now in moments:
        for number in range(6):
            coming = list(now.contributions(number))
            assert now.count_arrived(number) == (sum(each.arrived for each in coming), len(coming))


def test_two_edges_between_the_same_nodes_are_two_contributions() -> None:
    assert tuple(at(doubled(), 5).contributions(2)) == (
        Contribution(1, 0, 0, ONE, True),
        Contribution(1, 1, 0, ONE, True),
    )


def test_a_root_receives_the_seed() -> None:
    assert tuple(at(doubled(), 4).contributions(1)) == (Contribution(None, 0, 0, ONE, True),)


def test_a_root_that_is_also_used_inside_receives_both() -> None:
    whole = waiting()
    both = ended(root(1, "y"), root(3, "h", scalar(7.0)))
    made = trace(*whole.snapshots[:5], replace(whole.snapshots[5], passes=(both,)))
    assert tuple(at(made, 3).contributions(3)) == (
        Contribution(None, 1, 0, scalar(7.0), True),
        Contribution(1, 1, 0, ONE, True),
        Contribution(2, 0, 0, FIVE, True),
    )
    assert at(made, 3).roots == [1, 3]


def test_a_consumer_that_the_pass_does_not_run_contributes_nothing() -> None:
    whole = waiting()
    passed_by = whole.snapshots[1:2] + whole.snapshots[3:4]
    last = replace(whole.snapshots[5], passes=(ended(root(1, "y"), inputs=("x",)),))
    made = trace(whole.snapshots[0], *passed_by, last)
    assert [each.source for each in at(made, 2).contributions(3)] == [1]


def test_a_node_behind_the_failing_one_still_waits_for_it() -> None:
    made = failing()
    assert tuple(at(made, 3).contributions(4)) == (Contribution(3, 0, 0, None, False),)


def test_consumers_beyond_a_limit_are_known_to_be_missing() -> None:
    whole = waiting()
    cut = ended(root(1, "y"), left_out="too many")
    made = trace(
        *whole.snapshots[:2], whole.snapshots[3], replace(whole.snapshots[5], passes=(cut,))
    )
    coming = at(made, 2).contributions(3)
    assert [(each.source, each.arrived) for each in coming] == [(1, True), (2, False)]


def test_the_contributions_of_a_pass_that_grows_are_those_known_so_far() -> None:
    whole = waiting()
    made = trace(*whole.snapshots[:2])
    assert [each.source for each in at(made, 1).contributions(3)] == [1, 2]
    for each in whole.snapshots[2:]:
        made.add(each)
    assert tuple(at(made, 3).contributions(3))[1].grad == FIVE


def test_a_consumer_that_sent_fewer_gradients_than_it_has_inputs() -> None:
    made = trace(
        snapshot(0, nodes=(node(1, "X", 2, 2), node(2, "Y"))),
        ran(1, backward(1, ONE, (FIVE,))),
    )
    assert [each.grad for each in at(made, 1).contributions(2)] == [FIVE, None]


def test_passes_of_one_step_do_not_mix() -> None:
    made = trace(
        snapshot(0, nodes=(node(1, "X", 2), node(2, "Y"))),
        ran(1, backward(1, ONE, (FIVE,))),
        snapshot(2, passes=(ended(root(1)),)),
        ran(3, backward(1, ONE, (ONE,), call=2)),
        snapshot(4, passes=(ended(root(1), call=2),)),
    )
    assert next(at(made, 1).contributions(2)).grad == FIVE
    assert next(at(made, 3).contributions(2)).grad == ONE


# Sizes


def test_the_size_is_known_once_the_node_has_run() -> None:
    made = waiting()
    assert [at(made, index).size(3) for index in (1, 2, 3, 4)] == [None, None, 6.0, 6.0]
    assert at(made, 1).largest == 12.0


@pytest.mark.parametrize(
    ("grads", "size"),
    [
        ((tensor(3.0, 4.0),), 5.0),
        ((tensor(3.0), None, tensor(4.0)), 5.0),
        ((None,), None),
        ((), None),
        ((tensor(1.0, raw=None),), None),
        ((tensor(math.inf, 1.0),), math.inf),
    ],
)
def test_the_size_is_the_norm_over_all_that_arrived(
    grads: tuple[None, ...], size: float | None
) -> None:
    assert arrived_size(backward(1, grads)) == size


def test_a_nan_beside_an_infinity_is_not_hidden() -> None:
    record = backward(1, (tensor(math.nan), tensor(math.inf)))
    assert math.isnan(arrived_size(record) or 0.0)


def test_the_largest_size_is_finite() -> None:
    made = trace(
        snapshot(0, nodes=(node(1, "X", 2), node(2, "Y"))),
        ran(1, backward(1, scalar(2.0), (FIVE,))),
        ran(2, backward(2, scalar(math.inf))),
    )
    assert at(made, 1).largest == 2.0
    assert at(made, 2).size(2) == math.inf


def test_a_pass_without_roots_begins_where_it_was_seen_to() -> None:
    made = trace(
        snapshot(0, nodes=(node(1, "X"),)),
        ran(1, backward(1, ONE)),
        snapshot(2, passes=(ended(Root(None, None, 0, None)),)),
    )
    assert at(made, 1).roots == [1]
