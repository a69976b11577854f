"""Lets a trace function that is set aside for a while find its frames in order afterwards.

Coverage counts the calls and returns of frames. What it sees of a block that is recorded is as if
the block had no lines.
"""

from __future__ import annotations

from types import FrameType
from typing import Any

_IN_C = "CTracer"
"""The class of coverage's trace function: it needs no `f_trace`, and takes over at calls."""


def has_returned(tracer: Any, frame: FrameType) -> None:
    """Tell a trace function that a frame returns, of which it will not hear."""
    local = tracer if type(tracer).__name__ == _IN_C else frame.f_trace
    if local is not None:
        local(frame, "return", None)


def go_on(tracer: Any, frame: FrameType) -> None:
    """A trace function that is about to be installed again shall follow the frame at once."""
    if type(tracer).__name__ == _IN_C and frame.f_trace is None:
        frame.f_trace = tracer
