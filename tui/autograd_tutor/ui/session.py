"""One session of the application: what it opens with, and how it ends."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from autograd_tutor.client import Kernel, KernelEvent
from autograd_tutor.course import library, reading_process
from autograd_tutor.course import target as targets
from autograd_tutor.course.model import Lesson
from autograd_tutor.course.problem import LessonError, UnknownLesson
from autograd_tutor.course.trust import require_sandbox
from autograd_tutor.limits import LEFT_OFF_SECONDS
from autograd_tutor.playing.played import Played
from autograd_tutor.progress import Progress
from autograd_tutor.recording.recognition import is_recording
from autograd_tutor.ui.inbox import Inbox
from autograd_tutor.ui.options import Options
from autograd_tutor.ui.signals import Signals

if TYPE_CHECKING:
    from textual.driver import Driver


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
        if path is not None and not (library.in_course(path) or is_recording(path)):
            reading_process.prepare()
        # Late: meanwhile the process that reads the lesson gets ready.
        from autograd_tutor.ui.app import TutorApp
        from autograd_tutor.ui.driver import TerminalDriver

        first = _opened(path, target is not None)
        driver = cast("type[Driver]", partial(TerminalDriver, signals))
        app = TutorApp(kernel, inbox, progress, first, options, driver)
        app.run(mouse=options.mouse)
        if app._exception is not None and signals.status is None:
            raise app._exception
        return app.return_code or 0
    finally:
        progress.close()
        if progress.unsaved:
            reason = f"Progress of this sitting is not saved: {progress.unsaved}."
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


def _opened(path: Path | None, named: bool) -> Lesson | Played | None:
    """The lesson in a file, or the recording of one; None where it is in order no more.

    `named`: a person means this file, and is to know what is wrong with it.
    """
    if path is None:
        return None
    if not named:
        try:
            return library.load(path, LEFT_OFF_SECONDS)
        except LessonError:
            return None
    found = targets.load(path)
    if found.recording is None:
        return found.lesson
    from autograd_tutor.playing.saved_run import SavedRun

    return SavedRun(found)
