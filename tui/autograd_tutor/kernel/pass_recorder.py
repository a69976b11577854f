"""Turns what happens in a backward pass into records."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import torch

from autograd_tutor.kernel.categories import told_name
from autograd_tutor.kernel.engine import are_more_than, reachable
from autograd_tutor.kernel.graph import KEY, SHALLOW, Graph
from autograd_tutor.kernel.observer import CodePosition, StepObserver
from autograd_tutor.kernel.passes import ACCUMULATES, Start, Watched, why_not
from autograd_tutor.kernel.recorded_state import Names, RecordedState
from autograd_tutor.kernel.saved import kept, text_of_setting
from autograd_tutor.recording.model import Backward, Pass, Root, Saved, Tensor

_output_nr = vars(torch._C.TensorBase)["output_nr"].__get__
_grad_fn = vars(torch._C.TensorBase)["grad_fn"].__get__

MANY_NODES = "only {told:,} of its nodes have a moment: a step has room for no more"
MANY_PASSES = (
    "it is not recorded node by node: the passes of a step take half of its moments at most"
)
DEEP_ON_A_THREAD = (
    f"it is not recorded node by node: more than {SHALLOW:,} nodes that were looked at cannot be "
    "freed on the stack of a thread"
)
STOPPED = "the recording of the step stopped before all of its nodes had run"


class _Told(NamedTuple):
    """What is known of a pass while it runs."""

    call: int
    place: CodePosition
    names: Names
    roots: tuple[Root, ...]
    inputs: tuple[str, ...] | None
    left_out: str | None


class PassRecorder:
    """Hands the observer a `Backward` for each node that runs and a `Pass` for each pass."""

    def __init__(self, observer: StepObserver, state: RecordedState, graph: Graph) -> None:
        self._observer = observer
        self._state = state
        self._graph = graph
        self._calls = 0

    def pass_begins(self, watched: Watched) -> bool:
        """Decide which nodes are watched; False where nothing is recorded any more."""
        start = watched.start
        with self._observer.lock:
            tracer = self._observer.following
            if tracer is None or start is None or not tracer.stack:  # a thread of an earlier step
                return False
            if not (watched.in_thread or tracer.owns(watched.tracing)):
                return False
            self._calls += 1
            top = tracer.stack[-1]
            place = CodePosition(top.pending, 0, tracer.depth + 1, top.function)
            left_out = why_not(start)
            names = self._observer.names(watched.in_thread)
            _retain_inputs(start, names)
            self._observer.catch_up(names, watched.in_thread)
            if left_out is None:
                left_out = self._watch(watched, start, names, place.line)
            watched.bytes_sent = _Told(
                self._calls,
                place,
                names,
                () if left_out and not watched.nodes else self._roots(start, names),
                self._inputs(start, names),
                left_out,
            )
            if not watched.in_thread:
                tracer.passes += 1
        return True

    def arrives(self, gradients: Any) -> tuple[Tensor | None, ...]:
        """The records of gradients on their way."""
        with self._observer.lock:
            if self._observer.following is None:
                return ()
            return tuple([self._state.gradient(grad) for grad in gradients])

    def node_ran(self, watched: Watched, node: Any, number: int, sent: Any, arrived: Any) -> None:
        """Record a node."""
        told: _Told = watched.bytes_sent
        with self._observer.lock:
            if self._observer.following is None:
                return
            state, names = self._state, told.names
            held: Iterable[str] = names.retained.get(number, ())
            leaf = None
            if type(node).__name__ == ACCUMULATES:
                held = names.by_tensor.get(id(node.variable), ())
                leaf = next(iter(held), None) if any(g is not None for g in arrived) else None
            saved = kept(node)
            backward = Backward(
                call=told.call,
                node=number,
                grad_outputs=arrived,
                grad_inputs=tuple([state.gradient(grad) for grad in sent]),
                leaf=leaf,
                saved=tuple([self._saved(name, value, names) for name, value in saved.values]),
                note=saved.note,
            )
            self._observer.node_ran(held, names, backward, told.place)
            watched.snapshots += 1

    def pass_ended(self, watched: Watched, failed: int | None) -> None:
        """Record what became of the pass."""
        told: _Told = watched.bytes_sent
        start = watched.start
        with self._observer.lock:
            tracer = self._observer.following
            if tracer is not None and not watched.in_thread:
                tracer.passes -= 1
            if start is None:
                return
            self._state.forget_passing()
            missing = len(watched.ran) > watched.snapshots
            self._observer.pass_ended(
                Pass(
                    call=told.call,
                    function="grad" if start.grads_returned else "backward",
                    roots=told.roots,
                    inputs=told.inputs,
                    retain_graph=start.retain_graph,
                    create_graph=start.create_graph,
                    nodes=watched.snapshots,
                    left_out=told.left_out or (STOPPED if missing else None),
                    failed=failed,
                    **self._results(watched, start),
                )
            )

    def pass_failed(self, fault: Exception) -> None:
        """The bookkeeping raised; the snippet runs on."""
        self._observer.failed(fault)

    def _watch(self, watched: Watched, start: Start, names: Names, line: int) -> str | None:
        """Choose the nodes to watch; why that are not all, if it is not."""
        if not self._observer.room_for_pass(1):
            return MANY_PASSES
        roots = [node for _, node, _, _ in start.roots]
        if watched.in_thread and are_more_than(SHALLOW, roots):
            return DEEP_ON_A_THREAD
        self._observer.found(self._state.nodes_behind(roots, line, names))
        nodes = reachable(roots, self._observer.room_for_pass(0) + 1)
        room = self._observer.room_for_pass(len(nodes))
        if not room:
            return MANY_PASSES
        if len(nodes) <= room:
            watched.nodes = nodes
            return None
        watched.nodes = dict(list(nodes.items())[:room])
        return MANY_NODES.format(told=room)

    def _roots(self, start: Start, names: Names) -> tuple[Root, ...]:
        return tuple(
            Root(
                name=None if tensor is None else self._name(tensor, names),
                node=node.metadata.get(KEY),
                output_nr=output_nr,
                seed=self._state.gradient(seed),
            )
            for tensor, node, output_nr, seed in start.roots
        )

    def _inputs(self, start: Start, names: Names) -> tuple[str, ...] | None:
        if start.inputs is None:
            return None
        return tuple(
            [
                self._name(each, names) or "a tensor without a name"
                if isinstance(each, torch.Tensor)
                else f"an edge to {told_name(type(each[0]).name(each[0]).rpartition('::')[2])}"
                for each in start.inputs
            ]
        )

    def _results(self, watched: Watched, start: Start) -> dict[str, Any]:
        """Of `grad`: the nodes of the inputs, and what was handed back for them."""
        if not watched.nodes or not watched.returned:
            return {}
        if not start.grads_returned or start.inputs is None:
            return {}
        accumulators = (n for n in watched.nodes.items() if type(n[1]).__name__ == ACCUMULATES)
        leaves = {id(node.variable): number for number, node in accumulators}
        targets = [
            leaves.get(id(each))
            if isinstance(each, torch.Tensor) and _grad_fn(each) is None
            else (_grad_fn(each) if isinstance(each, torch.Tensor) else each[0]).metadata.get(KEY)
            for each in start.inputs
        ]
        returned = tuple([self._state.gradient(grad) for grad in watched.returned])
        return {"targets": tuple(targets), "returned": returned}

    def _saved(self, name: str, value: Any, names: Names) -> Saved:
        if not isinstance(value, torch.Tensor):
            return Saved(name, text_of_setting(value))
        bound = names.by_tensor.get(id(value))
        told = self._state.saved(value, bound[0] if bound else None)
        return Saved(name, told, bound[0] if bound else self._name(value, names))

    def _name(self, tensor: Any, names: Names) -> str | None:
        """A variable bound to the tensor, or to the same output of the same node."""
        found = names.by_tensor.get(id(tensor))
        if found:
            return found[0]
        grad_fn = _grad_fn(tensor)
        number = None if grad_fn is None else grad_fn.metadata.get(KEY)
        return None if number is None else names.by_output.get((number, _output_nr(tensor)))


def _retain_inputs(start: Start, names: Names) -> None:
    """`backward` lets the intermediate tensors among its inputs retain their gradient."""
    if start.inputs is None or start.grads_returned:
        return
    for tensor in start.inputs:
        grad_fn = _grad_fn(tensor) if isinstance(tensor, torch.Tensor) else None
        number = None if grad_fn is None else grad_fn.metadata.get(KEY)
        if number is not None:
            bound = names.retained.setdefault(number, [])
            bound += [name for name in names.by_tensor.get(id(tensor), ()) if name not in bound]
