"""Takes the snapshots of one step, within its limits."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd_tutor.kernel.builtin_names import listed
from autograd_tutor.kernel.change import UNCHANGED
from autograd_tutor.kernel.failure import one_line
from autograd_tutor.kernel.graph import Found, Graph
from autograd_tutor.kernel.names import Names
from autograd_tutor.kernel.questions import Questions
from autograd_tutor.kernel.recorded_state import RecordedState
from autograd_tutor.kernel.snapshots import CodePosition, SnapshotSender
from autograd_tutor.kernel.tracer import Activation, Tracer
from autograd_tutor.kernel.unseen import compiling
from autograd_tutor.kernel.watched_calls import CallWatcher
from autograd_tutor.kernel.window import StepWindow
from autograd_tutor.limits.kernel import STEP_BYTES, STEP_SENT_BYTES
from autograd_tutor.recording.followed import Followed
from autograd_tutor.recording.kinds import Event, Truncated
from autograd_tutor.recording.model import Backward, Error, Pass, Snapshot
from autograd_tutor.recording.questions import Answer, Question
from autograd_tutor.recording.window import LeftOut
from autograd_tutor.recording.wire import StepRequest


class StepObserver:
    """Takes a snapshot after every line of a step and every node of a pass, and emits it."""

    def __init__(
        self,
        request: StepRequest,
        state: RecordedState,
        graph: Graph,
        variables: dict[str, Any],
        emit: Callable[[Snapshot], None],
        drain: Callable[[], str],
        sent: Callable[[], int],
        questions: Questions | None = None,
        window: StepWindow | None = None,
    ) -> None:
        self._state = state
        self._sent = sent
        """How many bytes `emit` has sent."""
        self._graph = graph
        self._variables = variables
        self._sender = SnapshotSender(request.step, emit, drain)
        self._questions = questions
        self._window = window
        """None: all of the step is recorded."""
        self.watcher = CallWatcher(variables)
        self._tracer: Tracer | None = None
        self._limit = max(2, request.limits.snapshots)
        self._room = STEP_SENT_BYTES * request.limits.share
        """Bytes that may be sent."""
        self._bytes_at_start = state.bytes_sent
        self._sent_at_start = sent()
        self._nodes_at_start = graph.count
        self.lock = threading.RLock()
        """Passes may run on other threads: the snippet's, or an accelerator's."""
        self._node_snapshots = 0
        """Snapshots taken after a node."""
        graph.begin(request.step, request.limits.nodes, request.limits.share)
        state.begin_pictures()
        self.truncated: Truncated | None = None
        self.fault: str | None = None
        """An exception of this program itself, in one line."""
        self.changed_builtins: tuple[str, ...] = ()
        """Builtins that the snippet has deleted or replaced."""
        self.replaced = False
        """Whether the snippet has replaced the trace function."""

    @property
    def count(self) -> int:
        """Snapshots taken."""
        return self._sender.count

    @property
    def nodes(self) -> int:
        """How many nodes the step has added."""
        return self._graph.count - self._nodes_at_start

    @property
    def evaluates(self) -> bool:
        """Whether an expression of the lesson runs now, of which nothing is recorded."""
        return self._questions is not None and self._questions.aside.running

    @property
    def step_line(self) -> int:
        """The line of the step that runs or ran last; 0 where that is not followed any more."""
        return 0 if self._tracer is None or self.truncated is not None else self._tracer.step_line

    def begin(self, tracer: Tracer) -> None:
        """Take the `start` snapshot. Nodes that exist already belong to no line of the step."""
        self._tracer = tracer
        if self._questions is not None:
            self._questions.place(tracer.statements)
        self._take_required("start", CodePosition(0, tracer.statements.first))

    def line_done(
        self,
        activation: Activation,
        line: int,
        next_line: int,
        depth: int,
        returned: Any,
        raised: bool,
    ) -> int:
        """Take the snapshot after a line; its index."""
        if compiling():
            return self.count
        with self.lock:
            index = self.count
            position = CodePosition(
                line, next_line, depth, activation.function, raised, activation.failure
            )
            self._take("line", position, returned=returned)
            self._keep_within_limits()
        return index

    def called(self, activation: Activation, line: int) -> None:
        """A function was called on this line, which made the arguments of the call."""
        with self.lock:
            self._state.note_call_arguments(activation, line)

    @property
    def active_tracer(self) -> Tracer | None:
        """The tracer while it follows lines. To be read while holding the `lock`."""
        tracer = self._tracer
        return tracer if tracer is not None and tracer.active and not tracer.paused else None

    @property
    def is_paused(self) -> bool:
        """Whether the step goes on, and is to be followed again later."""
        return self._tracer is not None and self._tracer.active and self._tracer.paused

    def room_for_pass(self, nodes: int) -> int:
        """How many nodes of a pass with `nodes` nodes may have a snapshot.

        The first pass of a step may take all snapshots that are left. A later one gets none unless
        it fits in whole, and all passes together leave half of the snapshots to lines: so the end
        of a training loop is recorded, too.
        """
        left = max(0, self._limit - 2 - self.count)
        if self._node_snapshots and nodes > min(left, self._limit // 2 - self._node_snapshots):
            return 0
        return left

    def names(self, in_thread: bool) -> Names:
        """What has a name now; of locals only the main thread's may be read, and only there."""
        stack = self._tracer.stack if self._tracer is not None and not in_thread else ()
        return self._state.names(self._variables, stack)

    def note_changed_leaves(self, names: Names, in_thread: bool) -> None:
        """A pass begins in the middle of a line: find what that line has changed so far.

        Else that would look like a change made by the pass.
        """
        self._note_before_pass(self._state.changed_leaves(names), names, in_thread)

    def note_unnamed_leaves(self, leaves: Iterable[Any], names: Names, in_thread: bool) -> None:
        """A pass is going to fill these leaves: give those a name that have none."""
        unnamed = [leaf for leaf in leaves if not names.bound_to(leaf)]
        found = [self._state.adopt(leaf, names) for leaf in unnamed]
        self._note_before_pass([name for name in found if name is not None], names, in_thread)

    def _note_before_pass(self, changed: list[str], names: Names, in_thread: bool) -> None:
        if changed and not in_thread:
            change = self._state.diff_names(changed, names)
            self._sender.add_tensors(change)
            self._state.commit_part(change)

    def follow(self, followed: Followed) -> None:
        """A file is stepped into: send it before the first line of it."""
        with self.lock:
            self._sender.add_followed(followed)

    def add_found(self, found: Found) -> None:
        """Send these nodes with the next snapshot."""
        self._sender.add_found(found)

    def node_ran(
        self,
        changed: Sequence[str],
        names: Names,
        backward: Backward,
        position: CodePosition,
        node: Any,
        grad_inputs: Any,
    ) -> None:
        """Take the snapshot after a node of a pass; it may have changed the tensors `changed`."""
        stack = self._tracer.stack if self._tracer is not None else ()
        change = self._state.diff_after_node(changed, names, stack)
        answers: tuple[Answer, ...] = ()
        begun: tuple[int, ...] = ()
        if (asked := self._questions) is not None:
            begun = asked.begun([each.pending for each in stack])
            if due := asked.of_node(node):
                answers = self._answers(asked, due, {"grad_inputs": grad_inputs})
        self._sender.send(
            change, "backward", position, backward=backward, answers=answers, begun=begun
        )
        if change is not UNCHANGED:
            self._state.commit_part(change)
        self._node_snapshots += 1
        self._keep_within_limits()

    def pass_ended(self, ended: Pass, depth: int) -> None:
        """Send the pass with the line at this depth that made it."""
        if not self._sender.add_pass(ended, depth):
            self._stop("bytes")

    def failed(self, fault: Exception) -> None:
        """This program itself raised: follow no further line."""
        if self._tracer is not None:
            self._tracer.fail(fault)

    def _keep_within_limits(self) -> None:
        if self.count >= self._limit - 1:  # the last one is for the final state
            self._stop("snapshots")
        elif (
            self._state.bytes_sent - self._bytes_at_start > STEP_BYTES
            or self._sent() - self._sent_at_start > self._room
        ):
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
            self._take_required("start", CodePosition(0))
        pending = self.step_line
        failure = None if tracer is None else tracer.step_failure
        if error is not None:
            line = error.line if tracer is None else tracer.statements.first_line(error.line)
            if pending not in (0, line):
                self._take_required("line", CodePosition(pending, failure=failure))
            self._take_required("error", CodePosition(line, raised=True, failure=failure), error)
        elif self.truncated is not None:
            self._take_required("end", CodePosition(0))
        elif pending:
            self._take_required("line", CodePosition(pending, failure=failure))
        elif tracer is not None and tracer.left_out:
            self._take_required("end", CodePosition(0))

    def last_answers(self) -> tuple[Answer, ...]:
        """Those about the end of the step, and to the questions whose moment did not come."""
        if self._questions is None:
            return ()
        return self._questions.at_end(self._variables, self.truncated is not None)

    def abandon(self) -> None:
        """Record and send nothing more: this process is a fork of the run."""
        sys.settrace(None)
        self.lock = threading.RLock()  # a thread that is not in the fork may hold the other one
        if self._tracer is not None:
            self._tracer.active = False
        self._sender.stop()

    def _take_required(
        self, event: Event, position: CodePosition, error: Error | None = None
    ) -> None:
        """Take a snapshot that must not be missing: without changes if these cannot be read."""
        with self.lock:
            try:
                self._take(event, position, error=error, thorough=True)
            except Exception as fault:  # noqa: BLE001 - the snippet's result is shown all the same
                self._failed(fault)
                self._sender.send(UNCHANGED, event, position, error)

    def _failed(self, fault: Exception) -> None:
        if isinstance(fault, MemoryError):
            raise fault
        changed = self.changed_builtins
        self.truncated = "builtins changed" if changed else "recording failed"
        if self.fault is None:
            self.fault = listed(changed) if changed else one_line(fault)

    def _stop(self, limit: Truncated) -> None:
        if self.truncated is None:
            self.truncated = limit
        if self._tracer is not None:
            self._tracer.stop()

    def _take(
        self,
        event: Event,
        position: CodePosition,
        *,
        returned: Any = None,
        error: Error | None = None,
        thorough: bool = False,
    ) -> None:
        stack = self._tracer.stack if self._tracer is not None else ()
        self._state.forget_transient()
        watcher, depth = self.watcher, position.depth
        called = watcher.take_calls(depth) if watcher.pending else None
        left_out = self._take_left_out()
        line = position.line if left_out is None else 0  # no line that is known made its nodes
        change = self._state.diff(self._variables, stack, line, returned, thorough, called)
        if thorough and event != "start":
            with contextlib.suppress(MemoryError):  # of all there is, they matter least
                self._state.add_last_pictures(change, self._variables)
        answers: tuple[Answer, ...] = ()
        begun: tuple[int, ...] = ()
        if (asked := self._questions) is not None:
            begun = asked.begun([each.pending for each in stack[:-1]])
            if due := asked.of_line(position.line):
                answers = self._answers(asked, due, {})
        warned = watcher.take_warnings(depth) if watcher.pending else ()
        message = watcher.take_raised(depth) if watcher.pending else ""
        self._sender.send(
            change, event, position, error,
            answers=answers, begun=begun, warned=warned, left_out=left_out,
            message=message if position.raised else "",
        )  # fmt: skip
        self._state.commit(change)
        if self._graph.full is not None and self.truncated is None and event == "line":
            self._stop(self._graph.full)

    def pass_over(self) -> None:
        """A backward pass is over, recorded or not."""
        if self._window is not None:
            self._window.pass_over()

    def _take_left_out(self) -> LeftOut | None:
        """What ran since the last moment and was not recorded."""
        tracer = self._tracer
        if self._window is None or tracer is None or not tracer.left_out:
            return None
        tracer.left_out = False
        return self._window.left_out()

    def _answers(
        self, asked: Questions, due: list[Question], more: dict[str, Any]
    ) -> tuple[Answer, ...]:
        """The answers with the names of the code that runs; when all is read, which is sent."""
        stack = self._tracer.stack if self._tracer is not None else ()
        frame = stack[-1].frame if stack and asked.aside.is_here else None
        found = {} if frame is None else dict(frame.f_locals)
        self._sender.keep_output()
        answers = asked.answers(due, self._variables | found | more)
        self._sender.drop_output()
        return answers
