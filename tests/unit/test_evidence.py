"""Evidence in a recording: looked up at a moment, refused where nobody recorded it, as JSON."""

from __future__ import annotations

from pathlib import Path

import pytest
from made import node, result, snapshot
from recording_files import forged, loaded, recording, refusal

from autograd_tutor.recording import export, validation
from autograd_tutor.recording.evidence import (
    Cleared,
    Evidence,
    Kept,
    Modes,
    Optimizer,
    Stepped,
    Warned,
)
from autograd_tutor.recording.trace import Recording
from autograd_tutor.recording.wire import ResultRecord, SnapshotRecord

OFF = Modes(grad=False)
SGD = Optimizer("SGD", (1, 2))
KEPT = Kept(1, "self", 4, 5, 0)


def run(*evidence: Evidence | None) -> Recording:
    """Steps of two moments each, with this evidence."""
    made = Recording()
    for step, found in enumerate(evidence):
        made.begin(step, "a\nb\n")
        made.add(SnapshotRecord(snapshot(0, step=step)))
        made.add(SnapshotRecord(snapshot(1, step=step, evidence=found)))
        made.add(ResultRecord(result(step=step)))
    return made


def test_steps_go_on_from_what_the_ones_before_left() -> None:
    made = run(
        Evidence(modes=OFF, optimizers={"opt": SGD}, training={"m": True}, kept=(KEPT,)),
        None,
        Evidence(training={"m": False}, gone=("opt",)),
    )
    first, second, third = (made.traces[step] for step in range(3))
    assert (first.modes(0), first.modes(1), second.modes(-1), third.modes(1)) == (
        Modes(), OFF, OFF, OFF,
    )  # fmt: skip
    assert (first.optimizers(0), second.optimizers(1), third.optimizers(1)) == (
        {}, {"opt": SGD}, {},
    )  # fmt: skip
    assert (first.training(0), second.training(0), third.training(0), third.training(1)) == (
        {}, {"m": True}, {"m": True}, {"m": False},
    )  # fmt: skip
    assert third.kept(1) == (KEPT,)
    assert third.kept(2) == ()


def test_a_name_is_an_optimizer_or_a_module() -> None:
    made = run(Evidence(optimizers={"a": SGD}), Evidence(training={"a": True}))
    assert (made.traces[1].optimizers(1), made.traces[1].training(1)) == ({}, {"a": True})


def test_a_name_that_has_parts_of_its_own_again_is_no_alias() -> None:
    made = run(Evidence(aliases={"f().a": "m", "b": "m"}), Evidence(training={"b": True}),
               Evidence(aliases={"b": "n"}, gone=("f().a",)))  # fmt: skip
    first, second, third = (made.traces[step] for step in range(3))
    assert [each.alias(1, "f().a") for each in (first, second, third)] == ["m", "m", None]
    assert [each.alias(1, "b") for each in (first, second, third)] == ["m", None, "n"]
    assert third.training(1) == {}


FORGED = {
    "kept by no node": (Evidence(kept=(KEPT,)), "by a node that was not found"),
    "a line beyond": (Evidence(warned=(Warned("UserWarning", "", 99),)), "a warning is of no line"),
    "not held": (Evidence(stepped=(Stepped("o", (1,), (2,)),)), "that it does not hold"),
    "often": (Evidence(stepped=(Stepped("o", (1,), (1, 1)),)), "more tensors than it holds"),
    "a name": (Evidence(cleared=(Cleared("\x1b[2J", ()),)), "control characters"),
    "an autocast": (Evidence(modes=Modes(autocast=("\n",))), "control characters"),
    "both": (Evidence(optimizers={"a": SGD}, training={"a": True}), "is an optimizer, too"),
    "alias": (Evidence(training={"a": True}, aliases={"a": "b"}), "an alias has parts of its own"),
    "alias gone": (Evidence(aliases={"a": "b"}, gone=("a",)), "is there and gone"),
    "a control": (Evidence(aliases={"a": "\x1b[2J"}), "control characters"),
    "gone": (Evidence(training={"a": True}, gone=("a",)), "is there and gone"),
}


@pytest.mark.parametrize("name", FORGED)
def test_what_nobody_recorded_is_refused(name: str, tmp_path: Path) -> None:
    found, shown = FORGED[name]
    assert shown in refusal(tmp_path, forged(recording(snapshot(0, evidence=found))))


@pytest.mark.parametrize(("held", "fits"), [(270, True), (300, False)])
def test_three_numbers_of_tensors_take_the_memory_of_one_other_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: int, fits: bool
) -> None:
    monkeypatch.setattr(validation, "RECORDING_PARTS", 100)
    cleared = Cleared("m", (*range(1, held + 1),))
    made = recording(snapshot(0, evidence=Evidence(cleared=(cleared,))))
    if fits:
        loaded(made, tmp_path)
    else:
        assert "more in it than fits" in refusal(tmp_path, forged(made))


def test_it_comes_back_from_a_file(tmp_path: Path) -> None:
    found = Evidence(OFF, {"opt": SGD}, {"m": True}, ("n",), kept=(KEPT,), aliases={"a": "m"})
    read = loaded(recording(snapshot(0, evidence=found, nodes=(node(1, "X"),))), tmp_path)
    assert read.traces[0].snapshots[0].evidence == found


def test_as_json_there_is_only_what_there_is() -> None:
    assert "evidence" not in export.snapshot(snapshot(0))
    found = Evidence(modes=OFF, stepped=(Stepped("opt", (1,), (1,)),))
    assert export.snapshot(snapshot(0, evidence=found))["evidence"] == {
        "modes": {"grad": False, "inference": False, "autocast": ()},
        "stepped": [{"optimizer": "opt", "held": (1,), "changed": (1,), "calls": 1}],
    }
