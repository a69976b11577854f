"""What a kernel would record of the lessons in course/, made by hand."""

from __future__ import annotations

from collections.abc import Sequence

from made import node, parameter, result, snapshot, tensor
from msgspec.structs import replace

from autograd_tutor.recording.model import Snapshot
from autograd_tutor.recording.wire import (
    Record,
    ResultRecord,
    SnapshotRecord,
    StepRequest,
)

W = parameter(1.0, 2.0)
GRAD = tensor(2.0, 4.0)
_MADE = {"kind": "intermediate", "requires_grad": True, "is_leaf": False}
SQUARED = tensor(1.0, 4.0, grad_fn=1, grad_fn_name="MulBackward0", **_MADE)
LOSS = tensor(5.0, shape=(), grad_fn=3, grad_fn_name="SumBackward0", **_MADE)

FORWARD = (
    snapshot(0, next_line=1),
    snapshot(1, tensors={"w": W}, next_line=2),
    snapshot(2, values={"square": "<function square>"}, next_line=5),
    snapshot(
        3,
        line=3,
        next_line=4,
        depth=1,
        function="square",
        tensors={"square().t": W, "square().squared": SQUARED},
        nodes=(
            node(1, "MulBackward0", 2, 2, variable="squared", line=3, shape=(2,)),
            node(2, "AccumulateGrad", variable="w", shape=(2,)),
        ),
    ),
    snapshot(4, line=4, next_line=0, depth=1, function="square"),
    snapshot(
        5,
        line=5,
        next_line=6,
        tensors={"loss": LOSS},
        gone=("square().t", "square().squared"),
        nodes=(node(3, "SumBackward0", 1, variable="loss", line=5, shape=()),),
    ),
    snapshot(6, line=6, next_line=0, stdout="loss 5.0\n"),
)
BACKWARD = (
    snapshot(0, step=1, next_line=1),
    snapshot(1, step=1, next_line=2, tensors={"w": replace(W, grad=GRAD)}),
    snapshot(2, step=1, next_line=0, values={"n": "3"}),
)


def recorded(moments: Sequence[Snapshot], **ended: object) -> list[Record]:
    """These moments and the end of their step."""
    step = moments[-1].step
    records: list[Record] = [SnapshotRecord(moment) for moment in moments]
    return [*records, ResultRecord(result(step=step, snapshots=len(moments), **ended))]


def plain(request: StepRequest) -> list[Record]:
    """A step of which each line does nothing but run."""
    count = len(request.code.rstrip("\n").split("\n"))
    moments = [snapshot(n, step=request.step, next_line=n + 1) for n in range(count)]
    return recorded([*moments, snapshot(count, step=request.step, next_line=0)])


def squares(request: StepRequest) -> list[Record]:
    """The records of a step of 01-squares.yaml; of code that was edited, only that it ran."""
    if "torch.nn.Parameter" in request.code:
        return recorded(FORWARD)
    if "loss.backward()" in request.code:
        return recorded(BACKWARD)
    return plain(request)


def chain(length: int) -> list[Record]:
    """A step that makes a chain of so many nodes in its only line."""
    operations = [node(n, "AddBackward0", n + 1, shape=()) for n in range(1, length)]
    leaf = node(length, "AccumulateGrad", variable="w", shape=(2,))
    made = {"w": W, "y": tensor(1.0, shape=(), grad_fn=1, grad_fn_name="AddBackward0", **_MADE)}
    return recorded([snapshot(0), snapshot(1, tensors=made, nodes=(*operations, leaf))])
