"""Decodes large records part by part: a decoder holds up all threads as long as it is at work.

What is decoded in one go has less than RECORD_PIECE bytes, or is one text. What is larger is cut
first, into parts that are not decoded yet: that is quick, and their number has a bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
from msgspec import Meta, Raw, Struct
from msgspec.structs import fields

from autograd_tutor.limits.records import RECORD_DEPTH, RECORD_PIECE
from autograd_tutor.recording.bounded import Name
from autograd_tutor.recording.model import Snapshot
from autograd_tutor.recording.wire import Record, SnapshotRecord

_HEAD = msgspec.msgpack.encode(("SnapshotRecord",)).replace(b"\x91", b"\x92", 1)
"""How a snapshot's record of a tag and the snapshot begins."""

_MOST_FIELDS = Meta(max_length=100)

_ARRAYS = frozenset({*range(0x90, 0xA0), 0xDC, 0xDD})
"""The first bytes of arrays, which structs are, too."""


def decode_record(body: bytes) -> Record:
    """The same as a decoder gives, and the same exceptions; other threads run in between."""
    if len(body) < RECORD_PIECE or not body.startswith(_HEAD):
        record: Record = piece_decoder(Record)(body)
        return record
    _, snapshot = piece_decoder(tuple[str, Raw])(body)
    return SnapshotRecord(_decode_all(Snapshot, [snapshot], RECORD_DEPTH)[0])


@cache
def piece_decoder(kind: Any) -> Callable[[bytes | Raw], Any]:
    """What decodes a value of this type while no other thread runs."""
    return msgspec.msgpack.Decoder(kind).decode


def _decode_all(kind: Any, values: Iterable[Raw], depth: int) -> list[Any]:
    """Values of one type, which may be large down to so many levels."""
    decode = piece_decoder(kind)
    return [
        decode(value) if len(value) < RECORD_PIECE else _decode_large(kind, value, depth)
        for value in values
    ]


def _decode_large(kind: Any, value: Raw, depth: int) -> Any:
    if not depth:
        raise msgspec.ValidationError("records inside of each other without end")
    bare, *bounds = get_args(kind) if get_origin(kind) is Annotated else (kind,)
    origin, types = get_origin(bare), get_args(bare)
    if origin in (Union, UnionType):
        arrays = [each for each in types if _is_array(each)]
        if arrays and memoryview(value)[0] in _ARRAYS:
            return _decode_large(arrays[0], value, depth)
    elif isinstance(bare, type) and issubclass(bare, Struct):
        return _decode_struct(bare, value, depth)
    elif origin is tuple and types[-1] is Ellipsis:
        items = piece_decoder(Annotated[list[Raw], *bounds])(value)
        return tuple(_decode_all(types[0], items, depth - 1))
    elif origin is dict:
        named = piece_decoder(Annotated[dict[Name, Raw], *bounds])(value)
        return dict(zip(named, _decode_all(types[1], named.values(), depth - 1), strict=True))
    return piece_decoder(kind)(value)


def _decode_struct(kind: type[Struct], value: Raw, depth: int) -> Struct:
    values = piece_decoder(Annotated[list[Raw], _MOST_FIELDS])(value)
    known = fields(kind)
    if len(values) < sum(field.required for field in known):
        raise msgspec.ValidationError(f"a {kind.__name__} without some of its fields")
    pairs = zip(known, values, strict=False)
    return kind(*[_decode_all(field.type, [each], depth - 1)[0] for field, each in pairs])


def _is_array(kind: Any) -> bool:
    bare = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    return get_origin(bare) is tuple or (isinstance(bare, type) and issubclass(bare, Struct))
