"""Losses of shapes that they are not made for."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator, Sequence

from autograd_tutor.analysis.diagnosis.edits import segment
from autograd_tutor.analysis.diagnosis.finding import Fact, Finding
from autograd_tutor.analysis.diagnosis.nodes import line_of, ran, users_of
from autograd_tutor.analysis.diagnosis.rule import Rule, in_each_step
from autograd_tutor.analysis.diagnosis.run import Line, Run, RunPass, spoken
from autograd_tutor.analysis.diagnosis.source import written
from autograd_tutor.recording.model import Backward, Node

_Shape = tuple[int, ...]

_MEETING = ("SubBackward0", "MulBackward0", "RsubBackward0")
"""Operations in which a prediction and a target meet, in losses that are written by hand."""
_TO_LOSS = ("PowBackward0", "AbsBackward0", "NegBackward0", "MulBackward0", "DivBackward0",
            "MeanBackward0", "SumBackward0", "SqrtBackward0", "LogBackward0", "CoshBackward0",
            "WhereBackward0", "ClampBackward1", "ClampMinBackward0", "LinalgVectorNormBackward0",
            "NormBackward0")  # fmt: skip
"""What makes a loss of differences."""
_SUMS = ("AddBackward0", "SubBackward0")
"""What puts several losses, which are numbers, together, or adds a number."""
MOST_TO_LOSS = 32
"""Nodes between differences and the loss that are looked at."""
_NEW_AXES = ("UnsqueezeBackward0", "ExpandBackward0")
"""Operations that make a column on purpose."""


@in_each_step
def broadcast_loss(run: Run, passes: Sequence[RunPass]) -> Iterator[Finding]:
    """Predictions of shape (N, 1) met targets of shape (N,): N x N differences."""
    for run_pass in passes:
        for node, record in ran(run, run_pass):
            if node.name not in _MEETING:
                continue
            number = node.id
            line = line_of(run, number)
            shapes = _met_shapes(run, line, node, record) if line is not None else None
            if line is None or shapes is None or not _is_a_loss(run, run_pass, number):
                continue
            one, other, name = shapes
            facts: dict[str, Fact] = {
                "line": line.in_file, "text": line.text, "node": node.name, "name": name,
                "one": str(one), "other": str(other), "made": str(node.shape),
            }  # fmt: skip
            form = "" if len(one) == 2 else "flat"
            yield Finding(
                "broadcast-loss", (line.proof, run_pass.line.proof), facts, form, about=(name,),
                nodes=(number,), mark=line.proof,
            )  # fmt: skip
            return


def _met_shapes(
    run: Run, line: Line, node: Node, record: Backward
) -> tuple[_Shape, _Shape, str] | None:
    """The shapes (N, 1) and (N,) of which an operation made (N, N), and the target's name.

    That is the one of the two that no gradient is sent to; a tensor of its shape is on the line.
    """
    sent = [each for each in record.grad_inputs if each is not None]
    if node.shape is None or len(node.shape) != 2 or len(sent) != 1:
        return None
    rows, columns = node.shape
    if rows != columns or rows < 2:
        return None
    column, flat = (rows, 1), (rows,)
    one = sent[0].shape
    other = {column: flat, flat: column}.get(one or ())
    below = run.nodes.get(next((edge[0] for edge in node.next if edge is not None), 0))
    if one is None or other is None or (below is not None and below.name in _NEW_AXES):
        return None
    names = _constants(line, other)
    return (one, other, spoken(names[0])) if names else None


def _constants(line: Line, shape: _Shape) -> list[str]:
    """What a line reads of a shape that requires no grad, or a part of it: `y`, `y[first:last]`.

    None where the line itself adds an axis: `y[:, None]`.
    """
    parts = (
        [each for each in line.source.nodes if isinstance(each, ast.Subscript)]
        if (line.source is not None)
        else []
    )
    if any(isinstance(each, ast.Constant) and each.value is None
           for part in parts for each in ast.walk(part.slice)):  # fmt: skip
        return []
    of = {written(part.value): segment(line, part) for part in parts}
    return [
        of.get(spoken(name), name)
        for name, each in line.tensors_read().items()
        if not each.requires_grad
        and (each.shape == shape or (spoken(name) in of and len(each.shape or ()) == len(shape)))
    ]


def _is_a_loss(run: Run, run_pass: RunPass, number: int) -> bool:
    """Whether nothing but the arithmetic of a loss lies between a node and the pass's roots."""
    seen: set[int] = set()
    pending = [number]
    while pending and len(seen) < MOST_TO_LOSS:
        at = pending.pop()
        seen.add(at)
        if at in run_pass.roots:
            return True
        users = {each for each in users_of(run, at) if each in run_pass.nodes} - seen
        for user in users:
            node = run.nodes[user]
            if node.name not in _TO_LOSS and not (
                node.name in _SUMS and (node.shape == () or None in node.next)
            ):
                return False
        pending += users
    return False


