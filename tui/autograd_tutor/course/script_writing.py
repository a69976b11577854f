"""Writes the learner's code of a step into the script's file."""

from __future__ import annotations

import contextlib
import io
import os
import re
import stat
import tempfile
import tokenize
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from autograd_tutor.course import library
from autograd_tutor.course.model import Lesson, Step
from autograd_tutor.course.problem import LessonError
from autograd_tutor.messages import _
from autograd_tutor.recording.printable import printable


class NotWritten(Exception):
    """A sentence for the learner: why the file is as it was."""


def is_script(lesson: Lesson) -> bool:
    """Whether the lesson is a Python script, whose steps can be written to."""
    return lesson.path.suffix.lower() == ".py" and bool(lesson.version)


def write_step(lesson: Lesson, step: Step, code: str) -> None:
    """Put code in the place of the step's own in the file, which must be as it was read.

    Encoding, line ends, owner, permissions and, of a link, where it points to stay as they are; so
    does the file where it could not be opened as a lesson any more. Raises NotWritten.
    """
    name, path = printable(lesson.path.name), Path(os.path.realpath(lesson.path))

    def changed() -> bool:
        return library.changed(lesson)

    try:
        before = b"" if changed() else path.read_bytes()
        data = _with(before, step, code)
        if data is None or not _replace(path, data, before, changed):
            raise NotWritten(
                _("Not written: {name} has changed on disk. F5 reads it again.").format(name=name)
            )
    except UnicodeEncodeError as error:
        lacks = printable(error.object[error.start])
        raise NotWritten(
            _("Not written: {name} is {encoding}, which has no {lacks}.").format(
                name=name, encoding=error.encoding, lacks=lacks
            )
        ) from None
    except LessonError as error:
        problem = error.problems[0]
        raise NotWritten(
            _("Not written: line {line}: {message}.").format(
                line=problem.line, message=problem.message
            )
        ) from None
    except OSError as error:
        raise NotWritten(
            _("Not written: {name}: {strerror}.").format(name=name, strerror=error.strerror)
        ) from None


def _with(before: bytes, step: Step, code: str) -> bytes | None:
    """The file with the new code; None where the step's own is not in its place."""
    encoding, _unused = tokenize.detect_encoding(io.BytesIO(before).readline)
    parts = re.split("(\r\n|\r|\n)", before.decode(encoding))  # lines, and between them their ends
    own = step.code.rstrip().split("\n")
    first = 2 * (step.first_line - 1)
    place = slice(first, first + 2 * len(own) - 1)
    if "\n".join(parts[place][::2]).rstrip() != "\n".join(own):
        return None
    newline = (*parts[first + 1 :: 2], *parts[1::2], "\n")[0]
    parts[place] = [newline.join(code.rstrip().split("\n"))]
    return "".join(parts).encode(encoding)


def _replace(path: Path, data: bytes, before: bytes, changed: Callable[[], bool]) -> bool:
    """Put a new file in the place of the old one, unless that has `changed` until then.

    Where it has other names or somebody else's, it is written to instead; until that is done, the
    new file lies beside it. Raises OSError, and LessonError.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}.", suffix=path.suffix, dir=path.parent)
    try:
        with open(handle, "wb") as file:
            _put(file, data)
        library.load(Path(name))
        if changed():
            return False
        with open(path, "r+b") as file:  # also: whether it may be written
            if _made_alike(name, os.fstat(file.fileno())):
                os.replace(name, path)
                return True
            try:
                _put(file, data)
            except OSError:
                _put(file, before)
                raise
        return True
    finally:
        with contextlib.suppress(OSError):
            os.unlink(name)


def _made_alike(name: str, old: os.stat_result) -> bool:
    """Have a file be whose the old one is, for who may use that; whether it can take its place."""
    if old.st_nlink > 1:
        return False
    try:
        os.chown(name, old.st_uid, old.st_gid)
        os.chmod(name, stat.S_IMODE(old.st_mode))
    except PermissionError:
        return False
    return True


def _put(file: BinaryIO, data: bytes) -> None:
    """Make this what a file has in it, on the disk."""
    file.seek(0)
    file.write(data)
    file.truncate()
    file.flush()
    os.fsync(file.fileno())
