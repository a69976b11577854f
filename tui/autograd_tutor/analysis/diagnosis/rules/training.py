"""The turns of a training loop: gradients that nobody clears, and steps in the wrong place."""

from __future__ import annotations

import ast
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import pairwise

from autograd_tutor.analysis.diagnosis.edits import inserted
from autograd_tutor.analysis.diagnosis.fills import (
    Fill,
    fills,
    is_nonzero,
    is_used,
    moved,
    was_cleared,
)
from autograd_tutor.analysis.diagnosis.finding import Fact, Finding, Mend
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import END, Line, Moment, Run, RunPass
from autograd_tutor.recording.evidence import Stepped
from autograd_tutor.recording.model import Tensor


def zero_grad(run: Run) -> Iterator[Finding]:
    """A leaf was changed by a step, the next pass adds to the gradient from before it, and the next
    step uses the sum."""
    for leaf, filled in fills(run).items():
        for first, second in pairwise(filled):
            before = run.at(leaf, second.before)
            if before is None or not is_nonzero(before.grad):
                continue
            change = moved(run, leaf, first.moment, second.begun)
            if change is None or was_cleared(run, leaf, first.moment, second.before):
                continue
            if not is_used(run, leaf, second):
                continue
            step = run.line_of(change)
            assert step is not None
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


def _clear_before(run: Run, run_pass: RunPass) -> Mend | None:
    """A line that clears, above that of the pass: with the optimizer whose step the loop calls."""
    line = run_pass.line
    for each in run.lines:
        call = next(iter(each.source.calls_of("step")), None) if each.source else None
        if each.trace is line.trace and call is not None and call.on:
            return inserted(line, f"{call.on}.zero_grad()")
    return None


def rebind(run: Run) -> Iterator[Finding]:
    """`w = w - lr * w.grad`: the name stands for a new tensor, which is no leaf."""
    for line in run.lines:
        statement = line.source.statement if line.source is not None else None
        if not isinstance(statement, ast.Assign) or line.source is None:
            continue
        read = {call.on for call in line.source.calls if call.name == "grad"}
        for target in statement.targets:
            name = ast.unparse(target)
            if name not in read:
                continue
            was, now = line.before(name), line.after(name)
            if was is None or now is None or was.leaf is None or now.leaf is not None:
                continue
            if _is_leaf_again(run, line, name, now):
                continue
            form = "constant" if now.grad_fn is None else ""
            facts: dict[str, Fact] = {"name": name, "line": line.in_file, "text": line.text}
            yield Finding("rebind", (line.proof,), facts, form, about=(name,))


def _is_leaf_again(run: Run, line: Line, name: str, now: Tensor) -> bool:
    """Whether what a name stands for is a leaf again when the next pass begins."""
    following = next((each for each in run.passes if each.line.moment > line.moment), None)
    if following is None:
        last = run.at(now.identity or 0, END)
        return last is not None and last.leaf is not None
    tensor = following.line.before(name)
    return tensor is not None and tensor.leaf is not None


def order(run: Run) -> Iterator[Finding]:
    """A step found no gradient: it comes before the pass, or what the pass filled was cleared."""
    by_leaf = fills(run)
    ends = {leaf: [fill.moment for fill in filled] for leaf, filled in by_leaf.items()}
    since = Moment(-1, -1)
    for line in run.lines:
        for stepped in _steps(line):
            begun = Moment(line.trace.step, line.since - 1)
            held = [leaf for leaf in stepped.held if leaf in ends]
            tensors = [run.at(leaf, begun) for leaf in held]
            if not held or any(each is None or is_nonzero(each.grad) for each in tensors):
                since = line.moment
                continue
            before = [leaf for leaf in held if _any_between(ends[leaf], since, begun)]
            found = _order_finding(run, line, begun, before, {leaf: by_leaf[leaf] for leaf in held})
            if found is not None:
                yield found
                return
            since = line.moment


def _any_between(moments: list[Moment], first: Moment, last: Moment) -> bool:
    """Whether one of some moments, in their order, comes after one and not after another."""
    return bisect_right(moments, first) < bisect_right(moments, last)


def _order_finding(
    run: Run, line: Line, begun: Moment, before: list[int], by_leaf: dict[int, list[Fill]]
) -> Finding | None:
    facts: dict[str, Fact] = {"line": line.in_file, "text": line.text}
    if not before:
        # A step before the first pass is late by a turn, if the loop has it there in each.
        first = min((filled[0] for filled in by_leaf.values()), key=lambda each: each.moment)
        if first.moment < line.moment:
            return None
        facts["first"] = first.run_pass.line.in_file
        early = (line.proof, first.run_pass.line.proof)
        return Finding("order", early, facts, "early", mark=line.proof)
    ends = [[each.moment for each in by_leaf[leaf]] for leaf in before]
    filled = max(moments[bisect_right(moments, begun) - 1] for moments in ends)
    cleared = was_cleared(run, before[0], filled, begun)
    clearing = run.line_of(cleared) if cleared is not None else None
    passing = run.line_of(filled)
    if clearing is None or passing is None or clearing is line:
        return None
    name = run.names.get(before[0], "")
    facts |= {"name": name, "first": passing.in_file, "cleared": clearing.in_file}
    proofs = (passing.proof, clearing.proof, line.proof)
    return Finding("order", proofs, facts, about=(name, f"{name}.grad"), mark=clearing.proof)


def clip_order(run: Run) -> Iterator[Finding]:
    """Gradients were clipped when there were none, or after the step that used them."""
    # Passes of a long run may be left out, and so what they have filled: their lines are known.
    filled = [each.line.moment for each in run.passes if each.ended.function == "backward"]
    stepped: list[tuple[Moment, Stepped]] = []
    for line in run.lines:
        calls = line.source.calls_of(*_CLIPS) if line.source is not None else ()
        # In a line of several statements, the order is not known.
        if any(calls) and filled and not line.snapshot.passes:
            at = bisect_left(filled, line.moment)
            facts: dict[str, Fact] = {"line": line.in_file, "text": line.text}
            if at == 0:
                yield Finding("clip-order", (line.proof,), facts, "early")
                return
            step = _step_since(run, line, filled[at - 1], stepped)
            if step is not None:
                facts["step"] = step.in_file
                yield Finding("clip-order", (step.proof, line.proof), facts, "late")
                return
        stepped += [(line.moment, each) for each in _steps(line)]


_CLIPS = ("clip_grad_norm_", "clip_grad_value_")


def _step_since(
    run: Run, line: Line, last: Moment, stepped: list[tuple[Moment, Stepped]]
) -> Line | None:
    """The line of a step since a moment that has used what a line clips."""
    clipped = {each.identity for each in line.tensors_read().values()}
    for moment, each in reversed(stepped):
        if moment <= last:
            break
        if clipped & set(each.held):
            return run.line_of(moment)
    return None


def _steps(line: Line) -> tuple[Stepped, ...]:
    evidence = line.snapshot.evidence
    return () if evidence is None else evidence.stepped


RULES: tuple[Rule, ...] = (zero_grad, rebind, order, clip_order)
