"""How a step ended, as far as a moment of it shows."""

from __future__ import annotations

from enum import Enum

from autograd_tutor.recording.model import Error
from autograd_tutor.recording.trace import Trace


class Ending(Enum):
    """How a step ended, seen from one of its moments."""

    UNKNOWN = "unknown"
    """It has not ended yet."""
    FINE = "fine"
    TRUNCATED = "truncated"
    """A limit cut the recording; nothing else is wrong."""
    FAILS_LATER = "fails later"
    """It raised an error after this moment."""
    FAILS_OUTSIDE = "fails outside"
    """The same, and not in the pass that this moment is part of."""
    RAISED = "raised"
    """It raised an error here."""
    UNEXPECTED = "unexpected"
    """Not everything that it expects holds."""
    DID_NOT_RAISE = "did not raise"
    """It was meant to raise an error."""


def ending(trace: Trace, index: int) -> Ending:
    """How the step ended, seen from snapshot `index`."""
    result = trace.result
    if result is None:
        return Ending.UNKNOWN
    if result.truncated is not None and result.error is None and not result.failed:
        return Ending.TRUNCATED
    if result.ok:
        return Ending.FINE
    if result.error is not None and index < len(trace) - 1 and error_at(trace, index) is None:
        return Ending.FAILS_OUTSIDE if _is_in_good_pass(trace, index) else Ending.FAILS_LATER
    if result.error is not None:
        return Ending.RAISED
    return Ending.UNEXPECTED if result.failed else Ending.DID_NOT_RAISE


def error_at(trace: Trace, index: int) -> Error | None:
    """The error that ended the step, at its last snapshot and at that of the line that raised it.

    Between the two, lines ran while the exception was on its way out.
    """
    if not 0 <= index < len(trace):
        return None
    last = trace.snapshots[-1]
    same_line = last.failure == index and trace.snapshots[index].line == last.line
    return last.error if same_line else trace.snapshots[index].error


def _is_in_good_pass(trace: Trace, index: int) -> bool:
    backward = trace.snapshots[index].backward if 0 <= index < len(trace) else None
    ended = None if backward is None else trace.passes.get(backward.call)
    return ended is not None and ended.failed is None


def raising_line(trace: Trace) -> int:
    """The innermost line that raised what a step failed with, of functions too; 0 of none."""
    last = len(trace.snapshots) - 1
    if last < 0 or trace.snapshots[last].error is None:
        return 0
    at = last
    while at > 0:
        before, here = trace.snapshots[at - 1], trace.snapshots[at]
        if not before.raised or before.depth != here.depth + 1:
            break
        at -= 1
    return trace.snapshots[at].line
