"""Passes over graphs that have been passed before, without an error."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from autograd_tutor.analysis.changes import looks
from autograd_tutor.analysis.diagnosis.fills import is_nonzero
from autograd_tutor.analysis.diagnosis.finding import Fact, Finding
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import Moment, Run, RunPass, spoken
from autograd_tutor.analysis.diagnosis.shared import (
    earlier_pass,
    moved_since,
    operations,
    root_name,
)
from autograd_tutor.recording.model import Tensor


def no_error(run: Run) -> Iterator[Finding]:
    """Two passes went through the same nodes, and no error came, as these keep nothing.

    That of two losses the shared part is passed twice is as it should be: gradients add up.
    """
    seen: dict[int, RunPass] = {}
    """The pass that ran each node last, of those that retained nothing."""
    for each in run.passes:
        if each.ended.failed is not None:
            return
        for node in operations(run, each.nodes) if each.ended.function == "backward" else ():
            first = seen.get(node)
            found = _no_error_finding(run, first, each, node) if first is not None else None
            if found is not None:
                yield found
                return
        if each.ended.function == "backward":
            seen |= dict.fromkeys(operations(run, each.nodes), each)


def _no_error_finding(run: Run, first: RunPass, second: RunPass, node: int) -> Finding | None:
    facts: dict[str, Fact] = {
        "earlier": earlier_pass(first, second),
        "line": second.line.in_file,
        "name": root_name(run, second),
        "node": run.nodes[node].name,
    }
    about = (str(facts["name"]),)
    change = moved_since(run, node, second)
    if change is not None:
        leaf, line = change
        facts |= {"leaf": leaf, "by": line.in_file, "text": line.text}
        facts["made"] = second.trace.place(run.nodes[node].line, run.nodes[node].step)
        story = (first.line.proof, line.proof, second.line.proof)
        return Finding("no-error", story, facts, "stale", "suspicion", about, (node,))
    if first.ended.retain_graph or first.ended.create_graph or not _same_seeds(first, second):
        return None
    added = [
        leaf
        for leaf in run.leaves_behind([node])
        if (before := run.at(leaf, Moment(second.trace.step, second.line.since - 1)))
        and is_nonzero(before.grad)
    ]
    proofs = (first.line.proof, second.line.proof)
    return Finding("no-error", proofs, facts, about=about, nodes=(node,)) if added else None


def _same_seeds(first: RunPass, second: RunPass) -> bool:
    """Whether both began at the same results with the same weights: they have sent the same."""
    starts = [
        {(root.node, root.output_nr): root.seed for root in each.ended.roots}
        for each in (first, second)
    ]
    return starts[0].keys() == starts[1].keys() and all(
        seed is None or other is None or looks(seed) == looks(other)
        for seed, other in zip(starts[0].values(), starts[1].values(), strict=True)
    )


def second_by_sum(run: Run) -> Iterator[Finding]:
    """A pass of a gradient adds the second derivative to the first, in the same `.grad`."""
    for first, second in pairwise(each for each in run.passes if each.ended.function == "backward"):
        if not first.ended.create_graph:
            continue
        behind = run.reachable(second.roots)
        before = Moment(second.trace.step, second.line.since - 1)
        for leaf in first.leaves().keys() & second.leaves().keys():
            tensor = run.at(leaf, before)
            if tensor is not None and _grad_fn(tensor) in behind:
                name = run.names.get(leaf, "")
                facts: dict[str, Fact] = {
                    "name": spoken(name), "first": first.line.in_file, "line": second.line.in_file,
                }  # fmt: skip
                proofs = (first.line.proof, second.line.proof)
                yield Finding("second-by-sum", proofs, facts, about=(name, f"{name}.grad"))
                return


def _grad_fn(tensor: Tensor) -> int | None:
    return None if tensor.grad is None else tensor.grad.grad_fn


RULES: tuple[Rule, ...] = (no_error, second_by_sum)
