"""Records of a file's lines as records of the lines that are shown."""

from __future__ import annotations

from msgspec.structs import replace

from autograd_tutor.recording.model import Error, Node, Snapshot
from autograd_tutor.recording.wire import ResultRecord, SnapshotRecord


class ShownLines:
    """Counts lines from the first that is shown; 0 stands for all that are not."""

    def __init__(self, first: int, count: int) -> None:
        self._before = first - 1
        self._count = count

    def record(self, record: SnapshotRecord | ResultRecord) -> SnapshotRecord | ResultRecord:
        """The record with the lines that are shown."""
        if isinstance(record, SnapshotRecord):
            return SnapshotRecord(self._snapshot(record.snapshot))
        result = record.result
        return ResultRecord(replace(result, error=self._error(result.error)))

    def _line(self, line: int) -> int:
        shown = line - self._before
        return shown if 0 < shown <= self._count else 0

    def _snapshot(self, taken: Snapshot) -> Snapshot:
        evidence = taken.evidence
        if evidence is not None and evidence.warned:
            warned = [replace(each, line=self._line(each.line)) for each in evidence.warned]
            evidence = replace(evidence, warned=tuple(warned))
        return replace(
            taken,
            line=self._line(taken.line),
            next_line=self._line(taken.next_line),
            nodes=tuple([self._node(each) for each in taken.nodes]),
            error=self._error(taken.error),
            evidence=evidence,
        )

    def _node(self, node: Node) -> Node:
        return replace(node, line=self._line(node.line))

    def _error(self, error: Error | None) -> Error | None:
        return None if error is None else replace(error, line=self._line(error.line))
