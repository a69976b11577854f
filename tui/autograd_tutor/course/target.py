"""What a person means by a TARGET: a lesson, or a recording of one."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from autograd_tutor.course import library
from autograd_tutor.course.model import Lesson
from autograd_tutor.recording.printable import printable
from autograd_tutor.recording.recognition import is_recording
from autograd_tutor.recording.trace import Recording


class Target(NamedTuple):
    """A lesson; one that was recorded comes with its recording, and is not run."""

    lesson: Lesson
    recording: Recording | None = None

    @property
    def file(self) -> str:
        """The name of the lesson's file, without the folders that lead to it."""
        origin = self.recording.origin if self.recording is not None else None
        return origin.lesson.file if origin is not None else printable(self.lesson.path.name)


def find(target: str) -> Target:
    """The lesson or the recording that a person means. Torch is needed for neither.

    Raises UnknownLesson and LessonError as `library.find` does, RecordingError for a recording that
    cannot be read.
    """
    return load(library.locate(target))


def load(path: Path, languages: library.Languages = None) -> Target:
    """The lesson or the recording in a file. Raises LessonError or RecordingError."""
    if not is_recording(path):
        return Target(library.load(path, languages=languages))
    # Late: most targets are lessons, and no first screen has to wait for this.
    from autograd_tutor.course.saved import from_saved
    from autograd_tutor.recording import file

    recording = file.load(path)
    assert recording.origin is not None
    return Target(from_saved(recording.origin.lesson, path), recording)
