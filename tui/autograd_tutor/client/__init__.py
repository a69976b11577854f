"""The user interface's handle on a kernel: start it, ask it for runs, receive what they record."""

from autograd_tutor.client.end_reasons import reason_of_end
from autograd_tutor.client.events import KernelEvent, KernelLost, RunRecord, weight
from autograd_tutor.client.kernel import Kernel
from autograd_tutor.recording.wire import Broken, Ended, Ready, Started

__all__ = [
    "Broken",
    "Ended",
    "Kernel",
    "KernelEvent",
    "KernelLost",
    "Ready",
    "RunRecord",
    "Started",
    "reason_of_end",
    "weight",
]
