"""What a recording of a block says of the program that it is of."""

from __future__ import annotations

import platform
import time

import torch

from autograd_tutor import __version__
from autograd_tutor.recording.saved_lesson import Origin, SavedLesson, SavedStep
from autograd_tutor.recording.wire import Limits


def origin_of(name: str, code: str, first_line: int, limits: Limits) -> Origin:
    """That of code whose file is called `name`, as a lesson of one step."""
    last_line = first_line + max(0, code.rstrip("\n").count("\n"))
    title = f"Lines {first_line} to {last_line}"
    step = SavedStep("block", title, "", code, first_line=first_line, findings=True)
    lesson = SavedLesson(name, name, title, "", "", (step,), limits=limits)
    return Origin(
        lesson=lesson,
        codes=(code,),
        torch=str(torch.__version__),
        python=platform.python_version(),
        program=__version__,
        recorded=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    )
