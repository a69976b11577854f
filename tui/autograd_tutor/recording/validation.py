"""Whether a recording that comes from a file is one that the recorder can have made.

What a decoder cannot see is looked at here, once: how records follow each other, what they refer
to, and how large things are. Whoever reads a recording that has passed may rely on all of it.
"""

from __future__ import annotations

from collections.abc import Iterable

from autograd_tutor.limits.records import RECORDED_DEPTH, RECORDING_PARTS
from autograd_tutor.recording.evidence_checks import check_evidence, names_in, parts_of
from autograd_tutor.recording.followed import Sources
from autograd_tutor.recording.followed_checks import check_followed, check_unfollowed
from autograd_tutor.recording.graph_checks import has_cycle
from autograd_tutor.recording.model import (
    Backward,
    Node,
    Pass,
    Saved,
    Snapshot,
    StepResult,
    Tensor,
)
from autograd_tutor.recording.origin_checks import check_origin
from autograd_tutor.recording.questions import Answer
from autograd_tutor.recording.saved_lesson import Origin
from autograd_tutor.recording.value_checks import (
    Invalid,
    check_answers,
    check_elements,
    check_name,
    check_pictures,
    check_plotted,
    check_shape,
    check_tangent,
    check_verdict,
    is_duration,
    require,
)
from autograd_tutor.recording.wire import ResultRecord, RunEnded, SetupFailed, SnapshotRecord


