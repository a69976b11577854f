"""Gradients that vanish, explode, or are exactly 0."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from autograd_tutor.analysis.diagnosis.births import forward_birth
from autograd_tutor.analysis.diagnosis.finding import Certainty, Fact, Finding, Proof
from autograd_tutor.analysis.diagnosis.nodes import PASSING, function_of, line_of, ran, users_of
from autograd_tutor.analysis.diagnosis.rule import Rule, in_each_step
from autograd_tutor.analysis.diagnosis.run import Line, Moment, Run, RunPass, spoken
from autograd_tutor.analysis.pass_sizes import arrived_size
from autograd_tutor.recording import numbers
from autograd_tutor.recording.model import Backward, Node

LAYERS = 8
"""Operations of one kind, one behind the other, from which on a factor between them is a rule."""
SMALL = 1e-5
"""Of the gradient at the last layer, what is left at the first: below it, float32 rounds it away
beside weights of 1 when steps are 0.01."""
LARGE = 1e4
"""How many times larger it is at the first layer, from which on the first layers' steps are no
longer steps of the same learning rate."""
ELEMENTS = 8
"""Results of a relu from which on it is no accident that all are 0."""
NEAR = 8
"""Passes until one whose loss is no longer finite, at most."""
MOST_FLAT = 8
"""How many flat operations of a pass are looked at."""

_WEIGHTED = ("AddmmBackward0", "MmBackward0", "BmmBackward0", "MvBackward0", "DotBackward0",
             "ConvolutionBackward0", "AddmvBackward0", "BaddbmmBackward0")  # fmt: skip
"""Operations with weights."""
_ACTIVATIONS = ("TanhBackward0", "SigmoidBackward0", "ReluBackward0", "LeakyReluBackward0",
                "GeluBackward0", "SiluBackward0", "EluBackward0", "SoftplusBackward0",
                "HardtanhBackward0", "SinBackward0", "SoftmaxBackward0")  # fmt: skip
_FLAT = ("RoundBackward0", "RoundBackward1", "FloorBackward0", "CeilBackward0", "TruncBackward0",
         "SignBackward0", "SgnBackward0", "DivBackward2", "DivBackward3")  # fmt: skip
"""Operations whose slope is 0 wherever they have one."""


class _Size(NamedTuple):
    number: int
    norm: float


@in_each_step
def depth(run: Run, passes: Sequence[RunPass]) -> Iterator[Finding]:
    """Norms that fall or rise from layer to layer by about the same factor."""
    for run_pass in passes:
        for name, sizes in _by_kind(run, run_pass).items():
            if len(sizes) < LAYERS:
                continue
            first, last = sizes[0], sizes[-1]
            ratio = last.norm / first.norm
            if SMALL < ratio < LARGE:
                continue
            factor = ratio ** (1 / (len(sizes) - 1))
            if not _is_steady(sizes, factor):
                continue
            key = "vanishing" if factor < 1 else "exploding"
            clip = _clipping(run, run_pass)
            certainty: Certainty = "note" if key == "exploding" and clip else "suspicion"
            ruined = _ruined(run, run_pass) if key == "exploding" else None
            facts: dict[str, Fact] = {
                "line": run_pass.line.in_file, "node": name, "count": len(sizes),
                "first": _short(first.norm), "last": _short(last.norm), "factor": _short(factor),
            }  # fmt: skip
            proofs = [_proof(run_pass, first.number), _proof(run_pass, last.number)]
            nodes = (first.number, last.number)
            if ruined is not None:
                facts |= {"ruined": ruined.line.in_file}
                certainty = "finding"
                proofs.append(ruined.line.proof)
            form, mark = "" if ruined is None else "ruined", proofs[1]
            yield Finding(key, tuple(proofs), facts, form, certainty, nodes=nodes, mark=mark)
            return


def _ruined(run: Run, run_pass: RunPass) -> RunPass | None:
    """The pass behind another one whose loss is NaN or inf."""
    at = run.passes.index(run_pass)
    later = run.passes[at + 1 : at + 1 + NEAR]
    return next((each for each in later if forward_birth(run, each) is not None), None)


def _by_kind(run: Run, run_pass: RunPass) -> dict[str, list[_Size]]:
    """By the kind of layer the norms of what arrived, in the pass's order, up to the first 0."""
    found: dict[str, list[_Size]] = defaultdict(list)
    ended: set[str] = set()
    for node, record in ran(run, run_pass):
        if node.name in ended or not _is_layer(node):
            continue
        norm = arrived_size(record)
        if norm is not None and math.isfinite(norm) and norm > 0:
            found[node.name].append(_Size(node.id, norm))
        else:
            ended.add(node.name)
    return found


def _is_layer(node: Node) -> bool:
    """Whether it is an activation, or multiplies with something that is learned."""
    return node.name in _WEIGHTED or node.name in _ACTIVATIONS or _is_product(node)


def _is_product(node: Node) -> bool:
    return node.name == "MulBackward0" and None not in node.next


def _is_steady(sizes: Sequence[_Size], factor: float) -> bool:
    """Whether most of the norms go the way that the whole goes."""
    goes = sum((b.norm < a.norm) == (factor < 1) for a, b in itertools.pairwise(sizes))
    return goes >= 0.9 * (len(sizes) - 1)


