"""What Linux offers to keep processes together and out of reach; elsewhere these do nothing."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Container, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ctypes import CDLL

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_PAUSE = 0.0005


def die_with_parent(number: signal.Signals) -> None:
    """Have this signal sent to this process when the thread that started it ends."""
    prctl(_PR_SET_PDEATHSIG, number)


def adopt_orphans() -> None:
    """Make this process the parent of descendants whose parents end: see `end_children`."""
    prctl(_PR_SET_CHILD_SUBREAPER, 1)


def refuse_tracers(refuse: bool) -> None:
    """Whether processes of the same user may trace this one, read its memory or its descriptors.

    They may by default. What is forked meanwhile inherits it.
    """
    prctl(_PR_SET_DUMPABLE, 0 if refuse else 1)


def end_children(spared: Container[int], seconds: float) -> None:
    """Kill the children of this process that are not `spared`, and theirs, until there are none.

    Theirs come to this process when it adopts orphans. One that cannot end, or that may not be
    killed, is waited for until `seconds` are over.
    """
    late = time.monotonic() + seconds
    while found := [pid for pid in children(os.getpid()) if pid not in spared]:
        for pid in found:
            kill(pid)
            for descendant in descendants(pid):
                kill(descendant)
        left = [pid for pid in found if not _reaped(pid)]
        if left and time.monotonic() > late:
            return
        if left:
            time.sleep(_PAUSE)


def end_descendants(root: int, seconds: float) -> None:
    """Kill all that a process has started, and that this has started, until there are none."""
    late = time.monotonic() + seconds
    while found := [pid for pid in descendants(root) if alive(pid)]:
        for pid in found:
            kill(pid)
        if time.monotonic() > late:
            return
        time.sleep(_PAUSE)


def descendants(root: int) -> Iterator[int]:
    """The ids of a process's children and of theirs, without end; none without /proc."""
    waiting = children(root)
    while waiting:
        pid = waiting.pop()
        yield pid
        waiting += children(pid)


def children(pid: int) -> list[int]:
    """The ids of a process's children, of all its threads; none where there is no /proc."""
    found: list[int] = []
    with contextlib.suppress(OSError):  # also: a kernel built without CONFIG_PROC_CHILDREN
        for thread in os.listdir(f"/proc/{pid}/task"):
            found += map(int, Path(f"/proc/{pid}/task/{thread}/children").read_text().split())
    return found


def alive(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] not in {"Z", "X"}


def kill(pid: int) -> None:
    """Send SIGKILL to a process, if it is there and that is allowed."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)


def prctl(option: int, argument: int) -> None:
    """Call prctl(2), whatever comes of it."""
    if sys.platform == "linux":
        libc().prctl(option, argument, 0, 0, 0)


@cache
def libc() -> CDLL:
    """The C library."""
    import ctypes  # late: the interface rarely needs it

    return ctypes.CDLL(None, use_errno=True)


def _reaped(pid: int) -> bool:
    """Take a child's exit status; False: it has not ended, or another process traces it."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] != 0
    except ChildProcessError:
        return True
