"""Losses of shapes, scores or sizes that they are not made for."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_tutor.analysis.diagnosis.finding import Fact, Finding
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import Line, Run
from autograd_tutor.recording.model import Node

_MEETING = (
    "SubBackward0",
    "MulBackward0",
    "ExpandBackward0",
    "MseLossBackward0",
    "L1LossBackward0",
    "SmoothL1LossBackward0",
    "HuberLossBackward0",
    "BinaryCrossEntropyBackward0",
    "BinaryCrossEntropyWithLogitsBackward0",
)
_SOFTMAX = ("SoftmaxBackward0", "LogSoftmaxBackward0")
_PASSING = ("ViewBackward0", "UnsafeViewBackward0", "ReshapeAliasBackward0", "SqueezeBackward0",
            "SqueezeBackward1", "UnsqueezeBackward0", "TBackward0", "TransposeBackward0",
            "ToCopyBackward0", "AliasBackward0")  # fmt: skip
"""Operations that leave the numbers as they are."""


def broadcast_loss(run: Run) -> Iterator[Finding]:
    """Predictions of shape (N, 1) met targets of shape (N,): N x N differences."""
    for run_pass in run.passes:
        for number in run_pass.nodes:
            node = run.nodes[number]
            if node.name not in _MEETING or node.shape is None or len(node.shape) < 2:
                continue
            line = _line_of(run, node)
            shapes = _met_shapes(line, node) if line is not None else None
            if line is None or shapes is None:
                continue
            (first, one), (second, other) = shapes
            facts: dict[str, Fact] = {
                "line": line.in_file, "text": line.text, "node": node.name,
                "first": first, "second": second, "one": str(one), "other": str(other),
                "made": str(node.shape),
            }  # fmt: skip
            proofs = (line.proof, run_pass.line.proof)
            yield Finding(
                "broadcast-loss", proofs, facts, about=(first, second), nodes=(number,),
                mark=line.proof,
            )  # fmt: skip
            return


_Named = tuple[str, tuple[int, ...]]


def _met_shapes(line: Line, node: Node) -> tuple[_Named, _Named] | None:
    """Two tensors of the line, (N, 1) and (N,), of which a matrix (N, N) was made."""
    assert node.shape is not None
    rows, columns = node.shape[-2:]
    if rows != columns or rows < 2:
        return None
    read = [(name, each.shape) for name, each in line.tensors_read().items() if each.shape]
    if any(shape == (rows, columns) for _, shape in read):
        return None  # a matrix whose rows and columns are scaled, on purpose
    column = next((each for each in read if each[1] == (rows, 1)), None)
    flat = next((each for each in read if each[1] == (rows,)), None)
    return (column, flat) if column is not None and flat is not None else None


def softmax_twice(run: Run) -> Iterator[Finding]:
    """Probabilities went into a loss that takes scores, and makes probabilities of them itself."""
    for run_pass in run.passes:
        for number in run_pass.nodes:
            node = run.nodes[number]
            below = _below(run, node)
            if below is None:
                continue
            if node.name == "LogSoftmaxBackward0" and below.name == "SoftmaxBackward0":
                form = "softmax"
            elif (
                node.name == "BinaryCrossEntropyWithLogitsBackward0"
                and below.name == "SigmoidBackward0"
            ):
                form = "sigmoid"
            else:
                continue
            line, inner = _line_of(run, node), _line_of(run, below)
            if line is None or inner is None:
                continue
            facts: dict[str, Fact] = {
                "line": line.in_file, "inner": inner.in_file, "text": inner.text,
                "node": node.name, "below": below.name,
            }  # fmt: skip
            yield Finding(
                "softmax-twice", (inner.proof, line.proof), facts, form,
                nodes=(number, below.id), mark=inner.proof,
            )  # fmt: skip
            return


def _below(run: Run, node: Node) -> Node | None:
    """The node that made the first input of another, but for what only changes shapes."""
    at: Node | None = node
    for _ in range(8):
        edge = at.next[0] if at is not None and at.next else None
        at = run.nodes.get(edge[0]) if edge is not None else None
        if at is None or at.name not in _PASSING:
            break
    return at


def _line_of(run: Run, node: Node) -> Line | None:
    """The line that made a node."""
    moment = run.found.get(node.id)
    return run.line_of(moment) if moment is not None else None


RULES: tuple[Rule, ...] = (broadcast_loss, softmax_twice)
