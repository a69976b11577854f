"""Lessons, summaries and problems as bytes: between the reading process and us, and in a file."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TypeVar

import msgspec

from autograd_tutor.limits.records import MAX_FRAME

T = TypeVar("T")

_HEADER = 4
_CHUNK = 2**18


def pack(value: object) -> bytes:
    """The value as bytes. Paths are bytes in it: their names may be no text."""
    return msgspec.msgpack.encode(value, enc_hook=_as_bytes)


def unpack(data: bytes, kind: type[T]) -> T:
    """The value, of this type in all its parts. Raises ValueError for anything else."""
    try:
        return msgspec.msgpack.decode(data, type=kind, dec_hook=_as_path)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(str(error)) from error


def send(connection: socket.socket, data: bytes) -> None:
    """Send the bytes, their number before them."""
    connection.sendall(len(data).to_bytes(_HEADER, "big") + data)


def receive(connection: socket.socket) -> bytes | None:
    """What `send` sent; None where the connection ends before all of it is there."""
    header = _exactly(connection, _HEADER)
    length = int.from_bytes(header, "big")
    if len(header) < _HEADER or length > MAX_FRAME:
        return None
    data = _exactly(connection, length)
    return data if len(data) == length else None


def _exactly(connection: socket.socket, size: int) -> bytes:
    """So many bytes, or fewer where the connection ends."""
    data = bytearray()
    while len(data) < size:
        chunk = connection.recv(min(size - len(data), _CHUNK))
        if not chunk:
            break
        data += chunk
    return bytes(data)


def _as_bytes(value: object) -> bytes:
    if isinstance(value, Path):
        return os.fsencode(value)
    raise NotImplementedError(type(value))


def _as_path(kind: type, value: object) -> Path:
    if kind is Path and isinstance(value, bytes):
        return Path(os.fsdecode(value))
    raise TypeError("no path")
