"""What a run uses, with all the processes that it has started: processor time and memory."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from autograd_tutor.kernel.os_limits import MEMORY_ENFORCED, resident
from autograd_tutor.limits.kernel import MOST_WRITTEN_FILES
from autograd_tutor.linux import children, descendants

_TICKS = os.sysconf("SC_CLK_TCK")
_MIB = 2**20
_KIB_PER_MIB = 1024
_SHARED = ("/memfd:", "/dev/shm/", "/dev/zero", "/SYSV")
"""How the names begin of files that are memory."""


def members(run: int, others: Iterable[int]) -> list[int]:
    """The processes of a run: those that descend from it, and orphans, which this one has adopted.

    `others` are other runs, and children that are none. Whose an orphan was is not known.
    """
    spared = {run, *others}
    orphans = [pid for pid in children(os.getpid()) if pid not in spared]
    trees = (descendants(pid) for pid in (run, *orphans))
    return [run, *orphans, *(pid for tree in trees for pid in tree)]


class ProcessorTime:
    """The processor time that processes use from one call of `used` to the next."""

    def __init__(self) -> None:
        self._before: dict[tuple[int, int], float] = {}

    def used(self, pids: Iterable[int]) -> float:
        """Seconds since the last call, of processes that are there now and of what they reaped."""
        now = dict(found for pid in pids for found in _times(pid))
        used = sum(seconds - self._before.get(key, 0.0) for key, seconds in now.items())
        self._before = now
        return max(0.0, used)


def _times(pid: int) -> Iterator[tuple[tuple[int, int], float]]:
    """A process, which its id and when it began tell apart, and its seconds of processor time."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        yield (pid, int(fields[19])), sum(map(int, fields[11:15])) / _TICKS


def memory(pids: Iterable[int], enough: int, folder: str = "") -> int:
    """MiB that processes take together, what they share counted once, and files in their `folder`.

    That takes long to find out. Where less than `enough` is certain, what they share may be counted
    for each.
    """
    pids = list(pids)
    if not MEMORY_ENFORCED:
        return sum(resident(pids).values())
    status = {pid: _kibibytes(f"/proc/{pid}/status") for pid in pids}
    files = _files(pids, folder)
    mapped = sum(rows.get("RssShmem", 0) for rows in status.values())
    own = sum(rows.get("RssAnon", 0) + rows.get("VmSwap", 0) for rows in status.values())
    if (own + mapped) // _KIB_PER_MIB + files <= enough:
        return (own + mapped) // _KIB_PER_MIB + files
    own = mapped = 0
    for pid, rows in status.items():
        # A process that refuses tracers refuses this too.
        shares = _kibibytes(f"/proc/{pid}/smaps_rollup") or rows
        own += shares.get("Pss_Anon", rows.get("RssAnon", 0))
        own += shares.get("SwapPss", rows.get("VmSwap", 0))
        mapped += shares.get("Pss_Shmem", rows.get("RssShmem", 0))
    return own // _KIB_PER_MIB + max(mapped // _KIB_PER_MIB, files)


def _kibibytes(file: str) -> dict[str, int]:
    """The sizes in a file that /proc has of a process, by name; empty if it is gone."""
    try:
        rows = Path(file).read_text().splitlines()
    except OSError:
        return {}
    found = (row.split() for row in rows if row.endswith(" kB"))
    return {name.rstrip(":"): int(number) for name, number, _ in found}


def _files(pids: Iterable[int], folder: str) -> int:
    """MiB of the files that are memory, or in the folder, each once, also if its name is gone."""
    found: dict[tuple[int, int], int] = {}
    counted = (*_SHARED, folder) if folder else _SHARED
    for pid in pids:
        with contextlib.suppress(OSError):
            for entry in os.scandir(f"/proc/{pid}/fd"):
                with contextlib.suppress(OSError):
                    if os.readlink(entry.path).startswith(counted):
                        _count(found, entry.stat())
    try:
        for number, status in enumerate(_written(folder)):
            _count(found, status)
            if number > MOST_WRITTEN_FILES:
                return sys.maxsize
    except OSError:  # it lies too deep, or was made unreadable: its size is not known
        return sys.maxsize
    return sum(found.values()) // _MIB


def _count(found: dict[tuple[int, int], int], status: os.stat_result) -> None:
    if stat.S_ISREG(status.st_mode):
        found[status.st_dev, status.st_ino] = 512 * status.st_blocks


def _written(folder: str) -> Iterator[os.stat_result]:
    """All that is in a folder. Raises OSError where that cannot be found out."""
    waiting = [folder] if folder else []
    while waiting:
        # What goes meanwhile is not there.
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            for entry in os.scandir(waiting.pop()):
                with contextlib.suppress(FileNotFoundError):
                    yield entry.stat(follow_symlinks=False)
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