def _clipping(run: Run, run_pass: RunPass) -> Line | None:
    """The line after a pass that clips gradients."""
    later = run.lines_between(run_pass.line.moment, Moment(run_pass.trace.step + 1, 0))
    called = ("clip_grad_norm_", "clip_grad_value_", "clip_grad_norm", "clip_grads_with_norm_")
    return next(
        (each for each in later if each.source and not each.source.called.isdisjoint(called)), None
    )


@in_each_step
def dead_relu(run: Run, passes: Sequence[RunPass]) -> Iterator[Finding]:
    """The relu of a layer got gradients and sent 0 for all units and samples, in each pass."""
    seen: dict[tuple[int, int, int], list[tuple[RunPass, int]]] = {}
    alive: set[tuple[int, int, int]] = set()
    for run_pass in passes:
        for position, (node, record) in enumerate(ran(run, run_pass)):
            if node.name != "ReluBackward0":
                continue
            place = (node.step, node.line, position)
            if not _sends_nothing(record) or not (
                _is_of_a_layer(run, node) or _stops_all(run, run_pass, node)
            ):
                alive.add(place)
            elif math.prod(node.shape or ()) >= ELEMENTS:
                seen.setdefault(place, []).append((run_pass, node.id))
    for place, found in seen.items():
        last_pass, last = found[-1]
        if place in alive and last_pass is not passes[-1]:
            continue
        line = line_of(run, last)
        if line is None:
            continue
        facts: dict[str, Fact] = {
            "node": run.nodes[last].name, "made": line.in_file, "text": line.text,
            "line": last_pass.line.in_file, "count": math.prod(run.nodes[last].shape or ()),
            "shape": str(run.nodes[last].shape), "passes": len(found),
        }  # fmt: skip
        certainty: Certainty = "finding" if len(found) > 1 else "suspicion"
        yield Finding(
            "dead-relu", (line.proof, _proof(last_pass, last)), facts, certainty=certainty,
            nodes=(last,), mark=line.proof,
        )  # fmt: skip
        return


def _is_of_a_layer(run: Run, node: Node) -> bool:
    """Whether weights come after it: else it may be a margin that is kept, which is meant."""
    pending = [node.id]
    for _ in range(16):
        if not pending:
            break
        for user in users_of(run, pending.pop()):
            each = run.nodes[user]
            if each.name in _WEIGHTED or _is_product(each):
                return True
            if each.name in PASSING:
                pending.append(user)
    return False


def _stops_all(run: Run, run_pass: RunPass, node: Node) -> bool:
    """Whether nothing learns in a pass whose loss is not 0: no margin is kept there."""
    leaves = run_pass.leaves()
    if not leaves or leaves.keys() - run.leaves_behind([node.id]):
        return False
    sent = [
        numbers.norm(each)
        for at in leaves.values()
        if (record := run_pass.trace.snapshots[at].backward) is not None
        for each in record.grad_outputs
        if each is not None
    ]
    root = run.at(run.outputs.get(next(iter(run_pass.roots), 0), 0), run_pass.line.moment)
    return not any(sent) and root is not None and bool(numbers.norm(root))


@in_each_step
def no_slope(run: Run, passes: Sequence[RunPass]) -> Iterator[Finding]:
    """A function that is flat everywhere got gradients, and a leaf gets 0 through it alone."""
    for run_pass in passes:
        flat = [
            node.id
            for node, record in ran(run, run_pass)
            if node.name in _FLAT and _sends_nothing(record)
        ]
        if not flat:
            continue
        free = _leaves_not_through(run, run_pass, frozenset(flat))
        for number in flat[:MOST_FLAT]:
            kept = sorted(run.leaves_behind([number]) - free)
            names = [run.names[each] for each in kept if each in run.names]
            line = line_of(run, number)
            if not names or line is None:
                continue
            facts: dict[str, Fact] = {
                "node": run.nodes[number].name, "made": line.in_file, "text": line.text,
                "line": run_pass.line.in_file, "name": spoken(names[0]),
                "function": function_of(run.nodes[number]),
            }  # fmt: skip
            yield Finding(
                "no-slope", (line.proof, _proof(run_pass, number)), facts,
                about=(names[0], f"{names[0]}.grad"), nodes=(number,), mark=line.proof,
            )  # fmt: skip
            return


def _leaves_not_through(run: Run, run_pass: RunPass, flat: frozenset[int]) -> frozenset[int]:
    """The leaves of a pass that have a way to its roots around some nodes."""
    seen: set[int] = set(flat)
    pending, found = list(run_pass.roots), set()
    while pending:
        number = pending.pop()
        node = run.nodes.get(number)
        if number in seen or node is None:
            continue
        seen.add(number)
        if node.leaf is not None:
            found.add(node.leaf)
        pending += [edge[0] for edge in node.next if edge is not None]
    return frozenset(found)


def _sends_nothing(record: Backward) -> bool:
    arrived = [numbers.norm(each) for each in record.grad_outputs if each is not None]
    sent = [numbers.norm(each) for each in record.grad_inputs if each is not None]
    return bool(sent) and any(arrived) and not any(each is None or each for each in sent)


def _proof(run_pass: RunPass, number: int) -> Proof:
    return Proof(run_pass.trace.step, run_pass.nodes[number], run_pass.line.number)


def _short(number: float) -> str:
    return f"{number:.2g}"


RULES: tuple[Rule, ...] = (depth, dead_relu, no_slope)
