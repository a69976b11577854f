"""Lets Python's own tools see stacks only as far as the snippet's frames: below is this program."""

from __future__ import annotations

import inspect
import os
import traceback
import warnings
from collections.abc import Container, Iterator
from itertools import takewhile
from types import CodeType, FrameType
from typing import Any

_PROGRAM = os.path.dirname(os.path.dirname(__file__)) + os.sep


def hide_own_stack(outermost: Container[CodeType]) -> None:
    """Hide the frames from `outermost` on, the codes that execute snippets.

    From `traceback` and torch with it, from `inspect`, and from the texts of warnings.
    """
    walk, outer, show = (_original(*place) for place in _PLACES)

    def walk_stack(f: FrameType | None) -> Iterator[tuple[FrameType, int]]:
        if f is None:  # it skips a fixed number of callers then: a wrapper would be one more
            frames: Iterator[tuple[FrameType, int]] = walk(f)
            return frames
        return takewhile(lambda found: found[0].f_code not in outermost, walk(f))

    def getouterframes(frame: Any, context: int = 1) -> list[inspect.FrameInfo]:
        return list(takewhile(lambda f: f.frame.f_code not in outermost, outer(frame, context)))

    def show_warning(message: Any) -> None:
        if message.filename.startswith(_PROGRAM):  # a stacklevel beyond the snippet
            message.filename, message.lineno, message.line = "sys", 1, None
        show(message)

    for place, original, ours in zip(
        _PLACES, (walk, outer, show), (walk_stack, getouterframes, show_warning), strict=True
    ):
        ours.original = original  # type: ignore[attr-defined]
        setattr(*place, ours)


_PLACES: tuple[tuple[Any, str], ...] = (
    (traceback, "walk_stack"),
    (inspect, "getouterframes"),
    (warnings, "_showwarnmsg"),
)


def _original(module: Any, name: str) -> Any:
    """The function as Python has it: an earlier run in the same process may have replaced it."""
    found = getattr(module, name)
    return getattr(found, "original", found)
