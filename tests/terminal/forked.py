"""Commands that are forks of one process that has imported all they need, torch too.

Importing torch takes longer than what most tests of a command do. In such a fork the command and
its kernel are the processes that they always are, one the child of the other, but neither is a
Python that starts. What is about that, or about what is imported when, is tested with `PROGRAM`.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from autograd_tutor.client import guard_process

OF_STARTS = ("LANG", "LC_", "PYTHON", "TEXTUAL", "NO_COLOR")
"""How variables begin of which a Python, or a module that it imports, takes notice at once."""
SECONDS = 60.0

_BOOT = (
    "import sys; sys.path.insert(0, {folder!r}); from terminal.nursery import serve; serve({fd})"
)


class Nursery:
    """The process that has imported all, and forks commands."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        """`variables`: of its environment. A command with others for a start gets a start."""
        self._variables = dict(variables)
        self._statuses: dict[int, int] = {}
        self._link, theirs = socket.socketpair()
        boot = _BOOT.format(folder=str(Path(__file__).parents[1]), fd=theirs.fileno())
        with theirs:
            self._process = subprocess.Popen(
                (sys.executable, "-P", "-c", boot), stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, pass_fds=(theirs.fileno(),),
                env={**variables, **guard_process._ENVIRONMENT},
            )  # fmt: skip
        self._replies = self._link.makefile("r")
        assert self._replies.readline() == "\n"

    def __enter__(self) -> Nursery:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._replies.close()
        self._link.close()
        self._process.wait(SECONDS)

    @property
    def pid(self) -> int:
        """Its id. All of its descendants are what is left of commands."""
        return self._process.pid

    def fits(self, variables: Mapping[str, str]) -> bool:
        """Whether a command with these variables can be a fork."""
        return self._of_start(variables) == self._of_start(self._variables)

    @staticmethod
    def _of_start(variables: Mapping[str, str]) -> dict[str, str]:
        return {name: each for name, each in variables.items() if name.startswith(OF_STARTS)}

    def start(
        self,
        arguments: Sequence[str],
        variables: Mapping[str, str],
        folder: str,
        streams: Sequence[int],
        terminal: bool,
    ) -> int:
        """The id of a command that has begun. `terminal`: the streams are that, to be its own."""
        request = [list(arguments), dict(variables), folder, terminal]
        socket.send_fds(self._link, [json.dumps(request).encode() + b"\n"], streams)
        while (line := self._replies.readline()).count(" ") == 1:
            self._note(line)
        return int(line)

    def status(self, pid: int, seconds: float | None) -> int | None:
        """How a command has ended, waited for so long; None: it has not. It is asked for once."""
        late = time.monotonic() + seconds if seconds is not None else None
        while pid not in self._statuses:
            left = None if late is None else max(0.0, late - time.monotonic())
            if not select.select([self._link], [], [], left)[0]:
                return None
            self._note(self._replies.readline())
        return self._statuses[pid]

    def _note(self, line: str) -> None:
        pid, status = line.split(" ")
        self._statuses[int(pid)] = os.waitstatus_to_exitcode(int(status))

    def run(
        self, arguments: Sequence[str], variables: Mapping[str, str], folder: Path, typed: bytes
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a command to its end, as `subprocess.run` does. `typed`: comes through a pipe."""
        ours, theirs = os.pipe()
        writer = threading.Thread(target=_write, args=(theirs, typed))
        writer.start()
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as complaints:
            streams = [ours, output.fileno(), complaints.fileno()]
            pid = self.start(arguments, variables, str(folder), streams, False)
            os.close(ours)
            status = self.status(pid, SECONDS)
            if status is None:
                os.kill(pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired(tuple(arguments), SECONDS)
            writer.join()
            for each in (output, complaints):
                each.seek(0)
            return subprocess.CompletedProcess(
                tuple(arguments), status, output.read(), complaints.read()
            )


def _write(descriptor: int, data: bytes) -> None:
    with suppress(BrokenPipeError), open(descriptor, "wb") as pipe:
        pipe.write(data)


class Forked(subprocess.Popen[bytes]):
    """A command on a terminal of its own, as `Popen` gives a handle on it."""

    def __init__(
        self,
        nursery: Nursery,
        arguments: Sequence[str],
        variables: Mapping[str, str],
        folder: str,
        terminal: int,
    ) -> None:
        self.args, self.returncode = arguments, None
        self.stdin = self.stdout = self.stderr = None
        self._child_created = True
        self._nursery = nursery
        self.pid = nursery.start(arguments, variables, folder, [terminal] * 3, True)

    def poll(self) -> int | None:
        return self._await(0.0)

    def wait(self, timeout: float | None = None) -> int:
        status = self._await(timeout)
        if status is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
        return status

    def _await(self, seconds: float | None) -> int | None:
        if self.returncode is None:
            self.returncode = self._nursery.status(self.pid, seconds)
        return self.returncode

    def __del__(self, *_: object) -> None:
        """Its end is the nursery's business."""
