"""The line at the top: which lesson, and where in it."""

from __future__ import annotations

from autograd_tutor.render.clean import clean_line
from autograd_tutor.render.rows import Row, edged, row
from autograd_tutor.trace.timeline import Timeline


def headline(title: str, place: str, width: int) -> Row:
    """The program and the lesson at the left, the place in it at the right."""
    left = row((" autograd-tutor  ", "dim"), (clean_line(title), "title"), base="bar")
    return edged(left, row((place + " ", "")), width)


def place_text(step: int, steps: int, timeline: Timeline | None, running: bool) -> str:
    """`step 2/4 · line 3/5 · moment 7/41`, with the function the cursor is inside of."""
    parts = [f"step {step + 1}/{steps}"]
    snapshot = timeline.snapshot if timeline is not None else None
    if timeline is not None and snapshot is not None:
        lines = len(timeline.trace.code.rstrip("\n").split("\n"))
        if snapshot.function:
            parts.append(f"in {clean_line(snapshot.function)}")
        parts.append(f"line {snapshot.line}/{lines}" if snapshot.line else "start")
        known = f"{len(timeline.trace) - 1:,}" + ("…" if running else "")
        parts.append(f"moment {timeline.index:,}/{known}")
    return " · ".join(parts)
