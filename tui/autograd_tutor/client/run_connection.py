"""The client's side of one run: its records, and by when something has to come of it."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Iterator

from autograd_tutor.client.step_bounds import StepBounds
from autograd_tutor.limits.records import ANSWER_SECONDS, LATE_SECONDS, RECORD_BYTES
from autograd_tutor.recording.picture import Looked, LookRequest
from autograd_tutor.recording.wire import (
    BadFrame,
    EndCause,
    FrameReader,
    Record,
    ResultRecord,
    SnapshotRecord,
    StartRun,
    StepRequest,
)

CHUNK = 2**18
"""Bytes that are read, and decoded where they complete records, before others have their turn."""
_SOCKET_BYTES = 2**18


def _decode(body: bytes) -> Record:
    # Late: its decoders take a while to make, and the first record comes after the first screen.
    from autograd_tutor.recording.slices import decode_record

    return decode_record(body)


class RunConnection:
    """The client's side of one run."""

    def __init__(self, start: StartRun) -> None:
        self.id = start.run
        self.pid: int | None = None
        """None until it has started."""
        self.data, self.theirs = socket.socketpair()
        for end in (self.data, self.theirs):
            for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):  # 8 KiB on macOS otherwise
                end.setsockopt(socket.SOL_SOCKET, option, _SOCKET_BYTES)
        self.data.setblocking(False)
        self.killed: EndCause | None = None
        """Why the zygote was asked to kill it, if it was."""
        self._reader: FrameReader[Record] = FrameReader(Record, RECORD_BYTES, _decode)
        self._bounds = StepBounds(start.limits.share)
        self._steps: deque[tuple[int, float]] = deque()
        """Those asked for and not yet ended, with the seconds that each may take."""
        self._looks: set[int] = set()
        """The numbers of pictures that were asked for and have not come."""
        self._setup_seconds = start.limits.seconds
        self._since = 0.0
        self._arrived = 0.0
        """When something has last been read."""

    @property
    def awaited(self) -> bool:
        """Whether something has to come of it: its start, a result or its end."""
        return self.pid is None or bool(self._steps) or self.killed is not None

    def late(self, now: float) -> bool:
        """Whether its end or the result of its step should have come long ago.

        The zygote's own deadlines are shorter. The run may have deceived it, or does not die.
        `now` is in the same seconds as for `start` and the others.
        """
        if self.pid is None:  # the zygote may be importing what the last run was slow to import
            return False
        if self.killed is not None:
            return now > self._since + ANSWER_SECONDS
        if not self._steps:
            return False
        _, seconds = self._steps[0]
        return now > self._since + self._setup_seconds + seconds + LATE_SECONDS

    def broken_off(self, now: float) -> bool:
        """Whether it has sent a part of a record and then nothing for long: the snippet did that.

        What it sends later would be taken for the rest, the result of its step too.
        """
        return self._reader.pending > 0 and now > self._arrived + ANSWER_SECONDS

    def start(self, pid: int, now: float) -> None:
        """It has started."""
        self.pid, self._since = pid, now
        self.theirs.close()

    def ask(self, request: StepRequest | LookRequest, now: float) -> None:
        """It has been asked for a step, or for a picture."""
        if isinstance(request, LookRequest):
            self._looks.add(request.number)
            self._bounds.asked(0)
            return
        if not self._steps:
            self._since = now
        self._steps.append((request.step, request.limits.seconds))
        self._bounds.asked(request.limits.snapshots)

    def kill(self, cause: EndCause, now: float) -> None:
        """The zygote has been asked to kill it."""
        if self.killed is None:
            self.killed, self._since = cause, now

    def read(self, now: float) -> Iterator[Record]:
        """What has arrived. Raises BadFrame, TooMuch, BlockingIOError, and EOFError at the end."""
        data = self.data.recv(CHUNK)
        if not data:
            raise EOFError
        self._arrived = now
        self._bounds.arrived(len(data))
        for record in self._reader.feed(data):
            self._check(record, now)
            self._bounds.decoded(record)
            yield record

    def read_rest(self, now: float) -> Iterator[Record]:
        """What a run that is gone has left. Raises as `read` does."""
        for _ in range(4 * _SOCKET_BYTES // CHUNK):
            yield from self.read(now)

    def close(self) -> None:
        """Close both ends of the data socket."""
        self.data.close()
        self.theirs.close()

    def _check(self, record: Record, now: float) -> None:
        match record:
            case SnapshotRecord(snapshot):
                step = snapshot.step
            case ResultRecord(result):
                step = result.step
            case Looked(number, _):
                if number not in self._looks:
                    raise BadFrame("a picture that was not asked for")
                self._looks.remove(number)
                return
            case _:
                return
        if all(step != asked for asked, _ in self._steps):
            raise BadFrame("a record of a step that was not asked for")
        if isinstance(record, ResultRecord):
            self._steps = deque(each for each in self._steps if each[0] != step)
            self._since, self._setup_seconds = now, 0.0
