"""Takes the learner's progress to another computer: one file, out and in."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from autograd_tutor.limits.progress import LARGEST_EXPORT
from autograd_tutor.messages import _, count, noun
from autograd_tutor.progress import Progress
from autograd_tutor.progress.exported import NotExported, from_bytes, to_bytes
from autograd_tutor.progress.known import Known
from autograd_tutor.recording.printable import printable
from autograd_tutor.recording.recognition import open_file

STANDARD = "-"
"""Names standard input or output."""


class TransferError(Exception):
    """Progress cannot be exported or imported; the text says why."""


class UnfitFile(TransferError):
    """The file that was named cannot be used: another has to be."""


def export(name: str) -> str:
    """Write all progress into a file; returns what there is to say. Raises TransferError.

    An earlier export is replaced; any other file is left as it is.
    """
    progress = Progress.open()
    progress.close()
    if progress.failure:
        raise TransferError(
            _("the progress cannot be read: {failure}").format(failure=printable(progress.failure))
        )
    known = progress.known()
    data = to_bytes(known)
    if len(data) > LARGEST_EXPORT:
        raise TransferError(
            _("the progress takes more than {largest_export} MiB").format(
                largest_export=LARGEST_EXPORT // 2**20
            )
        )
    if name == STANDARD:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return ""
    path = Path(os.path.expanduser(name))
    _check_replaceable(path)
    try:
        _write(path, data)
    except (OSError, ValueError) as error:
        raise UnfitFile(_cannot(_("{path} cannot be written: {reason}"), path, error)) from error
    return _("Wrote {known} to {path}.").format(known=_amounts(known), path=printable(path))


def take_in(name: str) -> str:
    """Merge an exported file with the progress here; returns what was new. Raises TransferError."""
    path = Path(os.path.expanduser(name))
    try:
        data = _read(path) if name != STANDARD else sys.stdin.buffer.read(LARGEST_EXPORT + 1)
    except OSError as error:
        raise UnfitFile(_cannot(_("{path} cannot be read: {reason}"), path, error)) from error
    try:
        other = from_bytes(data)
    except NotExported as error:
        source = _("standard input") if name == STANDARD else printable(path)
        raise TransferError(
            _("{source} cannot be imported: {error}").format(source=source, error=error)
        ) from error
    progress = Progress.open()
    new = other.without(progress.known())
    progress.take_in(other)
    progress.save()
    progress.close()
    if reason := progress.failure or progress.unsaved:
        raise TransferError(
            _("what was imported is not saved: {reason}").format(reason=printable(reason))
        )
    return (
        _("New here: {new}.").format(new=_amounts(new))
        if new
        else _("There was nothing new in it.")
    )


def _amounts(known: Known) -> str:
    kinds = [key.kind for key in known.notes]
    parts = (
        (len(known.bookmarks), noun("place")),
        (sum(len(steps) for steps in known.finished.values()), noun("step")),
        (kinds.count("question"), noun("question")),
        (kinds.count("exercise"), noun("exercise")),
        (kinds.count("lesson"), noun("finished lesson")),
        (kinds.count("review"), noun("review")),
    )
    words = [count(number, what) for number, what in parts if number]
    if len(words) > 1:
        return _("{first} and {last}").format(first=", ".join(words[:-1]), last=words[-1])
    return words[0] if words else _("nothing")


def _check_replaceable(path: Path) -> None:
    if not os.path.lexists(path):
        return
    try:
        from_bytes(_read(path))
    except (OSError, NotExported):
        what = _("{path} is there and is no earlier export; name another file").format(
            path=printable(path)
        )
        raise UnfitFile(what) from None


def _read(path: Path) -> bytes:
    with open_file(path) as file:
        return file.read(LARGEST_EXPORT + 1)


def _write(path: Path, data: bytes) -> None:
    """All of it or nothing, and for the learner's own eyes."""
    real = path.resolve()
    handle, name = tempfile.mkstemp(prefix=f"{real.name}.", dir=real.parent)
    try:
        with open(handle, "wb") as file:
            file.write(data)
        os.replace(name, real)
    except BaseException:
        os.unlink(name)
        raise


def _cannot(text: str, path: Path, error: Exception) -> str:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else error
    return text.format(path=printable(path), reason=reason)
