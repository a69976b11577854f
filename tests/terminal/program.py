"""How the tests start the program, and how they find what it left behind."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from autograd_tutor import linux

PROGRAM = (sys.executable, "-m", "autograd_tutor")
"""The program under test, as an argument vector."""

NURSERIES: set[int] = set()
"""The processes whose forks are commands under test."""

linux.adopt_orphans()

MARKER = "AUTOGRAD_TUTOR_TEST"
"""A variable in the environment of everything a test starts, children of children too."""


def environment(home: Path, **extra: str) -> dict[str, str]:
    """Build the environment of a person who logs in to an empty home, plus `extra`.

    Nothing else is passed on, so that neither the tester's locale, colours nor terminal matter.
    """
    home.mkdir(parents=True, exist_ok=True)
    env = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "AUTOGRAD_TUTOR_STATE": str(home / "state" / "autograd-tutor"),
        "AUTOGRAD_TUTOR_LESSONS": str(home / "lessons"),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        MARKER: str(home),
    }
    if "PYTHONPATH" in os.environ:
        env["PYTHONPATH"] = os.environ["PYTHONPATH"]
    return env | extra


def left_behind(home: Path) -> dict[int, str]:
    """Return the processes alive that were started in `environment(home)`: pid → command line.

    Needs /proc. Zombies, which only wait for their parent, are not alive. Some processes of a
    kernel show their environment to nobody but root: these are found as descendants of the tests,
    which adopt orphans. Commands that are forks are descendants of what has forked them.
    """
    expected = f"{MARKER}={home}".encode()
    descendants = set(linux.descendants(os.getpid()))
    forked = {pid for nursery in NURSERIES for pid in linux.descendants(nursery)}
    return {
        pid: command
        for pid, variables, command in _processes()
        if pid != os.getpid()
        and pid not in NURSERIES
        and (
            pid in forked
            or (pid in descendants if variables is None else expected in variables.split(b"\0"))
        )
    }


def wait_until_gone(home: Path, timeout: float = 30.0, spared: Collection[int] = ()) -> None:
    """Wait until nothing started in `environment(home)` is alive; fails with what still is.

    `spared`: the ids of processes that may be.
    """
    end = time.monotonic() + timeout
    pause = threading.Event()
    while left := {pid: name for pid, name in left_behind(home).items() if pid not in spared}:
        if time.monotonic() > end:
            raise AssertionError(f"still running after {timeout} s: {left}")
        pause.wait(0.02)


def _processes() -> Iterator[tuple[int, bytes | None, str]]:
    """The id, the environment unless it is secret, and the command line."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        variables: bytes | None = None
        try:
            command = (folder / "cmdline").read_bytes()
            with contextlib.suppress(PermissionError):
                variables = (folder / "environ").read_bytes()
        except OSError:  # ended meanwhile
            continue
        if command:
            yield int(folder.name), variables, command.replace(b"\0", b" ").decode(errors="replace")
