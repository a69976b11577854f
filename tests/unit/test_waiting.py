"""Why a node has not run, and what has come to it."""

from __future__ import annotations

import pytest
from made import backward, ended, hub, node, ran, root, scalar, snapshot, trace
from work import within

from autograd_tutor.analysis.pass_state import Contribution, PassState, pass_at
from autograd_tutor.analysis.waiting import Reason, Waiting, waiting
from autograd_tutor.limits.interface import MOST_PARTS
from autograd_tutor.recording.model import Error
from autograd_tutor.recording.trace import Trace

ONE, TWO = scalar(1.0), scalar(2.0)


def at(made: Trace, index: int) -> PassState:
    found = pass_at(made, index)
    assert found is not None
    return found


def joined() -> Trace:
    """`y = h + k`, `k = -h`: node 3 (h) waits for the nodes 1 and 2."""
    nodes = node(1, "AddBackward0", 2, 3), node(2, "NegBackward0", 3), node(3, "ExpBackward0", None)
    return trace(
        snapshot(0, nodes=nodes),
        ran(1, backward(1, ONE, (ONE, ONE))),
        ran(2, backward(2, ONE, (TWO,))),
        ran(3, backward(3, scalar(3.0), (None,))),
        snapshot(4, passes=(ended(root(1, "y")),)),
    )


def test_a_node_waits_for_all_of_its_consumers() -> None:
    first = Contribution(1, 1, 0, ONE, True)
    missing, second = Contribution(2, 0, 0, None, False), Contribution(2, 0, 0, TWO, True)
    found = waiting(at(joined(), 1), 3, ())
    assert found == Waiting(Reason.WAITING, (first, missing), 1, 2, None)
    found = waiting(at(joined(), 2), 3, ())
    assert found == Waiting(Reason.READY, (first, second), 2, 2, None)


def test_of_100_000_consumers_the_first_are_listed_at_once() -> None:
    made = hub(100_000)
    waiting(at(made, 3), 100_001, ())  # which node leads where is worked out once for a pass
    found = within(1_000, lambda: waiting(at(made, 3), 100_001, ()))
    assert (found.arrived, found.part_count, len(found.parts)) == (2, 100_000, MOST_PARTS)
    assert found.unlisted == 100_000 - MOST_PARTS


def stopped(number: int = 2, names: tuple[str, ...] = ("x",), **changes: object) -> Reason:
    """Why a node did not run in a pass of which only node 1 was seen to."""
    nodes = node(1, "NegBackward0", 2), node(2, "AccumulateGrad", variable="x")
    failing = changes.get("failed") is not None
    error = Error("E", "", 1, "") if failing else None
    made = trace(
        snapshot(0, nodes=nodes),
        ran(1, backward(1, ONE, (ONE,))),
        snapshot(2, error=error, passes=(ended(root(1), **changes),)),
    )
    return waiting(at(made, 2 if failing else 1), number, names).reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"failed": 2}, Reason.FAILED),
        ({"failed": 1}, Reason.NOT_REACHED),
        ({}, Reason.NOT_REACHED),
        ({"inputs": ("w",)}, Reason.LIMITED),
        ({"inputs": ("x",)}, Reason.LIMITED),
        ({"inputs": ("w",), "function": "grad"}, Reason.LIMITED),
        ({"inputs": ("x", "w"), "function": "grad"}, Reason.IS_INPUT),
        ({"inputs": ("x",), "function": "grad", "targets": (2,)}, Reason.READY),
        (
            {"inputs": ("x",), "function": "grad", "targets": (2,), "returned": (ONE,)},
            Reason.HANDED_BACK,
        ),
        ({"left_out": "there is no room"}, Reason.NOT_RECORDED),
    ],
)
def test_why_a_node_did_not_run(changes: dict[str, object], reason: Reason) -> None:
    assert stopped(**changes) is reason


def test_a_node_that_ran_may_be_the_one_at_which_the_pass_failed() -> None:
    assert stopped(1, failed=1) is Reason.FAILED


def test_what_grad_hands_back_is_known_once_all_of_it_has_come() -> None:
    nodes = node(1, "AddBackward0", 2, 3), node(2, "NegBackward0", 3), node(3, "AccumulateGrad")
    one = ended(root(1), function="grad", inputs=("x",), targets=(3,), returned=(TWO,))
    made = trace(
        snapshot(0, nodes=nodes),
        ran(1, backward(1, ONE, (ONE, ONE))),
        ran(2, backward(2, ONE, (ONE,))),
        snapshot(3, passes=(one,)),
    )
    assert waiting(at(made, 1), 3, ()).reason is Reason.WAITING
    found = waiting(at(made, 2), 3, ())
    assert (found.reason, found.returned) == (Reason.HANDED_BACK, TWO)
