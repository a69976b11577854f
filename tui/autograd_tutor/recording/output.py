"""Writes a file that replaces nothing but an earlier one of its kind, all of it or nothing."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from autograd_tutor.messages import _
from autograd_tutor.recording.printable import printable
from autograd_tutor.recording.recognition import RecordingError, UnfitOutput


class Kind(NamedTuple):
    """What is written."""

    name: str
    verb: str
    """What makes one: `record`."""
    suffix: str
    is_one: Callable[[Path], bool]
    """Whether a file is of this kind, and may be replaced. Raises OSError."""


_UNFIT = {
    errno.ENOENT: _("no file can be made in that folder; name another folder"),
    errno.ENOTDIR: _("there is no such folder; make it"),
    errno.EACCES: _("it may not be written there; name another folder, or change its permissions"),
    errno.EPERM: _("it may not be written there; name another folder, or change its permissions"),
    errno.EROFS: _("nothing can be written to that file system; name another folder"),
    errno.ENAMETOOLONG: _("the name is longer than the system allows; choose a shorter one"),
    errno.ELOOP: _("the links that lead there form a cycle; mend the links"),
}
"""Why nothing at all can be written to a file."""

_FAILURES = {
    errno.ENOSPC: _("the disk is full; make room and {verb} again"),
    errno.EDQUOT: _("your share of the disk is full; make room and {verb} again"),
    errno.EFBIG: _("the file would be larger than is allowed; {verb} less in it"),
}
"""Why this could not be written now; in braces what makes a file."""


def check_writable(path: Path, kind: Kind) -> None:
    """Raise RecordingError if `write` is sure to fail here, before something is made for it."""
    try:
        there = _status(path)
        folder = Path(os.path.realpath(path)).parent
        if there is not None:
            _check_replaceable(path, there.st_mode, kind)
        elif not folder.is_dir():
            raise UnfitOutput(
                path, _("there is no folder {folder}; make it").format(folder=printable(folder))
            )
        probe = _temporary(folder, kind)  # permissions alone do not say whether a file can be made
        open(probe, "xb").close()
        os.unlink(probe)
    except (OSError, ValueError) as error:
        raise _refusal(path, error, kind) from error


def _check_replaceable(path: Path, mode: int, kind: Kind) -> None:
    """Whether what is there may make room."""
    if stat.S_ISDIR(mode):
        raise UnfitOutput(path, _("this is a folder; name a file in it"))
    if not stat.S_ISREG(mode):
        raise UnfitOutput(path, _("this is no ordinary file; name another"))
    if not kind.is_one(path):
        raise UnfitOutput(
            path,
            _("this is no {name}, so it is not replaced; name another file").format(name=kind.name),
        )


def write(path: Path, pieces: Iterable[bytes], kind: Kind) -> int:
    """Write a file; returns how many bytes it has. Raises RecordingError.

    What was there before stays until the new file is whole.
    """
    check_writable(path, kind)
    real = Path(os.path.realpath(path))  # a link goes on leading to the file
    try:
        temporary = _temporary(real.parent, kind)
        try:
            with open(temporary, "xb") as file:
                for piece in pieces:
                    file.write(piece)
                size = file.tell()
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, real)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
    except OSError as error:
        raise _refusal(path, error, kind) from error
    return size


def _status(path: Path) -> os.stat_result | None:
    try:
        return os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _temporary(folder: Path, kind: Kind) -> Path:
    """A name in the folder that no other file has."""
    return folder / f".{os.urandom(4).hex()}{kind.suffix}"


def _refusal(path: Path, error: Exception, kind: Kind) -> RecordingError:
    """What to raise where a file cannot be written."""
    if not isinstance(error, OSError):
        return UnfitOutput(path, _("this is no path; check its spelling"))
    number = error.errno or 0
    if number in _UNFIT:
        return UnfitOutput(path, _UNFIT[number])
    if number in _FAILURES:
        return RecordingError(path, _FAILURES[number].format(verb=kind.verb))
    unknown = _("it cannot be written ({error}); name another file").format(
        error=error.strerror or error
    )
    return RecordingError(path, unknown)
