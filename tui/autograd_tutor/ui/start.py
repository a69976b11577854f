"""The start of the screen: torch is on its way before Textual is."""

from __future__ import annotations

import gc

from autograd_tutor.client import Kernel, KernelEvent
from autograd_tutor.ui.inbox import Inbox
from autograd_tutor.ui.options import Options


def open_course(target: str | None, options: Options) -> int:
    """Open a lesson, or the course where the learner left off; the program's exit status.

    The kernel is started before anything else is imported: torch takes longer than all the rest.
    Raises CourseError when the target is no lesson that can be opened.
    """
    gc.disable()  # nothing of the start becomes garbage, and looking for it takes a fifth of it
    inbox: Inbox[KernelEvent] = Inbox()
    with Kernel(inbox.put) as kernel:
        from autograd_tutor.ui.app import run

        return run(lambda: kernel, inbox, target, options)
