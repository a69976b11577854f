"""What was recorded of numbers over time: of scalars, norms, gradients and plain numbers."""

from __future__ import annotations

import math
from typing import Any

import pytest
from made import ended, layers, parameter, root, scalar, snapshot, tensor, trace
from msgspec.structs import replace

from autograd_tutor.analysis.curves import (
    Curve,
    curve_names,
    curve_of,
    number_at,
    pass_curves,
    shown_first,
)
from autograd_tutor.limits.interface import MOST_CURVE_ELEMENTS
from autograd_tutor.recording.model import Snapshot
from autograd_tutor.recording.trace import State, Trace

LOSS: dict[str, Any] = {
    "identity": 7,
    "kind": "intermediate",
    "is_leaf": False,
    "requires_grad": True,
}


def training(turns: int = 3) -> Trace:
    """`w` falls, with a gradient of (3, 4) times the turn; `loss` halves, as `lr` does."""
    moments: list[Snapshot] = [snapshot(0)]

    def then(**changes: Any) -> None:
        moments.append(snapshot(len(moments), line=1, next_line=1, **changes))

    for turn in range(turns):
        grad = tensor(3.0 * (turn + 1), 4.0 * (turn + 1))
        w = replace(parameter(1.0 - turn, 0.0), identity=1)
        then(values={"turn": str(turn), "lr": str(0.1 / 2**turn), "name": "'x'", "on": "True"})
        then(tensors={"w": w, "loss": scalar(8 / 2**turn, **LOSS)})
        then(tensors={"w": replace(w, grad=grad), "same": scalar(5.0), "alias": w})
    then(passes=(ended(root(1, "loss")),))
    return trace(*moments)


def found(made: Trace, name: str) -> Curve:
    curve = curve_of(made, name, len(made))
    assert curve is not None
    return curve


def test_a_scalar_is_followed_by_its_value() -> None:
    curve = found(training(), "loss")
    assert curve.points == ((2, 8.0), (5, 4.0), (8, 2.0))
    assert (curve.kind, curve.is_norm, curve.last) == ("operation", False, 10)


def test_a_tensor_of_more_elements_is_followed_by_its_norm() -> None:
    curve = found(training(), "w")
    assert [value for _, value in curve.points] == [1.0, 1.0, 0.0, 0.0, 1.0, 1.0]
    assert (curve.kind, curve.is_norm) == ("leaf", True)


def test_a_gradient_is_followed_under_its_own_name() -> None:
    curve = found(training(), "w.grad")
    assert curve.points == ((2, None), (3, 5.0), (5, None), (6, 10.0), (8, None), (9, 15.0))
    assert (curve.kind, curve.is_norm) == ("grad", True)


def test_plain_numbers_are_followed_and_no_other_texts() -> None:
    made = training()
    assert [value for _, value in found(made, "lr").points] == [0.1, 0.05, 0.025]
    assert found(made, "lr").kind == "number"
    assert curve_of(made, "name", len(made)) is None
    assert curve_of(made, "on", len(made)) is None
    assert curve_of(made, "nope", len(made)) is None


def test_a_number_that_is_gone_leaves_a_gap() -> None:
    made = trace(
        snapshot(0),
        snapshot(1, tensors={"a": scalar(1.0)}),
        snapshot(2, gone=("a",)),
        snapshot(3, values={"a": "2.5"}),
        snapshot(4, tensors={"a": scalar(math.nan)}),
    )
    points = found(made, "a").points
    assert points[:3] == ((1, 1.0), (2, None), (3, 2.5))
    assert math.isnan(points[3][1] or 0.0)
    curve = found(made, "a")
    assert [curve.value_at(at) for at in range(4)] == [None, 1.0, None, 2.5]


def test_what_was_there_before_the_step_stands_at_its_start() -> None:
    made = Trace(1, "x = 1\n", State({"a": scalar(3.0)}, {"n": "4"}))
    made.add(snapshot(0, step=1))
    made.add(snapshot(1, step=1, tensors={"a": scalar(2.0)}))
    assert found(made, "a").points == ((0, 3.0), (1, 2.0))
    assert found(made, "n").points == ((0, 4.0),)


def test_only_what_changes_can_be_chosen_and_of_aliases_one() -> None:
    names = [each.name for each in curve_names(training())]
    assert names == ["loss", "lr", "turn", "w", "w.grad"]


def test_what_is_watched_comes_first() -> None:
    names = [each.name for each in curve_names(training(), ("w",))]
    assert names == ["loss", "w", "w.grad", "lr", "turn"]
    names = [each.name for each in curve_names(training(), ("lr",))]
    assert names == ["lr", "loss", "turn", "w", "w.grad"]


@pytest.mark.parametrize(
    ("watch", "shown"),
    [
        ((), ("loss",)),
        (("turn",), ("loss",)),
        (("lr", "turn"), ("lr",)),
        (("loss", "lr"), ("loss", "lr")),
        (("nope",), ("loss",)),
    ],
)
def test_what_is_drawn_as_long_as_nobody_has_chosen(
    watch: tuple[str, ...], shown: tuple[str, ...]
) -> None:
    made = training()
    assert sorted(shown_first(made, watch)) == sorted(shown)


def test_without_a_pass_what_changes_most_is_drawn() -> None:
    moments = [snapshot(0)]
    for at in range(1, 9):
        values = {"often": str(at / 2)} | ({"seldom": str(at / 3)} if at % 4 == 0 else {})
        moments.append(snapshot(at, values=values))
    assert shown_first(trace(*moments), ()) == ("often",)


def test_a_curve_goes_on_while_the_step_is_recorded() -> None:
    made = training(2)
    before = found(made, "loss")
    made.add(snapshot(len(made), tensors={"loss": scalar(0.5, **LOSS)}))
    after = found(made, "loss")
    assert after.points == (*before.points, (8, 0.5))


def test_norms_that_take_long_are_not_all_worked_out() -> None:
    many = 500
    turns = 3 * MOST_CURVE_ELEMENTS // many
    values = [tensor(*[float(at)] * many) for at in range(20)]
    moments = [snapshot(at, tensors={"w": values[at % 20]}) for at in range(turns)]
    curve = found(trace(*moments), "w")
    assert curve.every == 4
    assert len(curve.points) == pytest.approx(turns / 4, abs=2)
    assert curve.points[-1][0] == turns - 1


def test_the_number_at_a_moment_is_that_of_the_curve() -> None:
    made = training()
    for name in ("loss", "w", "w.grad", "lr"):
        for at in range(len(made)):
            assert number_at(made, at, name) == found(made, name).value_at(at)


class TestAPass:
    def test_what_arrives_is_there_node_by_node(self) -> None:
        made = layers(ran_nodes=16)
        (operations,) = pass_curves(made, 1)
        assert operations.points == tuple((at, 4.0**-at) for at in range(16))
        assert not operations.is_held

    def test_leaves_have_a_curve_of_their_own(self) -> None:
        operations, leaves = pass_curves(layers(ran_nodes=17), 1)
        assert leaves.points == ((16, 4.0**-16),)
        assert len(operations.points) == 16

    def test_so_have_views_of_leaves(self) -> None:
        made = layers(ran_nodes=17)
        made.nodes[15] = replace(made.nodes[15], name="TBackward0")
        operations, leaves = pass_curves(made, 1)
        assert leaves.points == ((15, 4.0**-15), (16, 4.0**-16))
        assert len(operations.points) == 15

    def test_of_a_pass_that_is_not_there_there_is_none(self) -> None:
        assert pass_curves(training(), 3) == []
