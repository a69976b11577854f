"""What makes people wonder and is as it should be."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product

from autograd_tutor.analysis.diagnosis.finding import Fact, Finding, Proof
from autograd_tutor.analysis.diagnosis.nodes import function_of, line_of, ran
from autograd_tutor.analysis.diagnosis.rule import Rule, in_each_step
from autograd_tutor.analysis.diagnosis.run import Line, Run, RunPass, spoken
from autograd_tutor.recording import numbers
from autograd_tutor.recording.model import Backward, Node, Tensor

_SHARING = ("MaxBackward1", "MinBackward1", "AmaxBackward0", "AminBackward0")
"""Operations that divide a gradient among equal elements."""
_PAIRS = ("MaximumBackward0", "MinimumBackward0")
_PICKING = ("MaxBackward0", "MinBackward0", "MedianBackward1", "KthvalueBackward0")
"""Operations that send a gradient to one of several equal elements."""
_INDICES = ("EmbeddingBackward0", "IndexSelectBackward0", "IndexBackward0")


@in_each_step
def ties(run: Run, passes: Sequence[RunPass]) -> Iterator[Finding]:
    """The largest or smallest of numbers, where several are equal."""
    for run_pass, number, node, record in _ran(run, passes, (*_SHARING, *_PAIRS, *_PICKING)):
        count = _equal(run, run_pass, node, record)
        line = line_of(run, number) if count > 1 else None
        if line is not None:
            facts = _facts(run_pass, node, line) | {"count": count}
            form = "picked" if node.name in _PICKING else "pair" if node.name in _PAIRS else ""
            yield _note("ties", run_pass, number, line, facts, form)
            return


def _equal(run: Run, run_pass: RunPass, node: Node, record: Backward) -> int:
    """How many elements are equal where one was to be chosen."""
    saved = {each.name: _decoded(each.value) for each in record.saved}
    if node.name in _PAIRS:
        both = zip(saved.get("self", ()), saved.get("other", ()), strict=False)
        is_alike = len(saved.get("self", ())) == len(saved.get("other", ()))
        return 2 if is_alike and any(one == other for one, other in both) else 1
    kept = {each.name: each.value for each in record.saved}
    given = kept.get("self") if node.name in _SHARING else _input(run, run_pass, node)
    groups = _groups(given, kept.get("dim")) if isinstance(given, Tensor) else []
    if node.name in _SHARING:
        taken = saved.get("result", [])
    else:
        places = saved.get("indices", [])
        if len(places) != len(groups):
            return 1
        taken = [each[int(at)] for each, at in zip(groups, places, strict=True)]
    if len(taken) != len(groups):
        return 1
    return max((each.count(one) for each, one in zip(groups, taken, strict=True)), default=1)


def _groups(tensor: Tensor, dim: Tensor | str | None) -> list[list[float]]:
    """The numbers among which each result was chosen, in the order of the results.

    `dim`: as it was kept, `1` or `(0, 1)`; none for all dimensions.
    """
    shape, values = tensor.shape or (), _decoded(tensor)
    if len(values) != math.prod(shape):
        return []
    reduced = {int(each) % len(shape) for each in re.findall(r"-?\d+", str(dim or "")) if shape}
    kept = [at for at in range(len(shape)) if reduced and at not in reduced]
    groups: dict[tuple[int, ...], list[float]] = {}
    for place, value in zip(product(*map(range, shape)), values, strict=True):
        groups.setdefault(tuple(place[at] for at in kept), []).append(value)
    return list(groups.values())


def _input(run: Run, run_pass: RunPass, node: Node) -> Tensor | None:
    edge = node.next[0] if node.next else None
    below = run.nodes.get(edge[0]) if edge is not None else None
    if below is None:
        return None
    identity = below.leaf if below.leaf is not None else run.outputs.get(below.id)
    return run.at(identity, run_pass.line.moment) if identity is not None else None


@in_each_step
def duplicates(run: Run, passes: Sequence[RunPass]) -> Iterator[Finding]:
    """Rows that are read several times get the sum of their gradients."""
    for run_pass, number, node, record in _ran(run, passes, _INDICES):
        saved = [each.value for each in record.saved if each.name.startswith(("indices", "index"))]
        tensors = [each for each in saved if isinstance(each, Tensor)]
        if len(tensors) != 1 or tensors[0].dtype == "torch.bool":
            continue
        most = Counter(_decoded(tensors[0])).most_common(1)
        line = line_of(run, number) if most and most[0][1] > 1 else None
        if line is not None:
            facts = _facts(run_pass, node, line)
            facts |= {"index": int(most[0][0]), "count": most[0][1]}
            yield _note("duplicates", run_pass, number, line, facts)
            return


def complex_numbers(run: Run) -> Iterator[Finding]:
    """A pass fills the gradient of a complex leaf: torch's convention decides its sign."""
    leaves = [
        leaf
        for leaf, story in run.stories.items()
        if story[0].tensor.leaf is not None and numbers.is_complex(story[0].tensor.dtype)
    ]
    for run_pass in run.passes if leaves else ():
        reached = run_pass.leaves()
        for leaf in leaves:
            if leaf in reached and leaf in run.names:
                proof = Proof(run_pass.trace.step, reached[leaf], run_pass.line.number)
                name = run.names[leaf]
                facts: dict[str, Fact] = {"name": spoken(name), "line": run_pass.line.in_file}
                yield Finding("complex", (proof,), facts, certainty="note", about=(name,))
                return


def _ran(
    run: Run, passes: Sequence[RunPass], names: Sequence[str]
) -> Iterator[tuple[RunPass, int, Node, Backward]]:
    """The nodes of passes that have one of these names, with what they did."""
    for run_pass in passes:
        for node, record in ran(run, run_pass):
            if node.name in names:
                yield run_pass, node.id, node, record


def _facts(run_pass: RunPass, node: Node, line: Line) -> dict[str, Fact]:
    return {
        "node": node.name, "function": function_of(node), "made": line.in_file, "text": line.text,
        "line": run_pass.line.in_file,
    }  # fmt: skip


def _note(
    key: str, run_pass: RunPass, number: int, line: Line, facts: dict[str, Fact], form: str = ""
) -> Finding:
    proof = Proof(run_pass.trace.step, run_pass.nodes[number], run_pass.line.number)
    return Finding(
        key, (line.proof, proof), facts, form, certainty="note", nodes=(number,), mark=line.proof
    )


def _decoded(value: Tensor | str | None) -> list[float]:
    if not isinstance(value, Tensor) or numbers.is_complex(value.dtype):
        return []
    raw = numbers.elements(value)
    decoded = numbers.decode(raw, value.dtype) if raw is not None else ()
    return [float(each.real) for each in decoded if not math.isnan(each.real)]


RULES: tuple[Rule, ...] = (ties, duplicates, complex_numbers)
