"""What differs between two moments: values, gradients, and what is gone."""

from __future__ import annotations

import struct
from collections.abc import Mapping

import pytest
from made import parameter, snapshot, tensor, trace
from msgspec.structs import replace

from autograd_tutor.analysis.changes import Grad, changed_tensors, gone, grads, same_value
from autograd_tutor.recording.model import Stats, Tensor
from autograd_tutor.recording.trace import State

STATS = Stats(2000, 2000, -1.0, 2.0, 0.25, 0.5, 3.5, 0, 0, (1, 2, 3, 4))
WAS = tensor(1.0)


def state(tensors: Mapping[str, Tensor] | None = None, **values: str) -> State:
    return State(tensors or {}, values)


@pytest.mark.parametrize(
    "change",
    [
        {"raw": struct.pack("<f", 2.0)},
        {"dtype": "torch.int32"},
        {"device": "cuda:0"},
        {"requires_grad": True},
        {"kind": "leaf"},
        {"grad_fn": 7},
        {"grad_fn_name": "X"},
        {"shown": "x"},
        {"edges": b"x"},
        {"stats": STATS},
    ],
)
def test_anything_that_shows_is_a_change(change: dict[str, object]) -> None:
    assert not same_value(replace(WAS, **change), WAS)


@pytest.mark.parametrize("change", [{"grad": tensor(1.0)}, {"version": 1}, {"retains_grad": True}])
def test_a_gradient_and_what_does_not_show_are_no_change(change: dict[str, object]) -> None:
    assert same_value(replace(WAS, **change), WAS)


def test_what_was_not_there_before_is_not_the_same() -> None:
    assert same_value(WAS, WAS)
    assert not same_value(WAS, None)


def test_names_are_gone_that_stand_for_nothing_any_more() -> None:
    before = state({"a": WAS, "b": WAS, "c": WAS}, n="1", m="2")
    assert gone(state({"a": WAS, "m": WAS}, b="1"), before) == ["c", "n"]
    assert gone(state(), state()) == []


# Gradients


def test_gradients_of_leaves_and_retained_ones_and_those_that_are_there() -> None:
    made = {"kind": "intermediate", "requires_grad": True, "is_leaf": False, "grad_fn": 1}
    now = state(
        {
            "w": parameter(1.0),
            "x": tensor(1.0),
            "h": tensor(1.0, **made),
            "r": tensor(1.0, retains_grad=True, **made),
            "put": tensor(1.0, grad=tensor(2.0)),
        }
    )
    before = state({"w": parameter(1.0, grad=tensor(3.0))})
    assert grads(now, before) == [
        Grad("w", tensor(3.0), None),
        Grad("r", None, None),
        Grad("put", None, tensor(2.0)),
    ]
    assert [grad.differs for grad in grads(now, before)] == [True, False, True]


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        ({"stats": replace(STATS, mean=9.0)}, True),
        ({"dtype": "torch.float64"}, True),
        ({"version": 7}, False),
        ({}, False),
    ],
)
def test_a_gradient_differs_if_it_looks_different(change: dict[str, object], differs: bool) -> None:
    large = tensor(shape=(0,), raw=None, stats=STATS)
    assert Grad("w", large, replace(large, **change)).differs == differs


# From one snapshot to another


def test_tensors_that_were_recorded_meanwhile_with_what_they_were_before() -> None:
    w = parameter(1.0)
    filled = replace(w, grad=tensor(2.0))
    made = trace(
        snapshot(0, tensors={"w": w, "other": WAS}),
        snapshot(1, tensors={"w": filled, "local": WAS}),
        snapshot(2, tensors={"y": WAS}, gone=("local",)),
    )
    changes = list(changed_tensors(made, 1, 2))
    assert [(change.name, change.before, change.now) for change in changes] == [
        ("w", w, filled),
        ("y", None, WAS),
    ]
    assert [change.prints_otherwise for change in changes] == [False, True]
    assert changes[0].grad_before is None
    assert changes[1].grad_before is None


@pytest.mark.parametrize(
    ("change", "otherwise"),
    [
        ({"raw": struct.pack("<f", 2.0)}, True),
        ({"kind": "leaf"}, True),
        ({"grad_fn": 7, "grad_fn_name": "X"}, True),
        ({"grad_fn": 7}, False),
        ({"version": 7}, False),
    ],
)
def test_what_prints_alike_is_not_said_to_have_changed(
    change: dict[str, object], otherwise: bool
) -> None:
    made = trace(
        snapshot(0, tensors={"a": WAS}), snapshot(1, tensors={"a": replace(WAS, **change)})
    )
    (found,) = changed_tensors(made, 1, 1)
    assert found.prints_otherwise == otherwise
