"""The start of the screen: torch is on its way before Textual is."""

from __future__ import annotations

import gc
import os
from contextlib import ExitStack
from functools import cache
from pathlib import Path

from autograd_tutor.client import Kernel, KernelEvent
from autograd_tutor.recording.recognition import is_recording
from autograd_tutor.ui.inbox import Inbox
from autograd_tutor.ui.options import Options
from autograd_tutor.ui.signals import Signals
from autograd_tutor.ui.terminal import Terminal


def open_course(target: str | None, options: Options) -> int:
    """Open a lesson, or the course where the learner left off; the program's exit status.

    The kernel is started before anything else is imported: torch takes longer than all the rest.
    For a recording there is none, until a lesson is opened from there. Raises CourseError or
    RecordingError when the target cannot be opened.
    """
    gc.disable()  # nothing of the start becomes garbage, and looking for it takes a fifth of it
    inbox: Inbox[KernelEvent] = Inbox()
    with Signals(Terminal()) as signals, ExitStack() as started:

        @cache
        def kernel() -> Kernel:
            return started.enter_context(Kernel(inbox.put))

        if target is None or not is_recording(Path(os.path.expanduser(target))):
            kernel()
        from autograd_tutor.ui.session import run

        status = run(kernel, inbox, target, options, signals)
    return status if signals.status is None else signals.status
