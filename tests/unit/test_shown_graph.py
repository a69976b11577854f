"""Which graph a moment is about."""

from __future__ import annotations

from made import (
    backward,
    doubled,
    ended,
    node,
    parameter,
    ran,
    result_of,
    root,
    scalar,
    snapshot,
    tensor,
    trace,
)

from autograd_tutor.analysis.shown_graph import (
    GraphRoot,
    ShownGraph,
    graph_root,
    shown_graph,
    was_any_recorded,
)
from autograd_tutor.recording.trace import State, Trace


def steps() -> Trace:
    """`y = w * w`, then `z = y.exp()`, then something else; then `del z`."""
    square = node(1, "MulBackward0", 2, 2), node(2, "AccumulateGrad", variable="w")
    return trace(
        snapshot(0, tensors={"w": parameter(1.0)}),
        snapshot(1, tensors={"y": result_of(1, 1.0)}, nodes=square),
        snapshot(2, tensors={"z": result_of(3, 1.0)}, nodes=(node(3, "ExpBackward0", 1),)),
        snapshot(3, values={"n": "1"}),
        snapshot(4, gone=("z",)),
    )


def roots(expected: str | None = None) -> list[str | None]:
    found = [graph_root(steps(), index, expected) for index in range(5)]
    return [None if root is None else root.name for root in found]


def test_the_newest_result_as_long_as_it_lives() -> None:
    assert roots() == [None, "y", "z", "z", "y"]


def test_what_the_lesson_wants_shown_once_it_is_there() -> None:
    assert roots("y") == [None, "y", "y", "y", "y"]
    assert roots("z") == [None, "y", "z", "z", "y"]
    assert roots("w") == roots("nobody") == roots()


def test_a_gradient_that_is_filled_makes_no_tensor_newer() -> None:
    made = steps()
    made.add(snapshot(5, tensors={"x": result_of(1, 2.0)}))
    made.add(snapshot(6, tensors={"y": result_of(1, 1.0, grad=scalar(1.0))}))
    assert graph_root(made, 6, None) == GraphRoot("x", 1)


def test_a_graph_of_the_step_before() -> None:
    nodes = {1: node(1, "ExpBackward0")}
    made = Trace(1, "", State({"y": tensor(1.0, grad_fn=1)}, {}), nodes)
    made.add(snapshot(0, step=1))
    assert graph_root(made, 0, None) == GraphRoot("y", 1)
    assert was_any_recorded(made, 0)


def test_nodes_since_the_moment_before_are_new() -> None:
    assert shown_graph(steps(), 2, 1, None) == ShownGraph(("z",), (3,), [3])
    assert shown_graph(steps(), 2, 0, None) == ShownGraph(("z",), (3,), [1, 2, 3])
    assert shown_graph(steps(), 3, 2, None) == ShownGraph(("z",), (3,), [])


def test_before_any_operation_there_is_none() -> None:
    assert shown_graph(steps(), 0, -1, None) is None
    assert not was_any_recorded(steps(), 0)
    assert was_any_recorded(steps(), 4)


def test_inside_of_a_pass_it_is_that_of_the_pass() -> None:
    found = shown_graph(doubled(), 5, 4, "b")
    assert found is not None
    assert (found.names, found.roots, found.is_over) == (("c",), (1,), False)
    assert found.at is not None
    assert found.at.call == 1
    outside = shown_graph(doubled(), 7, 6, "b")
    assert outside is not None
    assert (outside.names, outside.at) == (("b",), None)


def test_where_no_variable_leads_to_a_graph_it_is_that_of_the_last_pass() -> None:
    made = trace(
        snapshot(0, nodes=(node(1, "NegBackward0", None),)),
        ran(1, backward(1, scalar(1.0), (None,))),
        snapshot(2, passes=(ended(root(1, "y")),)),
        snapshot(3),
    )
    found = shown_graph(made, 3, 2, None)
    assert found is not None
    assert (found.names, found.roots, found.is_over) == (("y",), (1,), True)


def test_a_pass_without_nodes_has_no_graph() -> None:
    assert shown_graph(trace(snapshot(0), snapshot(1, passes=(ended(),))), 1, 0, None) is None
