"""Which lines of the code that is shown ran, run, or come next at a moment."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from autograd_tutor.analysis.statements import code_line
from autograd_tutor.recording.followed import Part
from autograd_tutor.recording.model import Node, Snapshot
from autograd_tutor.recording.timeline import Timeline
from autograd_tutor.recording.trace import Trace


class CodeState(NamedTuple):
    """Lines are counted from 1 in the code that is shown; 0 stands for none."""

    done: frozenset[int]
    """The lines that have been executed."""
    current: int
    coming: int
    """The line that is executed next."""
    failed: frozenset[int]
    """The lines that raised when they last ran."""
    made_by: Node | None
    """The node that has just run in a backward pass, if a line of this step made it: none where
    the setup code did."""
    made_at: int = 0
    """The line of that node."""


NO_LINES = CodeState(frozenset(), 0, 0, frozenset(), None)
"""Before anything was recorded."""


def shown_part(timeline: Timeline) -> Part:
    """The file whose code is shown: that of the line, or of the one that made a pass's node."""
    snapshot, trace = timeline.snapshot, timeline.trace
    if snapshot is None:
        return trace.part(0)
    node = _made_by(trace, snapshot)
    return trace.part(node.line if node is not None else snapshot.line or snapshot.next_line)


def code_state(timeline: Timeline) -> CodeState:
    """The lines at the moment of the timeline."""
    snapshot, trace = timeline.snapshot, timeline.trace
    if snapshot is None:
        return NO_LINES
    own = partial(trace.line_in, shown_part(timeline))
    executed = trace.snapshots[: timeline.index + 1]
    last = {each.line: each for each in executed if each.event in ("line", "error")}
    ran = {at: each for line, each in last.items() if (at := own(line))}
    failed = frozenset(line for line, last in ran.items() if last.raised or last.error is not None)
    done = frozenset(ran.keys() - failed)
    line = own(snapshot.line)
    current, node = line if line not in failed else 0, _made_by(trace, snapshot)
    made_at = 0 if node is None else own(node.line)
    return CodeState(done, current, own(snapshot.next_line), failed, node, made_at)


def _made_by(trace: Trace, snapshot: Snapshot) -> Node | None:
    node = None if snapshot.backward is None else trace.nodes.get(snapshot.backward.node)
    return node if node is not None and node.step == trace.step and node.line > 0 else None


def source_line(code: str, line: int) -> str:
    """A line of the code without its indentation; empty where there is no such line."""
    return code_line(code, line).strip()
