"""What names stand for, from records made by hand."""

from __future__ import annotations

from made import parameter, result_of, snapshot, tensor, trace
from msgspec.structs import replace

from autograd_tutor.analysis.changes import changed_tensors, grads
from autograd_tutor.analysis.contents import contents
from autograd_tutor.analysis.gradient_table import gradient_rows
from autograd_tutor.analysis.identity import Identity, Rebound, identity_at
from autograd_tutor.recording.trace import State
from autograd_tutor.render.gradients import gradients_listing
from autograd_tutor.render.tensors import tensors_listing

W = replace(parameter(1.0), identity=1, storage=2)
FILLED = replace(W, grad=tensor(4.0, identity=7, storage=8))
OTHER = replace(result_of(3, 2.0), identity=3, storage=4)


def test_the_oldest_name_explains_the_others() -> None:
    made = trace(
        snapshot(0, tensors={"v": OTHER}),
        snapshot(1, tensors={"w": W}),
        snapshot(2, tensors={"v": W, "f().w": W}),
    )
    assert identity_at(made, 2).same == {"v": "w", "f().w": "w"}
    assert identity_at(made, 2, ("v",)).same == {"w": "v", "f().w": "v"}
    assert identity_at(made, 1).same == {}


def test_a_gradient_is_called_after_its_tensor() -> None:
    assert FILLED.grad is not None
    made = trace(snapshot(0, tensors={"v": FILLED, "w": FILLED, "g": FILLED.grad}))
    assert identity_at(made, 0).same == {"w": "v", "g": "v.grad"}


def test_views_share_the_memory_of_what_has_most_elements() -> None:
    part, whole = tensor(1.0, identity=1, storage=9), tensor(1.0, 2.0, identity=2, storage=9)
    other, empty = tensor(1.0, identity=3, storage=4), tensor(identity=5, storage=9)
    made = trace(snapshot(0, tensors={"part": part, "whole": whole, "o": other, "e": empty}))
    assert identity_at(made, 0).sharing == {"part": "whole"}


def test_arrays_share_memory_with_tensors() -> None:
    one, two = tensor(1.0, identity=1, storage=9), tensor(1.0, identity=2, storage=9)
    moments = snapshot(0, tensors={"t": one}, arrays={"a": 9, "b": 3}), snapshot(1, arrays={})
    made = trace(*moments, snapshot(2, tensors={"u": two}))
    assert identity_at(made, 0).sharing == {"t": "a", "a": "t"}
    assert identity_at(made, 1).sharing == {}
    assert identity_at(made, 2).sharing == {"u": "t"}


def test_the_leaf_that_a_name_stood_for() -> None:
    third = replace(OTHER, identity=5)
    made = trace(
        snapshot(0, tensors={"w": FILLED}),
        snapshot(1, tensors={"w": OTHER, "earlier w": FILLED}),
        snapshot(2, tensors={"w": third}),
        snapshot(3, gone=("earlier w",)),
    )
    assert identity_at(made, 0).rebound == {}
    assert identity_at(made, 2).rebound == {"w": Rebound(1, 1, "earlier w", keeps_grad=True)}
    assert identity_at(made, 3).rebound == {"w": Rebound(1, 1, None, keeps_grad=False)}


def test_tensors_without_numbers_are_nobody() -> None:
    """Those of records in which they are not."""
    made = trace(snapshot(0, tensors={"a": parameter(1.0), "b": parameter(1.0)}))
    assert identity_at(made, 0) == Identity()


def test_a_gradient_changes_with_its_tensor_not_with_the_name() -> None:
    made = trace(
        snapshot(0, tensors={"w": FILLED}),
        snapshot(1, tensors={"w": OTHER, "earlier w": FILLED}),
    )
    (earlier,) = grads(made.state(1), made.state(0))
    assert (earlier.name, earlier.was, earlier.differs) == ("earlier w", FILLED.grad, False)
    w, kept = changed_tensors(made, 1, 1)
    assert (w.is_rebound, w.grad_before) == (True, None)
    assert (kept.was_called, kept.grad_before) == ("w", FILLED.grad)


def test_rows() -> None:
    state = State({"w": OTHER, "v": FILLED, "u": FILLED}, {})
    rebound = {"w": Rebound(1, 5, "earlier w", keeps_grad=True)}
    identity = Identity({"u": "v"}, {"v": "values"}, rebound)
    rows = [row.text for row in tensors_listing(contents(state, state, (), identity), 76).rows]
    assert rows[1] == "    another tensor since line 5; the earlier one keeps its .grad"
    assert rows[2] == "  ◆ v is u  (1,)  [1]  shares its memory with values"
    assert len(rows) == 3
    found = gradients_listing(gradient_rows(state, state, identity=identity), 76)
    shown = [row.text.rstrip() for row in found.rows]
    assert [text.split()[1] for text in shown if ".grad" in text] == ["v.grad"]
