"""Gradients that vanish, explode, or are exactly 0."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from autograd_tutor.analysis.diagnosis.finding import Certainty, Fact, Finding, Proof
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import Line, Run, RunPass
from autograd_tutor.analysis.pass_sizes import arrived_size
from autograd_tutor.recording import numbers
from autograd_tutor.recording.model import Backward, Node

LAYERS = 8
"""Operations of one kind, one behind the other, from which on a factor between them is a rule."""
SMALL = 1e-5
"""Of the gradient at the last layer, what is left at the first: below it, float32 rounds it away
beside weights of 1 when steps are 0.01."""

_RELU = "ReluBackward0"
_FLAT = ("RoundBackward0", "FloorBackward0", "CeilBackward0", "SignBackward0", "TruncBackward0")


class _Size(NamedTuple):
    number: int
    norm: float


def depth(run: Run) -> Iterator[Finding]:
    """Norms that fall or rise from layer to layer by about the same factor."""
    done: set[str] = set()
    for run_pass in run.passes:
        for name, sizes in _by_kind(run, run_pass).items():
            if len(sizes) < LAYERS or not all(each.norm > 0 for each in sizes):
                continue
            first, last = sizes[0], sizes[-1]
            factor = (last.norm / first.norm) ** (1 / (len(sizes) - 1))
            key = "vanishing" if factor < 1 else "exploding"
            ratio = last.norm / first.norm
            if key in done or not _is_steady(sizes, factor):
                continue
            if SMALL < ratio < 1 / SMALL:
                continue
            done.add(key)
            facts: dict[str, Fact] = {
                "line": run_pass.line.in_file, "node": name, "count": len(sizes),
                "first": _short(first.norm), "last": _short(last.norm), "factor": _short(factor),
            }  # fmt: skip
            proofs = (_proof(run_pass, first.number), _proof(run_pass, last.number))
            nodes = (first.number, last.number)
            yield Finding(key, proofs, facts, certainty="suspicion", nodes=nodes)


def _by_kind(run: Run, run_pass: RunPass) -> dict[str, list[_Size]]:
    found: dict[str, list[_Size]] = defaultdict(list)
    for number, index in run_pass.nodes.items():
        record = run_pass.trace.snapshots[index].backward
        norm = arrived_size(record) if record is not None else None
        node = run.nodes.get(number)
        if norm is not None and math.isfinite(norm) and node is not None and node.leaf is None:
            found[node.name].append(_Size(number, norm))
    return found


def _is_steady(sizes: Sequence[_Size], factor: float) -> bool:
    """Whether most of the norms go the way that the whole goes."""
    goes = sum((b.norm < a.norm) == (factor < 1) for a, b in itertools.pairwise(sizes))
    return goes >= 0.9 * (len(sizes) - 1)


def dead(run: Run) -> Iterator[Finding]:
    """A relu, or a function that is flat everywhere, got a gradient and sent 0 for all of it.

    A relu whose place in the code sends something in another turn is not dead.
    """
    silent: dict[tuple[object, ...], list[tuple[RunPass, int, Line]]] = {}
    alive: set[tuple[object, ...]] = set()
    for run_pass in run.passes:
        for number, line, place in _flat_nodes(run, run_pass):
            record = run_pass.trace.snapshots[run_pass.nodes[number]].backward
            if record is None or not _arrived(record):
                continue
            if _sends_nothing(record):
                silent.setdefault(place, []).append((run_pass, number, line))
            else:
                alive.add(place)
    for place, found in silent.items():
        if place not in alive:
            run_pass, number, line = found[0]
            if not _is_margin(run, run_pass, number):
                yield _dead(run, run_pass, number, line, len(found))
                return


def _flat_nodes(run: Run, run_pass: RunPass) -> Iterator[tuple[int, Line, tuple[object, ...]]]:
    """The nodes that may be dead, the line that made each, and which place in the code that is."""
    counts: dict[tuple[object, ...], int] = defaultdict(int)
    for number in sorted(run_pass.nodes):
        name = run.nodes[number].name
        made = run.found.get(number) if name in (_RELU, *_FLAT) else None
        line = run.line_of(made) if made is not None else None
        if line is not None:
            place = (line.trace.step, line.number, name, line.moment)
            counts[place] += 1
            yield number, line, (*place[:3], counts[place])


def _is_margin(run: Run, run_pass: RunPass, number: int) -> bool:
    """Whether a relu is the end of a loss: of a difference, and nothing is trained behind it.

    That of `relu(1 - score)` is 0 where the margin is kept.
    """
    edge = run.nodes[number].next[0] if run.nodes[number].next else None
    below = run.nodes.get(edge[0]) if edge is not None else None
    if below is None or below.name not in _DIFFERENCES or _has_leaf(run, below):
        return False
    pending, seen = [number], {number}
    while pending:
        for user in run.users.get(pending.pop(), ()):
            if user in run_pass.nodes and user not in seen:
                if _has_leaf(run, run.nodes[user]):
                    return False
                seen.add(user)
                pending.append(user)
    return True


def _has_leaf(run: Run, node: Node) -> bool:
    """Whether one of a node's inputs is a leaf."""
    inputs = [run.nodes.get(edge[0]) for edge in node.next if edge is not None]
    return any(each is not None and each.leaf is not None for each in inputs)


_DIFFERENCES = ("RsubBackward1", "RsubBackward0", "SubBackward0", "AddBackward0")


def _dead(run: Run, run_pass: RunPass, number: int, line: Line, times: int) -> Finding:
    name = run.nodes[number].name
    facts: dict[str, Fact] = {
        "node": name, "made": line.in_file, "text": line.text, "line": run_pass.line.in_file,
    }  # fmt: skip
    proofs = (line.proof, _proof(run_pass, number))
    if name != _RELU:
        return Finding("no-slope", proofs, facts, nodes=(number,), mark=line.proof)
    certainty: Certainty = "finding" if times > 1 else "suspicion"  # one batch may be by chance
    return Finding(
        "dead-relu", proofs, facts, certainty=certainty, nodes=(number,), mark=line.proof
    )


def _arrived(record: Backward) -> bool:
    return any(numbers.norm(each) for each in record.grad_outputs if each is not None)


def _sends_nothing(record: Backward) -> bool:
    sent = [numbers.norm(each) for each in record.grad_inputs if each is not None]
    return bool(sent) and not any(sent)


def _proof(run_pass: RunPass, number: int) -> Proof:
    return Proof(run_pass.trace.step, run_pass.nodes[number], run_pass.line.number)


def _short(number: float) -> str:
    return f"{number:.2g}"


RULES: tuple[Rule, ...] = (depth, dead)
