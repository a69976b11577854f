"""Asks the operating system for what it enforces on the kernel's processes."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

MEMORY_ENFORCED = sys.platform == "linux"
"""Whether `bound_memory` works: elsewhere the zygote checks `resident` memory instead."""


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
