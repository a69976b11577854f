"""One session of the application: what it opens with, and how it ends."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from autograd_tutor.client import Kernel, KernelEvent
from autograd_tutor.course import library
from autograd_tutor.course.model import Lesson
from autograd_tutor.course.problem import CourseError, LessonError, UnknownLesson, Unread
from autograd_tutor.course.trust import require_sandbox
from autograd_tutor.limits.lessons import LEFT_OFF_SECONDS, READ_SECONDS
from autograd_tutor.messages import _
from autograd_tutor.playing.played import Played
from autograd_tutor.progress import Progress
from autograd_tutor.recording.printable import printable
from autograd_tutor.recording.recognition import is_recording
from autograd_tutor.ui.inbox import Inbox
from autograd_tutor.ui.late import missing, postponed
from autograd_tutor.ui.options import Options
from autograd_tutor.ui.signals import Signals

if TYPE_CHECKING:
    from textual.driver import Driver

    from autograd_tutor.course.asked import Asked


def run(
    kernel: Callable[[], Kernel],
    inbox: Inbox[KernelEvent],
    target: str | None,
    options: Options,
    signals: Signals,
) -> int:
    """Open a lesson, or the course where the learner left off; the program's exit status.

    Raises CourseError or RecordingError when the target cannot be opened.
    """
    if options.sandbox:
        require_sandbox()
    progress = Progress.open()
    try:
        path = _path(target, progress)
        reading = None
        if options.preview and path is not None and is_recording(path):
            raise CourseError(
                _("{path} is a recording, which does not change; open it.").format(
                    path=printable(path)
                )
            )
        if path is not None and not is_recording(path):
            reading = _Reading(path, READ_SECONDS if target is not None else LEFT_OFF_SECONDS)
        # Late: meanwhile the lesson is read. The command palette is not needed yet, TLS never.
        with postponed("textual.command"), missing("ssl"):
            from autograd_tutor.ui.app import TutorApp
            from autograd_tutor.ui.driver import TerminalDriver

        first = _opened(path, reading, target is not None, options.preview)
        if options.asked is not None:
            first = _as_asked(first, options.asked)
        driver = cast("type[Driver]", partial(TerminalDriver, signals))
        app = TutorApp(kernel, inbox, progress, first, options, driver)
        app.run(mouse=options.mouse)
        if app._exception is not None and signals.status is None:
            raise app._exception
        return app.return_code or 0
    finally:
        progress.close()
        if progress.unsaved:
            reason = _("Progress of this sitting is not saved: {unsaved}.").format(
                unsaved=progress.unsaved
            )
            print(f"autograd-tutor: {reason}", file=sys.stderr)


def _path(target: str | None, progress: Progress) -> Path | None:
    """The file that a person means, or that of the lesson the learner had open last."""
    if target is not None:
        return library.locate(target)
    left = progress.last_bookmark()
    try:
        return library.locate(left.lesson) if left is not None else None
    except UnknownLesson:
        return None


def _opened(
    path: Path | None, reading: _Reading | None, named: bool, preview: bool
) -> Lesson | Played | LessonError | None:
    """The lesson in a file, or the recording of one; None where it is in order no more.

    `named`: a person means this file, and is to know what is wrong with it; `preview`: on screen.
    """
    if reading is not None:
        try:
            return reading.result()
        except LessonError as error:
            if preview and os.path.isfile(error.problems[0].path):
                return error
            if named:
                raise
            return None
    if path is None:
        return None
    from autograd_tutor.course import target as targets
    from autograd_tutor.playing.saved_run import SavedRun

    return SavedRun(targets.load(path))


def _as_asked(
    first: Lesson | Played | LessonError | None, asked: Asked
) -> Lesson | Played | LessonError | None:
    """The script as it is to be run. Raises UnfitOptions for what is none."""
    if isinstance(first, Lesson):
        return asked.of_lesson(first)
    if isinstance(first, LessonError) or first is None:
        return first
    return asked.refuse_recording()


class _Reading:
    """A lesson that is read while this process does something else."""

    def __init__(self, path: Path, seconds: float) -> None:
        self._path = path
        self._seconds = seconds
        self._found: Lesson | LessonError
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def result(self) -> Lesson:
        """The lesson, as soon as it is read. Raises LessonError."""
        self._thread.join()
        if isinstance(self._found, Unread) and library.in_course(self._path):
            return library.load(self._path)  # it is in order, the machine is busy
        if isinstance(self._found, LessonError):
            raise self._found
        return self._found

    def _read(self) -> None:
        try:
            self._found = library.load_apart(self._path, self._seconds)
        except LessonError as error:
            self._found = error
