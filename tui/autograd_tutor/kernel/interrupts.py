"""Interrupts a snippet whose time is up, at a moment when only the snippet is interrupted."""

from __future__ import annotations


class OutOfTime(BaseException):
    """Raised into a snippet whose time is up; no Exception, so that few snippets catch it."""


class Interrupts:
    """Raises an interruption at once, or holds it back while the recorder works.

    Interruptions are blocked at first and between steps: nothing but a snippet is interrupted.
    """

    __slots__ = ("blocked", "pending")

    def __init__(self) -> None:
        self.blocked = True
        self.pending = False

    def interrupt(self) -> None:
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
