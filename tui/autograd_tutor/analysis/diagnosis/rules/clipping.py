"""Gradients that are clipped when there are none yet, or when a step has used them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from autograd_tutor.analysis.diagnosis.expressions import tensors_of
from autograd_tutor.analysis.diagnosis.fills import Fill, fills, last_fill, moved
from autograd_tutor.analysis.diagnosis.finding import Fact, Finding
from autograd_tutor.analysis.diagnosis.held import ever_held
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import Line, Moment, Run
from autograd_tutor.analysis.diagnosis.source import Call

CLIPS = frozenset(("clip_grad_norm_", "clip_grad_value_"))
"""Functions that clip gradients."""


def clip_order(run: Run) -> Iterator[Finding]:
    """Gradients were clipped when there were none, or after the step that used them."""
    filled, held = fills(run), ever_held(run)
    seen: set[tuple[int, int]] = set()
    for line in run.lines:
        if line.moment > run.known_until:
            return  # gradients may have been filled by passes that are not recorded
        source = line.source
        if source is None or (line.trace.step, line.number) in seen:
            continue
        for call in source.calls_of(*CLIPS):
            if _only_measures(call) or not call.arguments:
                continue
            there = {each.identity for each in tensors_of(line, call.arguments[0]).values()}
            leaves = [leaf for leaf in filled if leaf in there]
            # What no step changes lies in the module, too, and is not among its parameters.
            leaves = [leaf for leaf in leaves if leaf in held] or leaves
            failed = run.failure is not None and run.failure[0] is line and not filled
            found = _misplaced(run, line, leaves, filled) if leaves or (failed and there) else None
            if found is not None:
                seen.add((line.trace.step, line.number))
                yield found


def _misplaced(
    run: Run, line: Line, leaves: list[int], filled: Mapping[int, Sequence[Fill]]
) -> Finding | None:
    facts: dict[str, Fact] = {"line": line.in_file, "text": line.text}
    begun = Moment(line.trace.step, line.since - 1)
    ends = {leaf: last_fill(filled[leaf], begun) for leaf in leaves}
    if all(each is None for each in ends.values()):
        return Finding("clip-order", (line.proof,), facts, "early")
    moves = [
        moved(run, leaf, fill.moment, begun) if fill is not None else None
        for leaf, fill in ends.items()
    ]
    stepped = [each for each in moves if each is not None]
    step = run.line_of(max(stepped)) if len(stepped) == len(moves) else None
    if step is None:
        return None
    facts["step"] = step.in_file
    return Finding("clip-order", (step.proof, line.proof), facts, "late")


def _only_measures(call: Call) -> bool:
    """Whether the greatest norm is written as infinite: the norm is asked for, nothing changes."""
    largest = call.arguments[1] if len(call.arguments) > 1 else call.keyword("max_norm")
    return largest is not None and any(
        (isinstance(each, ast.Attribute) and each.attr == "inf")
        or (isinstance(each, ast.Constant) and each.value in ("inf", "infinity"))
        for each in ast.walk(largest)
    )


RULES: tuple[Rule, ...] = (clip_order,)
