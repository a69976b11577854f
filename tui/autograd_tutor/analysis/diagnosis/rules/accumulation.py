"""Several passes before one step: whether the parts of a batch add up to the whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from autograd_tutor.analysis.changes import looks
from autograd_tutor.analysis.diagnosis.fills import Fill, differs, is_used, moved, was_cleared
from autograd_tutor.analysis.diagnosis.finding import Fact, Finding
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.rules.clipping import CLIPS
from autograd_tutor.analysis.diagnosis.run import END, Moment, Run, RunPass
from autograd_tutor.recording import numbers
from autograd_tutor.recording.model import Backward, Node

_LOSSES = (
    "MseLossBackward0",
    "NllLossBackward0",
    "L1LossBackward0",
    "SmoothL1LossBackward0",
    "HuberLossBackward0",
    "BinaryCrossEntropyBackward0",
    "BinaryCrossEntropyWithLogitsBackward0",
)
_TERMS = ("AddBackward0", "SubBackward0", "MulBackward0", "NegBackward0")
"""What a loss is put together with; what divides it may make a mean of a sum."""
_MOST_TERMS = 16
"""Nodes that are gone through."""
_MEAN, _SUM = "1", "2"
"""How a loss node keeps its reduction."""


class _Part(NamedTuple):
    """A pass whose loss is one mean."""

    run_pass: RunPass
    fill: Fill
    leaf: int
    share: float
    """What the mean is multiplied with in the loss."""
    samples: int
    """The samples that it is the mean of."""


def parts(run: Run) -> Iterator[Finding]:
    """Means of parts that were added without their share of the whole, or with equal shares."""
    by_line: dict[tuple[int, int], list[_Part]] = defaultdict(list)
    for run_pass in run.passes:
        part = _part(run, run_pass)
        if part is not None:
            by_line[run_pass.trace.step, run_pass.line.number].append(part)
    for each in by_line.values():
        found = next((found for group in _groups(run, each) if (found := _judged(group))), None)
        if found is not None:
            yield found


def _part(run: Run, run_pass: RunPass) -> _Part | None:
    leaves = run_pass.leaves()
    if run_pass.ended.function != "backward" or run_pass.ended.failed is not None or not leaves:
        return None
    means = [
        record
        for number, index in run_pass.nodes.items()
        if (record := run_pass.trace.snapshots[index].backward) is not None
        and _reduces(run.nodes[number], record, "MeanBackward0", _MEAN)
    ]
    arrived = means[0].grad_outputs[0] if len(means) == 1 else None
    share = numbers.norm(arrived) if arrived is not None else None
    if share is None:
        return None
    leaf = min(leaves)
    return _Part(run_pass, Fill(run_pass, leaves[leaf]), leaf, share, _count(means[0]))


def _reduces(node: Node, record: Backward, name: str, reduction: str) -> bool:
    """Whether a node makes one number of several samples, in a certain way."""
    if node.shape != () or not record.grad_outputs or _count(record) < 1:
        return False
    kept = [each.value for each in record.saved if each.name == "reduction"]
    return node.name == name or (node.name in _LOSSES and kept == [reduction])


def _count(record: Backward) -> int:
    sent = record.grad_inputs[0] if record.grad_inputs else None
    return sent.shape[0] if sent is not None and sent.shape else 0


def _groups(run: Run, made: Sequence[_Part]) -> Iterator[list[_Part]]:
    """The parts of each step, where the step used their sum as it was."""
    group: list[_Part] = []
    for part in made:
        if group and _is_parted(run, group[-1], part):
            if len(group) > 1 and _is_taken(run, group[-1]):
                yield group
            group = []
        group.append(part)
    if len(group) > 1 and _is_taken(run, group[-1]):
        yield group


def _is_parted(run: Run, first: _Part, second: _Part) -> bool:
    line, begin, end = first.run_pass.line, first.fill.moment, second.fill.begun
    evidence = line.snapshot.evidence
    same = line.moment == second.run_pass.line.moment
    if same and evidence is not None and (evidence.stepped or evidence.cleared):
        return True  # in code that is not followed: who knows when
    # Passes to other leaves are of other losses: each of several heads has its own.
    is_other = first.run_pass.leaves().keys() != second.run_pass.leaves().keys()
    return is_other or bool(
        was_cleared(run, first.leaf, begin, end) or moved(run, first.leaf, begin, end)
    )


def _is_taken(run: Run, part: _Part) -> bool:
    """Whether a step used the gradient that the last pass left, and no line changed it before."""
    was = run.at(part.leaf, part.fill.moment)
    if was is None or was.grad is None or not is_used(run, part.leaf, part.fill):
        return False
    for change in run.changes(part.leaf, part.fill.moment, END):
        if differs(was, change.tensor):
            return True
        if change.tensor.grad is None:
            return False
        if looks(change.tensor.grad) != looks(was.grad) and not _is_clipped(run, change.moment):
            return False
    return False


def _is_clipped(run: Run, moment: Moment) -> bool:
    """Whether the line that changed a gradient then was to clip it."""
    line = run.line_of(moment)
    return line is not None and line.source is not None and not CLIPS.isdisjoint(line.source.called)


def _judged(group: list[_Part]) -> Finding | None:
    shares = [each.share for each in group]
    equal = max(shares) - min(shares) < 1e-6 * max(shares)
    first, last = group[0], group[-1]
    counts = [each.samples for each in group]
    facts: dict[str, Fact] = {
        "line": first.run_pass.line.in_file, "count": len(group), "sum": f"{sum(shares):.3g}",
        "share": f"{shares[0]:.3g}", "first": max(counts), "last": min(counts),
    }  # fmt: skip
    proofs = (first.fill.proof, last.fill.proof)
    if not equal:
        return None
    if abs(shares[0] - 1) < 1e-6:
        form = "uneven" if len(set(counts)) > 1 else ""
        return Finding("share", proofs, facts, form, certainty="suspicion")
    if abs(sum(shares) - 1) < 1e-4 and len(set(counts)) > 1:
        return Finding("uneven", proofs, facts, certainty="suspicion")
    return None


def mean_sum(run: Run) -> Iterator[Finding]:
    """A sum over samples whose number differs from pass to pass: so do the gradients' sizes."""
    seen: dict[tuple[int, int], tuple[RunPass, int]] = {}
    for run_pass in run.passes:
        place = run_pass.trace.step, run_pass.line.number
        found = _summed(run, run_pass)
        if found is None:
            continue
        if _is_for_each(run_pass, found[1]):
            continue
        first, count = seen.setdefault(place, (run_pass, found[1]))
        if count != found[1]:
            facts: dict[str, Fact] = {
                "line": run_pass.line.in_file, "first": count, "second": found[1],
            }  # fmt: skip
            proofs = (first.line.proof, run_pass.line.proof)
            form = "" if found[0] in run_pass.roots else "term"
            yield Finding("mean-sum", proofs, facts, form, "note", nodes=(found[0],))
            return


def _summed(run: Run, run_pass: RunPass) -> tuple[int, int] | None:
    """The node of a loss, or of a term of it, that sums over samples, and over how many."""
    pending = list(run_pass.roots)
    for _ in range(_MOST_TERMS):
        number = pending.pop(0) if pending else 0
        node, index = run.nodes.get(number), run_pass.nodes.get(number)
        record = run_pass.trace.snapshots[index].backward if index is not None else None
        if node is None or record is None or node.shape != ():
            continue
        if _reduces(node, record, "SumBackward0", _SUM):
            return number, _count(record)
        if node.name in _TERMS:
            pending += [edge[0] for edge in node.next if edge is not None]
    return None


def _is_for_each(run_pass: RunPass, count: int) -> bool:
    """Whether a sum is taken to ask for the gradient of each sample: no learning rate meets it."""
    shapes = [each.shape for each in run_pass.ended.returned if each is not None]
    return any(shape[0] == count for shape in shapes if shape)


RULES: tuple[Rule, ...] = (parts, mean_sum)
