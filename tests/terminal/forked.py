"""Commands that are forks of one process that has imported all they need, torch too.

Importing torch takes longer than what most tests of a command do. In such a fork the command and
its kernel are the processes that they always are, one the child of the other, but neither is a
Python that starts. What is about that, or about what is imported when, is tested with `PROGRAM`.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Any, NoReturn

from autograd_tutor import environment, linux
from autograd_tutor.client import guard_process

IMPORTED = (
    "torch", "numpy.random", "autograd_tutor.kernel.run", "autograd_tutor.kernel.zygote",
    "autograd_tutor.kernel.__main__", "autograd_tutor.cli", "autograd_tutor.plain",
    "autograd_tutor.check", "autograd_tutor.record", "autograd_tutor.grade",
    "autograd_tutor.dialogue.session",
)  # fmt: skip
OF_STARTS = ("LANG", "LC_", "PYTHON")
"""How variables begin of which a Python takes notice when it starts."""
SECONDS = 60.0

_BOOT = "import sys; sys.path.insert(0, {folder!r}); from terminal.forked import serve; serve({fd})"


class Nursery:
    """The process that has imported all, and the commands that it forks, one at a time."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        """`variables`: of its environment. A command with others for a start gets a start."""
        self._variables = dict(variables)
        self._link, theirs = socket.socketpair()
        boot = _BOOT.format(folder=str(Path(__file__).parents[1]), fd=theirs.fileno())
        with theirs:
            self._process = subprocess.Popen(
                (sys.executable, "-P", "-c", boot), stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, pass_fds=(theirs.fileno(),),
                env={**variables, **guard_process._ENVIRONMENT},
            )  # fmt: skip
        self._link.settimeout(SECONDS)
        self._replies = self._link.makefile("r")
        self._replies.readline()

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

    def run(
        self, arguments: Sequence[str], variables: Mapping[str, str], folder: Path, typed: bytes
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a command to its end, as `subprocess.run` does. `typed`: comes through a pipe."""
        ours, theirs = os.pipe()
        writer = threading.Thread(target=_write, args=(theirs, typed))
        writer.start()
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as complaints:
            streams = [ours, output.fileno(), complaints.fileno()]
            request = [list(arguments), dict(variables), str(folder)]
            socket.send_fds(self._link, [json.dumps(request).encode() + b"\n"], streams)
            os.close(ours)
            status = int(self._replies.readline())
            writer.join()
            for each in (output, complaints):
                each.seek(0)
            return subprocess.CompletedProcess(
                tuple(arguments), status, output.read(), complaints.read()
            )


def _write(descriptor: int, data: bytes) -> None:
    with suppress(BrokenPipeError), open(descriptor, "wb") as pipe:
        pipe.write(data)


# In the process that has imported all


def serve(number: int) -> NoReturn:
    """Fork the commands that are asked for, until nobody can ask any more."""
    os.set_inheritable(number, False)
    linux.adopt_orphans()
    for name in IMPORTED:
        import_module(name)
    guard_process.subprocess = SimpleNamespace(  # type: ignore[assignment,attr-defined]
        Popen=_popen, DEVNULL=subprocess.DEVNULL, PIPE=subprocess.PIPE,
        TimeoutExpired=subprocess.TimeoutExpired,
    )  # fmt: skip
    link = socket.socket(fileno=number)
    link.sendall(b"\n")
    while received := _request(link):
        streams, (arguments, variables, folder) = received
        pid = os.fork()
        if pid == 0:
            _be_command(streams, arguments, variables, folder)
        for each in streams:
            os.close(each)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:  # orphans
                pass
        link.sendall(f"{status}\n".encode())
    os._exit(0)


def _request(link: socket.socket) -> tuple[list[int], Any] | None:
    data, streams, _, _ = socket.recv_fds(link, 1 << 16, 3)
    while data and not data.endswith(b"\n"):
        data += link.recv(1 << 16)
    return (streams, json.loads(data)) if data else None


def _be_command(
    streams: list[int], arguments: list[str], variables: dict[str, str], folder: str
) -> NoReturn:
    """Be the program, as `python -m autograd_tutor ARGUMENTS` is."""
    from autograd_tutor.__main__ import main

    os.chdir(folder)
    _begin(variables, streams)
    sys.argv = ["autograd_tutor", *arguments]
    try:
        status = main()
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 1
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(status)


def _begin(variables: Mapping[str, str], streams: Sequence[int], kept: int = 2) -> None:
    """Have what a program that begins has: these streams and variables. `kept` stays open."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(3, kept)
    os.closerange(max(kept + 1, 3), 1 << 16)
    os.environ.clear()
    os.environ.update(variables)


def _popen(command: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
    """The kernel, as a fork: but not where a thread may hold what the fork needs."""
    if threading.active_count() > 1 or tuple(command[:-1]) != environment.boot(
        "autograd_tutor.kernel.__main__"
    ):
        return subprocess.Popen(command, **options)
    return _ForkedKernel(command, options["env"])


class _ForkedKernel(subprocess.Popen[bytes]):
    """What `Popen` makes of the kernel's command, without a Python that starts."""

    def __init__(self, command: Sequence[str], variables: Mapping[str, str]) -> None:
        self.args, self.returncode = command, None
        self.stdin = self.stdout = None
        self._child_created = True
        self._waitpid_lock = threading.Lock()
        read, write = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGCONT):
                signal.signal(number, signal.SIG_DFL)
            nothing = os.open(os.devnull, os.O_RDWR)
            _begin(variables, [nothing, nothing, write], int(command[-1]))
            sys.argv = ["-c", command[-1]]
            import_module("autograd_tutor.kernel.__main__").main()
        os.close(write)
        self.stderr = open(read, "rb", 0)  # noqa: SIM115  # the guard's handle closes it
