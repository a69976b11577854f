"""Takes the snapshots of one step, within its limits."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from autograd_tutor.kernel.failure import told
from autograd_tutor.kernel.graph import Graph
from autograd_tutor.kernel.state import Change, State
from autograd_tutor.kernel.tracer import Activation, Tracer
from autograd_tutor.trace.model import Error, Event, Snapshot, Truncated
from autograd_tutor.trace.wire import StepRequest

STEP_BYTES = 256 * 2**20
"""What a step's recording may take of the other side's memory, about."""


class StepObserver:
    """Is told of every line of a step and emits a snapshot for it."""

    def __init__(
        self,
        request: StepRequest,
        state: State,
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
        self._told_before = state.told
        self._printed = ""
        """What was drained and has not been told."""
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
        self._take_surely("start", 0, tracer.statements.first)

    def line_done(
        self, activation: Activation, line: int, next_line: int, depth: int, returned: Any
    ) -> None:
        """Take the snapshot after a line; the last one that there is room for is kept free."""
        self._take("line", line, next_line, depth, activation.function, returned=returned)
        if self.count >= self._limit - 1:
            self._stop("snapshots")
        elif self._state.told - self._told_before > STEP_BYTES:
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
            self._take_surely("start", 0, 0)
        pending = 0 if tracer is None or self.truncated is not None else tracer.step_line
        if error is not None:
            line = error.line if tracer is None else tracer.statements.first_line(error.line)
            if pending not in (0, line):
                self._take_surely("line", pending, 0)
            self._take_surely("error", line, 0, error)
        elif self.truncated is not None:
            self._take_surely("end", 0, 0)
        elif pending:
            self._take_surely("line", pending, 0)

    def abandon(self) -> None:
        """Record nothing any more, nor say so: this process is not the run."""
        sys.settrace(None)
        if self._tracer is not None:
            self._tracer.active = False
        self._emit = lambda snapshot: None

    def _take_surely(
        self, event: Event, line: int, next_line: int, error: Error | None = None
    ) -> None:
        """Take a snapshot that there has to be: one without changes if they cannot be read."""
        try:
            self._take(event, line, next_line, error=error, final=True)
        except Exception as fault:  # noqa: BLE001 - a fault of ours takes nothing from the learner
            self._failed(fault)
            self._tell(Change(), event, line, next_line, error=error)

    def _failed(self, fault: Exception) -> None:
        if isinstance(fault, MemoryError):
            raise fault
        self.truncated = "recording failed"
        if self.fault is None:
            self.fault = told(fault)

    def _stop(self, limit: Truncated) -> None:
        if self.truncated is None:
            self.truncated = limit
        if self._tracer is not None:
            self._tracer.stop()

    def _take(
        self,
        event: Event,
        line: int,
        next_line: int,
        depth: int = 0,
        function: str = "",
        *,
        returned: Any = None,
        error: Error | None = None,
        final: bool = False,
    ) -> None:
        stack = self._tracer.stack if self._tracer is not None else ()
        change = self._state.look(self._variables, stack, line, returned, final)
        self._tell(change, event, line, next_line, depth, function, error)
        self._state.commit(change)
        if self._graph.full and self.truncated is None and event == "line":
            self._stop("nodes")

    def _tell(
        self,
        change: Change,
        event: Event,
        line: int,
        next_line: int,
        depth: int = 0,
        function: str = "",
        error: Error | None = None,
    ) -> None:
        self._printed += self._drain()
        self._emit(
            Snapshot(
                step=self._request.step,
                index=self.count,
                event=event,
                line=line,
                next_line=next_line,
                depth=depth,
                function=function,
                stdout=self._printed,
                tensors=change.tensors,
                values=change.values,
                gone=change.gone,
                nodes=change.nodes,
                error=error,
            )
        )
        self._printed = ""
        self.count += 1
