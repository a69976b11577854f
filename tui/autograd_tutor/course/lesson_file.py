"""Reads a lesson's file, here and now, however long that takes: see `reading_process`."""

from __future__ import annotations

import re
from pathlib import Path

from autograd_tutor.course.model import Lesson
from autograd_tutor.course.problem import LessonError, Problem, quoted
from autograd_tutor.course.reading import read_bytes


def lesson_id(path: Path) -> str:
    """A file's name without the number before it and the suffix: `01-parameters.yaml` gives
    `parameters`."""
    return re.sub(r"^\d+[-_. ]+(?=.)", "", path.stem)


def read(path: Path) -> Lesson:
    """The lesson in a file, `.yaml` or `.py`. Raises LessonError with all its problems.

    What reads it is imported late: the interface has it done by another process.
    """
    suffix = path.suffix.lower()
    data = read_bytes(path)
    if suffix == ".py":
        from autograd_tutor.course import script

        return script.read(data, path, lesson_id(path))
    if suffix == ".yaml":
        from autograd_tutor.course import format1

        return format1.read(data, path, lesson_id(path))
    message = f"a file ending in {quoted(suffix)}" if suffix else "a file without an ending"
    mend = "lessons end in .yaml, scripts in .py: rename it"
    raise LessonError((Problem(path, 1, 1, f"{message} is no lesson", mend),))
