"""The zygote's end of the connection to the client: commands, with sockets, and reports."""

from __future__ import annotations

import os
import socket
from collections import deque
from collections.abc import Iterator

from autograd_tutor.limits.kernel import MOST_DESCRIPTORS
from autograd_tutor.recording.wire import Command, FrameReader, Report, encode

_CHUNK = 2**18


class Gone(Exception):
    """The client has closed its end."""


class Control:
    """Reads commands and sends reports. Raises Gone."""

    def __init__(self, end: socket.socket) -> None:
        self.end = end
        self._reader: FrameReader[Command] = FrameReader(Command)
        self._descriptors: deque[int] = deque()

    def commands(self) -> Iterator[Command]:
        """Those that have arrived, of which there is something to read."""
        try:
            data, descriptors, _, _ = socket.recv_fds(self.end, _CHUNK, MOST_DESCRIPTORS)
        except ConnectionError:
            data, descriptors = b"", []
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)
        self._descriptors += descriptors
        if not data:
            raise Gone
        yield from self._reader.feed(data)

    def next_socket(self) -> socket.socket:
        """What came with the command to start a run."""
        return socket.socket(fileno=self._descriptors.popleft())

    def report(self, report: Report) -> None:
        """Send a report."""
        try:
            self.end.sendall(encode(report))
        except OSError as error:
            raise Gone from error

    def close(self) -> None:
        """In a fork: leave it to the zygote."""
        for descriptor in self._descriptors:
            os.close(descriptor)
        self.end.close()
