"""The recording of one step: its snapshots and the state at each of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from operator import itemgetter
from typing import NamedTuple

from msgspec.structs import replace

from autograd_tutor.recording.evidence import Kept, Modes, Optimizer
from autograd_tutor.recording.followed import Part, Place, Source, Sources
from autograd_tutor.recording.history import EvidenceHistory, History, by_node, root_of
from autograd_tutor.recording.model import (
    SAME_AS_VARIABLE,
    Node,
    Pass,
    Snapshot,
    StepResult,
    Tensor,
)
from autograd_tutor.recording.saved_lesson import Origin
from autograd_tutor.recording.wire import ResultRecord, RunEnded, SetupFailed, SnapshotRecord

LOST_VARIABLE = "<a tensor that was not recorded>"
"""Stands for a saved tensor whose variable is not there. No honest recorder makes this happen."""


_UNKNOWN = Sources("")


class State(NamedTuple):
    """Everything that exists at one snapshot, in the order in which it first appeared."""

    tensors: Mapping[str, Tensor]
    values: Mapping[str, str]


class Trace:
    """All snapshots of one step, in order.

    Grows while the step runs (`add`, then `finish` once) and never changes what is there. Steps of
    one run share the dictionaries of nodes and of what these have kept; `base` is the state that
    the step before left.
    """

    def __init__(
        self,
        step: int,
        code: str,
        base: State | None = None,
        nodes: dict[int, Node] | None = None,
        sources: dict[int, Sources] | None = None,
        kept: dict[int, tuple[Kept, ...]] | None = None,
    ) -> None:
        """`sources`: of each step, to which this one's are added where they are missing."""
        self._sources = sources if sources is not None else {}
        self._own_sources = self._sources.setdefault(step, Sources(code))
        self.step = step
        self.code = code
        """The step's own."""
        self.nodes = nodes if nodes is not None else {}
        self._kept = kept if kept is not None else {}
        self.snapshots: list[Snapshot] = []
        self.result: StepResult | None = None
        self.passes: dict[int, Pass] = {}
        """The backward passes that have ended, by their `call`."""
        self.pass_snapshots: dict[int, list[int]] = {}
        """The indices of each pass's snapshots, in the order in which its nodes ran."""
        self.ran: dict[int, dict[int, int]] = {}
        """The nodes of each pass, in the same order, and the index of the snapshot of each."""
        self.start_from(base or State({}, {}))

    def __len__(self) -> int:
        return len(self.snapshots)

    def start_from(
        self,
        base: State,
        arrays: Mapping[str, int] | None = None,
        evidence: EvidenceHistory | None = None,
    ) -> None:
        """Set the state that the step starts from; only before its first snapshot."""
        self._evidence = EvidenceHistory(evidence)
        self._tensors: History[Tensor] = History(base.tensors)
        self._values: History[str] = History(base.values)
        self._arrays: list[tuple[int, Mapping[str, int]]] = [(-1, arrays or {})]
        self._own: dict[str, int] = {}
        """Names that this step has recorded, and at which snapshot first."""

    @property
    def sources(self) -> dict[int, Sources]:
        """By step the code that lines are of, for a trace of a part of this one."""
        return dict(self._sources)

    @property
    def source(self) -> Source:
        """All code that lines are of: the step's own, and that of files that it has followed."""
        return self._own_sources.text

    def part(self, line: int, step: int | None = None) -> Part:
        """The file that a line of this step, or of another, is of."""
        found = self._sources.get(self.step if step is None else step, _UNKNOWN)
        return found.part(line)

    def line_in(self, part: Part, line: int) -> int:
        """A line of this step counted from 1 in a file's code; 0 of another's, or of none."""
        return line - part.before if line and self.part(line) is part else 0

    def line_number(self, line: int, step: int | None = None) -> int:
        """What people call a line of the code of this step, or of another; 0 stands for none."""
        return self.part(line, step).number(line) if line else 0

    def place(self, line: int, step: int | None = None) -> int | Place:
        """The same; of a file that is followed with the file."""
        number, file = self.line_number(line, step), self.part(line, step).file
        return Place(number, file) if file and number else number

    @property
    def done(self) -> bool:
        """Whether the step has ended, so that no snapshot will be added."""
        return self.result is not None

    def add(self, snapshot: Snapshot) -> None:
        """Append the next snapshot."""
        index = len(self.snapshots)
        for followed in snapshot.followed:
            self._own_sources.add(followed)
        for node in snapshot.nodes:
            self.nodes[node.id] = node
        for name in (*snapshot.gone, *snapshot.held):
            self._tensors.end(index, name)
            self._values.end(index, name)
        for name, tensor in snapshot.tensors.items():
            self._own.setdefault(name, index)
            self._tensors.set(index, name, tensor)
            self._values.end(index, name)
        for name, text in snapshot.values.items():
            self._own.setdefault(name, index)
            self._values.set(index, name, text)
            self._tensors.end(index, name)
        if snapshot.arrays is not None:
            self._arrays.append((index, snapshot.arrays))
        if snapshot.evidence is not None:
            self._evidence.add(index, snapshot.evidence)
            self._kept.update(by_node(snapshot.evidence.kept))
        for ended in snapshot.passes:
            self.passes[ended.call] = ended
        if snapshot.backward is not None:
            call = snapshot.backward.call
            self.pass_snapshots.setdefault(call, []).append(index)
            self.ran.setdefault(call, {})[snapshot.backward.node] = index
        self.snapshots.append(self._with_saved(self._placed(snapshot)))

    def _placed(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot with its place as its index, and a failure that is one, if it has any.

        Readers look moments up by both, and a run can claim anything of itself.
        """
        index, failure = len(self.snapshots), snapshot.failure
        if failure is not None and not (failure < index and self.snapshots[failure].raised):
            snapshot = replace(snapshot, failure=None)
        return snapshot if snapshot.index == index else replace(snapshot, index=index)

    def _with_saved(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot with the values of saved tensors that are those of a variable."""
        backward = snapshot.backward
        if backward is None or all(each.value != SAME_AS_VARIABLE for each in backward.saved):
            return snapshot
        index = len(self.snapshots)
        saved = tuple(
            each
            if each.value != SAME_AS_VARIABLE
            else replace(each, value=self.tensor(index, each.variable or "") or LOST_VARIABLE)
            for each in backward.saved
        )
        return replace(snapshot, backward=replace(backward, saved=saved))

    def finish(self, result: StepResult) -> None:
        """Set how the step ended; no snapshot comes after that."""
        self.result = result

    def state(self, index: int) -> State:
        """The state at a snapshot; -1: before the step."""
        return State(self._tensors.at(index), self._values.at(index))

    def tensors_under(self, index: int, name: str) -> dict[str, Tensor]:
        """The tensors of a state whose names begin with the same variable as a name does."""
        return self._tensors.at_root(index, root_of(name))

    def arrays(self, index: int) -> Mapping[str, int]:
        """The storages of NumPy arrays at a snapshot (-1: before the step), by name."""
        return self._arrays[bisect_right(self._arrays, index, key=itemgetter(0)) - 1][1]

    def modes(self, index: int) -> Modes:
        """The modes right after a snapshot (-1: before the step)."""
        return self._evidence.modes(index)

    def optimizers(self, index: int) -> Mapping[str, Optimizer]:
        """The optimizers that have a name at a snapshot (-1: before the step), by name."""
        return self._evidence.optimizers.at(index)

    def training(self, index: int) -> Mapping[str, bool]:
        """Of each module that has a name at a snapshot (-1: before the step), whether it trains."""
        return self._evidence.training.at(index)

    def alias(self, index: int, name: str) -> str | None:
        """The name under which the parts of an object are recorded that has this one, too."""
        return self._evidence.aliases.get(index, name)

    def kept(self, node: int) -> tuple[Kept, ...]:
        """The tensors that a node kept when it was found, whichever step that was in."""
        return self._kept.get(node, ())

    def own(self, index: int) -> list[str]:
        """The names that this step has recorded up to a snapshot, in that order."""
        return [name for name, at in self._own.items() if at <= index]

    def state_changed_first(self, index: int) -> State:
        """The same, but what this step has made or changed comes before the rest."""
        state = self.state(index)
        first = {name: state.tensors[name] for name in self.own(index) if name in state.tensors}
        return state._replace(tensors={**first, **state.tensors})

    def tensor(self, index: int, name: str) -> Tensor | None:
        """One tensor at a snapshot (-1: before the step), or None."""
        return self._tensors.get(index, name)

    def history(self, index: int, name: str) -> Iterator[tuple[int, Tensor | None]]:
        """What a name stood for up to a snapshot, the last first, and since which snapshot each."""
        return self._tensors.backwards(index, name)

    def value_history(self, index: int, name: str) -> Iterator[tuple[int, str | None]]:
        """The same of a value that is no tensor: its texts."""
        return self._values.backwards(index, name)

    @property
    def names(self) -> list[str]:
        """Every name that there has been in the step, of tensors and other values."""
        return list(dict.fromkeys((*self._tensors.names, *self._values.names)))

    def bound_since(self, index: int, name: str) -> int:
        """Since which snapshot a name stands for the tensor that it stands for at `index`."""
        since, identity = index, None
        for moment, tensor in self.history(index, name):
            if tensor is None or identity not in (None, tensor.identity):
                break
            since, identity = moment, tensor.identity
        return since

    def value(self, index: int, name: str) -> str | None:
        """One other value at a snapshot (-1: before the step), or None."""
        return self._values.get(index, name)

    def records(self, name: str) -> list[tuple[int, Tensor | str | None]]:
        """What a name stands for, and since which snapshot each (-1: since before the step)."""
        found: dict[int, Tensor | str | None] = {}
        for moment, value in (*self._tensors.forwards(name), *self._values.forwards(name)):
            if found.get(moment) is None:
                found[moment] = value
        return sorted(found.items(), key=itemgetter(0))

    def stdout(self, index: int) -> str:
        """Everything the step has printed up to and with a snapshot."""
        return "".join(snapshot.stdout for snapshot in self.snapshots[: index + 1])


class Recording:
    """All that was recorded of one run: the traces of its steps, and what they are made from.

    Grows while the run lasts. Steps share a namespace: ids of nodes, and the state between them.
    """

    def __init__(self, origin: Origin | None = None) -> None:
        self.origin = origin
        """Which lesson ran, and with what; None as long as torch is being imported."""
        self.nodes: dict[int, Node] = {}
        self._kept: dict[int, tuple[Kept, ...]] = {}
        self.traces: dict[int, Trace] = {}
        self._sources: dict[int, Sources] = {}
        self.records: list[SnapshotRecord | ResultRecord] = []
        """The records of all steps, as they came."""
        self.end: SetupFailed | RunEnded | None = None
        """Why the run was over before its time, if it was."""

    def begin(self, step: int, code: str, first_line: int = 1) -> Trace:
        """Open the trace of a step that has been asked for; its first line has that number."""
        self._sources[step] = Sources(code, first_line)
        trace = Trace(step, code, nodes=self.nodes, sources=self._sources, kept=self._kept)
        self.traces[step] = trace
        return trace

    def add(self, record: SnapshotRecord | ResultRecord) -> Trace:
        """Put a record where it belongs; returns the trace that grew. Raises KeyError: unasked."""
        if isinstance(record, ResultRecord):
            trace = self._based(record.result.step)
            trace.finish(record.result)
        else:
            trace = self._based(record.snapshot.step)
            trace.add(record.snapshot)
        self.records.append(record)
        return trace

    def _based(self, step: int) -> Trace:
        """The trace of a step; before its first record, with the state that the last one left."""
        trace = self.traces[step]
        if trace.snapshots:
            return trace
        ran = (each for each in reversed(self.traces.values()) if each.step < step)
        before = next((each for each in ran if each.snapshots), None)
        if before is not None:
            last = len(before) - 1
            trace.start_from(before.state(last), before.arrays(last), before._evidence)
        return trace
