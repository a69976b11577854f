"""Large snapshots are decoded in slices, to the same as in one go, and are refused alike."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from test_wire import BACKWARD, ERROR, NODE, PASSED, SNAPSHOT, TENSOR

from autograd_tutor.recording.model import Snapshot, StepResult
from autograd_tutor.recording.slices import decode_record
from autograd_tutor.recording.wire import Record, ResultRecord, SetupFailed, SnapshotRecord

NAMES = [f"name {number}" for number in range(2000)]
LARGE = replace(
    SNAPSHOT,
    tensors=dict.fromkeys(NAMES, TENSOR),
    values=dict.fromkeys(NAMES, "x" * 50),
    nodes=(NODE,) * 5000,
    passes=PASSED.passes * 2000,
    gone=("x" * 100,) * 1000,
)
SMALL = replace(LARGE, tensors={}, values={}, nodes=(), passes=(), gone=())

decode_at_once = msgspec.msgpack.Decoder(Record).decode


def body(record: Record) -> bytes:
    return msgspec.msgpack.encode(record)


@pytest.mark.parametrize(
    "record",
    [
        SnapshotRecord(LARGE),
        SnapshotRecord(SMALL),
        SnapshotRecord(replace(LARGE, backward=BACKWARD.backward, error=ERROR)),
        SnapshotRecord(replace(SMALL, stdout="x" * 100_000)),
        ResultRecord(StepResult(0, True, 1, 0, None, (), None, 0.0)),
        SetupFailed(replace(ERROR, message="x" * 100_000)),
    ],
)
def test_it_gives_what_a_decoder_gives(record: Record) -> None:
    assert decode_record(body(record)) == decode_at_once(body(record)) == record


def test_fields_at_the_end_that_are_not_there_have_their_defaults() -> None:
    tag, fields = msgspec.msgpack.decode(body(SnapshotRecord(LARGE)))
    short = msgspec.msgpack.encode([tag, fields[:13]])
    assert decode_record(short) == decode_at_once(short)


def changed(field: str, value: Any) -> bytes:
    tag, fields = msgspec.msgpack.decode(body(SnapshotRecord(LARGE)))
    fields[Snapshot.__struct_fields__.index(field)] = value
    return msgspec.msgpack.encode([tag, fields])


ITEMS = msgspec.msgpack.decode(body(SnapshotRecord(LARGE)))[1]


@pytest.mark.parametrize(
    "damaged",
    [
        changed("line", -1),
        changed("event", "nothing"),
        changed("nodes", [*ITEMS[11], [0]]),
        changed("nodes", [*ITEMS[11], None]),
        changed("nodes", {"x": "y" * 100_000}),
        changed("nodes", None),
        changed("tensors", ITEMS[8] | {"last": 3}),
        changed("tensors", [None] * 100_000),
        changed("tensors", dict.fromkeys(map(str, range(100_001)))),
        changed("values", ITEMS[9] | {"last": 3}),
        changed("values", dict.fromkeys(map(str, range(100_001)), "")),
        changed("passes", [*ITEMS[14], "pass"]),
        changed("gone", [1] * 100_000),
        msgspec.msgpack.encode(["SnapshotRecord", ITEMS[:12]]),
        msgspec.msgpack.encode(["SnapshotRecord", "x" * 100_000]),
        msgspec.msgpack.encode(["SnapshotRecord", ITEMS])[:-1],
        msgspec.msgpack.encode(["SnapshotRecord", ITEMS]) + b"\xc0",
        msgspec.msgpack.encode(["NoRecord", ITEMS]),
        b"\xc0" * 100_000,
    ],
)
def test_it_refuses_what_a_decoder_refuses(damaged: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        decode_at_once(damaged)
    with pytest.raises(msgspec.MsgspecError):
        decode_record(damaged)
