"""What of a step's results would answer a question, and so stands with the answers.

On the screen nothing is shown from an open question's moment on. On paper all questions are open:
of a step that asks, only what was recorded before its first question is shown with it. What that
rest has made stays hidden in later steps, too, until one of these makes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from autograd_tutor.analysis.curves import ACCUMULATE_GRAD
from autograd_tutor.course.model import Step
from autograd_tutor.playing.gate import Gate, StepRecord
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.trace import Trace
from autograd_tutor.recording.wire import ResultRecord, SnapshotRecord


def shown_part(trace: Trace, step: Step) -> tuple[Trace, int]:
    """What may be seen before the step's questions are answered, and the line that comes then.

    That is the trace itself and 0 where nothing has to be held back.
    """
    gate = Gate(trace.step, step, (), {node.id: node.name for node in trace.nodes.values()})
    shown = sum(1 for record in _records(trace) for _ in gate.pass_on(record))
    if gate.asking is None:
        return trace, 0
    part = Trace(trace.step, trace.code, trace.state(-1), dict(trace.nodes), trace.sources)
    for snapshot in trace.snapshots[:shown]:
        part.add(snapshot)
    return part, trace.line_number(gate.asking.prediction.line)


def _records(trace: Trace) -> Iterator[StepRecord]:
    yield from map(SnapshotRecord, trace.snapshots)
    if trace.result is not None:
        yield ResultRecord(trace.result)


@dataclass
class Hidden:
    """What only a withheld part of the results has made: names whose values, and whose gradients,
    nobody has seen yet, and nodes.
    """

    values: set[str] = field(default_factory=set)
    grads: set[str] = field(default_factory=set)
    nodes: set[int] = field(default_factory=set)

    @property
    def names(self) -> frozenset[str]:
        """What is hidden, each gradient as `w.grad`."""
        return frozenset((*self.values, *(f"{name}.grad" for name in self.grads)))

    def note(self, trace: Trace, first: int, *, shown: bool) -> None:
        """Take in what happened from the snapshot `first` on; whether it is `shown`."""
        for index in range(first, len(trace)):
            snapshot = trace.snapshots[index]
            values = set(snapshot.values)
            grads = set()
            for name, now in snapshot.tensors.items():
                was = trace.tensor(index - 1, name)
                values |= {name} if _values(was) != _values(now) else set()
                before, after = (None if each is None else each.grad for each in (was, now))
                grads |= {name} if _values(before) != _values(after) else set()
            if shown:
                self.values -= values
                self.grads -= grads
            else:
                self.values |= values
                self.grads |= grads
                made = [node for node in snapshot.nodes if node.name != ACCUMULATE_GRAD]
                self.nodes |= {node.id for node in made}  # a leaf's own node is no answer


def _values(tensor: Tensor | None) -> object:
    if tensor is None:
        return None
    return tensor.raw, tensor.edges, tensor.stats, tensor.shown, tensor.shape
