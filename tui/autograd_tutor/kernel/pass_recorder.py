"""Records what happens in a backward pass."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import torch

from autograd_tutor.kernel.categories import shown_name
from autograd_tutor.kernel.engine import has_more_nodes, reachable, targets_of
from autograd_tutor.kernel.graph import ACCUMULATE_GRAD, KEY
from autograd_tutor.kernel.names import Names
from autograd_tutor.kernel.observer import StepObserver
from autograd_tutor.kernel.passes import why_not
from autograd_tutor.kernel.recorded_state import RecordedState
from autograd_tutor.kernel.running_pass import PassRequest, RunningPass
from autograd_tutor.kernel.saved import saved_values, text_of_setting
from autograd_tutor.kernel.snapshots import CodePosition
from autograd_tutor.kernel.unseen import compiling
from autograd_tutor.limits.kernel import MOST_CHAIN_NODES, MOST_INPUTS
from autograd_tutor.recording.model import Backward, Pass, Root, Saved, Tensor

MANY_NODES = "only {recorded:,} of its nodes were recorded, as the step has no more moments left"
MANY_PASSES = (
    "its nodes were not recorded, as the passes of a step may take at most half of its moments"
)
DEEP_ON_A_THREAD = (
    f"it has more than {MOST_CHAIN_NODES:,} nodes, and freeing so many recorded ones overflows the "
    "stack of a thread"
)
STOPPED = "the recording of the step stopped before all of its nodes had run"


class _Context(NamedTuple):
    """What the recorder knows of a pass while it runs."""

    call: int
    position: CodePosition
    names: Names
    roots: tuple[Root, ...]
    inputs: tuple[str, ...] | None
    left_out: str | None


class PassRecorder:
    """Gives the observer a `Backward` for each node that runs and a `Pass` for each pass."""

    def __init__(self, observer: StepObserver, state: RecordedState) -> None:
        self._observer = observer
        self._state = state
        self._calls = 0

    def pass_begins(self, running: RunningPass) -> bool:
        """Choose the nodes to record; False where the pass is not recorded at all."""
        request = running.request
        if compiling() or self._observer.evaluates:
            return False
        with self._observer.lock:
            tracer = self._observer.active_tracer
            if tracer is None:
                self._calls += self._observer.is_paused
                return False
            if request is None or not tracer.stack:  # a thread of an earlier step
                return False
            if not (running.in_thread or tracer.owns(running.trace_function)):
                return False
            self._calls += 1
            top = tracer.stack[-1]
            position = CodePosition(top.pending, 0, tracer.depth + 1, top.function)
            left_out = why_not()
            names = self._observer.names(running.in_thread)
            _note_retaining(request, names)
            self._observer.note_changed_leaves(names, running.in_thread)
            if left_out is None:
                left_out = self._choose_nodes(running, request, names, position.line)
            self._observer.note_unnamed_leaves(
                _leaves(running.nodes.values(), request), names, running.in_thread
            )
            running.context = _Context(
                self._calls,
                position,
                names,
                () if left_out and not running.nodes else self._roots(request, names),
                self._inputs(request, names),
                left_out,
            )
            if not running.in_thread:
                tracer.passes += 1
        return True

    def record_gradients(self, gradients: Any) -> tuple[Tensor | None, ...]:
        """The records of gradients on their way."""
        with self._observer.lock:
            if self._observer.active_tracer is None:
                return ()
            return tuple([self._state.gradient(grad) for grad in gradients[:MOST_INPUTS]])

    def node_ran(
        self, running: RunningPass, node: Any, number: int, grad_inputs: Any, grad_outputs: Any
    ) -> None:
        """Record a node."""
        context: _Context = running.context
        with self._observer.lock:
            if self._observer.active_tracer is None:
                return
            names = context.names
            changed = names.retaining(number)
            leaf = None
            if type(node).__name__ == ACCUMULATE_GRAD:
                changed = names.bound_to(node.variable)
                if any(grad is not None for grad in grad_outputs):
                    leaf = next(iter(changed), None)
            saved, note = self._kept(node, names)
            sent = self._state.gradients_sent(number, grad_inputs)
            backward = Backward(context.call, number, grad_outputs, sent, leaf, saved, note)
            self._observer.node_ran(changed, names, backward, context.position, node, grad_inputs)
            running.snapshots += 1

    def pass_ended(self, running: RunningPass, failed: int | None) -> None:
        """Record how the pass ended."""
        context: _Context = running.context
        request = running.request
        with self._observer.lock:
            tracer = self._observer.active_tracer
            if tracer is not None and not running.in_thread:
                tracer.passes -= 1
            if request is None:
                return
            self._state.forget_transient()
            missing = len(running.ran) > running.snapshots
            targets, returned = self._results(running, request)
            failing = None if failed is None else running.nodes.get(failed)
            saved, note = self._kept(failing, context.names, raised=True)
            self._observer.pass_ended(
                Pass(
                    call=context.call,
                    function="grad" if request.is_grad else "backward",
                    roots=context.roots,
                    inputs=context.inputs,
                    retain_graph=request.retain_graph,
                    create_graph=request.create_graph,
                    nodes=running.snapshots,
                    left_out=context.left_out or (STOPPED if missing else None),
                    failed=failed,
                    targets=targets,
                    returned=returned,
                    saved=saved,
                    note=note,
                ),
                context.position.depth - 1,
            )

    def pass_over(self) -> None:
        """A pass is over, recorded or not."""
        if not compiling() and not self._observer.evaluates:
            self._observer.pass_over()

    def pass_failed(self, fault: Exception) -> None:
        """This program itself raised; the snippet runs on."""
        self._observer.failed(fault)

    def _choose_nodes(
        self, running: RunningPass, request: PassRequest, names: Names, line: int
    ) -> str | None:
        """Set the nodes to record; returns why some are missing, or None."""
        if not self._observer.room_for_pass(1):
            return MANY_PASSES
        roots = request.root_nodes
        if running.in_thread and has_more_nodes(roots, MOST_CHAIN_NODES):
            return DEEP_ON_A_THREAD
        self._observer.add_found(self._state.nodes_behind(roots, line, names))
        nodes = reachable(roots, self._observer.room_for_pass(0) + 1)
        room = self._observer.room_for_pass(len(nodes))
        if not room:
            return MANY_PASSES
        if len(nodes) <= room:
            running.nodes = nodes
            return None
        running.nodes = dict(list(nodes.items())[:room])
        return MANY_NODES.format(recorded=room)

    def _roots(self, request: PassRequest, names: Names) -> tuple[Root, ...]:
        return tuple(
            Root(
                name=None if root.tensor is None else names.name_of(root.tensor),
                node=None if root.node is None else root.node.metadata.get(KEY),
                output_nr=root.output_nr,
                seed=self._state.gradient(root.seed),
            )
            for root in request.roots[:MOST_INPUTS]
        )

    def _inputs(self, request: PassRequest, names: Names) -> tuple[str, ...] | None:
        if request.inputs is None:
            return None
        return tuple(
            [
                names.name_of(each) or "a tensor without a name"
                if isinstance(each, torch.Tensor)
                else f"an edge to {shown_name(type(each[0]).name(each[0]).rpartition('::')[2])}"
                for each in request.inputs[:MOST_INPUTS]
            ]
        )

    def _results(
        self, running: RunningPass, request: PassRequest
    ) -> tuple[tuple[int | None, ...], tuple[Tensor | None, ...]]:
        """Of `grad`: the ids of the nodes of its inputs, and the gradients that it returned."""
        if not (running.nodes and running.returned and request.is_grad) or request.inputs is None:
            return (), ()
        targets = targets_of(running.nodes, request.inputs[:MOST_INPUTS])
        returned = running.returned[:MOST_INPUTS]
        return tuple(targets), tuple([self._state.gradient(grad) for grad in returned])

    def _kept(
        self, node: Any, names: Names, raised: bool = False
    ) -> tuple[tuple[Saved, ...], str | None]:
        """What a node has saved, and why some of that is missing.

        `raised`: at that node; what is the same as a variable is sent all the same, as the variable
        may be another by then.
        """
        if node is None:
            return (), None
        found = saved_values(node, raised)
        values = [self._saved(name, value, names, raised) for name, value in found.values]
        return tuple(values), found.note

    def _saved(self, name: str, value: Any, names: Names, in_full: bool) -> Saved:
        if not isinstance(value, torch.Tensor):
            return Saved(name, text_of_setting(value))
        variable = next(iter(names.bound_to(value)), None)
        record = self._state.saved(value, None if in_full else variable)
        return Saved(name, record, variable or names.name_of(value))


def _leaves(nodes: Iterable[Any], request: PassRequest) -> list[Any]:
    """The leaves that a pass comes to."""
    found = [node.variable for node in nodes if type(node).__name__ == ACCUMULATE_GRAD]
    return found + [root.tensor for root in request.roots if root.node is None]


def _note_retaining(request: PassRequest, names: Names) -> None:
    """`backward` lets the intermediate tensors among its inputs retain their gradient."""
    if request.inputs is None or request.is_grad:
        return
    for tensor in request.inputs:
        if isinstance(tensor, torch.Tensor):
            names.add_retaining(tensor)
