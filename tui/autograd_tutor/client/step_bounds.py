"""How much a run may send for one step, whatever its snippet does to the recorder."""

from __future__ import annotations

import resource
from contextlib import suppress

from autograd_tutor.limits.kernel import MOST_EDGES, STEP_SENT_BYTES
from autograd_tutor.limits.records import (
    INTERFACE_BYTES,
    SNAPSHOT_PARTS,
    SPARE_BYTES,
    SPARE_RECORDS,
    STEP_WIRE_BYTES,
)
from autograd_tutor.recording.picture import Looked
from autograd_tutor.recording.wire import Record, ResultRecord, SnapshotRecord


class TooMuch(Exception):
    """No recorder sends so much; the interface takes no more of it."""


class StepBounds:
    """Counts what arrives of a run: records, and between two results bytes and edges of nodes.

    All raise TooMuch.
    """

    def __init__(self, share: int = 1) -> None:
        """`share`: that of the limits of the run."""
        self._most_bytes = STEP_WIRE_BYTES + (share - 1) * STEP_SENT_BYTES
        self._most_edges = MOST_EDGES * share
        self._bytes = 0
        self._edges = 0
        self._records = 0
        self._allowed = SPARE_RECORDS
        """Records that may come, of all steps that were asked for."""
        self._resident = resident_bytes()

    def asked(self, snapshots: int) -> None:
        """A step was asked for that may have so many snapshots."""
        self._allowed += snapshots + SPARE_RECORDS

    def arrived(self, size: int) -> None:
        """So many bytes have arrived, which were not decoded yet."""
        self._bytes += size
        if self._bytes > self._most_bytes:
            raise TooMuch
        resident = resident_bytes()
        if resident > INTERFACE_BYTES and resident - self._resident > SPARE_BYTES:
            raise TooMuch

    def decoded(self, record: Record) -> None:
        """A record has arrived."""
        self._records += 1
        if self._records > self._allowed:
            raise TooMuch
        if isinstance(record, SnapshotRecord):
            snapshot = record.snapshot
            bound, gone = len(snapshot.tensors) + len(snapshot.values), len(snapshot.gone)
            self._edges += sum(len(node.next) for node in snapshot.nodes)
            others = len(snapshot.held) + len(snapshot.pictures)
            if (evidence := snapshot.evidence) is not None:
                others += len(evidence.training) + len(evidence.optimizers) + len(evidence.gone)
                others += len(evidence.aliases)
            if bound + gone + others > SNAPSHOT_PARTS or self._edges > self._most_edges:
                raise TooMuch
        elif isinstance(record, ResultRecord | Looked):  # the latter comes only when asked for
            self._bytes = self._edges = 0


def resident_bytes() -> int:
    """How much memory this process has in use; 0 where the system does not say."""
    with suppress(OSError), open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[1]) * resource.getpagesize()
    return 0
