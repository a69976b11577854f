"""A real kernel for the tests of the screens, and lessons that use torch."""

from __future__ import annotations

from sitting import snippet

from autograd_tutor.client import Kernel, KernelEvent, weight
from autograd_tutor.course.model import Lesson
from autograd_tutor.recording.wire import Limits
from autograd_tutor.ui.inbox import Inbox


class RealKernel:
    """A kernel that outlives a test's application, since importing torch takes long."""

    def __init__(self) -> None:
        self.inbox: Inbox[KernelEvent] = Inbox(weight)
        self.kernel = Kernel(lambda events: self.inbox.put_slowly(events))
        self.start_run = self.kernel.start_run
        self.step = self.kernel.step
        self.kill = self.kernel.kill
        self.look = self.kernel.look

    @property
    def torch(self) -> str | None:
        """The version of torch, once it is imported."""
        return self.kernel.torch


def torch_lesson(code: str, **limits: float) -> Lesson:
    """A lesson of a single step, with torch imported."""
    return snippet(code, setup="import torch", limits=Limits(**limits))
