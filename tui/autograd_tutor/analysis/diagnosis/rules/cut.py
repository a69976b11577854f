"""Parameters whose `.grad` stays None, as a line cut the way from the loss to them."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_tutor.analysis.diagnosis.cutting import Cut, cut_facts, cut_in, without
from autograd_tutor.analysis.diagnosis.fills import differs, fills
from autograd_tutor.analysis.diagnosis.finding import Certainty, Fact, Finding, quoted
from autograd_tutor.analysis.diagnosis.held import steps
from autograd_tutor.analysis.diagnosis.provenance import lines_behind
from autograd_tutor.analysis.diagnosis.rule import Rule
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
    # An optimizer that has made no step yet may be waiting for its turn.
    held = frozenset([each for step in steps(run) for each in step.stepped.held])
    seen = set[Moment]()
    for run_pass in passes:
        for line in lines_behind(run, run_pass.line, seen):
            found = cut_in(run, line)
            leaves = _behind(run, found) & without_grad.keys() if found is not None else set[int]()
            if found is None or not leaves:
                continue
            leaf = min(leaves)
            yield _finding(run, run_pass, found, leaf, sorted(leaves), held)
            return


def _has_graph(run: Run, run_pass: RunPass) -> bool:
    """Whether it begins at a result; one at a leaf is a finding of its own (`silenced`)."""
    roots = [run.nodes[each] for each in run_pass.roots if each in run.nodes]
    return any(each.leaf is None for each in roots)


def _finding(
    run: Run, run_pass: RunPass, found: Cut, leaf: int, leaves: list[int], held: frozenset[int]
) -> Finding:
    names = [run.names[each] for each in leaves]
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
    return Finding(
        "cut",
        (found.line.proof, run_pass.line.proof),
        facts,
        found.how,
        certainty,
        about=(*names, *[f"{name}.grad" for name in names], *found.made),
        mark=found.line.proof,
        mend=None if certainty == "note" else without(found),
    )


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


def _behind(run: Run, found: Cut) -> set[int]:
    """The leaves that lead to what a line has cut off."""
    read = found.line.tensors_read()
    leaves: set[int] = set()
    for name in found.names:
        tensor = read[name]
        if tensor.grad_fn is not None:
            leaves |= run.leaves_behind([tensor.grad_fn])
        elif tensor.leaf is not None:
            leaves.add(tensor.leaf)
    return leaves


RULES: tuple[Rule, ...] = (cut,)
