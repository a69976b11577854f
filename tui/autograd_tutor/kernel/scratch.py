"""The folders that runs in a sandbox may write into: made for each, removed when it has ended."""

from __future__ import annotations

import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count

from autograd_tutor.limits.kernel import REMOVE_SECONDS

_PREFIX, _DIGITS = "autograd-tutor-run-", 16


class Scratch:
    """A folder for each run, all in one that is made when the first is asked for.

    The guard knows the names, too: it removes what is left when the zygote is gone. The zygote
    locks the folder, so that a later guard can tell one that was left by a killed program.
    """

    def __init__(self) -> None:
        self._name = f"{_PREFIX}{os.urandom(_DIGITS // 2).hex()}"
        given = os.environ.get("TMPDIR")
        self._parents = [*([os.path.abspath(given)] if given else []), "/tmp", "/var/tmp"]
        self._locked: dict[str, int] = {}
        """The folders that were made, and what keeps them locked."""

    def make(self, run: int) -> str:
        """A new folder for a run; `` where none can be made."""
        for parent in self._parents:
            folder = os.path.join(parent, self._name)
            with suppress(OSError):
                if folder not in self._locked or not os.path.isdir(folder):
                    self._make_locked(folder)
                os.mkdir(os.path.join(folder, str(run)), 0o700)
                return os.path.join(folder, str(run))
        return ""

    def close(self) -> None:
        """In a fork: leave the locks to the zygote."""
        while self._locked:
            os.close(self._locked.popitem()[1])

    def remove(self, run: int, seconds: float = REMOVE_SECONDS) -> None:
        """Remove the folder of a run; in part where that takes longer."""
        late = time.monotonic() + seconds
        for folder in self._locked:
            _remove(os.path.join(folder, str(run)), late)
            with suppress(OSError):  # there are other runs
                os.rmdir(folder)

    def remove_all(self, seconds: float) -> None:
        """In the guard: remove all, and what programs that were killed have left."""
        late = time.monotonic() + seconds
        for parent in self._parents:
            _remove(os.path.join(parent, self._name), late)
        for parent in self._parents:
            with suppress(OSError):
                for name in os.listdir(parent):
                    if _is_name(name):
                        _remove_left(os.path.join(parent, name), late)

    def _make_locked(self, folder: str) -> None:
        if folder in self._locked:
            os.close(self._locked.pop(folder))
        os.mkdir(folder, 0o700)
        self._locked[folder] = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(self._locked[folder], fcntl.LOCK_SH | fcntl.LOCK_NB)


def _is_name(name: str) -> bool:
    digits = name.removeprefix(_PREFIX)
    return len(name) - len(digits) == len(_PREFIX) and len(digits) == _DIGITS and digits.isalnum()


def _remove_left(folder: str, late: float) -> None:
    """Remove a folder of this user whose zygote is gone."""
    with suppress(OSError), _opened(folder) as file:
        found = os.fstat(file)
        if (found.st_uid, stat.S_IMODE(found.st_mode)) == (os.geteuid(), 0o700):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(folder, late)


@contextmanager
def _opened(folder: str) -> Iterator[int]:
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        yield file
    finally:
        os.close(file)


def _remove(root: str, late: float) -> None:
    """Remove a folder, into which nobody writes any more.

    Folders in its folders are moved up into it: they may lie so deep that no path reaches them.
    """
    above = (os.path.join(root, f"deep-{number}") for number in count())
    with suppress(OSError):
        while folders := _only_folders(root, late):
            for folder in folders:
                for deeper in _only_folders(folder, late):
                    os.chmod(deeper, 0o700)  # who may not write into it cannot move it
                    os.rename(deeper, next(path for path in above if not os.path.lexists(path)))
                os.rmdir(folder)
        os.rmdir(root)


def _only_folders(folder: str, late: float) -> list[str]:
    """Remove the files in a folder; the folders that are in it. Raises OSError."""
    os.chmod(folder, 0o700)
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if time.monotonic() > late:
                raise TimeoutError
            if entry.is_dir(follow_symlinks=False):
                found.append(entry.path)
            else:
                os.unlink(entry.path)
    return found
