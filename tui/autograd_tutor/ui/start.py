"""The start of the screen: torch is on its way before Textual is."""

from __future__ import annotations

import gc
import os
import resource
import sys
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path

from autograd_tutor.client import Kernel, KernelEvent, weight
from autograd_tutor.course import reading_process
from autograd_tutor.limits.records import INTERFACE_DATA, SWITCH_SECONDS
from autograd_tutor.recording.recognition import is_recording
from autograd_tutor.ui.inbox import Inbox
from autograd_tutor.ui.options import Options
from autograd_tutor.ui.signals import Signals
from autograd_tutor.ui.terminal import Terminal


def open_course(target: str | None, options: Options) -> int:
    """Open a lesson, or the course where the learner left off; the program's exit status.

    The kernel is started before most is imported: torch takes longer than all the rest. For a
    recording there is none, until a lesson is opened from there. Raises CourseError or
    RecordingError when the target cannot be opened.
    """
    _bound_memory()
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.disable()  # nothing of the start becomes garbage, and looking for it takes a fifth of it
    reading_process.prepare()  # first: no thread has been started yet
    inbox: Inbox[KernelEvent] = Inbox(weight)
    terminal = Terminal()
    terminal.survive_kill()
    with Signals(terminal) as signals, ExitStack() as started:

        @cache
        def kernel() -> Kernel:
            return started.enter_context(Kernel(inbox.put_slowly))

        if target is None or not is_recording(Path(os.path.expanduser(target))):
            kernel()
        from autograd_tutor.ui.session import run

        status = run(kernel, inbox, target, options, signals)
    return status if signals.status is None else signals.status


def _bound_memory() -> None:
    """Whatever a run sends, this program does not take the machine's memory; runs set their own."""
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    bound = INTERFACE_DATA if most == resource.RLIM_INFINITY else min(INTERFACE_DATA, most)
    with suppress(ValueError, OSError):  # macOS has no such limit
        resource.setrlimit(resource.RLIMIT_DATA, (bound, most))
