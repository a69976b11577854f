"""The client's side of one run."""

from __future__ import annotations

import socket

from autograd_tutor.recording.wire import FrameReader, Record

SOCKET_BYTES = 2**18
"""Bytes that a socket holds before it is read."""


class RunConnection:
    """Its socket, and what has been asked of it."""

    def __init__(self, number: int) -> None:
        self.id = number
        self.pid: int | None = None
        self.data, self.theirs = socket.socketpair()
        for end in (self.data, self.theirs):
            for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):  # 8 KiB on macOS otherwise
                end.setsockopt(socket.SOL_SOCKET, option, SOCKET_BYTES)
        self.data.setblocking(False)
        self.reader: FrameReader[Record] = FrameReader(Record)
        self.steps: set[int] = set()
        """Those asked for and not yet ended."""
        self.broken = False
        """Whether something arrived that the recorder cannot have sent."""

    def close(self) -> None:
        """Close both ends of the data socket."""
        self.data.close()
        self.theirs.close()
