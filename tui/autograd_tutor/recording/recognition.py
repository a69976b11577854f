"""What a recording's file is known by, before anything of it is read: quick to import."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

MAGIC = b"\x89AGT\r\n\x1a\n"
"""No text begins so, and what rewrites line ends, or cuts at Ctrl-Z, damages it (as in PNG)."""

SUFFIX = ".agt"
"""The usual suffix; the file is recognized by MAGIC."""


class RecordingError(Exception):
    """A recording cannot be read or written. Its text is one line: which file, what is wrong, and
    what to do. `message` is the last two, divided by "; ".
    """

    def __init__(self, path: str | os.PathLike[str], message: str) -> None:
        super().__init__(f"{printable(path)}: {message}")
        self.flaw, _, self.mend = message.rpartition("; ")


def is_recording(path: Path) -> bool:
    """Whether the file begins as a recording does; False for what is no file or cannot be read."""
    try:
        with open_file(path) as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def open_file(path: Path) -> BinaryIO:
    """The file, open for reading. Raises OSError, also for what is no ordinary file."""
    try:
        # A pipe must not block; O_NONBLOCK is nothing to a file.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except ValueError as error:  # a NUL in the path
        raise OSError(errno.EINVAL, "no path") from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "no ordinary file")
    return open(handle, "rb")


def printable(path: str | os.PathLike[str]) -> str:
    """The path, or any other text, with escapes for what is not printable."""
    name = os.fspath(path)
    return name if name.isprintable() else ascii(name)[1:-1]
