"""Gradients that vanish, explode, or are exactly 0."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from autograd_tutor.analysis.diagnosis.fills import is_nonzero
from autograd_tutor.analysis.diagnosis.finding import Certainty, Fact, Finding, Proof
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import Moment, Run, RunPass
from autograd_tutor.analysis.pass_sizes import arrived_size
from autograd_tutor.recording import numbers
from autograd_tutor.recording.model import Backward

LAYERS = 8
"""Operations of one kind, one behind the other, from which on a factor between them is a rule."""
SMALL = 1e-5
"""Of the gradient at the last layer, what is left at the first: below it, float32 rounds it away
beside weights of 1 when steps are 0.01."""

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
    """A relu, or a function that is flat everywhere, got a gradient and sent 0 for all of it."""
    for run_pass in run.passes:
        for number, index in run_pass.nodes.items():
            node, record = run.nodes[number], run_pass.trace.snapshots[index].backward
            if record is None or not _sends_nothing(record):
                continue
            if node.name in ("ReluBackward0", *_FLAT):
                key, form = ("dead-relu", "") if node.name == "ReluBackward0" else ("no-slope", "")
                made = run.found.get(number)
                line = run.line_of(made) if made is not None else None
                if line is None:
                    continue
                facts: dict[str, Fact] = {
                    "node": node.name, "made": line.in_file, "text": line.text,
                    "line": run_pass.line.in_file,
                }  # fmt: skip
                proofs = (line.proof, _proof(run_pass, number))
                # What has another way, too, is meant to be rounded: `x - x.floor()`.
                goes_on = key == "no-slope" and _has_gradient(run, run_pass, number)
                certainty: Certainty = "note" if goes_on else "finding"
                yield Finding(key, proofs, facts, form, certainty, nodes=(number,), mark=line.proof)
                return


def _has_gradient(run: Run, run_pass: RunPass, number: int) -> bool:
    """Whether the pass brings a gradient that is not 0 to a leaf behind a node."""
    behind = run.leaves_behind([number])
    return any(
        is_nonzero(tensor.grad)
        for leaf, index in run_pass.leaves().items()
        if leaf in behind and (tensor := run.at(leaf, Moment(run_pass.trace.step, index)))
    )


def _sends_nothing(record: Backward) -> bool:
    arrived = [numbers.norm(each) for each in record.grad_outputs if each is not None]
    sent = [numbers.norm(each) for each in record.grad_inputs if each is not None]
    return bool(sent) and any(each for each in arrived) and not any(sent)


def _proof(run_pass: RunPass, number: int) -> Proof:
    return Proof(run_pass.trace.step, run_pass.nodes[number], run_pass.line.number)


def _short(number: float) -> str:
    return f"{number:.2g}"


RULES: tuple[Rule, ...] = (depth, dead)
