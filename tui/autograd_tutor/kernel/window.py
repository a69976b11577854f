"""Follows only a part of a step: switches tracing off where nothing is to be recorded."""

from __future__ import annotations

import sys
import threading
from types import FrameType

from autograd_tutor.kernel.hooked_code import Kind, Lines
from autograd_tutor.kernel.tracer import Tracer
from autograd_tutor.kernel.unseen import unseen
from autograd_tutor.recording.window import LeftOut, Window


class StepWindow:
    """Decides, at each turn, line and pass that counts, whether the step is to be followed.

    `hook` is what the code of the step calls, see `hooked_code`; on other threads it does nothing.
    """

    def __init__(self, window: Window) -> None:
        self._window = window
        self._thread = threading.get_ident()
        self._tracer: Tracer | None = None
        self._nesting = 0
        """How many loops run inside of each other."""
        self._loop = 0
        """The header of the outermost one that runs, or ran last."""
        self._turn = 0
        self._passes = 0
        """Those that are over."""
        self._missed = 0
        """Of them, those that were not recorded, since the last moment."""
        self._turns_open = True
        self._open = {
            "": True,
            "turn": True,
            "line": False,
            "pass": window.first <= 1,
        }[window.kind]
        self.lines: Lines | None = None
        if window.kind == "line":
            self.lines = Lines(window.first, window.last or 2**53)
        self._asked = [False]
        """Whether the lines that run are asked for, and before that those around them."""
        self._handled = (0, 0)
        """The exception that was being handled when the outermost loop began, see `_exception`."""
        self._handled_before: list[tuple[int, int]] = []
        """The same of each of those lines but the first of `_asked`."""

    def begin(self, tracer: Tracer) -> None:
        """The step is about to run."""
        self._tracer = tracer
        tracer.paused = tracer.left_out = not self._open

    @unseen
    def hook(self, kind: Kind, line: int) -> None:
        """A loop begins, turns or ends, or lines that are asked for begin or end."""
        self.hook_in(sys._getframe(1), kind, line)

    def hook_in(self, frame: FrameType, kind: Kind, line: int) -> None:
        """The same, of the code in a frame."""
        tracer = self._tracer
        if tracer is None or not tracer.active or threading.get_ident() != self._thread:
            return
        interrupts = tracer.interrupts
        interrupts.blocked = True
        try:
            self._note(tracer, kind, tracer.line_at(frame, line), frame)
        except Exception as error:  # noqa: BLE001 - a fault of ours is not the snippet's
            tracer.fail(error)
        finally:
            interrupts.blocked = False
        if interrupts.pending:
            interrupts.unblock()

    def _note(self, tracer: Tracer, kind: Kind, line: int, frame: FrameType) -> None:
        if kind == "turn":
            if self._nesting == 1:
                self._turn += 1
                self._turns_open = self._window.holds_turn(self._turn)
                self._update(tracer, frame, line)
        elif kind == "begin":
            self._nesting += 1
            if self._nesting == 1:
                self._loop, self._turn = line, 0
                self._handled = _exception()
        elif kind == "end":
            self._nesting -= 1
            if not self._nesting:
                self._turns_open = True
                self._update(tracer, frame, line, _exception() != self._handled)
        else:
            came = False
            if kind == "back":
                self._asked.pop()
                came = _exception() != self._handled_before.pop()
            else:
                self._asked.append(kind == "open")
                self._handled_before.append(_exception())
            self._open = self._asked[-1]
            tracer.closing = not self._open and not tracer.paused
            if self._open:
                self._update(tracer, frame, line, came)

    def pass_over(self) -> None:
        """A backward pass of the step is over."""
        tracer, window = self._tracer, self._window
        if tracer is None or not tracer.active or threading.get_ident() != self._thread:
            return
        self._passes += 1
        self._missed += tracer.paused
        if window.kind != "pass":
            return
        if window.last and self._passes >= window.last:
            self._open = False
            tracer.closing = not tracer.paused
        elif self._passes >= window.first - 1 and not self._open:
            self._open = True
            self._update(tracer, sys._getframe(1), None)

    def _update(
        self, tracer: Tracer, frame: FrameType, line: int | None, came: bool = False
    ) -> None:
        """`line`: that ran last in the frame; None: the one that runs in it.

        `came`: the exception that is there is on its way, and not one that is being handled.
        """
        follow = self._open and self._turns_open
        if follow == (not tracer.paused):
            return
        if follow:
            tracer.resume(frame, line, came)
            if line == 0 and tracer.depth == 0:  # the step begins
                tracer.left_out = False
        else:
            tracer.pause()

    def left_out(self) -> LeftOut:
        """What was left out until now; to be asked once, at the moment after it."""
        passes, self._missed = self._missed, 0
        if not self._loop:
            return LeftOut(passes=passes)
        return LeftOut(self._loop, self._turn, not self._nesting, passes)


def _exception() -> tuple[int, int]:
    """The exception that is handled or on its way, and where it was, as numbers; it is not kept.

    One that is raised again is the same, but has come from another place.
    """
    there = sys.exc_info()[1]
    return id(there), 0 if there is None else id(there.__traceback__)
