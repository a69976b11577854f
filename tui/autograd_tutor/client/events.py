"""What a kernel can report."""

from __future__ import annotations

from collections.abc import Sized

from msgspec import Struct

from autograd_tutor.recording.wire import Broken, Ended, Ready, Record, SnapshotRecord, Started

_EVENT_WEIGHT = 8


class RunRecord(Struct, frozen=True):
    """A run recorded something."""

    run: int
    record: Record


class KernelLost(Struct, frozen=True):
    """The kernel ended by itself; `start_run` starts another one. Every run has `Ended` too."""

    reason: str


KernelEvent = Ready | Broken | Started | RunRecord | Ended | KernelLost


def weight(event: KernelEvent) -> int:
    """About how much work it is to take an event in: the entries that it changes."""
    if not (isinstance(event, RunRecord) and isinstance(event.record, SnapshotRecord)):
        return _EVENT_WEIGHT
    snapshot = event.record.snapshot
    arrays = snapshot.arrays or ()
    changed: tuple[Sized, ...] = (
        snapshot.tensors,
        snapshot.values,
        snapshot.gone,
        snapshot.held,
        arrays,
    )
    found = len(snapshot.nodes)
    if (evidence := snapshot.evidence) is not None:
        changed += (evidence.optimizers, evidence.training, evidence.gone, evidence.aliases)
        found += len(evidence.kept)
    return _EVENT_WEIGHT + sum(map(len, changed)) + found // 8
