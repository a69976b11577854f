"""A backward pass at one moment: which nodes have run, and which gradient has come from where."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from autograd_tutor.analysis.norms import grad_norm
from autograd_tutor.analysis.pass_sizes import Sizes, sizes_of
from autograd_tutor.analysis.trace_cache import cached_per_trace
from autograd_tutor.recording.model import Backward, Node, Pass, Snapshot, Tensor
from autograd_tutor.recording.nonfinite import NonFinite, nonfinite
from autograd_tutor.recording.trace import Trace


class Stage(Enum):
    """How far a node is in a pass."""

    WAITING = "waiting"
    NOW = "now"
    DONE = "done"
    FAILED = "failed"
    UNREACHED = "not reached"
    NOT_RECORDED = "not recorded"


class Contribution(NamedTuple):
    """A gradient that one of a node's consumers sends to it, or with which the pass begins."""

    source: int | None
    """The consumer; None: the gradient that the pass begins with."""
    input_index: int
    """Which of the consumer's inputs the node is; which root of the pass it is."""
    output_nr: int
    grad: Tensor | None
    """None as long as it has not arrived, and where none was sent."""
    arrived: bool
    """Whether that is known to have happened: of a consumer without a record it is not."""


class PassState:
    """A pass of a trace at the snapshot `index`; `failing`: right after it raised."""

    __slots__ = ("call", "failing", "index", "trace")

    def __init__(self, trace: Trace, call: int, index: int, failing: bool = False) -> None:
        self.trace = trace
        self.call = call
        self.index = index
        self.failing = failing

    @property
    def now(self) -> Backward | None:
        """The node that has just run."""
        return self.trace.snapshots[self.index].backward

    @property
    def ended(self) -> Pass | None:
        """What became of the pass, once that is recorded."""
        return self.trace.passes.get(self.call)

    @property
    def ran(self) -> Mapping[int, int]:
        """All nodes of the pass, in their order, and the index of the snapshot of each."""
        return self.trace.ran.get(self.call, {})

    @property
    def roots(self) -> Sequence[int]:
        """Where the pass begins."""
        found = [root.node for root in self.ended.roots] if self.ended is not None else []
        roots = list(dict.fromkeys(number for number in found if number is not None))
        return roots or list(self.ran)[:1]

    def stage(self, number: int) -> Stage:
        """How far a node is."""
        ended = self.ended
        if self.failing and ended is not None and ended.failed == number:
            return Stage.FAILED
        at = self.ran.get(number)
        if at is not None:
            if self.failing or at < self.index:
                return Stage.DONE
            return Stage.NOW if at == self.index else Stage.WAITING
        if ended is None or (ended.failed is not None and not self.failing):
            return Stage.WAITING
        if number in ended.targets:
            return Stage.DONE if self.handed_back(number) is not None else Stage.WAITING
        return Stage.UNREACHED if ended.left_out is None else Stage.NOT_RECORDED

    def record(self, number: int) -> Backward | None:
        """What happened at a node, once it has."""
        at = self.ran.get(number)
        if at is None or (at > self.index and not self.failing):
            return None
        return self.trace.snapshots[at].backward

    def contributions(self, number: int) -> Iterator[Contribution]:
        """All that a node receives in this pass, in the order in which it arrives."""
        for index, root in enumerate(self.ended.roots if self.ended is not None else ()):
            if root.node == number:
                yield Contribution(None, index, root.output_nr, root.seed, True)
        for source, index, output_nr in self._incoming.edges.get(number, ()):
            record = self.record(source)
            sent = record.grad_inputs[index : index + 1] if record is not None else ()
            grad = sent[0] if sent else None
            yield Contribution(source, index, output_nr, grad, record is not None)

    @property
    def has_all_edges(self) -> bool:
        """Whether all edges of the nodes are recorded: else something may have come over others."""
        return self._incoming.whole

    def count_arrived(self, number: int) -> tuple[int, int]:
        """How many of a node's `contributions` have arrived, and how many there are.

        Without making them: a node may have 100,000 consumers, and each row of a graph asks.
        """
        roots = self.ended.roots if self.ended is not None else ()
        begun = sum(root.node == number for root in roots)
        times = self._incoming.times.get(number, ())
        arrived = len(times) if self.failing else bisect_right(times, self.index)
        return begun + arrived, begun + len(self._incoming.edges.get(number, ()))

    def handed_back(self, number: int) -> Tensor | None:
        """What `grad` gives back for an input, once all of it has come to the input's node."""
        ended = self.ended
        if ended is None or number not in ended.targets:
            return None
        index = ended.targets.index(number)
        arrived, coming = self.count_arrived(number)
        whole = arrived == coming and index < len(ended.returned)
        return ended.returned[index] if whole else None

    def size(self, number: int) -> float | None:
        """The Euclidean norm of what arrived at a node; None before that, or without values."""
        if self.record(number) is not None:
            return self._sizes.by_node.get(number)
        given = self._arrived(number)
        return None if given is None else grad_norm(given)

    def _arrived(self, number: int) -> Tensor | None:
        """What has come to a node that did not run, or that failed."""
        given = self.handed_back(number)
        if given is None and self.stage(number) is Stage.FAILED:
            parts = [part.grad for part in self.contributions(number) if part.grad is not None]
            given = parts[0] if len(parts) == 1 else None  # else the sum is not known here
        return given

    def nonfinite(self, number: int) -> NonFinite | None:
        """The NaN and inf in what `size` is the size of; None where none are known."""
        if self.record(number) is not None:
            return self._sizes.nonfinite.get(number)
        return nonfinite(self._arrived(number))

    @property
    def received_nonfinite(self) -> Mapping[int, NonFinite]:
        """The same of all nodes of the pass, also of those that are yet to run."""
        return self._sizes.nonfinite

    @property
    def largest(self) -> float | None:
        """The largest finite size in the whole pass."""
        return self._sizes.largest

    @property
    def position(self) -> int:
        """Which of the nodes of the pass has just run, from 1."""
        return bisect_left(self.trace.pass_snapshots.get(self.call, ()), self.index) + 1

    @property
    def _sizes(self) -> Sizes:
        return sizes_of(self.trace, self.call, len(self.ran))

    @property
    def _incoming(self) -> _Incoming:
        return _incoming_of(self.trace, self.call, len(self.ran), self._search_roots)

    @property
    def _search_roots(self) -> tuple[int, ...]:
        """The roots to search for nodes that run but were not recorded.

        () where a pass limited to inputs makes that unknowable.
        """
        ended = self.ended
        if ended is not None and ended.failed is None and ended.left_out is None:
            return ()
        return () if ended is not None and ended.inputs is not None else tuple(self.roots)


