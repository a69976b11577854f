"""Neighbours of a node in the graph, and the line that made it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from autograd_tutor.analysis.diagnosis.run import Line, Run, RunPass
from autograd_tutor.recording.model import Backward, Node

PASSING = ("ViewBackward0", "UnsafeViewBackward0", "ReshapeAliasBackward0", "SqueezeBackward0",
           "SqueezeBackward1", "SqueezeBackward2", "UnsqueezeBackward0", "TBackward0",
           "TransposeBackward0", "TransposeBackward1", "PermuteBackward0", "ToCopyBackward0",
           "AliasBackward0", "CloneBackward0", "SelectBackward0", "SliceBackward0",
           "UnbindBackward0", "SplitBackward0", "NativeDropoutBackward0")  # fmt: skip
"""Operations that leave the numbers as they are, or some of them."""
_FAR = 8
"""How many of those, or of the lines of a call, are gone through, at most."""


def ran(run: Run, run_pass: RunPass) -> Iterator[tuple[Node, Backward]]:
    """The nodes of a pass in their order, and what each did; without those that are not known."""
    snapshots = run_pass.trace.snapshots
    for number, index in run_pass.nodes.items():
        node, record = run.nodes.get(number), snapshots[index].backward
        if node is not None and record is not None:
            yield node, record


def input_of(run: Run, node: Node) -> Node | None:
    """The node that made the first input of another, but for what only changes shapes."""
    at: Node | None = node
    for _ in range(_FAR):
        edge = at.next[0] if at is not None and at.next else None
        at = run.nodes.get(edge[0]) if edge is not None else None
        if at is None or at.name not in PASSING:
            break
    return at


def users_of(run: Run, number: int | None) -> Sequence[int]:
    """The nodes that were made from what a node has made."""
    return run.users.get(number or 0, ())


def line_of(run: Run, number: int) -> Line | None:
    """The line that made a node: one in a function, where the node was found after its call."""
    moment = run.found.get(number)
    line = run.line_of(moment) if moment is not None else None
    node = run.nodes.get(number)
    if line is None or node is None or node.line == line.number or node.step != line.trace.step:
        return line
    inner = run.lines_in(line)[-_FAR:]
    return next((each for each in reversed(inner) if each.number == node.line), line)


def function_of(node: Node) -> str:
    """What made a node, as the code calls it mostly: `masked_fill` of `MaskedFillBackward0`."""
    name = node.name.rpartition("Backward")[0] or node.name
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
