"""Where the gradient of a tensor comes from: ways, passes, and what else has changed it."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from autograd_tutor.analysis.agreement import Agreement
from autograd_tutor.analysis.changes import looks
from autograd_tutor.analysis.diagnosis.fills import is_nonzero
from autograd_tutor.analysis.diagnosis.run import Change, Line, Moment, Run, spoken
from autograd_tutor.analysis.local_derivative import local_derivative
from autograd_tutor.analysis.norms import grad_norm
from autograd_tutor.analysis.outputs import Output, coming, outputs_of
from autograd_tutor.analysis.pass_state import Contribution, PassState
from autograd_tutor.analysis.sums import compare_with_sum
from autograd_tutor.analysis.turns import places
from autograd_tutor.analysis.why_none import At
from autograd_tutor.limits.interface import MOST_COMPARED_WAYS, MOST_COUNTED_WAYS, MOST_WAYS
from autograd_tutor.recording.model import Node, Tensor
from autograd_tutor.recording.trace import Trace

_OPPOSED = 0.999
"""Of the root of the sum of squares: below it, a norm is less by more than rounding."""


class Way(NamedTuple):
    """How a gradient comes to a tensor over one of the nodes that send to it."""

    names: tuple[str, ...]
    """What the nodes are called from where the pass began to the last one, which sends it."""
    others: int
    """How many more ways lead to that last node, from where the pass began; counted up to 1,000."""
    grad: Tensor | None
    """What that node has sent over this edge."""
    share: float | None
    """Its norm, as a part of the sum of the norms over all ways."""
    used: At | None = None
    """The line that used the tensor so."""
    turn: int | None = None
    """Of that line the turn of its loop."""
    is_summed: bool = False
    """Whether the tensor was broadcast there, so that the sum over its copies was sent."""


class Brought(NamedTuple):
    """What one pass has added to a `.grad`."""

    call: int
    at: At
    grad: Tensor | None

    @property
    def of(self) -> tuple[int, int]:
        """Which pass of the run it was: its step, and its number there."""
        return self.at.step, self.call


class Ways(NamedTuple):
    """All ways over which a gradient came in one pass."""

    call: int
    at: At
    """The line of the pass."""
    ways: tuple[Way, ...]
    left_out: int = 0
    """How many more there are."""
    arrived: Tensor | None = None
    """What has come of it: their sum, where no hook has changed that."""
    is_hooked: bool = False
    """Whether it is another than their sum."""
    is_opposed: bool = False
    """Whether ways cancel each other in part: some of what they send points to opposite sides."""

    @property
    def of(self) -> tuple[int, int]:
        """Which pass of the run it was: its step, and its number there."""
        return self.at.step, self.call


def ways_to(run: Run, trace: Trace, index: int, name: str) -> Ways | None:
    """How the last gradient came to a tensor, up to a snapshot; None where none has come."""
    tensor = trace.tensor(index, name)
    outputs = outputs_of(trace.nodes, tensor) if tensor is not None else frozenset[Output]()
    found = _last_pass(run, trace, index, outputs) if outputs else None
    if found is None:
        return None
    state, (number, output) = found
    line = run.line_of(Moment(state.trace.step, state.index))
    at = At.of(line) if line is not None else At(0, state.trace.step)
    _unused, coming = state.count_arrived(number)
    if coming > MOST_COMPARED_WAYS:
        return Ways(state.call, at, (), coming)
    parts = list(_sent(state, (number, output)))
    record = state.record(number)
    arrived = record.grad_outputs[output : output + 1] if record is not None else ()
    return _ways(run, state, at, parts, arrived[0] if arrived else None)


def _ways(
    run: Run, state: PassState, at: At, parts: Sequence[Contribution], total: Tensor | None
) -> Ways:
    sized = [(part, None if part.grad is None else grad_norm(part.grad)) for part in parts]
    sizes = [size for part, size in sized]
    whole = sum(filter(None, sizes))
    sized.sort(key=lambda each: -(each[1] or 0))
    back = _ways_back(state.trace, state)
    ways = [
        _way(run, state, part, back)._replace(
            share=size / whole if size is not None and whole > 0 else None
        )
        for part, size in sized[:MOST_WAYS]
    ]
    is_hooked = compare_with_sum([part.grad for part in parts], total) is Agreement.DIFFERS
    opposed = not is_hooked and _is_opposed(sizes, total)
    left = len(sized) - len(ways)
    return Ways(state.call, at, tuple(ways), left, total, is_hooked, opposed)


def _last_pass(
    run: Run, trace: Trace, index: int, outputs: frozenset[Output]
) -> tuple[PassState, Output] | None:
    """The last pass that sent to one of the outputs, seen from then; and which output that is."""
    for each in reversed([each for each in run.traces if each.step <= trace.step]):
        last = index if each.step == trace.step else len(each) - 1
        for call in sorted(each.ran, reverse=True):
            ran, ended = each.ran[call], each.passes.get(call)
            end = max(ran.values(), default=last + 1)
            for output in outputs:
                is_target = ended is not None and output[0] in ended.targets
                at = ran.get(output[0], end if is_target else last + 1)
                state = PassState(each, call, at)
                if at <= last and next(_sent(state, output), None) is not None:
                    return state, output
    return None


def _sent(state: PassState, output: Output) -> Iterator[Contribution]:
    """The gradients that have come to one output of a node."""
    return (part for part in coming(state, output) if part.grad is not None)


def _is_opposed(sizes: Sequence[float | None], total: Tensor | None) -> bool:
    """Whether some of the parts of a sum point to opposite sides, as their norms prove.

    The square of the norm of a sum is the sum of the squares and of twice all inner products.
    """
    norm = None if total is None else grad_norm(total)
    known = [size for size in sizes if size is not None]
    if norm is None or len(known) < len(sizes) or len(known) < 2:
        return False
    return norm < _OPPOSED * math.hypot(*known)


class _Back(NamedTuple):
    """By node of a pass the one over which it was reached first, and how many ways lead to it."""

    first: Mapping[int, int | None]
    counts: Mapping[int, int]


def _ways_back(trace: Trace, state: PassState) -> _Back:
    first: dict[int, int | None] = dict.fromkeys(state.roots)
    pending = deque(state.roots)
    while pending:
        number = pending.popleft()
        for each in _next(trace, number):
            if each not in first:
                first[each] = number
                pending.append(each)
    counts = dict.fromkeys(state.roots, 1)
    for number in state.ran:  # a node runs when all that it waits for has run
        for each in _next(trace, number):
            counts[each] = min(MOST_COUNTED_WAYS, counts.get(each, 0) + counts.get(number, 1))
    return _Back(first, counts)


def _next(trace: Trace, number: int) -> Sequence[int]:
    node = trace.nodes.get(number)
    return [edge[0] for edge in node.next if edge is not None] if node is not None else ()


def _way(run: Run, state: PassState, part: Contribution, back: _Back) -> Way:
    nodes: list[int] = []
    trace = state.trace
    at = source = part.source
    while at is not None:
        nodes.append(at)
        at = back.first.get(at)
    nodes.reverse()
    found = [trace.nodes[each] for each in nodes if each in trace.nodes]
    count = back.counts.get(source, 1) if source is not None else 1
    used, turn = _use(run, source)
    record = state.record(source) if source is not None else None
    derivative = None
    if record is not None and found:
        derivative = local_derivative(found[-1], part.input_index, record)
    is_summed = derivative is not None and derivative.is_summed
    names = tuple(_called(each) for each in found)
    return Way(names, count - 1, part.grad, None, used, turn, is_summed)


def _use(run: Run, source: int | None) -> tuple[At | None, int | None]:
    """The line that made a node, and the turn of its loop."""
    node, moment = run.nodes.get(source or 0), run.found.get(source or 0)
    trace = run.recording.traces.get(moment.step) if moment is not None else None
    if node is None or moment is None or trace is None or not node.line:
        return None, None
    at = At(trace.place(node.line, node.step), node.step)
    turns = places(trace, moment.at)
    return at, turns[-1].number if turns else None


def _called(node: Node) -> str:
    """The operation, and the variable of what it made, where that had a name."""
    return f"{spoken(node.variable)} {node.name}" if node.variable else node.name


class Held(NamedTuple):
    """How what is in a `.grad` at a moment came to be."""

    brought: tuple[Brought, ...]
    """What passes have added since it was None or 0, the first first."""
    changed: At | None = None
    """The line that was the last to change it otherwise."""
    by_pass: bool = False
    """Whether that line made a pass whose nodes were not all recorded."""


def held(run: Run, trace: Trace, index: int, name: str) -> Held | None:
    """How the `.grad` of a leaf came to be; None where there is none."""
    tensor = trace.tensor(index, name)
    if tensor is None or tensor.grad is None or tensor.identity is None or not tensor.is_leaf:
        return None
    now = Moment(trace.step, index)
    story = [each for each in run.stories.get(tensor.identity, ()) if each.moment <= now]
    empty = (each.moment for each in reversed(story) if not is_nonzero(each.tensor.grad))
    since = next(empty, Moment(-1, 0))
    brought, filled = [], set[Moment]()
    nodes = {number for number, _output in outputs_of(trace.nodes, tensor)}
    for each in run.traces:
        for call, ran in sorted(each.ran.items()):
            for number in nodes & ran.keys():
                moment = Moment(each.step, ran[number])
                if since < moment <= now:
                    filled.add(moment)
                    brought.append(_brought(run, each, call, moment))
    brought.sort(key=lambda each: (each.at.step, each.call))
    line = _changed(run, story, since, filled)
    by_pass = line is not None and any(each.left_out for each in line.snapshot.passes)
    return Held(tuple(brought), None if line is None else At.of(line), by_pass)


def _brought(run: Run, trace: Trace, call: int, moment: Moment) -> Brought:
    record, line = trace.snapshots[moment.at].backward, run.line_of(moment)
    grad = record.grad_outputs[0] if record is not None and record.grad_outputs else None
    return Brought(call, At.of(line) if line else At(0, trace.step), grad)


def _changed(run: Run, story: Sequence[Change], since: Moment, filled: set[Moment]) -> Line | None:
    """The line that was the last to change a `.grad` without a pass."""
    for was, now in reversed(list(pairwise(story))):
        if now.moment <= since:
            return None
        before, after = was.tensor.grad, now.tensor.grad
        differs = before is None or after is None or looks(before) != looks(after)
        if differs and now.moment not in filled:
            return run.line_of(now.moment)
    return None
