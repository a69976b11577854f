"""Follows exceptions on their way through a function: which line raised what is in flight now."""

from __future__ import annotations

import sys

from autograd_tutor.kernel.step_code import HANDLER, StepCode


def stops_recomputation(kind: object) -> bool:
    """Whether torch leaves a function by this exception on purpose: no line has failed by it.

    A checkpoint runs its function again until all that it needs has been computed.
    """
    checkpoints = sys.modules.get("torch.utils.checkpoint")
    return checkpoints is not None and kind is getattr(
        checkpoints, "_StopRecomputationError", checkpoints
    )


class Unwinding:
    """The exceptions that have come to one activation, and the snapshots of the lines that raised.

    Holds no exception: their frames would live longer.
    """

    __slots__ = ("_code", "_snapshots", "came", "failure")

    def __init__(self, code: StepCode) -> None:
        self._code = code
        self.came = 0
        """The id() of the exception that has come since the statement was entered; 0: none."""
        self.failure: int | None = None
        """The snapshot of the line that raised what was in flight when the statement was entered:
        an exception on its way out through `finally` or `with`, or one that is being handled."""
        self._snapshots: dict[int, int] = {}
        """By id() of an exception that a line raised, the snapshot of that line."""

    def line_raised(self, next_offset: int) -> bool:
        """Whether the line has raised what the next one handles: else that only ended a loop."""
        if not self.came:
            return False
        at_handler = self._code.is_at(next_offset, HANDLER)
        return at_handler or id(sys.exc_info()[1]) == self.came

    def statement_entered(self, offset: int, raised_in: int | None) -> None:
        """The next statement begins; `raised_in` is the snapshot of a line before it that raised.

        None where that line has raised nothing.
        """
        if raised_in is not None:
            self._snapshots[self.came] = raised_in
        self.failure = self._in_flight(offset) if self._snapshots else None
        self.came = 0

    def _in_flight(self, offset: int) -> int | None:
        if self._code.is_at(offset, HANDLER):  # of `with`; sys.exc_info() does not have it yet
            return self._snapshots[self.came] if self.came else self.failure
        handled = sys.exc_info()[1]
        if handled is None:
            self._snapshots.clear()
        return self._snapshots.get(id(handled))
