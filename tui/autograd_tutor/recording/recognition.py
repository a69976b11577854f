"""How a recording's file is recognized, before anything of it is read: quick to import."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from autograd_tutor.recording.printable import printable

MAGIC = b"\x89AGT\r\n\x1a\n"
"""No text begins so, and what rewrites line ends, or cuts at Ctrl-Z, damages it (as in PNG)."""

SUFFIX = ".agt"
"""The usual suffix. A file that has it is a recording, if perhaps a damaged one; any other file is
recognized by MAGIC."""


class RecordingError(Exception):
    """A recording cannot be read or written. Its text is one line: which file, what is wrong, and
    what to do. `message` is the last two, divided by "; ".
    """

    def __init__(self, path: str | os.PathLike[str], message: str) -> None:
        super().__init__(f"{printable(path)}: {message}")
        self.flaw, _, self.mend = message.rpartition("; ")


class UnfitOutput(RecordingError):
    """No recording can be written to the file that was named: another has to be."""


def is_recording(path: Path) -> bool:
    """Whether there is a file that begins as a recording does, or at least is named like one."""
    try:
        return (path.suffix.lower() == SUFFIX and path.is_file()) or begins_as_recording(path)
    except OSError:
        return False


def begins_as_recording(path: Path) -> bool:
    """Whether the file begins with MAGIC. Raises OSError for what is no file or cannot be read."""
    with open_file(path) as file:
        return file.read(len(MAGIC)) == MAGIC


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
