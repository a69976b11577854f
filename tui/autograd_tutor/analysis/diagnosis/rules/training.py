"""The turns of a training loop: gradients that nobody clears, and steps in the wrong place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from autograd_tutor.analysis.diagnosis.edits import inserted
from autograd_tutor.analysis.diagnosis.fills import (
    Fill,
    fills,
    is_nonzero,
    is_used,
    last_fill,
    moved,
    was_cleared,
)
from autograd_tutor.analysis.diagnosis.finding import Certainty, Fact, Finding, Mend
from autograd_tutor.analysis.diagnosis.held import Step, ever_held, steps
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import Moment, Run, spoken

Fills = Mapping[int, Sequence[Fill]]


def zero_grad(run: Run) -> Iterator[Finding]:
    """A leaf was changed by a step, the next pass adds to the gradient from before, and is used."""
    held, made = ever_held(run), steps(run)
    for leaf, filled in fills(run).items():
        for first, second in pairwise(filled):
            before = run.at(leaf, second.before)
            if before is None or not is_nonzero(before.grad):
                continue
            if was_cleared(run, leaf, first.moment, second.before):
                continue
            change = moved(run, leaf, first.moment, second.begun)
            if change is None or not is_used(run, leaf, second):
                continue
            step = run.line_of(change)
            assert step is not None
            name = run.names.get(leaf, "")
            yield Finding(
                "zero-grad",
                (first.proof, step.proof, second.proof),
                facts={
                    "name": spoken(name),
                    "first": first.run_pass.line.in_file,
                    "step": step.in_file,
                    "line": second.run_pass.line.in_file,
                },
                about=(name, f"{name}.grad"),
                form="" if leaf in held else "by-hand",
                mend=_clear(made, leaf, filled, second),
            )
            break


def _clear(made: Sequence[Step], leaf: int, filled: Sequence[Fill], second: Fill) -> Mend | None:
    """A line that clears, with the optimizer whose step the code calls, once for each step of it.

    Before the last pass that the step waits for, as others may fill the gradient for something
    else; after the step where one line fills it several times, which is meant to be a sum.
    """
    for step in made:
        source, function = step.line.source, step.line.snapshot.function
        call = next(iter(source.calls_of("step")), None) if source is not None else None
        if call is None or leaf not in step.stepped.held or not call.on:
            continue
        turn = [each for each in filled if second.moment <= each.moment]
        later = _next_step(made, leaf, second.moment)
        turn = [each for each in turn if later is not None and each.moment < later]
        line = turn[-1].run_pass.line if turn else second.run_pass.line
        if step.line.trace is not line.trace or function != line.snapshot.function:
            continue
        if len(turn) > 1 and len({each.run_pass.line.number for each in turn}) == 1:
            return inserted(step.line, f"{call.on}.zero_grad()", after=True)
        return inserted(line, f"{call.on}.zero_grad()")
    return None


def _next_step(made: Sequence[Step], leaf: int, since: Moment) -> Moment | None:
    found = (each.line.moment for each in made if leaf in each.stepped.held)
    return next((each for each in found if each > since), None)


def order(run: Run) -> Iterator[Finding]:
    """A step found no gradient: it comes before the pass, or what the pass filled was cleared."""
    by_leaf = fills(run)
    by_optimizer: dict[tuple[int, ...], list[Step]] = {}
    for step in steps(run):
        if not _is_inside_pass(run, step):
            by_optimizer.setdefault(step.stepped.held, []).append(step)
    for held, made in by_optimizer.items():
        leaves = [leaf for leaf in held if leaf in by_leaf]
        if not leaves:
            continue
        found = _cleared(run, leaves, made, by_leaf) or _early(run, leaves, made, by_leaf)
        if found is not None:
            yield found


def _is_inside_pass(run: Run, step: Step) -> bool:
    """Whether a hook has made a step, while the pass that fills gradients was running."""
    following = run.next_pass(step.line.moment)
    line = following.line if following is not None else None
    return (
        line is not None
        and line.trace is step.line.trace
        and line.since <= step.line.index
        and line.snapshot.depth < step.line.snapshot.depth
    )


def _cleared(run: Run, leaves: list[int], made: list[Step], by_leaf: Fills) -> Finding | None:
    """A step found nothing, though a pass had filled gradients since the step before it."""
    since = Moment(-1, -1)
    for step in made:
        begun, after = _begun(step), since
        since = step.line.moment
        if _finds_gradients(run, leaves, begun):
            continue
        for leaf in leaves:
            fill = last_fill(by_leaf[leaf], begun)
            full = run.at(leaf, fill.moment) if fill is not None else None
            if fill is None or fill.moment <= after or full is None or not is_nonzero(full.grad):
                continue
            cleared = was_cleared(run, leaf, fill.moment, begun)
            clearing = run.line_of(cleared) if cleared is not None else None
            if clearing is None or clearing is step.line:
                continue
            name, line = run.names.get(leaf, ""), fill.run_pass.line
            facts: dict[str, Fact] = {
                "name": spoken(name), "line": step.line.in_file, "text": step.line.text,
                "first": line.in_file, "cleared": clearing.in_file,
            }  # fmt: skip
            proofs = (fill.proof, clearing.proof, step.line.proof)
            about = (name, f"{name}.grad")
            return Finding("order", proofs, facts, about=about, mark=clearing.proof)
    return None


def _early(run: Run, leaves: list[int], made: list[Step], by_leaf: Fills) -> Finding | None:
    """The first step came before the first pass, and the loop has it there in each turn."""
    first, last = made[0], made[-1]
    filled = min((each for leaf in leaves for each in by_leaf[leaf]), key=lambda each: each.moment)
    if last.line.moment > run.known_until:
        return None
    if filled.moment <= first.line.moment or _finds_gradients(run, leaves, _begun(first)):
        return None
    again = [each for each in made[1:] if each.line.number == first.line.number]
    if len(made) > 1 and not again:
        return None  # a step that lets the optimizer make its state
    late = any(_finds_gradients(run, leaves, _begun(each)) for each in again)
    unused = max(each.moment for leaf in leaves for each in by_leaf[leaf])
    if late and unused < last.line.moment:
        return None
    facts: dict[str, Fact] = {
        "line": first.line.in_file, "text": first.line.text,
        "first": filled.run_pass.line.in_file,
    }  # fmt: skip
    form = "late" if late else "early"
    certainty: Certainty = "suspicion" if late else "finding"
    proofs = (first.line.proof, filled.run_pass.line.proof)
    return Finding("order", proofs, facts, form, certainty, mark=first.line.proof)


def _begun(step: Step) -> Moment:
    return Moment(step.line.trace.step, step.line.since - 1)


def _finds_gradients(run: Run, leaves: list[int], begun: Moment) -> bool:
    tensors = [run.at(leaf, begun) for leaf in leaves]
    return any(each is not None and is_nonzero(each.grad) for each in tensors)


RULES: tuple[Rule, ...] = (zero_grad, order)
