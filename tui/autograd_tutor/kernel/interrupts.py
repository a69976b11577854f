"""Interrupts a snippet whose time is up, at a moment when only the snippet is interrupted."""

from __future__ import annotations


class OutOfTime(BaseException):
    """Raised into a snippet whose time is up; no Exception, so that few snippets catch it."""


class Interrupts:
    """Raises an interruption at once, or holds it back while the recorder works.

    Interruptions are blocked at first and between steps: nothing but a snippet is interrupted.
    """

    __slots__ = ("blocked", "due", "pending")

    def __init__(self) -> None:
        self.blocked = True
        self.pending = False
        self.due = False
        """Whether the time of the step is up: nothing else is begun in it."""

    def begin(self) -> None:
        """A step begins: what is left of the one before does not concern it."""
        self.pending = self.due = False

    def interrupt(self) -> None:
        """The time of the step is up: raise OutOfTime now or, if that is blocked, soon."""
        self.due = True
        self.stop()

    def stop(self) -> None:
        """Raise OutOfTime now or, if that is blocked, at the next `unblock`."""
        if self.blocked:
            self.pending = True
            return
        raise OutOfTime

    def unblock(self) -> None:
        """The recorder is done: raise OutOfTime if an interruption was held back."""
        self.blocked = False
        if self.pending:
            self.pending = False
            raise OutOfTime
