"""Large snapshots are decoded in slices, to the same as in one go, and are refused alike."""

from __future__ import annotations

from collections.abc import Callable
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
import pytest
from msgspec import Meta, Raw, Struct
from msgspec.structs import fields, replace
from test_wire import BACKWARD, ERROR, NODE, PASSED, SNAPSHOT, TENSOR

from autograd_tutor.limits.records import RECORD_BYTES, RECORD_NODES, RECORD_PIECE
from autograd_tutor.recording import slices
from autograd_tutor.recording.model import Saved, Snapshot, StepResult
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

LONG = replace(TENSOR, shown="x" * 100_000)
DEEP = replace(LONG, grad=replace(LONG, grad=LONG), tangent=LONG)
SAVED = (Saved("self", LONG), Saved("dim", "x" * 100_000), Saved("other", "1"))
assert BACKWARD.backward is not None
WIDE = replace(BACKWARD.backward, grad_outputs=(TENSOR, None) * 4_000, saved=SAVED)
FULL = replace(PASSED.passes[0], returned=(LONG, None), saved=SAVED, inputs=("x" * 50,) * 3_000)

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
        SnapshotRecord(replace(SMALL, nodes=(replace(NODE, next=((9, 1), None) * 5_000),))),
        SnapshotRecord(replace(SMALL, tensors={"x": DEEP})),
        SnapshotRecord(replace(SMALL, backward=WIDE, passes=(FULL,))),
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
        changed("gone", ["x"] * 10_001),
        changed("stdout", "x" * (2**22 + 1)),
        changed("nodes", [[1, "A", [None] * 100_000, None, 1, 0, False, None]]),
        changed("backward", [1, 1, [None] * 100_000, []]),
        changed("backward", [1, 1, [], [None] * 9_000 + [[1] * 60_000]]),
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


def test_tensors_in_tensors_without_end_are_refused() -> None:
    tensor = LONG
    for _ in range(40):
        tensor = replace(tensor, grad=replace(LONG, grad=tensor))
    with pytest.raises(msgspec.ValidationError):
        decode_record(body(SnapshotRecord(replace(SMALL, tensors={"x": tensor}))))


HEAVY = {
    "inputs": replace(SMALL, nodes=(replace(NODE, next=((9, 1),) * 10_000),) * 90),
    "nodes": replace(SMALL, nodes=(NODE,) * RECORD_NODES),
    "gradients": replace(SMALL, backward=replace(WIDE, grad_inputs=(TENSOR,) * 10_000)),
    "passes": replace(SMALL, passes=PASSED.passes * 5_000),
    "names": replace(LARGE, gone=("x" * 500,) * 10_000),
    "texts": replace(SMALL, values=dict.fromkeys(NAMES[:7], "x" * 2**20)),
    "tensors": replace(SMALL, tensors=dict.fromkeys(NAMES[:20], DEEP)),
    "saved": replace(SMALL, backward=replace(WIDE, saved=SAVED * 30)),
}


@pytest.mark.parametrize("kind", HEAVY)
def test_no_piece_of_a_large_record_is_large(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all that is decoded at once: few bytes, one text, or a bounded number of bare parts."""
    pieces: list[tuple[int, Any]] = []

    def noting(kind: Any) -> Callable[[bytes], Any]:
        decoder = msgspec.msgpack.Decoder(kind)

        def decode(value: bytes) -> Any:
            found = decoder.decode(value)
            pieces.append((len(value), found))
            return found

        return decode

    monkeypatch.setattr(slices, "piece_decoder", noting)
    encoded = body(SnapshotRecord(HEAVY[kind]))
    assert decode_record(encoded) == SnapshotRecord(HEAVY[kind])
    assert RECORD_PIECE < len(encoded) < RECORD_BYTES
    large = [found for size, found in pieces if size >= RECORD_PIECE]
    assert large
    for found in large:
        parts = found.values() if isinstance(found, dict) else found
        bare = isinstance(found, str) or all(isinstance(each, Raw | str) for each in parts)
        assert bare, type(found)
        assert isinstance(found, str) or len(found) <= RECORD_NODES


def unbounded(kind: Any, path: str, seen: set[Any]) -> list[str]:
    """What in a type can be of any length, by the path that leads there."""
    bare, *metas = get_args(kind) if get_origin(kind) is Annotated else (kind,)
    has_bound = any(isinstance(meta, Meta) and meta.max_length is not None for meta in metas)
    origin, types = get_origin(bare), get_args(bare)
    if origin is Literal:
        return []
    if origin in (Union, UnionType):
        return [each for one in types for each in unbounded(one, path, seen)]
    if origin in (tuple, dict):
        fixed = origin is tuple and types[-1] is not Ellipsis
        own = [] if has_bound or fixed else [path]
        inner = [one for one in types if one is not Ellipsis]
        return own + [each for one in inner for each in unbounded(one, f"{path}[]", seen)]
    if bare in (str, bytes):
        return [] if has_bound else [path]
    if isinstance(bare, type) and issubclass(bare, Struct):
        if bare in seen:
            return []
        seen.add(bare)
        name = bare.__name__
        return [each for f in fields(bare) for each in unbounded(f.type, f"{name}.{f.name}", seen)]
    assert bare in (int, float, bool, type(None)), bare
    return []


def test_everything_of_a_record_has_a_bound() -> None:
    assert unbounded(Record, "", set()) == []


class Inner(Struct):
    text: str | None
    few: tuple[int, int] = (0, 0)


class Outer(Struct):
    many: tuple[Inner, ...]
    named: Annotated[dict[str, Inner], Meta(max_length=3)]


def test_a_field_without_a_bound_is_found() -> None:
    found = unbounded(Outer, "", set())
    assert found == ["Outer.many", "Inner.text", "Outer.named[]"]
