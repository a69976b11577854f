"""Whether a recording that comes from a file is one that the recorder can have made.

What a decoder cannot see is looked at here, once: how records follow each other, what they refer
to, and how large things are. Whoever reads a recording that has passed may rely on all of it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping

from autograd_tutor import limits
from autograd_tutor.recording import numbers
from autograd_tutor.recording.model import (
    Backward,
    Error,
    Node,
    Pass,
    Saved,
    Snapshot,
    StepResult,
    Tensor,
)
from autograd_tutor.recording.saved_lesson import Origin
from autograd_tutor.recording.wire import (
    Limits,
    ResultRecord,
    RunEnded,
    SetupFailed,
    SnapshotRecord,
)

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")

_LARGEST = 2**63
"""Elements of a tensor that no torch can count."""


class Invalid(ValueError):
    """What no recorder can have recorded; the text says what is wrong with it."""


class Validator:
    """Looks at the records of one recording in their order; `close` when there are no more.

    Each method raises Invalid.
    """

    def __init__(self, origin: Origin) -> None:
        _check_origin(origin)
        self._origin = origin
        self.step = 0
        """The step (from 0) that the next record is of; the number of steps when all have ended."""
        self._snapshots = 0
        """How many there are of that step."""
        self._raised: set[int] = set()
        """Those of lines that raised."""
        self._over = False
        self._incomplete = False
        """Nodes may have been lost: the recording failed, or was broken off."""
        self._nodes: dict[int, Node] = {}
        self._mentioned: set[int] = set()
        """Nodes that something else than an edge refers to."""
        self._names: set[str] = set()
        """Names that were found to be harmless."""
        self._parts = 0

    def add(self, record: SnapshotRecord | ResultRecord | SetupFailed | RunEnded) -> None:
        """Look at the next record."""
        _require(not self._over, "there are records behind the end of the run")
        if isinstance(record, SnapshotRecord):
            self._snapshot(record.snapshot)
        elif isinstance(record, ResultRecord):
            self._result(record.result)
        else:
            self._end(record)

    def close(self) -> None:
        """All records have been seen."""
        _require(self._over or not self._snapshots, f"step {self.step + 1} has no end")
        if not self._incomplete:
            known = self._nodes.keys()
            led_to = (e[0] for node in self._nodes.values() for e in node.next if e is not None)
            missing = next((id_ for id_ in (*self._mentioned, *led_to) if id_ not in known), None)
            _require(missing is None, f"it refers to node {missing}, which is not there")
        _require(not _has_cycle(self._nodes), "its graph leads back to where it began")

    def _end(self, record: SetupFailed | RunEnded) -> None:
        self._over = self._incomplete = True
        if isinstance(record, SetupFailed):
            _require(not self.step and not self._snapshots, "the setup fails after steps have run")
            self._error(record.error)
        else:
            _require(self.step < len(self._origin.codes), "the run ends in a step too many")
            _require(_is_duration(record.seconds), "a run ends after no time that there is")

    def _snapshot(self, snapshot: Snapshot) -> None:
        where = f"moment {self._snapshots} of step {self.step + 1}"
        _require(
            snapshot.step == self.step < len(self._origin.codes),
            f"there is a moment of step {snapshot.step + 1} where {where} should be",
        )
        _require(
            snapshot.index == self._snapshots,
            f"there is moment {snapshot.index} where {where} should be",
        )
        self._snapshots += 1
        _require(snapshot.depth <= limits.RECORDED_DEPTH, f"{where} is in too many calls")
        fits = (snapshot.event == "backward") == (snapshot.backward is not None)
        fits = fits and (snapshot.event == "error") == (snapshot.error is not None)
        fits = fits and (not snapshot.raised or snapshot.event in ("line", "error"))
        fits = fits and (snapshot.failure is None or snapshot.failure in self._raised)
        _require(fits, f"{where} is not what it says it is")
        if snapshot.raised:
            self._raised.add(snapshot.index)
        try:
            self._contents(snapshot)
        except Invalid as flaw:
            raise Invalid(f"in {where}, {flaw}") from None

    def _contents(self, snapshot: Snapshot) -> None:
        _check_texts(snapshot.function, snapshot.stdout)
        self._count(len(snapshot.gone), len(snapshot.values), len(snapshot.tensors))
        self._check_names(snapshot.gone)
        if snapshot.values:
            self._check_names(snapshot.values)
            _check_texts(*snapshot.values.values())
        if snapshot.tensors:
            self._check_names(snapshot.tensors)
            for tensor in snapshot.tensors.values():
                self._tensor(tensor)
        if snapshot.nodes:
            self._add_nodes(snapshot)
        if snapshot.error is not None:
            self._error(snapshot.error)
        if snapshot.backward is not None:
            self._backward(snapshot.backward)
        for ended in snapshot.passes:
            self._pass(ended)

    def _tensor(self, tensor: Tensor | None) -> None:
        """A tensor, its gradient, and so on: decoders let no more than MAX_GRADS through."""
        while tensor is not None:
            if tensor.grad_fn is not None:
                self._mentioned.add(tensor.grad_fn)
            _check_elements(tensor)
            if tensor.shown is not None:
                _check_texts(tensor.shown)
            # These are names, too.
            self._check_names((tensor.dtype, tensor.device))
            if tensor.grad_fn_name is not None:
                _check_texts(tensor.grad_fn_name)
            tensor = tensor.grad
            self._count(tensor is not None)

    def _add_nodes(self, snapshot: Snapshot) -> None:
        for node in snapshot.nodes:
            _require(node.id not in self._nodes, f"node {node.id} is there a second time")
            _require(node.step <= snapshot.step, f"node {node.id} is of a step that is yet to come")
            self._nodes[node.id] = node
            self._count(1, len(node.next))
            _check_shape(node.shape)
            _check_texts(node.name, node.variable or "")

    def _backward(self, ran: Backward) -> None:
        self._mentioned.add(ran.node)
        self._count(len(ran.grad_outputs), len(ran.grad_inputs), len(ran.saved))
        for grad in ran.grad_outputs:
            self._tensor(grad)
        for grad in ran.grad_inputs:
            self._tensor(grad)
        self._saved(ran.saved)
        _check_texts(ran.leaf or "", ran.note or "")

    def _saved(self, values: Iterable[Saved]) -> None:
        for saved in values:
            _check_texts(saved.name, saved.variable or "")
            if isinstance(saved.value, str):
                _check_texts(saved.value)
            else:
                self._tensor(saved.value)

    def _pass(self, ended: Pass) -> None:
        self._count(1, len(ended.roots), len(ended.targets), len(ended.returned))
        mentioned = (*(root.node for root in ended.roots), *ended.targets, ended.failed)
        self._mentioned.update(number for number in mentioned if number is not None)
        for root in ended.roots:
            self._tensor(root.seed)
            _check_texts(root.name or "")
        for grad in ended.returned:
            self._tensor(grad)
        _check_texts(ended.left_out or "", ended.note or "", *(ended.inputs or ()))
        self._count(len(ended.inputs or ()), len(ended.saved))
        self._saved(ended.saved)

    def _result(self, result: StepResult) -> None:
        step = f"step {self.step + 1}"
        _require(
            result.step == self.step < len(self._origin.codes),
            f"step {result.step + 1} ends where {step} should",
        )
        # A recorder that failed counts none.
        _require(
            result.snapshots in (0, self._snapshots),
            f"{step} has {self._snapshots} moments, not {result.snapshots}",
        )
        expected = len(self._origin.lesson.steps[self.step].expect)
        _require(
            all(failed.index < expected for failed in result.failed),
            f"{step} fails expectations that it does not have",
        )
        _require(_is_duration(result.seconds), f"{step} takes no time that there is")
        for failed in result.failed:
            _check_texts(failed.expression, failed.reason)
        if result.error is not None:
            self._error(result.error)
        _check_texts(result.fault or "")
        self._count(len(result.failed))
        self._incomplete |= result.truncated == "recording failed" or not result.snapshots
        self.step += 1
        self._snapshots = 0
        self._raised.clear()

    def _error(self, error: Error) -> None:
        _check_texts(error.type, error.message, error.traceback)

    def _check_names(self, names: Iterable[str]) -> None:
        for name in names:
            if name not in self._names:
                _require(len(name) <= limits.RECORDED_NAME, "there is a name without end")
                _require(not _CONTROL.search(name), f"there are control characters in {name!a:.50}")
                self._names.add(name)

    def _count(self, *parts: int) -> None:
        self._parts += sum(parts)
        _require(self._parts <= limits.RECORDING_PARTS, "there is more in it than fits in memory")


def _require(holds: bool, flaw: str) -> None:
    if not holds:
        raise Invalid(flaw)


def _is_duration(seconds: float) -> bool:
    return 0 <= seconds < math.inf


def _check_texts(*texts: str) -> None:
    for text in texts:
        if len(text) > limits.RECORDED_TEXT:
            raise Invalid("there is a text without end")


def _check_shape(shape: tuple[int, ...] | None) -> None:
    if shape is not None and math.prod(filter(None, shape)) >= _LARGEST:
        raise Invalid("there is a shape that no tensor has")


def _check_elements(tensor: Tensor) -> None:
    """Whether the bytes are as many as shape and dtype say, and not too many."""
    shape, raw, edges = tensor.shape, tensor.raw, tensor.edges
    if shape is None:
        return
    _check_shape(shape)
    if raw is None and edges is None:
        return
    _require(len(shape) <= limits.RECORDED_DIMENSIONS, "there is a shape that no tensor has")
    if raw is not None:
        _require(numbers.elements(tensor) is not None, "a tensor's bytes do not fit its shape")
        _require(math.prod(shape) <= limits.RAW_ELEMENTS, "a tensor is too large")
    if edges is not None:
        _require(numbers.edges(tensor) is not None, "a tensor's edges do not fit its shape")
        kept = math.prod(numbers.edges_shape(shape))
        _require(kept <= limits.RECORDED_EDGES, "a tensor is too large")


def _check_origin(origin: Origin) -> None:
    lesson = origin.lesson
    _require(len(lesson.steps) > 0, "its lesson has no step")
    _require(
        len(origin.codes) == len(lesson.steps),
        f"its lesson has {len(lesson.steps)} steps and code for {len(origin.codes)}",
    )
    said = (origin.torch, origin.python, origin.program, origin.recorded)
    _require(
        all(len(each) <= limits.RECORDED_NAME and not _CONTROL.search(each) for each in said),
        "it does not say in plain characters what it was recorded with",
    )
    _check_limits(lesson.limits)


def _check_limits(given: Limits) -> None:
    counts = given.snapshots, given.nodes, given.output, given.memory
    _require(
        _is_duration(given.seconds) and min(counts) >= 0, "its lesson has limits that nothing keeps"
    )


def _has_cycle(nodes: Mapping[int, Node]) -> bool:
    """Whether some node is behind itself. Iterative: graphs are deeper than Python's stack."""
    coming = dict.fromkeys(nodes, 0)
    for node in nodes.values():
        for edge in node.next:
            if edge is not None and edge[0] in coming:
                coming[edge[0]] += 1
    ready = [number for number, count in coming.items() if not count]
    done = 0
    while ready:
        done += 1
        for edge in nodes[ready.pop()].next:
            if edge is not None and edge[0] in coming:
                coming[edge[0]] -= 1
                if not coming[edge[0]]:
                    ready.append(edge[0])
    return done < len(nodes)
