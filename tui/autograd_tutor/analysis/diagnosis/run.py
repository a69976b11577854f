"""A recording as rules look at it: its lines in order, its passes, and each tensor's story."""

from __future__ import annotations

import ast
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from autograd_tutor.analysis.diagnosis.finding import Proof
from autograd_tutor.analysis.diagnosis.naming import argument, named, of_parts, under
from autograd_tutor.analysis.diagnosis.source import SourceLine, names_in, source_line
from autograd_tutor.analysis.ending import frames
from autograd_tutor.analysis.statements import code_line
from autograd_tutor.recording.evidence import Modes
from autograd_tutor.recording.followed import Place
from autograd_tutor.recording.local_names import is_local, local_prefix
from autograd_tutor.recording.model import Error, Node, Pass, Snapshot, Tensor
from autograd_tutor.recording.trace import Recording, Trace

_UNNAMED = "unnamed leaf"
"""What the names of leaves begin with that never had one."""


class Moment(NamedTuple):
    """A snapshot of a run; moments compare in their order."""

    step: int
    at: int
    """The snapshot in the step's trace."""


END = Moment(sys.maxsize, 0)
"""After all moments."""


class Line:
    """One execution of a line."""

    __slots__ = ("index", "number", "since", "trace")

    def __init__(self, trace: Trace, index: int, since: int) -> None:
        self.trace = trace
        self.index = index
        self.since = since
        """The first snapshot of what it did: those of lines and nodes that it called come first."""
        self.number = trace.snapshots[index].line
        """In the step's code, from 1."""

    @property
    def moment(self) -> Moment:
        """When it has ended."""
        return Moment(self.trace.step, self.index)

    @property
    def proof(self) -> Proof:
        """The same as what proves a finding."""
        return Proof(self.trace.step, self.index, self.number)

    @property
    def in_file(self) -> int | Place:
        """Its number as its file counts."""
        return self.trace.place(self.number)

    @property
    def snapshot(self) -> Snapshot:
        """What was recorded right after it."""
        return self.trace.snapshots[self.index]

    @property
    def source(self) -> SourceLine | None:
        """Its text, where that could be read."""
        return source_line(self.trace.source, self.number)

    @property
    def text(self) -> str:
        """Its text as it stands in the code, without indentation."""
        return code_line(self.trace.source, self.number).strip()

    @property
    def grad_mode(self) -> bool:
        """Whether operations were recorded."""
        return self.modes.grad

    @property
    def modes(self) -> Modes:
        """The modes that it ran under."""
        return self.trace.modes(self.index)

    def before(self, name: str) -> Tensor | None:
        """The tensor that a name of its code stood for when it began."""
        found = self._named(name, self.index if self._is_first(name) else self.since - 1)
        if found is not None or not self.snapshot.depth:
            return found
        # An argument of the function is recorded with the function's first line.
        if not self._sets(name):
            return self._named(name, self.index)
        given = [each for each in self._argument(name).values() if each.kind != "parameter"]
        return given[0] if len(given) == 1 else None

    def after(self, name: str) -> Tensor | None:
        """The one that it stands for afterwards."""
        return self._named(name, self.index)

    def value(self, name: str) -> str | None:
        """The text of a variable of its code that is no tensor."""
        function = self.snapshot.function
        own = self.trace.value(self.index, local_prefix(function) + name) if function else None
        return own or self.trace.value(self.index, name)

    def tensors_read(self, node: ast.AST | None = None) -> dict[str, Tensor]:
        """By name the tensors that it reads, in modules and lists too (`model.0.weight`).

        `node`: the part of the line that is asked about; None: all of it.
        """
        source = self.source
        if source is None:
            return {}
        found: dict[str, Tensor] = {}
        nodes = source.nodes if node is None else tuple(ast.walk(node))
        for name in sorted(source.reads if node is None else names_in(node)):
            found |= self._read_of(name, nodes) or self._of_parts(name)
        return found

    def _read_of(self, name: str, nodes: tuple[ast.AST, ...]) -> dict[str, Tensor]:
        """What it reads of a variable: as it was before, or of an argument as it is since then."""
        if name == "self":
            parts = of_parts(self.trace, self.index, name, nodes)
            if parts:
                return parts
        found = self._under(name, self.index if self._is_first(name) else self.since - 1)
        if found or not self.snapshot.depth:
            return found
        if name == "self":
            return {}
        return self._argument(name) if self._sets(name) else self._under(name, self.index)

    def tensors_of(self, expression: str) -> dict[str, Tensor]:
        """By name the tensors that an expression of its code and its parts stood for after it."""
        return self._under(expression, self.index)

    def tensors_made(self) -> dict[str, Tensor]:
        """By name the tensors that the line has bound to a name, new ones or others."""
        found: dict[str, Tensor] = {}
        for at in range(self.since, self.index + 1):
            for name, tensor in self.trace.snapshots[at].tensors.items():
                was = self.trace.tensor(self.since - 1, name)
                if was is None or was.identity != tensor.identity:
                    found[name] = tensor
        return found

    def _is_first(self, name: str) -> bool:
        """Whether it is an argument that is recorded with this line, its function's first.

        A variable outside of the function that has the same name is another one.
        """
        local = local_prefix(self.snapshot.function) + name
        return (
            bool(self.snapshot.function)
            and not self._sets(name)
            and self.trace.tensor(self.since - 1, local) is None
            and self.trace.tensor(self.index, local) is not None
        )

    def _sets(self, name: str) -> bool:
        return self.source is not None and name in self.source.sets

    def _argument(self, name: str) -> dict[str, Tensor]:
        return argument(self.trace, self.index, self.since - 1, name)

    def _named(self, name: str, index: int) -> Tensor | None:
        return named(self.trace, self.index, name, index)

    def _of_parts(self, name: str) -> dict[str, Tensor]:
        """What a module reads that is made of others with names: `Sequential(encoder, head)`."""
        modules = self.trace.training(self.index)
        if name not in modules:
            return {}
        since, text = next(iter(self.trace.value_history(self.since - 1, name)), (-1, None))
        if text is None or since <= 0 or since >= self.index:
            return {}
        read = Line(self.trace, since, since).tensors_read()
        return {
            each: tensor
            for each, tensor in read.items()
            if each.rpartition(".")[0] in modules and each in self.trace.state(self.index).tensors
        }

    def _under(self, name: str, index: int) -> dict[str, Tensor]:
        return under(self.trace, self.index, name, index)


