"""Asks the operating system for what it enforces on the kernel's processes."""

from __future__ import annotations

import ctypes
import resource
import subprocess
import sys
from collections.abc import Container, Iterable
from pathlib import Path
from signal import Signals

MEMORY_ENFORCED = sys.platform == "linux"
"""Whether `bound_memory` works: elsewhere the zygote checks `resident` memory instead."""

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def die_with_parent(signal: Signals) -> None:
    """Have `signal` sent to this process when the thread that started it ends (Linux only)."""
    _prctl(_PR_SET_PDEATHSIG, signal)


def adopt_orphans() -> None:
    """Make this process the parent of descendants whose parents end (Linux only): see `strays`."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def strays(known: Container[int]) -> list[int]:
    """The ids of this process's children that are not `known`: a run has left them behind."""
    try:
        children = Path("/proc/thread-self/children").read_text()
    except OSError:  # no /proc, or a kernel built without CONFIG_PROC_CHILDREN
        return []
    return [pid for pid in map(int, children.split()) if pid not in known]


def no_core_dumps() -> None:
    """Let a crash of the snippet leave no file behind."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def bound_memory(mebibytes: int) -> None:
    """Let this process allocate `mebibytes` more than it has; beyond that, allocations fail.

    RLIMIT_DATA counts private writable memory whether touched or not (Linux 4.7 and later).
    """
    if not MEMORY_ENFORCED:
        return
    pages = int(Path("/proc/self/statm").read_text().split()[5])
    size = pages * resource.getpagesize() + mebibytes * 2**20
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    bound = size if hard == resource.RLIM_INFINITY else min(size, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (bound, bound))


def resident(pids: Iterable[int]) -> dict[int, int]:
    """Resident memory in MiB by process id, from `ps`; processes that are gone are missing."""
    listed = ",".join(map(str, pids))
    try:
        table = subprocess.run(
            ("ps", "-o", "pid=,rss=", "-p", listed),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=5, check=False,
        ).stdout  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):  # without ps memory is not limited; not fatal
        return {}
    rows = (line.split() for line in table.splitlines())
    return {int(pid): int(kibibytes) // 1024 for pid, kibibytes in rows}


def _prctl(option: int, argument: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, argument, 0, 0, 0)
