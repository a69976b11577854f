"""When passes have filled the gradients of leaves."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from autograd_tutor.analysis.changes import looks
from autograd_tutor.analysis.diagnosis.finding import Proof
from autograd_tutor.analysis.diagnosis.run import END, Change, Moment, Run, RunPass
from autograd_tutor.analysis.diagnosis.source import written
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
    def before(self) -> Moment:
        """The last moment before that: in `opt.zero_grad(); loss.backward()` it was cleared."""
        return Moment(self.run_pass.trace.step, self.at - 1)

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


def last_fill(filled: Sequence[Fill], until: Moment) -> Fill | None:
    """The last of the fills of a leaf that was not after a moment."""
    at = bisect_right(filled, until, key=lambda each: each.moment)
    return filled[at - 1] if at else None


def asked(run: Run) -> frozenset[int]:
    """The leaves whose gradient somebody wants by itself.

    `autograd.grad` was asked for it, or a line reads its `.grad`: an input, not a parameter.
    """
    targets = [target for each in run.passes for target in each.ended.targets if target]
    found = _taken_from(run, targets)
    for line in run.lines:
        for call in line.source.calls_of("grad") if line.source is not None else ():
            tensor = line.after(call.on) if isinstance(call.node, ast.Attribute) else None
            if tensor is not None and tensor.identity is not None:
                found.add(tensor.identity)
    return frozenset(found)


def _taken_from(run: Run, targets: list[int]) -> set[int]:
    """The leaves that tensors are, or were taken from: a part of one, or several put together."""
    pending, seen, found = targets, set[int](), set[int]()
    while pending:
        node = run.nodes.get(pending.pop())
        if node is None or node.id in seen:
            continue
        seen.add(node.id)
        if node.leaf is not None:
            found.add(node.leaf)
        edges = [edge[0] for edge in node.next if edge is not None]
        pending += edges if len(edges) == 1 or node.name in _JOINING else ()
    return found


_JOINING = ("CatBackward0", "StackBackward0")


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


def is_used(run: Run, leaf: int, fill: Fill) -> bool:
    """Whether something changes the leaf before its `.grad` is cleared.

    What a pass for another model has put there (a generator's, in the discriminator) is cleared,
    or overwritten with a gradient that was worked out without it.
    """
    was = run.at(leaf, fill.moment)
    for change in run.changes(leaf, fill.moment, END):
        if was is not None and differs(was, change.tensor):
            return True
        if not is_nonzero(change.tensor.grad) or _is_overwritten(run, change):
            return False
    return False


def _is_overwritten(run: Run, change: Change) -> bool:
    """Whether the line of a change is `p.grad = g`, of a `g` that is not made of `p.grad`."""
    line = run.line_of(change.moment)
    source = line.source if line is not None else None
    statement = source.statement if source is not None else None
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    if source is None or not isinstance(target, ast.Attribute) or target.attr != "grad":
        return False
    return all(call.on != written(target.value) for call in source.calls_of("grad"))


def differs(was: Tensor, now: Tensor) -> bool:
    """Whether two records of a tensor differ in its numbers."""
    return looks(was) != looks(now)


def is_nonzero(grad: Tensor | None) -> bool:
    """Whether there is a gradient that is not 0 everywhere."""
    return grad is not None and numbers.norm(grad) != 0