class Validator:
    """Looks at the records of one recording in their order; `close` when there are no more.

    Each method raises Invalid.
    """

    def __init__(self, origin: Origin) -> None:
        check_origin(origin)
        self._origin = origin
        self.step = 0
        """The step (from 0) that the next record is of; the number of steps when all have ended."""
        self._snapshots = 0
        """How many there are of that step."""
        self._raised: set[int] = set()
        """Those of lines that raised."""
        self._answered: set[int] = set()
        """The questions about that step which have an answer."""
        self._over = False
        self._incomplete = False
        """Nodes may have been lost: the recording failed, or was broken off."""
        self._nodes: dict[int, Node] = {}
        self._nodes_before = 0
        """How many nodes the steps before have added."""
        self._ran: dict[int, set[int]] = {}
        """The nodes that ran in each pass of the step, by its `call`."""
        self._passes: dict[int, int] = {}
        """How many nodes each pass that has ended says to have, by its `call`."""
        self._mentioned: set[int] = set()
        """Nodes that something else than an edge refers to."""
        self._names: set[str] = set()
        """Names that were found to be harmless."""
        self._parts = 0
        self._lines = [code.count("\n") + code.count("\r") + 1 for code in origin.codes]
        """How many lines the code of each step has, with that of the files it has followed."""
        self._sources = [Sources(code) for code in origin.codes]

    def add(self, record: SnapshotRecord | ResultRecord | SetupFailed | RunEnded) -> None:
        """Look at the next record."""
        require(not self._over, "there are records after the end of the run")
        if isinstance(record, SnapshotRecord):
            self._snapshot(record.snapshot)
        elif isinstance(record, ResultRecord):
            self._result(record.result)
        else:
            self._end(record)

    def close(self) -> None:
        """All records have been seen."""
        require(self._over or not self._snapshots, f"step {self.step + 1} has no end")
        if not self._incomplete:
            known = self._nodes.keys()
            led_to = (e[0] for node in self._nodes.values() for e in node.next if e is not None)
            missing = next((id_ for id_ in (*self._mentioned, *led_to) if id_ not in known), None)
            require(missing is None, f"it refers to node {missing}, which is not there")
        require(not has_cycle(self._nodes), "its graph leads back to where it began")

    def _end(self, record: SetupFailed | RunEnded) -> None:
        self._over = self._incomplete = True
        if isinstance(record, SetupFailed):
            require(not self.step and not self._snapshots, "the setup fails after steps have run")
        else:
            require(self.step < len(self._origin.codes), "the run ends in a step too many")
            require(is_duration(record.seconds), "the end of the run has no valid duration")

    def _snapshot(self, snapshot: Snapshot) -> None:
        where = f"moment {self._snapshots} of step {self.step + 1}"
        require(
            snapshot.step == self.step < len(self._origin.codes),
            f"there is a moment of step {snapshot.step + 1} where {where} should be",
        )
        require(
            snapshot.index == self._snapshots,
            f"there is moment {snapshot.index} where {where} should be",
        )
        self._snapshots += 1
        if snapshot.followed:
            self._lines[self.step] = check_followed(
                snapshot.followed,
                self._sources[self.step],
                self._origin.lesson.invocation,
                self._lines[self.step],
            )
        self._event(snapshot, where)
        try:
            self._contents(snapshot)
        except Invalid as flaw:
            raise Invalid(f"in {where}, {flaw}") from None

    def _event(self, snapshot: Snapshot, where: str) -> None:
        """What the moment says that it is, and of which line."""
        is_start = snapshot.event == "start"
        fits = (snapshot.event == "backward") == (snapshot.backward is not None)
        fits = fits and (snapshot.event == "error") == (snapshot.error is not None)
        fits = fits and not (is_start and (snapshot.line or snapshot.depth))
        fits = fits and (not snapshot.raised or snapshot.event in ("line", "error"))
        fits = fits and (snapshot.failure is None or snapshot.failure in self._raised)
        require(fits, f"the event of {where} does not match its contents")
        if snapshot.raised:
            self._raised.add(snapshot.index)
        require(is_start == (not snapshot.index), f"{where} is not where a step starts")
        require(snapshot.depth <= RECORDED_DEPTH, f"{where} is in too many calls")
        lines = self._lines[self.step]
        last = max(snapshot.line, snapshot.next_line)
        # Python may find a mistake of syntax right after the last line.
        last -= snapshot.error is not None
        require(last <= lines, f"{where} is of line {last} of {lines}")

    def _contents(self, snapshot: Snapshot) -> None:
        lost = *snapshot.gone, *snapshot.held, *(snapshot.arrays or ())
        self._count(len(lost), len(snapshot.values), len(snapshot.tensors), len(snapshot.pictures))
        self._check_names((snapshot.function, *lost))
        if snapshot.values:
            self._check_names(snapshot.values)
        if snapshot.tensors:
            self._check_names(snapshot.tensors)
            for tensor in snapshot.tensors.values():
                self._tensor(tensor)
        self._check_names(snapshot.pictures)
        check_pictures(snapshot.pictures.values())
        if snapshot.nodes:
            self._add_nodes(snapshot)
        if snapshot.backward is not None:
            self._backward(snapshot.backward)
        for ended in snapshot.passes:
            self._pass(ended)
        self._add_answers(snapshot.answers)
        if (left_out := snapshot.left_out) is not None:
            lines = self._lines[self.step]
            require(left_out.loop <= lines, f"it is in a loop of line {left_out.loop} of {lines}")
        self._count(len(snapshot.begun))
        if snapshot.evidence is not None:
            self._check_names(names_in(snapshot.evidence))
            check_evidence(snapshot.evidence, snapshot.nodes, self._lines[self.step])
            self._count(parts_of(snapshot.evidence))
            raised = snapshot.raised or not snapshot.evidence.raised
            require(raised, "a message is of a line that has raised nothing")

    def _add_answers(self, answers: tuple[Answer, ...]) -> None:
        for answer in answers:
            number = answer.question
            require(number not in self._answered, f"question {number + 1} is answered twice")
            self._answered.add(number)
        self._count(check_answers(answers))

    def _tensor(self, tensor: Tensor | None) -> None:
        """A tensor, its gradient, and so on: decoders let no more than MAX_GRADS through."""
        while tensor is not None:
            if (tangent := check_tangent(tensor)) is not None:
                self._tensor(tangent)
            if tensor.grad_fn is not None:
                self._mentioned.add(tensor.grad_fn)
            check_elements(tensor)
            self._check_names((tensor.dtype, tensor.device, tensor.grad_fn_name or ""))
            parts = len(tensor.wrappers), tensor.tangent is not None, tensor.grad is not None
            self._count(*parts)
            tensor = tensor.grad

    def _add_nodes(self, snapshot: Snapshot) -> None:
        for node in snapshot.nodes:
            require(node.id not in self._nodes, f"node {node.id} is there a second time")
            require(node.step <= snapshot.step, f"node {node.id} is of a step that is yet to come")
            self._nodes[node.id] = node
            self._count(1, len(node.next))
            check_shape(node.shape)
            self._check_names((node.name, node.variable or ""))
            lines = max(self._lines[: node.step + 1])
            require(node.line <= lines, f"node {node.id} is of line {node.line} of {lines}")

    def _backward(self, ran: Backward) -> None:
        before = self._ran.setdefault(ran.call, set())
        require(ran.node not in before, f"node {ran.node} runs twice in pass {ran.call}")
        before.add(ran.node)
        self._mentioned.add(ran.node)
        node = self._nodes.get(ran.node)
        fits = node is None or len(node.next) == len(ran.grad_inputs)
        require(fits, f"node {ran.node} sends gradients to other nodes than its edges lead to")
        self._count(1, len(ran.grad_outputs), len(ran.grad_inputs), len(ran.saved))
        for grad in ran.grad_outputs:
            self._tensor(grad)
        for grad in ran.grad_inputs:
            self._tensor(grad)
        self._saved(ran.saved)
        self._check_names((ran.leaf or "",))

    def _saved(self, values: Iterable[Saved]) -> None:
        for saved in values:
            self._check_names((saved.name, saved.variable or ""))
            if not isinstance(saved.value, str):
                self._tensor(saved.value)

    def _pass(self, ended: Pass) -> None:
        require(ended.call not in self._passes, f"pass {ended.call} ends twice")
        self._passes[ended.call] = ended.nodes
        inputs = ended.inputs or ()
        self._count(1, len(ended.roots), len(inputs), len(ended.targets), len(ended.returned))
        mentioned = (*(root.node for root in ended.roots), *ended.targets, ended.failed)
        self._mentioned.update(number for number in mentioned if number is not None)
        for grad in (*(root.seed for root in ended.roots), *ended.returned):
            self._tensor(grad)
        self._check_names((*inputs, *(root.name or "" for root in ended.roots)))
        self._count(len(ended.saved))
        self._saved(ended.saved)

    def _result(self, result: StepResult) -> None:
        step = f"step {self.step + 1}"
        require(
            result.step == self.step < len(self._origin.codes),
            f"step {result.step + 1} ends where {step} should",
        )
        require(is_duration(result.seconds), f"{step} has no valid duration")
        self._count(len(result.failed))
        self._add_answers(result.answers)
        check_verdict(result.verdict)
        require(result.checked is None, "a check is recorded")
        check_unfollowed(result.unfollowed, self._origin.lesson.invocation)
        self._count(check_plotted(result.plotted, self._origin.lesson.steps[self.step].plot))
        self._judge(result, step)
        # A recorder that failed may have lost some, and counts none where it came to no end.
        if result.truncated == "recording failed" or not result.snapshots:
            self._incomplete = True
        else:
            self._check_counts(result, step)
        require(
            result.snapshots in (0, self._snapshots),
            f"{step} has {self._snapshots} moments, not {result.snapshots}",
        )
        self.step += 1
        self._snapshots, self._nodes_before = 0, len(self._nodes)
        self._ran, self._passes = {}, {}
        self._raised.clear()
        self._answered.clear()

    def _judge(self, result: StepResult, step: str) -> None:
        """Whether the step was judged by what the lesson expects of it."""
        saved = self._origin.lesson.steps[self.step]
        own = self._origin.codes[self.step] == saved.code
        expected = len(saved.expect) if own else 0
        require(
            all(failed.index < expected for failed in result.failed),
            f"{step} fails expectations that it does not have",
        )
        raises = own and saved.raises is not None
        if result.ok:
            fits = not result.failed and raises == (result.error is not None)
        else:
            fits = bool(result.failed) or raises or result.error is not None
        require(fits, f"{step} is {'' if result.ok else 'not '}as expected against what it did")

    def _check_counts(self, result: StepResult, step: str) -> None:
        added = len(self._nodes) - self._nodes_before
        require(result.nodes == added, f"{step} has {added} nodes, not {result.nodes}")
        for call, nodes in self._passes.items():
            there = len(self._ran.get(call, ()))
            require(there == nodes, f"pass {call} has {there} nodes, not {nodes}")

    def _check_names(self, names: Iterable[str]) -> None:
        for name in names:
            if name not in self._names:
                check_name(name)
                self._names.add(name)

    def _count(self, *parts: int) -> None:
        self._parts += sum(parts)
        require(self._parts <= RECORDING_PARTS, "there is more in it than fits in memory")
