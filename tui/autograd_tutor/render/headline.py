"""The line at the top: which lesson, and where in it."""

from __future__ import annotations

from autograd_tutor.recording.timeline import Timeline
from autograd_tutor.render.rows import Row, Span, clip, edged, row
from autograd_tutor.render.sanitize import sanitize_line


def headline(title: str, position: str, width: int) -> Row:
    """The program and the lesson at the left, the position in it at the right.

    The position matters most: the rest is left out as far as it takes.
    """
    right = row((f"{position} " if position else "", ""))
    if right.width >= width:
        return clip(row(f" {position}", base="bar"), width)
    name: Span = (" autograd-tutor ", "dim")
    lesson: Span = (f" {sanitize_line(title)}", "title")
    whole = row(name, lesson, base="bar")
    left = whole if whole.width + 1 + right.width <= width else row(lesson, base="bar")
    return edged(left, right, width)


def position_text(step: int, steps: int, timeline: Timeline | None, running: bool) -> str:
    """`step 2/4 · line 3/5 · moment 7/41`, with the function the cursor is inside of.

    Inside of a backward pass: `step 2/4 · backward 1 of 3 · node 4 of 12`.
    """
    parts = [f"step {step + 1}/{steps}"]
    snapshot = timeline.snapshot if timeline is not None else None
    in_pass = timeline.pass_position if timeline is not None else None
    if in_pass is not None:
        parts.append(f"{in_pass.function} {in_pass.call:,} of {in_pass.calls:,}")
        parts.append(f"node {in_pass.node:,} of {in_pass.nodes:,}")
    elif timeline is not None and snapshot is not None:
        trace = timeline.trace
        line = trace.line_number(snapshot.line)
        last = trace.line_number(len(trace.code.rstrip("\n").split("\n")))
        if snapshot.function:
            parts.append(f"in {sanitize_line(snapshot.function)}")
        ends = "end" if snapshot.event == "end" else "start"
        parts.append(f"line {line}/{last}" if line else ends)
        known = f"{len(trace) - 1:,}" + (" · still running" if running else "")
        parts.append(f"moment {timeline.index:,}/{known}")
    return " · ".join(parts)


def place_text(timeline: Timeline) -> str:
    """`line 3, moment 7`; inside of a backward pass `backward 1, node 4`."""
    snapshot, in_pass = timeline.snapshot, timeline.pass_position
    if in_pass is not None:
        return f"{in_pass.function} {in_pass.call:,}, node {in_pass.node:,}"
    line = timeline.trace.line_number(snapshot.line) if snapshot is not None else 0
    place = f"line {line}" if line else "end" if timeline.index else "start"
    return f"{place}, moment {timeline.index:,}"
