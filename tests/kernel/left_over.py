"""Starts a kernel in a program that ends in one way or another, and sees what it leaves behind.

`python left_over.py KIND CODE`: a kernel executes CODE, and "done" is printed when that is over.
The program then ends when its standard input does, as it should, unless it is killed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from process_session import KERNELS, PATIENCE, Session

from autograd_tutor import linux
from autograd_tutor.recording.wire import Limits

_REAPER = """\
import os, subprocess, sys
from autograd_tutor import linux
linux.adopt_orphans()
program = subprocess.Popen(sys.argv[1:])
while True:
    try:
        os.wait()
    except ChildProcessError:
        break
"""
"""Ends when everything has ended that the program has started, and what this has started."""


def _users() -> tuple[str, ...]:
    if os.geteuid() != 0:
        return ("ordinary",)
    may_mount = subprocess.run(["unshare", "--mount", "true"], check=False).returncode == 0
    return ("root", "ordinary") if may_mount else ("root",)


USERS = _users()
"""The users as which programs can be started here."""


class Left:
    """A program with a kernel, started by a process that outlives all that they start."""

    def __init__(self, reaper: subprocess.Popen[str]) -> None:
        self._reaper = reaper
        self.program = linux.children(reaper.pid)[0]

    def wait_done(self) -> str:
        """Wait until the snippet is over; what the program says of that."""
        assert self._reaper.stdout is not None
        return self._reaper.stdout.readline()

    def quit(self) -> None:
        """Ask the program to end."""
        assert self._reaper.stdin is not None
        self._reaper.stdin.close()

    def kill(self) -> None:
        """End the program without asking."""
        os.kill(self.program, signal.SIGKILL)

    def wait_gone(self) -> None:
        """Wait until nothing is left; fails with what is."""
        try:
            self._reaper.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            left = {pid: _command(pid) for pid in linux.descendants(self._reaper.pid)}
            raise AssertionError(f"left behind: {left}") from None


@contextlib.contextmanager
def started(kind: str, code: str, user: str) -> Iterator[Left]:
    """Start a program whose kernel executes `code`."""
    program = (sys.executable, "-B", __file__, kind, code)
    command = (sys.executable, "-B", "-c", _REAPER, *program)
    folders = os.pathsep.join(path for path in sys.path if path)
    with subprocess.Popen(
        command if user == "root" else as_ordinary_user(command),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": folders},
    ) as reaper:  # fmt: skip
        assert reaper.stdout is not None
        assert reaper.stdout.readline() == "started\n"
        try:
            yield Left(reaper)
        finally:
            linux.end_descendants(reaper.pid, PATIENCE)
            reaper.kill()


def as_ordinary_user(command: Sequence[str]) -> tuple[str, ...]:
    """A command that does the same as a user without rights."""
    if os.geteuid() != 0:
        return tuple(command)
    drop = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all")
    command = (*drop, "--inh-caps=-all", *command)
    closed = [str(path) for path in Path(sys.base_prefix).parents if not path.stat().st_mode & 1]
    if not closed:
        return command
    # Python is in root's home: this user gets a copy of it that is open.
    script = (
        "layer=$(mktemp -d); mount -t tmpfs tmpfs $layer; mkdir $layer/upper $layer/work; "
        "mount -t overlay overlay "
        '-o "lowerdir=$0,upperdir=$layer/upper,workdir=$layer/work" "$0"; chmod o+rx "$0"; '
        'exec "$@"'
    )
    return ("unshare", "--mount", "sh", "-ec", script, closed[-1], *command)


def _command(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")[:200]
    return ""


def main() -> None:
    """Be the program."""
    kind, code = sys.argv[1:]
    print("started", flush=True)
    with Session(KERNELS[kind]) as session:
        run = session.start(Limits(seconds=PATIENCE))
        outcome = session.step(run, code, limits=Limits(seconds=2.0))
        error = outcome.error and outcome.error.message
        print("done", outcome.ended, error, outcome.stdout.split(), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
