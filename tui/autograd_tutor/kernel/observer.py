"""Takes the snapshots of one step, within its limits."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from autograd_tutor.kernel.failure import one_line
from autograd_tutor.kernel.graph import Graph
from autograd_tutor.kernel.recorded_state import Change, Names, RecordedState
from autograd_tutor.kernel.tracer import Activation, Tracer
from autograd_tutor.recording.model import (
    Backward,
    Error,
    Event,
    Node,
    Pass,
    Snapshot,
    Tensor,
    Truncated,
)
from autograd_tutor.recording.wire import StepRequest

STEP_BYTES = 256 * 2**20
"""What a step's recording may take of the other side's memory, about."""


class CodePosition(NamedTuple):
    """Where a snapshot is taken: as the fields of `Snapshot`."""

    line: int
    next_line: int = 0
    depth: int = 0
    function: str = ""


class StepObserver:
    """Is told of every line of a step and emits a snapshot for it."""

    def __init__(
        self,
        request: StepRequest,
        state: RecordedState,
        graph: Graph,
        variables: dict[str, Any],
        emit: Callable[[Snapshot], None],
        drain: Callable[[], str],
    ) -> None:
        self._request = request
        self._state = state
        self._graph = graph
        self._variables = variables
        self._emit = emit
        self._drain = drain
        self._tracer: Tracer | None = None
        self._limit = max(2, request.limits.snapshots)
        self._told_before = state.bytes_sent
        self._printed = ""
        """What was drained and has not been told."""
        self._nodes: tuple[Node, ...] = ()
        """Nodes that were found and have not been told."""
        self._tensors: dict[str, Tensor] = {}
        """Changes that were found and have not been told."""
        self._passes: list[Pass] = []
        """Passes that have ended and have not been told."""
        self.lock = threading.RLock()
        """A thread of the snippet, or of an accelerator, may run a pass."""
        self._node_snapshots = 0
        self._nodes_before = graph.count
        graph.begin(request.step, request.limits.nodes)
        self.count = 0
        """Snapshots taken."""
        self.truncated: Truncated | None = None
        self.fault: str | None = None
        """What went wrong in the recording itself, in one line."""
        self.replaced = False
        """The snippet has put another trace function in the place of this program's."""

    @property
    def nodes(self) -> int:
        """How many nodes the step has added."""
        return self._graph.count - self._nodes_before

    def begin(self, tracer: Tracer) -> None:
        """Take the `start` snapshot; what there is already was made before the step's lines."""
        self._tracer = tracer
        self._take_surely("start", CodePosition(0, tracer.statements.first))

    def line_done(
        self, activation: Activation, line: int, next_line: int, depth: int, returned: Any
    ) -> None:
        """Take the snapshot after a line; the last one that there is room for is kept free."""
        with self.lock:
            place = CodePosition(line, next_line, depth, activation.function)
            self._take("line", place, returned=returned)
            self._keep_within_limits()

    def called(self, activation: Activation, line: int) -> None:
        """A function was called on this line: what its arguments are made of was made there."""
        with self.lock:
            self._state.note_call_arguments(activation, line)

    @property
    def following(self) -> Tracer | None:
        """The tracer while it follows lines; ask with the `lock` held."""
        tracer = self._tracer
        return tracer if tracer is not None and tracer.active else None

    def room_for_pass(self, nodes: int) -> int:
        """How many nodes of a pass of so many may have a snapshot.

        A step's first pass may take all that is left, later ones only where they fit in whole and
        all passes together leave half of the snapshots to lines: a training loop is to be seen to
        its end.
        """
        left = max(0, self._limit - 2 - self.count)
        if self._node_snapshots and nodes > min(left, self._limit // 2 - self._node_snapshots):
            return 0
        return left

    def names(self, in_thread: bool) -> Names:
        """What has a name now. The frames that run are the main thread's alone to look into."""
        stack = self._tracer.stack if self._tracer is not None and not in_thread else ()
        return self._state.names(self._variables, stack)

    def catch_up(self, names: Names, in_thread: bool) -> None:
        """A pass begins in the middle of a line: what that line has changed before is told first.

        Else what was there before the line would be taken for what the pass has changed.
        """
        held = self._state.stale(names)
        if held and not in_thread:
            change = self._state.diff_names(held, names)
            self._tensors |= change.tensors
            self._state.commit_part(change)

    def found(self, nodes: tuple[Node, ...]) -> None:
        """Tell of these nodes with the next snapshot."""
        self._nodes += nodes

    def node_ran(
        self, held: Iterable[str], names: Names, backward: Backward, place: CodePosition
    ) -> None:
        """Take the snapshot after a node of a pass; the tensors under `held` may have changed."""
        stack = self._tracer.stack if self._tracer is not None else ()
        change = self._state.diff_names(held, names)
        change.gone = self._state.returned(stack)
        self._tell(change, "backward", place, backward=backward)
        if change.readings or change.gone:
            self._state.commit_part(change)
        self._node_snapshots += 1
        self._keep_within_limits()

    def pass_ended(self, ended: Pass) -> None:
        """Tell of the pass with the next snapshot of a line."""
        self._passes.append(ended)

    def failed(self, fault: Exception) -> None:
        """The bookkeeping raised: follow nothing further."""
        if self._tracer is not None:
            self._tracer.fail(fault)

    def _keep_within_limits(self) -> None:
        if self.count >= self._limit - 1:
            self._stop("snapshots")
        elif self._state.bytes_sent - self._told_before > STEP_BYTES:
            self._stop("bytes")

    def finish(self, error: Error | None) -> None:
        """Take the last snapshot, of the final state, whatever became of the step.

        Raises MemoryError if there was no memory for the recording, and whatever `emit` raises.
        """
        tracer = self._tracer
        if tracer is not None and tracer.fault is not None:
            self._failed(tracer.fault)
        if self.replaced and self.truncated is None:
            self.truncated = "tracing replaced"
        if tracer is None:  # nothing ran: it did not compile
            self._take_surely("start", CodePosition(0))
        pending = 0 if tracer is None or self.truncated is not None else tracer.step_line
        if error is not None:
            line = error.line if tracer is None else tracer.statements.first_line(error.line)
            if pending not in (0, line):
                self._take_surely("line", CodePosition(pending))
            self._take_surely("error", CodePosition(line), error)
        elif self.truncated is not None:
            self._take_surely("end", CodePosition(0))
        elif pending:
            self._take_surely("line", CodePosition(pending))

    def abandon(self) -> None:
        """Record nothing any more, nor say so: this process is not the run."""
        sys.settrace(None)
        self.lock = threading.RLock()  # the other one may be held by a thread that is not here
        if self._tracer is not None:
            self._tracer.active = False
        self._emit = lambda snapshot: None

    def _take_surely(self, event: Event, place: CodePosition, error: Error | None = None) -> None:
        """Take a snapshot that there has to be: one without changes if they cannot be read."""
        with self.lock:
            try:
                self._take(event, place, error=error, final=True)
            except Exception as fault:  # noqa: BLE001 - a fault of ours takes nothing from the learner
                self._failed(fault)
                self._tell(Change(), event, place, error=error)

    def _failed(self, fault: Exception) -> None:
        if isinstance(fault, MemoryError):
            raise fault
        self.truncated = "recording failed"
        if self.fault is None:
            self.fault = one_line(fault)

    def _stop(self, limit: Truncated) -> None:
        if self.truncated is None:
            self.truncated = limit
        if self._tracer is not None:
            self._tracer.stop()

    def _take(
        self,
        event: Event,
        place: CodePosition,
        *,
        returned: Any = None,
        error: Error | None = None,
        final: bool = False,
    ) -> None:
        stack = self._tracer.stack if self._tracer is not None else ()
        self._state.forget_passing()
        change = self._state.diff(self._variables, stack, place.line, returned, final)
        self._tell(change, event, place, error=error)
        self._state.commit(change)
        if self._graph.full and self.truncated is None and event == "line":
            self._stop("nodes")

    def _tell(
        self,
        change: Change,
        event: Event,
        place: CodePosition,
        *,
        error: Error | None = None,
        backward: Backward | None = None,
    ) -> None:
        self._printed += self._drain()
        passes = tuple(self._passes) if backward is None else ()
        before = {name: t for name, t in self._tensors.items() if name not in change.gone}
        tensors = before | change.tensors if before else change.tensors
        self._tensors = {}
        self._emit(
            Snapshot(
                step=self._request.step,
                index=self.count,
                event=event,
                line=place.line,
                next_line=place.next_line,
                depth=place.depth,
                function=place.function,
                stdout=self._printed,
                tensors=tensors,
                values=change.values,
                gone=change.gone,
                nodes=self._nodes + change.nodes,
                error=error,
                backward=backward,
                passes=passes,
            )
        )
        self._printed, self._nodes = "", ()
        if passes:
            self._passes.clear()
        self.count += 1
