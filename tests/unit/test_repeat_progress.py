"""How far a pass is with a repeated block."""

from __future__ import annotations

from made import beside_layers, layers

from autograd_tutor.analysis.graph_order import graph_order
from autograd_tutor.analysis.pass_state import Stage, pass_at
from autograd_tutor.analysis.repeat_progress import RepeatProgress, repeat_progress
from autograd_tutor.recording.trace import Trace


def progress(made: Trace, index: int) -> RepeatProgress:
    """Of the only repeat there is."""
    at = pass_at(made, index)
    assert at is not None
    order = graph_order(made, tuple(at.roots), None)
    (repeat,) = order.repeats
    return repeat_progress(at, repeat, order.nodes)


def test_the_node_that_has_run_counts_before_those_that_wait() -> None:
    made = layers(ran_nodes=17)
    assert progress(made, 1) == RepeatProgress(Stage.NOW, 1, 16, (1.0,))
    assert progress(made, 3) == RepeatProgress(Stage.NOW, 3, 16, (1.0, 4.0**-2))
    assert progress(made, 17) == RepeatProgress(Stage.DONE, 16, 16, (1.0, 4.0**-14))


def test_sizes_are_of_nodes_of_the_same_operation() -> None:
    """A tanh and an exp take turns: what arrives at the last exp does not compare with a tanh."""
    made = layers(ran_nodes=17)
    last = [progress(made, index).sizes[-1] for index in (1, 2, 3, 4, 5, 16)]
    assert last == [4.0**-power for power in (0, 0, 2, 2, 4, 14)]


def test_a_failure_counts_before_what_has_run_and_what_waits() -> None:
    found = progress(layers(ran_nodes=4, failed=4), 5)
    assert (found.stage, found.ran) == (Stage.FAILED, 4)


def test_a_repeat_that_the_pass_does_not_come_to() -> None:
    assert progress(beside_layers(), 1) == RepeatProgress(Stage.UNREACHED, 0, 16, ())