def pass_at(trace: Trace, index: int) -> PassState | None:
    """The pass that a snapshot is inside of, or that has just failed there; None elsewhere.

    A pass has just failed, too, while its exception is on its way out or being handled, and no
    other graph has been recorded since.
    """
    if not 0 <= index < len(trace):
        return None
    snapshot = trace.snapshots[index]
    if snapshot.backward is not None:
        return PassState(trace, snapshot.backward.call, index)
    at: int | None = index
    while at is not None and not (failed := _failed_passes(trace.snapshots[at])):
        at = trace.snapshots[at].failure
    if at is None or any(each.nodes or each.passes for each in trace.snapshots[at + 1 : index + 1]):
        return None
    return PassState(trace, failed[-1], index, failing=True)


def _failed_passes(snapshot: Snapshot) -> list[int]:
    return [ended.call for ended in snapshot.passes if ended.failed is not None]


def last_pass(trace: Trace, index: int) -> PassState | None:
    """The last pass of the step that had ended by snapshot `index`, seen from its end."""
    for at in range(index, -1, -1):
        for ended in reversed(trace.snapshots[at].passes):
            return PassState(trace, ended.call, index, failing=True)
    return None


def pass_of(trace: Trace, index: int, number: int) -> PassState | None:
    """The pass under way; outside of one, the last before `index` in which the node ran."""
    under_way = pass_at(trace, index)
    if under_way is not None:
        return under_way
    calls = [call for call, ran in trace.ran.items() if ran.get(number, index + 1) <= index]
    return PassState(trace, max(calls), index, failing=True) if calls else None


class _IncomingEdge(NamedTuple):
    """An edge that leads to a node."""

    consumer: int
    input_index: int
    """Which of the consumer's inputs the node is."""
    output_nr: int


class _Incoming(NamedTuple):
    edges: Mapping[int, Sequence[_IncomingEdge]]
    """By node every edge in, in the order in which the consumers run. Of consumers without a
    record those are there that are sure to be part of the pass."""
    times: Mapping[int, Sequence[int]]
    """By node the snapshots at which something came over those edges, in ascending order."""
    whole: bool
    """Whether all edges of the nodes are recorded."""


@cached_per_trace(most=8)
def _incoming_of(trace: Trace, call: int, count: int, roots: tuple[int, ...]) -> _Incoming:
    """What comes in at each node of a pass.

    `count`: how many nodes of the pass were recorded when this was asked for. Nodes that `roots`
    lead to and that were not recorded come last.
    """
    edges: dict[int, list[_IncomingEdge]] = {}
    times: dict[int, list[int]] = {}
    whole = True
    ran, nodes = trace.ran.get(call, {}), trace.nodes
    for number in dict.fromkeys((*ran, *_reachable(roots, nodes))):
        node = nodes.get(number)
        whole = whole and (node is None or not node.cut)
        for index, edge in enumerate(node.next if node is not None else ()):
            if edge is not None:
                edges.setdefault(edge[0], []).append(_IncomingEdge(number, index, edge[1]))
                if number in ran:
                    times.setdefault(edge[0], []).append(ran[number])
    for each in times.values():
        each.sort()
    return _Incoming(edges, times, whole)


def _reachable(roots: Sequence[int], nodes: Mapping[int, Node]) -> Iterable[int]:
    """The roots and all that they lead to."""
    seen = dict.fromkeys(roots)
    waiting = list(seen)
    while waiting:
        node = nodes.get(waiting.pop())
        for edge in node.next if node is not None else ():
            if edge is not None and edge[0] not in seen:
                seen[edge[0]] = None
                waiting.append(edge[0])
    return seen
