"""Where keys jump to: the next backward pass, the next visit of a line, the next NaN."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import Literal

from autograd_tutor.analysis.nonfinite_moments import nonfinite_moments
from autograd_tutor.recording.trace import Trace

Way = Literal[1, -1]
"""To what comes next, or to what came before."""


def pass_from(trace: Trace, index: int, way: Way) -> int | None:
    """The first moment of the next backward pass, or of the one before the current one.

    Of a pass without recorded nodes, the line that asked for it. None where there is none.
    """
    snapshot = trace.snapshots[index]
    call = 0 if snapshot.backward is None else snapshot.backward.call
    found = sorted(at for each, at in passes_of(trace).items() if each != call)
    at = bisect_left(found, index + (way > 0)) - (way < 0)
    return found[at] if 0 <= at < len(found) else None


def visit_from(trace: Trace, index: int, way: Way) -> int | None:
    """The next moment after which the current line has run again, or the last before this one.

    Of a node, that of the same place in another pass that the same line asked for.
    """
    snapshot = trace.snapshots[index]
    if snapshot.backward is not None:
        return _same_node(trace, index, way)
    if not snapshot.line:
        return None
    ahead = range(index + 1, len(trace)) if way > 0 else range(index - 1, -1, -1)
    return line_among(trace, snapshot.line, ahead)


def line_among(trace: Trace, line: int, indices: Iterable[int]) -> int | None:
    """The first of some moments after which a line of the code has run."""
    snapshots = trace.snapshots
    return next(
        (at for at in indices if snapshots[at].line == line and snapshots[at].backward is None),
        None,
    )


def nonfinite_from(trace: Trace, index: int, kind: str) -> int | None:
    """The next moment at which NaN (`nan`) or inf comes up; after the last the first."""
    found = nonfinite_moments(trace)[kind]
    return found[bisect_right(found, index) % len(found)] if found else None


def passes_of(trace: Trace) -> dict[int, int]:
    """By pass, its first moment."""
    found = {
        ended.call: at
        for at, snapshot in enumerate(trace.snapshots)
        if snapshot.passes
        for ended in snapshot.passes
    }
    return found | {call: nodes[0] for call, nodes in trace.pass_snapshots.items()}


def _same_node(trace: Trace, index: int, way: Way) -> int | None:
    """The node at the same place in the next pass of the same line; of a shorter one, the last."""
    snapshots = trace.snapshots
    record = snapshots[index].backward
    if record is None:
        return None
    own = trace.pass_snapshots[record.call]
    place, line = bisect_left(own, index), snapshots[own[0]].line
    of_line = sorted(
        nodes for nodes in trace.pass_snapshots.values() if snapshots[nodes[0]].line == line
    )
    at = of_line.index(own) + way
    if not 0 <= at < len(of_line):
        return None
    nodes = of_line[at]
    return nodes[min(place, len(nodes) - 1)]
