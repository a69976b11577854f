"""When passes have filled the gradients of leaves."""

from __future__ import annotations

from typing import NamedTuple

from autograd_tutor.analysis.changes import looks
from autograd_tutor.analysis.diagnosis.finding import Proof
from autograd_tutor.analysis.diagnosis.run import Moment, Run, RunPass
from autograd_tutor.recording import numbers
from autograd_tutor.recording.model import Tensor


class Fill(NamedTuple):
    """A pass has filled the `.grad` of a leaf, or added to it."""

    run_pass: RunPass
    at: int
    """The snapshot at which it did."""

    @property
    def begun(self) -> Moment:
        """The last moment before the line that made the pass."""
        return Moment(self.run_pass.trace.step, self.run_pass.line.since - 1)

    @property
    def moment(self) -> Moment:
        """When it did."""
        return Moment(self.run_pass.trace.step, self.at)

    @property
    def proof(self) -> Proof:
        """The same as what proves a finding."""
        return Proof(self.run_pass.trace.step, self.at, self.run_pass.line.number)


def fills(run: Run) -> dict[int, list[Fill]]:
    """By the number of each leaf when passes filled it."""
    found: dict[int, list[Fill]] = {}
    for run_pass in run.passes:
        if run_pass.ended.function == "backward":
            for leaf, index in run_pass.leaves().items():
                found.setdefault(leaf, []).append(Fill(run_pass, index))
    return found


def moved(run: Run, leaf: int, first: Moment, last: Moment) -> Moment | None:
    """When the numbers of a tensor were changed last between two moments."""
    was, found = run.at(leaf, first), None
    for change in run.changes(leaf, first, last):
        if was is not None and differs(was, change.tensor):
            found, was = change.moment, change.tensor
    return found


def was_cleared(run: Run, leaf: int, first: Moment, last: Moment) -> Moment | None:
    """When its `.grad` was None or 0 between two moments."""
    return next(
        (
            change.moment
            for change in run.changes(leaf, first, last)
            if not is_nonzero(change.tensor.grad)
        ),
        None,
    )


def differs(was: Tensor, now: Tensor) -> bool:
    """Whether two records of a tensor differ in its numbers."""
    return looks(was) != looks(now)


def is_nonzero(grad: Tensor | None) -> bool:
    """Whether there is a gradient that is not 0 everywhere."""
    return grad is not None and numbers.norm(grad) != 0
