"""The turns of a training loop: gradients that nobody clears, and steps in the wrong place."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from autograd_tutor.analysis.changes import looks
from autograd_tutor.analysis.diagnosis.finding import Finding, Mend, Proof
from autograd_tutor.analysis.diagnosis.rule import Rule
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


def zero_grad(run: Run) -> Iterator[Finding]:
    """A leaf was changed by a step, and the next pass adds to the gradient from before it."""
    for leaf, filled in fills(run).items():
        for first, second in pairwise(filled):
            before = run.at(leaf, second.begun)
            if before is None or not _is_nonzero(before.grad):
                continue
            moved = _moved(run, leaf, first.moment, second.begun)
            if moved is None or _was_cleared(run, leaf, first.moment, second.begun):
                continue
            step = run.line_of(moved)
            name = run.names.get(leaf, "")
            yield Finding(
                "zero-grad",
                (first.proof, step.proof, second.proof),
                facts={
                    "name": name,
                    "first": first.run_pass.line.in_file,
                    "step": step.in_file,
                    "line": second.run_pass.line.in_file,
                },
                about=(name, f"{name}.grad"),
                mend=_clear_before(run, second.run_pass),
            )
            break


def _moved(run: Run, leaf: int, first: Moment, last: Moment) -> Moment | None:
    """When the numbers of a leaf were changed last between two moments."""
    was, found = run.at(leaf, first), None
    for change in run.stories.get(leaf, ()):
        if first < change.moment <= last and was is not None and _differs(was, change.tensor):
            found, was = change.moment, change.tensor
    return found


def _was_cleared(run: Run, leaf: int, first: Moment, last: Moment) -> bool:
    """Whether its `.grad` was None or 0 at a moment between."""
    return any(
        first < change.moment <= last and not _is_nonzero(change.tensor.grad)
        for change in run.stories.get(leaf, ())
    )


def _differs(was: Tensor, now: Tensor) -> bool:
    return looks(was) != looks(now)


def _is_nonzero(grad: Tensor | None) -> bool:
    return grad is not None and numbers.norm(grad) != 0


def _clear_before(run: Run, run_pass: RunPass) -> Mend | None:
    """A line that clears, above that of the pass: with the optimizer whose step the loop calls."""
    line = run_pass.line
    for each in run.lines:
        call = next(iter(each.source.calls_of("step")), None) if each.source else None
        if each.trace is line.trace and call is not None and call.on:
            code = line.trace.code.splitlines()[line.number - 1]
            indent = code[: len(code) - len(code.lstrip())]
            return Mend(
                line.trace.step, line.number, line.number - 1, f"{indent}{call.on}.zero_grad()"
            )
    return None


RULES: tuple[Rule, ...] = (zero_grad,)
