"""What Linux offers to keep processes together and out of reach; elsewhere these do nothing."""

from __future__ import annotations

import contextlib
import errno
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
_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2
_PAUSE = 0.0005

LANDLOCK_CREATE_RULESET = 444
"""The number of the system call, on every architecture."""
_LANDLOCK_CREATE_RULESET_VERSION = 1


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


def gain_no_rights() -> None:
    """Have no program that this process may start give it further rights."""
    prctl(_PR_SET_NO_NEW_PRIVS, 1)


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


def landlock_abi() -> int:
    """Which version of Landlock the system offers; below 1: none."""
    if sys.platform != "linux":
        return 0
    from ctypes import c_long

    arguments = (LANDLOCK_CREATE_RULESET, 0, 0, _LANDLOCK_CREATE_RULESET_VERSION)
    return int(libc().syscall(*map(c_long, arguments)))


def why_no_sandbox() -> str | None:
    """Why a run cannot be kept from files, network and processes on this system; None: it can."""
    if sys.platform != "linux":
        return "only Linux has what it takes"
    machine = os.uname().machine
    if machine not in {"x86_64", "aarch64"} or sys.maxsize < 2**32:  # a Python of 32 bits
        return f"it is made for x86_64 and aarch64, not for {machine}"
    if landlock_abi() < 1:
        return "this system does not offer Landlock, which Linux has since 5.13"
    from ctypes import c_ulong, get_errno

    # Without a filter: where there are filters, its address is what is wrong.
    libc().prctl(_PR_SET_SECCOMP, c_ulong(_SECCOMP_MODE_FILTER), None)
    return None if get_errno() == errno.EFAULT else "this system does not offer seccomp filters"


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
