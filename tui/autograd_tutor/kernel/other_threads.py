"""Counts the threads of a snippet in which lines of it run: those lines are not recorded."""

from __future__ import annotations

import _thread
import sys
import threading
from collections.abc import Container
from types import FrameType
from typing import Any

from autograd_tutor.kernel.unseen import unseen

_start_new_thread = _thread.start_new_thread


class OtherThreads:
    """A context manager that counts the threads, started meanwhile, that run code of a step.

    A thread is followed only until it comes to such code; then it runs at its full speed. One that
    `_thread` starts is not followed, as that would put a frame under its own: it counts if it is
    started with a function of the step. Threads that C code starts do not count.
    """

    def __init__(self, codes: Container[int], files: Container[str] = ()) -> None:
        self._codes = codes
        """The id() of every code object of the step."""
        self._files = files
        """The names of others whose functions are followed."""
        self._previous: Any = None
        self.count = 0

    def __enter__(self) -> OtherThreads:
        self._previous = threading.gettrace()
        threading.settrace(self._call)
        start = self._start
        _thread.start_new_thread = start
        return self

    def __exit__(self, *_: object) -> None:
        if threading.gettrace() == self._call:
            threading.settrace(self._previous)
        if _thread.start_new_thread == self._start:
            _thread.start_new_thread = _start_new_thread

    def _start(self, *arguments: Any, **named: Any) -> int:
        """`_thread.start_new_thread`; `threading` has its own reference to the original."""
        started = _start_new_thread(*arguments, **named)
        function = arguments[0]
        code = getattr(getattr(function, "__func__", function), "__code__", None)
        self.count += id(code) in self._codes
        return started

    @unseen
    def _call(self, frame: FrameType, event: str, arg: object) -> None:
        """The trace function of a new thread."""
        code = frame.f_code
        if id(code) in self._codes or code.co_filename in self._files:
            self.count += 1
            sys.settrace(None)
