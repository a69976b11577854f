"""How a step ended, as far as a moment of it shows."""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

from autograd_tutor.recording.followed import Place
from autograd_tutor.recording.model import Error
from autograd_tutor.recording.trace import Trace

_FRAME = re.compile(r'^ +File "(.*)", line (\d{1,9}), in ', re.MULTILINE)
"""A frame in a traceback."""
_BEGINS = "Traceback (most recent call last)"


class Failed(NamedTuple):
    """Where an error was raised: lines as people call them."""

    line: int | Place
    """The innermost line of the step's own code, or of a file that it follows."""
    called: int | Place | None
    """The step's own line that led there, where that is another."""


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


def failed_at(trace: Trace, error: Error) -> Failed | None:
    """Where a step's error was raised; None where none of its lines did."""
    if not error.line:
        return None
    called = trace.place(error.line)
    found = frames(trace, error)
    own = next((path for path, place in found if place == called), None)
    inner = [place for path, place in found if isinstance(place, Place) or path == own]
    at = inner[-1] if inner and own is not None else called
    return Failed(at, None if at == called else called)


def frames(trace: Trace, error: Error) -> list[tuple[str, int | Place]]:
    """The frames in an error's own traceback, the innermost last: each one's path and place."""
    text = error.traceback.rpartition(_BEGINS)[2]
    return [(path, _place_of(trace, path, line)) for path, line in _FRAME.findall(text)]


def _place_of(trace: Trace, path: str, line: str) -> int | Place:
    files = [part.file for part in trace.source.parts if part.file]
    file = next((each for each in files if f"/{path}".endswith(f"/{each}")), "")
    return Place(int(line), file) if file else int(line)
