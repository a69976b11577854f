"""Writes the learner's code of a step into the script's file."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
import tokenize
from pathlib import Path

from autograd_tutor.course import library
from autograd_tutor.course.model import Lesson, Step
from autograd_tutor.course.problem import LessonError
from autograd_tutor.course.reading import with_newlines
from autograd_tutor.recording.printable import printable


class NotWritten(Exception):
    """A sentence for the learner: why the file is as it was."""


def is_script(lesson: Lesson) -> bool:
    """Whether the lesson is a Python script, whose steps can be written to."""
    return lesson.path.suffix == ".py" and bool(lesson.version)


def write_step(lesson: Lesson, step: Step, code: str) -> None:
    """Put code in the place of the step's own in the file, which must be as it was read.

    Encoding, line ends, permissions and, of a link, where it points to stay as they are; so does
    the file where it could not be opened as a lesson any more. Raises NotWritten.
    """
    name, path = printable(lesson.path.name), lesson.path.resolve()
    try:
        data = None if library.changed(lesson) else _with(path.read_bytes(), step, code)
        if data is None:
            raise NotWritten(f"Not written: {name} has changed on disk. F5 reads it again.")
        _replace(path, data)
    except UnicodeEncodeError as error:
        lacks = printable(error.object[error.start])
        raise NotWritten(
            f"Not written: {name} is {error.encoding}, which has no {lacks}."
        ) from None
    except LessonError as error:
        problem = error.problems[0]
        raise NotWritten(f"Not written: line {problem.line}: {problem.message}.") from None
    except OSError as error:
        raise NotWritten(f"Not written: {name}: {error.strerror}.") from None


def _with(before: bytes, step: Step, code: str) -> bytes | None:
    """The file with the new code; None where the step's own is not in its place."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(before).readline)
    text = before.decode(encoding)
    lines = with_newlines(text).split("\n")
    own = step.code.rstrip().split("\n")
    place = slice(step.first_line - 1, step.first_line - 1 + len(own))
    if "\n".join(lines[place]).rstrip() != "\n".join(own):
        return None
    lines[place] = code.rstrip().split("\n")
    return ("\r\n" if "\r\n" in text else "\n").join(lines).encode(encoding)


def _replace(path: Path, data: bytes) -> None:
    """Put a new file in the place of the old one. Raises OSError, and LessonError."""
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}.", suffix=path.suffix, dir=path.parent)
    try:
        with open(handle, "wb") as file:
            file.write(data)
        library.load(Path(name))
        os.chmod(name, path.stat().st_mode & 0o7777)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
