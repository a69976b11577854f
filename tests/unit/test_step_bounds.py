"""What a run may send of a step: each bound by itself, and nothing below it."""

from __future__ import annotations

import mmap

import pytest
from msgspec.structs import replace
from test_wire import RESULT, SNAPSHOT

from autograd_tutor.client import step_bounds
from autograd_tutor.client.step_bounds import StepBounds, TooMuch, resident_bytes
from autograd_tutor.limits import SNAPSHOT_PARTS, SPARE_RECORDS, STEP_WIRE_BYTES
from autograd_tutor.recording.picture import Looked
from autograd_tutor.recording.wire import ResultRecord, SnapshotRecord

MOMENT = SnapshotRecord(SNAPSHOT)


def test_records() -> None:
    bounds = StepBounds()
    bounds.asked(10)
    for _ in range(10 + 2 * SPARE_RECORDS):
        bounds.decoded(MOMENT)
    with pytest.raises(TooMuch):
        bounds.decoded(MOMENT)


def test_each_step_that_is_asked_for_has_its_own() -> None:
    bounds = StepBounds()
    for _ in range(5):
        bounds.asked(10)
        for _ in range(10):
            bounds.decoded(MOMENT)
        bounds.decoded(ResultRecord(RESULT))


def test_results_do_not_bring_more() -> None:
    bounds = StepBounds()
    bounds.asked(10)
    for _ in range(10 + 2 * SPARE_RECORDS):
        bounds.decoded(ResultRecord(RESULT))
    with pytest.raises(TooMuch):
        bounds.decoded(ResultRecord(RESULT))


def test_bytes_of_a_step() -> None:
    bounds = StepBounds()
    bounds.asked(10)
    for _ in range(2):
        bounds.arrived(STEP_WIRE_BYTES)
        bounds.decoded(ResultRecord(RESULT))
    bounds.arrived(STEP_WIRE_BYTES)
    with pytest.raises(TooMuch):
        bounds.arrived(1)


def test_each_picture_that_is_asked_for_has_its_own_bytes() -> None:
    bounds = StepBounds()
    bounds.asked(0)
    for _ in range(3):
        bounds.arrived(STEP_WIRE_BYTES)
        bounds.decoded(Looked(1, None))
    bounds.arrived(STEP_WIRE_BYTES)
    with pytest.raises(TooMuch):
        bounds.arrived(1)


@pytest.mark.parametrize("field", ["pictures", "tensors", "values", "gone", "held"])
def test_names_of_a_snapshot(field: str) -> None:
    names = [str(number) for number in range(SNAPSHOT_PARTS + 1)]
    bare = replace(SNAPSHOT, tensors={}, values={}, gone=(), held=())
    most = tuple(names[1:]) if field in ("gone", "held") else dict.fromkeys(names[1:], "")
    more = tuple(names) if field in ("gone", "held") else dict.fromkeys(names, "")
    bounds = StepBounds()
    bounds.decoded(SnapshotRecord(replace(bare, **{field: most})))
    with pytest.raises(TooMuch):
        bounds.decoded(SnapshotRecord(replace(bare, **{field: more})))


def test_memory_of_the_interface(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond its bound each run may still take some: what an earlier one took may stay."""
    resident = [step_bounds.INTERFACE_BYTES]
    monkeypatch.setattr(step_bounds, "resident_bytes", lambda: resident[0])
    bounds = StepBounds()
    resident[0] += step_bounds.SPARE_BYTES
    bounds.arrived(1)
    resident[0] += 1
    with pytest.raises(TooMuch):
        bounds.arrived(1)


def test_memory_below_the_bound_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    resident = [0]
    monkeypatch.setattr(step_bounds, "resident_bytes", lambda: resident[0])
    bounds = StepBounds()
    resident[0] = step_bounds.INTERFACE_BYTES
    bounds.arrived(1)


def test_memory_is_what_the_system_says() -> None:
    before = resident_bytes()
    if before:  # not every system says it
        with mmap.mmap(-1, 2**26) as block:  # new memory, not what was freed before
            block[:] = b"x" * len(block)
            assert resident_bytes() - before > len(block) // 2
