"""What a run may send of a step: each bound by itself, and nothing below it."""

from __future__ import annotations

import mmap
import select
from threading import Thread

import pytest
from msgspec.structs import replace
from test_wire import NODE, RESULT, SNAPSHOT

from autograd_tutor.client import run_connection, step_bounds
from autograd_tutor.client.run_connection import RunConnection
from autograd_tutor.client.step_bounds import StepBounds, TooMuch, resident_bytes
from autograd_tutor.limits.kernel import MOST_EDGES, STEP_SENT_BYTES
from autograd_tutor.limits.records import (
    RECORD_BYTES,
    SNAPSHOT_PARTS,
    SPARE_RECORDS,
    STEP_WIRE_BYTES,
)
from autograd_tutor.recording.picture import Looked
from autograd_tutor.recording.wire import (
    Limits,
    ResultRecord,
    SnapshotRecord,
    StartRun,
    StepRequest,
    encode,
)

MOMENT = SnapshotRecord(SNAPSHOT)
STEP = StepRequest(
    run=1, step=0, code="", filename="", expect=(), raises=None, limits=Limits(snapshots=10**6)
)


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


def test_an_honest_step_stays_within_its_bytes() -> None:
    """A line over the recorder's bound, the error that it raised, and the step's end."""
    assert STEP_SENT_BYTES + 3 * RECORD_BYTES <= STEP_WIRE_BYTES == 64 * 2**20


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


def test_edges_of_a_step() -> None:
    wide = replace(NODE, next=((1, 0),) * (MOST_EDGES // 30))
    bounds = StepBounds()
    for _ in range(2):
        bounds.decoded(SnapshotRecord(replace(SNAPSHOT, nodes=(wide,) * 30)))
        bounds.decoded(ResultRecord(RESULT))
    bounds.decoded(SnapshotRecord(replace(SNAPSHOT, nodes=(wide,) * 29)))
    with pytest.raises(TooMuch):
        bounds.decoded(SnapshotRecord(replace(SNAPSHOT, nodes=(wide, NODE))))


@pytest.mark.parametrize("size", [40, 5_000, 300_000, RECORD_BYTES - 1_000])
def test_what_is_decoded_in_one_turn(size: int) -> None:
    """However much waits: what one call of recv gives, and the record that this completes."""
    frame = encode(SnapshotRecord(replace(SNAPSHOT, gone=(), stdout="x" * min(size, 2**20))))
    if size > 2**20:
        values = dict.fromkeys(map(str, range(size // 2**20)), "x" * 2**20)
        frame = encode(SnapshotRecord(replace(SNAPSHOT, values=values)))
    run = RunConnection(StartRun(run=1, seed=0, setup="", limits=Limits()))
    run.ask(STEP, 0.0)
    run.theirs.setblocking(True)
    count = max(3, 2**22 // len(frame))
    sender = Thread(target=lambda: run.theirs.sendall(frame * count))
    sender.start()
    decoded = 0
    while decoded < count * len(frame):
        select.select([run.data], [], [])
        turn = len(list(run.read(0.0))) * len(frame)
        decoded += turn
        assert turn <= run_connection.CHUNK + len(frame)
    sender.join()
    run.close()


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
