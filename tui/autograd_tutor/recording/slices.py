"""Decodes large records in slices: a decoder holds up all threads as long as it is at work."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Raw
from msgspec.structs import fields

from autograd_tutor.limits import RECORD_ITEMS, SNAPSHOT_NAMES
from autograd_tutor.recording.model import Node, Pass, Snapshot, Tensor
from autograd_tutor.recording.wire import Record, SnapshotRecord

_LARGE = 2**16
"""Bytes of a record that is decoded in some milliseconds at most."""

_HEAD = msgspec.msgpack.encode(("SnapshotRecord",)).replace(b"\x91", b"\x92", 1)
"""How a snapshot's record of a tag and the snapshot begins."""

_record: msgspec.msgpack.Decoder[Record] = msgspec.msgpack.Decoder(Record)
_fields = msgspec.msgpack.Decoder(tuple[str, list[Raw]])
_of_field: list[msgspec.msgpack.Decoder[Any]] = [
    msgspec.msgpack.Decoder(field.type) for field in fields(Snapshot)
]
_names = msgspec.msgpack.Decoder(Annotated[dict[str, Raw], Meta(max_length=SNAPSHOT_NAMES)])
_items = msgspec.msgpack.Decoder(Annotated[list[Raw], Meta(max_length=RECORD_ITEMS)])
_of_names: dict[str, msgspec.msgpack.Decoder[Any]] = {
    "tensors": msgspec.msgpack.Decoder(Tensor),
    "values": msgspec.msgpack.Decoder(str),
}
_of_items: dict[str, msgspec.msgpack.Decoder[Any]] = {
    "nodes": msgspec.msgpack.Decoder(Node),
    "passes": msgspec.msgpack.Decoder(Pass),
}


def decode_record(body: bytes) -> Record:
    """The same as a decoder gives, and the same exceptions; other threads run in between."""
    if len(body) < _LARGE or not body.startswith(_HEAD):
        return _record.decode(body)
    _, values = _fields.decode(body)
    if len(values) < len(Snapshot.__struct_fields__) - len(Snapshot.__struct_defaults__):
        raise msgspec.ValidationError("a snapshot without some of its fields")
    known = zip(Snapshot.__struct_fields__, _of_field, values, strict=False)
    return SnapshotRecord(Snapshot(*(_decode(name, whole, value) for name, whole, value in known)))


def _decode(name: str, whole: msgspec.msgpack.Decoder[Any], value: Raw) -> Any:
    """A field of a snapshot; what there is many of is decoded one by one."""
    if len(value) < _LARGE:
        return whole.decode(value)
    if name in _of_names:
        one = _of_names[name]
        return {key: one.decode(each) for key, each in _names.decode(value).items()}
    if name in _of_items:
        one = _of_items[name]
        return tuple([one.decode(each) for each in _items.decode(value)])
    return whole.decode(value)
