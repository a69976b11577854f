"""Which lines of the step's code ran, run, or come next at a moment."""

from __future__ import annotations

from typing import NamedTuple

from autograd_tutor.recording.model import Node
from autograd_tutor.recording.timeline import Timeline


class CodeState(NamedTuple):
    """Lines are counted from 1; 0 stands for none."""

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


NO_LINES = CodeState(frozenset(), 0, 0, frozenset(), None)
"""Before anything was recorded."""


def code_state(timeline: Timeline) -> CodeState:
    """The lines at the moment of the timeline."""
    snapshot, trace = timeline.snapshot, timeline.trace
    if snapshot is None:
        return NO_LINES
    executed = trace.snapshots[: timeline.index + 1]
    ran = {each.line: each for each in executed if each.event in ("line", "error")}
    failed = frozenset(line for line, last in ran.items() if last.raised or last.error is not None)
    done = frozenset(ran.keys() - failed)
    current = snapshot.line if snapshot.line not in failed else 0
    node = None if snapshot.backward is None else trace.nodes.get(snapshot.backward.node)
    is_of_line = node is not None and node.step == trace.step and node.line > 0
    return CodeState(done, current, snapshot.next_line, failed, node if is_of_line else None)


def source_line(code: str, line: int) -> str:
    """A line of the code without its indentation; empty where there is no such line."""
    lines = code.split("\n")
    return lines[line - 1].strip() if 0 < line <= len(lines) else ""
