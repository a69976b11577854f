"""What was computed from a tensor: by recorded operations, as views of it, and without a graph."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Literal, NamedTuple

from autograd_tutor.analysis.asked import nodes_of
from autograd_tutor.analysis.diagnosis.cutting import cut_in
from autograd_tutor.analysis.diagnosis.run import Line, Moment, Run, spoken
from autograd_tutor.analysis.why_none import At
from autograd_tutor.limits.interface import MOST_ASKED_LINES
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.trace import Trace

How = Literal["graph", "view", "no graph", "read"]
"""A recorded operation made it; it shares the memory, too; no operation was recorded; of what does
not require grad: a line that read it made it."""

_Order = tuple[int, int]
"""A step, and a line of all its code: what a file counts has no order among files."""


class Use(NamedTuple):
    """Something that was computed from a tensor and has a name."""

    name: str
    how: How
    at: At | None = None
    """The line that made it."""


def users(trace: Trace, index: int, name: str) -> list[str]:
    """The names of the tensors at a snapshot whose graphs lead to one."""
    return list(_in_graphs(trace, index, name))


def uses(run: Run, trace: Trace, index: int, name: str) -> list[Use]:
    """What has a name at a snapshot and was computed from a tensor, in the order of the lines."""
    tensor = trace.tensor(index, name)
    if tensor is None:
        return []
    state = trace.state(index).tensors
    found: dict[str, tuple[_Order, Use]] = {}
    for other, number in _in_graphs(trace, index, name).items():
        node = trace.nodes[number]
        at = At(trace.place(node.line, node.step), node.step) if node.line else None
        is_view = state[other].storage == tensor.storage is not None
        order = (node.step, node.line) if node.line else (0, 0)
        found[other] = order, Use(other, "view" if is_view else "graph", at)
    for line, other, how in _without_graph(run, trace, index, tensor):
        found.setdefault(other, ((line.trace.step, line.number), Use(other, how, At.of(line))))
    return [use for _order, use in sorted(found.values(), key=itemgetter(0))]


def _in_graphs(trace: Trace, index: int, name: str) -> dict[str, int]:
    """By name the node of each tensor at a snapshot whose graph leads to one."""
    tensor = trace.tensor(index, name)
    own = list(nodes_of(trace, tensor)) if tensor is not None else []
    if not own or tensor is None:
        return {}
    roots = {
        other: each.grad_fn
        for other, each in trace.state(index).tensors.items()
        if each.grad_fn is not None and not _is_same(each, tensor)
    }
    leading = _leading(trace, roots.values(), own)
    return {other: number for other, number in roots.items() if number in leading}


def _leading(trace: Trace, roots: Iterable[int], own: Iterable[int]) -> set[int]:
    """The nodes of the graphs behind some roots that lead to one of a tensor's own."""
    consumers: dict[int, list[int]] = {}
    pending, seen = list(roots), set(roots)
    while pending:
        number = pending.pop()
        node = trace.nodes.get(number)
        for edge in node.next if node is not None else ():
            if edge is not None:
                consumers.setdefault(edge[0], []).append(number)
                if edge[0] not in seen:
                    seen.add(edge[0])
                    pending.append(edge[0])
    pending, leading = list(own), set(own)
    while pending:
        for each in consumers.get(pending.pop(), ()):
            if each not in leading:
                leading.add(each)
                pending.append(each)
    return leading


def _without_graph(
    run: Run, trace: Trace, index: int, tensor: Tensor
) -> Iterator[tuple[Line, str, How]]:
    """Names that lines have given to what they made of a tensor, where no graph leads to it.

    Of each line the last time that it ran counts: in a loop it did the same before.
    """
    now, last = Moment(trace.step, index), dict[tuple[int, int], Line]()
    for line in run.lines:
        if line.moment > now:
            break
        last[line.trace.step, line.number] = line
    state = trace.state(index)
    for line in sorted(last.values(), key=lambda each: each.moment)[-MOST_ASKED_LINES:]:
        if not any(_is_same(each, tensor) for each in line.tensors_read().values()):
            continue
        made, how = _made(run, line, tensor)
        for name in made:
            if name in state.values or name in state.tensors:
                yield line, name, how


def _made(run: Run, line: Line, tensor: Tensor) -> tuple[Sequence[str], How]:
    """What a line has made of a tensor that it has read."""
    if tensor.requires_grad:
        cut = cut_in(run, line)
        read = line.tensors_read()
        of = cut is not None and any(
            _is_same(read[name], tensor) for name in cut.names if name in read
        )
        return cut.made if cut is not None and of else (), "no graph"
    sets = line.source.sets if line.source is not None else frozenset[str]()
    made = line.tensors_made().items()
    return [
        name
        for name, each in made
        if not _is_same(each, tensor) and re.split(r"[.\[]", spoken(name))[0] in sets
    ], "read"


def _is_same(tensor: Tensor, other: Tensor) -> bool:
    return tensor.identity is not None and tensor.identity == other.identity
