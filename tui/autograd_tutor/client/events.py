"""What a kernel can report."""

from __future__ import annotations

from msgspec import Struct

from autograd_tutor.recording.wire import Broken, Ended, Ready, Record, Started


class RunRecord(Struct, frozen=True):
    """A run recorded something."""

    run: int
    record: Record


class KernelLost(Struct, frozen=True):
    """The kernel ended by itself; `start_run` starts another one. Every run has `Ended` too."""

    reason: str


KernelEvent = Ready | Broken | Started | RunRecord | Ended | KernelLost
