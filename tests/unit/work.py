"""How much work a call is, whatever the machine: the lines of Python that it runs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")


def within(lines: int, call: Callable[[], T]) -> T:
    """What a call returns; fails as soon as it has run more lines than these."""
    left = lines

    def count(_frame: FrameType, event: str, _value: Any) -> Any:
        nonlocal left
        if event == "line":
            left -= 1
            assert left >= 0, f"more than {lines:,} lines"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        return call()
    finally:
        sys.settrace(before)
