"""One session of the application: what it opens with, and how it ends."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import cast

from textual.driver import Driver

from autograd_tutor.client import Kernel, KernelEvent
from autograd_tutor.course import library
from autograd_tutor.course import target as targets
from autograd_tutor.course.model import Lesson
from autograd_tutor.course.problem import CourseError
from autograd_tutor.playing.played import Played
from autograd_tutor.progress import Progress
from autograd_tutor.ui.app import TutorApp
from autograd_tutor.ui.driver import TerminalDriver
from autograd_tutor.ui.inbox import Inbox
from autograd_tutor.ui.options import Options
from autograd_tutor.ui.signals import Signals


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
    progress = Progress.open()
    try:
        first = _found(target) if target is not None else _left_off(progress)
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


def _found(target: str) -> Lesson | Played:
    """The lesson, or the recording of one, that a person means."""
    found = targets.find(target)
    if found.recording is None:
        return found.lesson
    from autograd_tutor.playing.saved_run import SavedRun

    return SavedRun(found)


def _left_off(progress: Progress) -> Lesson | None:
    """The lesson the learner had open last, if it is still there and in order."""
    left = progress.last_bookmark()
    try:
        return library.find(left.lesson) if left is not None else None
    except CourseError:
        return None