class RunPass(NamedTuple):
    """A backward pass, and the line that made it."""

    line: Line
    ended: Pass

    @property
    def trace(self) -> Trace:
        """The trace of its step."""
        return self.line.trace

    @property
    def nodes(self) -> Mapping[int, int]:
        """Its nodes in the order in which they ran, with the snapshot of each."""
        return self.trace.ran.get(self.ended.call, {})

    @property
    def roots(self) -> tuple[int, ...]:
        """The nodes that it began at."""
        return tuple(root.node for root in self.ended.roots if root.node is not None)

    def leaves(self) -> dict[int, int]:
        """The leaves that it reached, by their number, and the snapshot of each."""
        found: dict[int, int] = {}
        for number, index in self.nodes.items():
            node = self.trace.nodes.get(number)
            if node is not None and node.leaf is not None:
                found[node.leaf] = index
        return found


class Change(NamedTuple):
    """A tensor as it was from a moment on."""

    moment: Moment
    tensor: Tensor


def _moment(change: Change) -> Moment:
    return change.moment


class Run:
    """All that rules ask of a recording. What is asked twice is worked out once."""

    def __init__(self, recording: Recording, steps: Collection[int] | None = None) -> None:
        """`steps`: those that have ended, where others may grow meanwhile; None: all."""
        self.recording = recording
        self.traces: Sequence[Trace] = [
            trace
            for step, trace in sorted(recording.traces.items())
            if trace.snapshots and (steps is None or step in steps)
        ]

    @property
    def nodes(self) -> Mapping[int, Node]:
        """All nodes of the run by their numbers."""
        return self.recording.nodes

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """All lines that ran, in the order in which they ended: those that one called before it."""
        return tuple(line for trace in self.traces for line in _lines(trace))

    @cached_property
    def passes(self) -> tuple[RunPass, ...]:
        """All backward passes, in the order in which they ended."""
        return tuple(RunPass(line, ended) for line in self.lines for ended in line.snapshot.passes)

    @cached_property
    def stories(self) -> Mapping[int, tuple[Change, ...]]:
        """By the number of each tensor what it was over time, its `.grad` among it."""
        found: dict[int, list[Change]] = {}
        for trace in self.traces:
            for index, snapshot in enumerate(trace.snapshots):
                moment = Moment(trace.step, index)
                for tensor in snapshot.tensors.values():
                    if tensor.identity is None:
                        continue
                    story = found.setdefault(tensor.identity, [])
                    if not story or story[-1].tensor is not tensor:
                        story.append(Change(moment, tensor))
        return {identity: tuple(story) for identity, story in found.items()}

    @cached_property
    def names(self) -> Mapping[int, str]:
        """By its number a name of each tensor, one outside of functions where it has any."""
        found: dict[int, str] = {}
        for trace in self.traces:
            for snapshot in trace.snapshots:
                for name, tensor in snapshot.tensors.items():
                    if tensor.identity is None:
                        continue
                    known = found.get(tensor.identity)
                    if known is None or _poverty(name) < _poverty(known):
                        found[tensor.identity] = name
        return found

    def is_named(self, identity: int) -> bool:
        """Whether a variable stands for a tensor, or once did: no `unnamed leaf`."""
        return not self.names.get(identity, _UNNAMED).startswith(_UNNAMED)

    @cached_property
    def found(self) -> Mapping[int, Moment]:
        """By node the moment at which it was found."""
        return {
            node.id: moment
            for trace in self.traces
            for index, snapshot in enumerate(trace.snapshots)
            if snapshot.nodes
            for moment in (Moment(trace.step, index),)
            for node in snapshot.nodes
        }

    @cached_property
    def users(self) -> Mapping[int, Sequence[int]]:
        """By node the nodes that were made from its outputs."""
        users: dict[int, list[int]] = {}
        for number in self.found:
            for edge in self.nodes[number].next:
                if edge is not None:
                    users.setdefault(edge[0], []).append(number)
        return users

    @cached_property
    def outputs(self) -> Mapping[int, int]:
        """By node the number of a tensor that it has made."""
        found: dict[int, int] = {}
        for identity, story in self.stories.items():
            for change in story:
                if change.tensor.grad_fn is not None:
                    found.setdefault(change.tensor.grad_fn, identity)
        return found

    @cached_property
    def by_storage(self) -> Mapping[int, Sequence[int]]:
        """By storage the numbers of the tensors that were in it, those with good names first."""
        found: dict[int, dict[int, None]] = {}
        for identity, story in self.stories.items():
            for change in story:
                if change.tensor.storage is not None:
                    found.setdefault(change.tensor.storage, {})[identity] = None
        return {
            storage: sorted(each, key=lambda one: _is_poor(self.names.get(one, " ")))
            for storage, each in found.items()
        }

    @cached_property
    def failure(self) -> tuple[Line, Error] | None:
        """The line at which a step failed, of several steps the last one's."""
        for trace in reversed(self.traces):
            error = trace.result.error if trace.result is not None else None
            if error is None:
                continue
            lines = [each for each in self.lines if each.trace is trace]
            # The innermost of its functions in which it failed.
            inner = [place for _unused, place in frames(trace, error)[-1:]]
            found = (
                [each for each in lines if [each.in_file] == inner]
                or [each for each in lines if each.number == error.line]
                or lines
            )
            return (self._raising(found), error) if found else None
        return None

    def _raising(self, found: Sequence[Line]) -> Line:
        """The execution of a line that raised: before the ends of the `with` blocks around it."""
        *_, before, last = found if len(found) > 1 else (found[0], found[0])
        between = self.lines_between(before.moment, last.moment)[:-1]
        sources = [each.source for each in between]
        blocks = [each for each in sources if each and isinstance(each.statement, ast.With)]
        return before if blocks and len(blocks) == len(sources) else last

    def at(self, identity: int, moment: Moment) -> Tensor | None:
        """What a tensor was at a moment: right after its line."""
        story = self.stories.get(identity, ())
        at = bisect_right(story, moment, key=_moment)
        return story[at - 1].tensor if at else None

    def changes(self, identity: int, first: Moment, last: Moment) -> Sequence[Change]:
        """What a tensor became after one moment, and before another or at it."""
        story = self.stories.get(identity, ())
        begin = bisect_right(story, first, key=_moment)
        return story[begin : bisect_right(story, last, begin, key=_moment)]

    @cached_property
    def known_until(self) -> Moment:
        """Until when all is known of passes: later ones were left out, or the recording ends.

        What no pass has used until then may have been used afterwards.
        """
        for each in self.passes:
            if not each.roots:
                return Moment(each.trace.step, each.line.since - 1)
        last = self.traces[-1] if self.traces else None
        is_cut = last is not None and last.result is not None and last.result.truncated is not None
        return self.lines[-1].moment if is_cut and self.lines else END

    @cached_property
    def reached(self) -> Sequence[frozenset[int]]:
        """Of each pass the nodes that lie behind where it began."""
        return [self.reachable(each.roots) for each in self.passes]

    def passes_of(self, line: Line) -> Sequence[RunPass]:
        """The passes that a line has made."""
        return [RunPass(line, ended) for ended in line.snapshot.passes]

    def next_pass(self, after: Moment) -> RunPass | None:
        """The first pass that ended after a moment."""
        at = bisect_right(self.passes, after, key=lambda each: each.line.moment)
        return self.passes[at] if at < len(self.passes) else None

    def reachable(self, roots: Sequence[int]) -> frozenset[int]:
        """The numbers of all nodes that lie behind some, these included."""
        seen: set[int] = set()
        pending = list(roots)
        while pending:
            number = pending.pop()
            if number in seen:
                continue
            seen.add(number)
            node = self.nodes.get(number)
            pending += [edge[0] for edge in node.next if edge is not None] if node else ()
        return frozenset(seen)

    def leaves_behind(self, roots: Sequence[int]) -> frozenset[int]:
        """The numbers of the leaves that a graph ends at."""
        found = (self.nodes.get(number) for number in self.reachable(roots))
        return frozenset(node.leaf for node in found if node is not None and node.leaf is not None)

    def line_of(self, moment: Moment) -> Line | None:
        """The line that ended at a moment or was the first to end after it."""
        at = bisect_left(self._moments, moment)
        return self.lines[at] if at < len(self.lines) else None

    def maker(self, identity: int | None) -> Line | None:
        """The line after which a tensor was there for the first time."""
        story = self.stories.get(identity or 0, ())
        return self.line_of(story[0].moment) if story else None

    def lines_between(self, first: Moment, last: Moment) -> Sequence[Line]:
        """The lines that ended after one moment, and before another or at it."""
        begin, end = bisect_right(self._moments, first), bisect_right(self._moments, last)
        return self.lines[begin:end]

    def lines_in(self, line: Line) -> Sequence[Line]:
        """The lines that ended while a line ran: of functions that it called."""
        step = line.trace.step
        return self.lines_between(Moment(step, line.since - 1), Moment(step, line.index - 1))

    def around(self, line: Line) -> Line | None:
        """The line that called the function of a line."""
        at = bisect_right(self._moments, line.moment)
        return next(
            (
                each
                for each in islice(self.lines, at, None)
                if each.snapshot.depth < line.snapshot.depth
            ),
            None,
        )

    def value_since(self, line: Line, name: str) -> Moment | None:
        """Since when a variable that is no tensor is what it was when a line began."""
        index = line.since - 1
        for trace in reversed([each for each in self.traces if each.step <= line.trace.step]):
            at = index if trace is line.trace else len(trace) - 1
            since, text = next(iter(trace.value_history(at, name)), (-1, None))
            if text is None:
                return None
            if since >= 0:
                return Moment(trace.step, since)
        return None

    @cached_property
    def _moments(self) -> Sequence[Moment]:
        return [line.moment for line in self.lines]


def spoken(name: str) -> str:
    """A recorded name as the code has it: without the call that a local belongs to."""
    return name.rpartition("().")[2]


def _lines(trace: Trace) -> Iterator[Line]:
    ends: list[tuple[int, int]] = []
    """The snapshots so far at which lines have ended, by depth: (depth, index)."""
    for index, snapshot in enumerate(trace.snapshots):
        if snapshot.backward is not None:
            continue
        while ends and ends[-1][0] > snapshot.depth:
            ends.pop()
        since = ends[-1][1] + 1 if ends else 0
        if snapshot.line and snapshot.event in ("line", "error"):
            yield Line(trace, index, since)
        ends.append((snapshot.depth, index))


def _is_poor(name: str) -> bool:
    return is_local(name) or " " in name


def _poverty(name: str) -> int:
    """How little a name says: `model.weight` is best, `f().model.weight` better than `self`."""
    return _is_poor(name) + (_is_poor(name) and spoken(name).startswith("self."))
