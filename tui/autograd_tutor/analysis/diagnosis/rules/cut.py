"""Parameters whose `.grad` stays None, as a line cut the way from the loss to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograd_tutor.analysis.diagnosis.cutting import (
    WITHOUT_SLOPE,
    Cut,
    cut_facts,
    cut_in,
    leaves_behind,
    without,
)
from autograd_tutor.analysis.diagnosis.fills import differs, fills
from autograd_tutor.analysis.diagnosis.finding import Certainty, Fact, Finding, quoted
from autograd_tutor.analysis.diagnosis.held import Step, steps
from autograd_tutor.analysis.diagnosis.provenance import lines_behind
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.rules.idle import idle
from autograd_tutor.analysis.diagnosis.rules.unseen import unseen
from autograd_tutor.analysis.diagnosis.run import END, Moment, Run, RunPass, spoken


def cut(run: Run) -> Iterator[Finding]:
    """No pass has reached a leaf, though a line that the loss comes from has read it."""
    passes = [
        each
        for each in run.passes
        if each.ended.failed is None and each.ended.function == "backward" and _has_graph(run, each)
    ]
    without_grad = _without_grad(run) if passes else {}
    if not without_grad:
        return
    findings = [
        found
        for cut, behind in _cuts(run, _first_and_last(passes))
        if (found := _finding(run, cut, behind, without_grad)) is not None
    ]
    hidden = unseen(run, passes, without_grad)
    findings += [hidden] if hidden is not None else []
    if findings:
        yield min(findings, key=lambda each: _CERTAINTIES.index(each.certainty))
    elif (unread := idle(run, passes, without_grad)) is not None:
        yield unread


def _first_and_last(passes: Sequence[RunPass]) -> list[RunPass]:
    """Of the passes of each line some: what no pass has ever reached is cut off in each turn."""
    by_line: dict[tuple[int, int], list[RunPass]] = {}
    for each in passes:
        by_line.setdefault((each.trace.step, each.line.number), []).append(each)
    found = [each[:_TURNS] + each[_TURNS:][-_TURNS:] for each in by_line.values()]
    return sorted((one for each in found for one in each), key=lambda one: one.line.moment)


def _cuts(run: Run, passes: Sequence[RunPass]) -> list[tuple[Cut, list[RunPass]]]:
    """What lines behind some passes cut off, each line for the first time, and those passes."""
    known: dict[Moment, Cut | None] = {}
    behind: dict[Moment, list[RunPass]] = {}
    for run_pass in passes:
        for line in lines_behind(run, run_pass.line):
            if line.moment not in known:
                known[line.moment] = cut_in(run, line)
            behind.setdefault(line.moment, []).append(run_pass)
    first: dict[tuple[int, int], tuple[Cut, list[RunPass]]] = {}
    for moment, cut in known.items():
        if cut is not None:
            first.setdefault((moment.step, cut.line.number), (cut, behind[moment]))
    return list(first.values())


_TURNS = 8
"""Passes of a line that are looked at, at the begin and at the end."""
_CERTAINTIES = ("finding", "suspicion", "note")


def _has_graph(run: Run, run_pass: RunPass) -> bool:
    """Whether it begins at a result; one at a leaf is a finding of its own (`silenced`)."""
    roots = [run.nodes[each] for each in run_pass.roots if each in run.nodes]
    return any(each.leaf is None for each in roots)


def _finding(run: Run, found: Cut, passes: list[RunPass], never: dict[int, str]) -> Finding | None:
    """What a cut has done to the leaves that never got a gradient; `passes`: those behind it."""
    leaves = [
        each for each in leaves_behind(run, found) & never.keys() if _is_there(run, each, passes[0])
    ]
    if not leaves:
        return None
    # An optimizer that has made no step yet may be waiting for its turn.
    made = steps(run)
    held = frozenset([each for step in made for each in step.stepped.held])
    leaf = min(leaves, key=lambda each: (each not in held, each))
    names = [run.names[each] for each in sorted(leaves, key=lambda each: (each != leaf, each))]
    run_pass = _pass_for(made, leaf, passes)
    certainty: Certainty = "finding" if leaf in held else "suspicion"
    if (leaf not in held and found.how in ("detach", "mode")) or _is_set_by_hand(
        run, run_pass, leaf
    ):
        certainty = "note"  # targets, frozen features, straight-through, averages
    root = next((root.name for root in run_pass.ended.roots if root.name), None)
    facts: dict[str, Fact] = {
        **cut_facts(found),
        "leaf": spoken(names[0]),
        "name": quoted(spoken(root or "")),
        "line": run_pass.line.in_file,
    }
    others = [each for each in passes if each.line.number != run_pass.line.number]
    is_shared = found.how == "detach" and bool(others) and certainty == "finding"
    if is_shared:
        facts["other"] = others[0].line.in_file
    has_slope = found.how not in WITHOUT_SLOPE
    return Finding(
        "cut" if has_slope else "no-slope",
        (found.line.proof, run_pass.line.proof),
        facts,
        "shared" if is_shared else found.how if has_slope else "cut",
        certainty,
        about=(*names, *[f"{name}.grad" for name in names], *found.made),
        mark=found.line.proof,
        mend=None if certainty == "note" or is_shared else without(found),
    )


def _is_there(run: Run, leaf: int, run_pass: RunPass) -> bool:
    """Whether a variable stands for a leaf when a pass runs: no layer that was exchanged."""
    tensors = run_pass.trace.state(run_pass.line.index).tensors
    return any(each.identity == leaf and " " not in name for name, each in tensors.items())


def _pass_for(made: Sequence[Step], leaf: int, passes: list[RunPass]) -> RunPass:
    """The pass that the leaf's optimizer waits for: the last one before its step."""
    step = next((each for each in made if leaf in each.stepped.held), None)
    before = [each for each in passes if step is not None and each.line.moment < step.line.moment]
    return before[-1] if before else passes[0]


def _is_set_by_hand(run: Run, run_pass: RunPass, leaf: int) -> bool:
    """Whether something else than a gradient has changed the numbers of a leaf since a pass."""
    was = run.at(leaf, run_pass.line.moment)
    later = run.changes(leaf, run_pass.line.moment, END)
    return was is not None and any(differs(was, each.tensor) for each in later)


def _without_grad(run: Run) -> dict[int, str]:
    """The leaves that no pass has reached and whose gradient nobody asked for, with names."""
    filled = fills(run)
    asked = {
        node.leaf
        for each in run.passes
        for target in each.ended.targets
        if (node := run.nodes.get(target or 0)) is not None
    }
    # What a pass that failed would have reached.
    failed = [root for each in run.passes if each.ended.failed is not None for root in each.roots]
    asked |= run.leaves_behind(failed)
    found = {}
    for identity, story in run.stories.items():
        last = story[-1].tensor
        never = last.leaf is not None and last.grad is None and identity not in filled
        if never and identity not in asked and identity in run.names:
            found[identity] = run.names[identity]
    return found


RULES: tuple[Rule, ...] = (cut,)
