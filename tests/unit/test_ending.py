"""How a step ended, seen from one of its moments."""

from __future__ import annotations

import pytest
from made import backward, ended, node, ran, result, root, scalar, snapshot, trace

from autograd_tutor.analysis.ending import Ending, ending
from autograd_tutor.recording.model import Error, FailedExpectation
from autograd_tutor.recording.trace import Trace

ERROR = Error("RuntimeError", "no", 1, "")
FAILED = (FailedExpectation(0, "x == 1", "is False"),)


def finished(**changes: object) -> Trace:
    made = trace(snapshot(0), snapshot(1))
    made.finish(result(**changes))
    return made


@pytest.mark.parametrize(
    ("changes", "before", "last"),
    [
        ({}, Ending.FINE, Ending.FINE),
        ({"error": ERROR}, Ending.FINE, Ending.FINE),
        ({"truncated": "nodes"}, Ending.TRUNCATED, Ending.TRUNCATED),
        ({"ok": False, "error": ERROR}, Ending.FAILS_LATER, Ending.RAISED),
        ({"ok": False, "error": ERROR, "truncated": "nodes"}, Ending.FAILS_LATER, Ending.RAISED),
        ({"ok": False, "failed": FAILED}, Ending.UNEXPECTED, Ending.UNEXPECTED),
        ({"ok": False}, Ending.DID_NOT_RAISE, Ending.DID_NOT_RAISE),
    ],
)
def test_how_a_step_ended(changes: dict[str, object], before: Ending, last: Ending) -> None:
    made = finished(**changes)
    assert (ending(made, 0), ending(made, 1)) == (before, last)


def test_before_it_has_ended_nothing_is_known() -> None:
    assert ending(trace(snapshot(0)), 0) is Ending.UNKNOWN
    assert ending(trace(), -1) is Ending.UNKNOWN


def test_in_a_pass_that_went_well_the_failure_is_outside() -> None:
    made = trace(
        snapshot(0, nodes=(node(1, "NegBackward0", None),)),
        ran(1, backward(1, scalar(1.0), (None,))),
        snapshot(2, passes=(ended(root(1)),)),
        ran(3, backward(1, scalar(1.0), (None,), call=2)),
        snapshot(4, passes=(ended(root(1), call=2, failed=1),), error=ERROR),
    )
    made.finish(result(ok=False, error=ERROR))
    assert [ending(made, index) for index in range(5)] == [
        Ending.FAILS_LATER,
        Ending.FAILS_OUTSIDE,
        Ending.FAILS_LATER,
        Ending.FAILS_LATER,
        Ending.RAISED,
    ]
