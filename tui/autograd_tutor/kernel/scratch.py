"""The folders that runs in a sandbox may write into: made for each, removed when it has ended."""

from __future__ import annotations

import os
import time
from contextlib import suppress

from autograd_tutor.limits import REMOVE_SECONDS


class Scratch:
    """A folder for each run, all in one that is made when the first is asked for.

    The guard knows the names, too: it removes what is left when the zygote is gone.
    """

    def __init__(self) -> None:
        self._name = f"autograd-tutor-{os.urandom(8).hex()}"
        given = os.environ.get("TMPDIR")
        self._parents = [*([os.path.abspath(given)] if given else []), "/tmp", "/var/tmp"]

    def make(self, run: int) -> str:
        """A new folder for a run; `` where none can be made."""
        for parent in self._parents:
            folder = os.path.join(parent, self._name, str(run))
            with suppress(OSError):
                os.makedirs(folder, 0o700)
                return folder
        return ""

    def remove(self, run: int | None = None, seconds: float = REMOVE_SECONDS) -> None:
        """Remove the folder of a run, or all; in part where that takes longer."""
        late = time.monotonic() + seconds
        for parent in self._parents:
            folder = os.path.join(parent, self._name)
            if os.path.isdir(folder):
                _remove(folder if run is None else os.path.join(folder, str(run)), late)
                with suppress(OSError):  # there are other runs
                    os.rmdir(folder)


def _remove(root: str, late: float) -> None:
    for folder, folders, files in os.walk(root, topdown=False):
        for name in files:
            with suppress(OSError):
                os.unlink(os.path.join(folder, name))
            if time.monotonic() > late:
                return
        for name in folders:
            path = os.path.join(folder, name)
            with suppress(OSError):
                (os.unlink if os.path.islink(path) else os.rmdir)(path)
    with suppress(OSError):
        os.rmdir(root)