_SIZES = re.compile(
    r"target size \(torch\.Size\((\[.*?\])\)\).*input size \(torch\.Size\((\[.*?\])\)"
)


def broadcast_loss_warned(run: Run) -> Iterator[Finding]:
    """torch's own losses warn where a prediction and its target have different shapes."""
    for line in run.lines:
        evidence = line.snapshot.evidence
        for warned in evidence.warned if evidence is not None else ():
            match = _SIZES.search(warned.message)
            if match is None:
                continue
            target, one = (ast.literal_eval(each) for each in match.groups())
            made = _broadcast(one, target)
            if made == one or math.prod(made) <= max(math.prod(one), math.prod(target)):
                continue
            facts: dict[str, Fact] = {
                "line": line.in_file, "text": line.text, "one": str(tuple(one)),
                "other": str(tuple(target)), "made": str(tuple(made)),
            }  # fmt: skip
            yield Finding("broadcast-loss", (line.proof,), facts, _warned(one, target))
            return


def _warned(one: Sequence[int], target: Sequence[int]) -> str:
    """The form of the mistake: which of the two is a column, if one is."""
    for form, (column, flat) in {"warned": (one, target), "warned-flat": (target, one)}.items():
        if [*column] == [*flat, 1]:
            return form
    return "warned-shapes"


_WARNING = ("MseLossBackward0", "SubBackward0", "SmoothL1LossBackward0", "HuberLossBackward0")
"""Nodes of losses that warn of different shapes, where warnings are not ignored: `l1_loss` is a
difference."""


@in_each_step
def broadcast_loss_ignored(run: Run, passes: Sequence[RunPass]) -> Iterator[Finding]:
    """The same losses where the warning was ignored: they expand the prediction."""
    for run_pass in passes:
        for node, _ in ran(run, run_pass):
            number = node.id
            below = run.nodes.get(node.next[0][0]) if node.next and node.next[0] else None
            if node.name not in _WARNING or below is None or below.name != "ExpandBackward0":
                continue
            line, expanded = line_of(run, number), line_of(run, below.id)
            if line is not expanded or not _is_a_loss(run, run_pass, number):
                continue
            record = run_pass.trace.snapshots[run_pass.nodes.get(below.id, 0)].backward
            sent = record.grad_inputs[0] if record is not None and record.grad_inputs else None
            made = below.shape or ()
            if line is None or sent is None or len(made) != 2 or made[0] != made[1]:
                continue
            other = {(made[0], 1): made[:1], made[:1]: (made[0], 1)}.get(sent.shape or ())
            if other is None or {"expand", "expand_as", "broadcast_to"} & set(
                line.source.called if line.source else ()
            ):
                continue
            facts: dict[str, Fact] = {
                "line": line.in_file, "text": line.text, "one": str(sent.shape),
                "other": str(other), "made": str(made),
            }  # fmt: skip
            form = _warned(sent.shape or (), other)
            yield Finding("broadcast-loss", (line.proof,), facts, form, nodes=(number,))
            return


def _broadcast(one: Sequence[int], other: Sequence[int]) -> list[int]:
    """The shape that broadcasting makes of two."""
    most = max(len(one), len(other))
    rows = zip([1] * (most - len(one)) + [*one], [1] * (most - len(other)) + [*other], strict=True)
    return [max(pair) for pair in rows]


RULES: tuple[Rule, ...] = (
    broadcast_loss,
    broadcast_loss_warned,
    broadcast_loss_ignored,
)
