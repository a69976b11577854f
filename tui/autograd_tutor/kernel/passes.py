"""Hooks backward passes: which nodes run, in which order, and what each receives and returns."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import torch
import torch.autograd

from autograd_tutor.kernel.engine import ENGINE, begins_nowhere, node_of, node_of_failure
from autograd_tutor.kernel.graph import ACCUMULATE_GRAD
from autograd_tutor.kernel.interrupts import Interrupts
from autograd_tutor.kernel.running_pass import PassRequest, PassRoot, RunningPass
from autograd_tutor.kernel.unseen import Untraced, unseen
from autograd_tutor.kernel.watched_engine import watched
from autograd_tutor.limits.kernel import SPARE_FRAMES

_Base: Any = torch._C.TensorBase
_output_nr = vars(_Base)["output_nr"].__get__
_task: Callable[[], int] = getattr(torch._C, "_current_graph_task_id", lambda: -1)
"""The number of the pass that the engine runs on the calling thread."""

_UNTRACED = sys.version_info < (3, 12)
"""Whether to switch tracing off while the recorder works: Python calls the trace function at each
call of a function, also of ours. From 3.12 on switching costs more, as it instruments all code
anew."""

COMPILED = "compiled autograd runs all of its nodes as one function"


class PassListener(Protocol):
    """Hears of the passes of a step; interruptions are blocked meanwhile."""

    def pass_begins(self, running: RunningPass) -> bool:
        """A pass is about to run: set the `nodes` to record. False: do not call again for it."""

    def record_gradients(self, gradients: Any) -> Any:
        """Make records of gradients, which must not be held alive."""

    def node_ran(
        self, running: RunningPass, node: Any, number: int, grad_inputs: Any, grad_outputs: Any
    ) -> None:
        """A node has run; `grad_outputs` is what `record_gradients` has made of them."""

    def pass_ended(self, running: RunningPass, failed: int | None) -> None:
        """The pass is over; `failed` is the id of the node at which it raised, if it did."""

    def pass_over(self) -> None:
        """The pass is over, also one that is not recorded."""

    def pass_failed(self, fault: Exception) -> None:
        """This program itself has raised."""


class Passes:
    """A context manager that lets a `PassListener` hear of every backward pass of the process.

    Each node of a pass gets a post-hook that returns None and is removed when the pass is over,
    however it ends. What is computed, and what raises, stays the same.
    """

    def __init__(self, listener: PassListener, interrupts: Interrupts) -> None:
        self._listener = listener
        self._interrupts = interrupts
        self._main = threading.get_ident()
        self._running: dict[int, list[RunningPass]] = {}
        """The passes that run, by the thread that asked for them, the innermost last."""
        self._original: Any = None
        self._replacement: Any = None

    def __enter__(self) -> Passes:
        original = self._original = getattr(torch.autograd, ENGINE, None)
        if original is None:  # a torch that is built differently: passes are not recorded
            return self
        self._replacement = watched(original, self._begin, self._end)
        setattr(torch.autograd, ENGINE, self._replacement)
        return self

    def __exit__(self, *_: object) -> None:
        if self._replacement is not None and getattr(torch.autograd, ENGINE) is self._replacement:
            setattr(torch.autograd, ENGINE, self._original)

    @unseen
    def _begin(
        self, t_outputs: Any, arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> RunningPass:
        running = RunningPass(threading.get_ident() != self._main, sys.gettrace())

        def begin() -> None:
            running.request = _request(t_outputs, arguments, named)
            if running.request is None or not self._listener.pass_begins(running):
                return
            running.recording = True
            self._running.setdefault(threading.get_ident(), []).append(running)
            for number, node in running.nodes.items():
                posthook = partial(self._posthook, running, node, number)
                running.handles.append(node.register_hook(posthook))
                if may_change_grad_outputs(node):
                    prehook = partial(self._prehook, running, number)
                    running.handles.append(node.register_prehook(prehook))
            for node in running.request.root_nodes:
                prehook = partial(self._root_prehook, running)
                running.handles.append(node.register_prehook(prehook))

        try:
            self._work(begin)
        except BaseException as late:
            self._end(running, late, None)
            raise
        return running

    @unseen
    def _root_prehook(self, running: RunningPass, _: Any) -> None:
        """Learn the engine's number of a pass. A pass inside of it may come to the same node."""
        if (
            running.task is None
            and self._running.get(threading.get_ident(), [running])[-1] is running
        ):
            running.task = _task()

    @unseen
    def _prehook(self, running: RunningPass, number: int, grad_outputs: Any) -> None:
        def record() -> None:
            running.grad_outputs[number] = self._listener.record_gradients(grad_outputs)

        if running.recording and running.task in (None, _task()):
            self._work(record)

    @unseen
    def _posthook(
        self, running: RunningPass, node: Any, number: int, grad_inputs: Any, grad_outputs: Any
    ) -> None:
        def record() -> None:
            running.ran.add(number)
            running.last = number
            recorded = running.grad_outputs.pop(number, None)
            if recorded is None:
                recorded = self._listener.record_gradients(grad_outputs)
            self._listener.node_ran(running, node, number, grad_inputs, recorded)

        if running.recording and running.task == _task():  # else: a pass inside of this one
            self._work(record)

    @unseen
    def _end(self, running: RunningPass, failure: BaseException | None, returned: Any) -> None:
        def end() -> None:
            running.returned = returned
            for handle in running.handles:
                handle.remove()
            running.handles.clear()
            if running.recording:
                running.recording = False
                self._remove(running)
                failed = None if failure is None else node_of_failure(running, failure)
                self._listener.pass_ended(running, failed)
            running.release()
            self._listener.pass_over()

        self._work(end)

    def _remove(self, running: RunningPass) -> None:
        thread = threading.get_ident()
        passes = self._running[thread]
        passes.remove(running)
        if not passes:
            del self._running[thread]

    def _work(self, work: Callable[[], None]) -> None:
        """Do the recorder's work, hidden from the snippet's overrides, trace function and deadline.

        Hooks of an accelerator run on its own thread; the deadline concerns the main thread only.
        """
        interrupts = self._interrupts if threading.get_ident() == self._main else None
        if interrupts is not None:
            interrupts.blocked = True
        trace_function = sys.gettrace() if _UNTRACED else None
        if trace_function is not None:
            sys.settrace(None)
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(limit + SPARE_FRAMES)
        try:
            with torch._C.DisableTorchFunction(), Untraced():
                work()
        except Exception as error:  # noqa: BLE001 - a fault of ours is not the snippet's
            self._listener.pass_failed(error)
        finally:
            sys.setrecursionlimit(limit)
            if trace_function is not None:
                sys.settrace(trace_function)
            if interrupts is not None:
                interrupts.blocked = False
        if interrupts is not None and interrupts.pending:
            interrupts.unblock()


def may_change_grad_outputs(node: Any) -> bool:
    """Whether a node may change the very tensors that come to it.

    A leaf's `.grad` may become that tensor, and hooks on it change it; so may Python code.
    """
    return type(node).__name__ == ACCUMULATE_GRAD or isinstance(node, torch._C._FunctionBase)


def _request(
    t_outputs: Any, arguments: tuple[Any, ...], named: dict[str, Any]
) -> PassRequest | None:
    """What the engine is asked to do; None for what it will refuse."""
    seeds, retain_graph, create_graph, inputs = arguments[:4]
    limited_to = tuple(inputs) if inputs else None
    if not all(isinstance(each, torch.Tensor) or _is_edge(each) for each in limited_to or ()):
        return None
    roots: list[PassRoot] = []
    for index, output in enumerate(t_outputs):
        seed = seeds[index] if index < len(seeds) else None
        if isinstance(output, torch.Tensor):
            node = node_of(output)
            if node is None and begins_nowhere(output):
                return None
            roots.append(PassRoot(output, node, _output_nr(output), seed))
        elif not _is_edge(output):
            return None
        else:
            roots.append(PassRoot(None, output[0], output[1], seed))
    is_grad = not named.get("accumulate_grad", False)
    return PassRequest(is_grad, roots, limited_to, bool(retain_graph), bool(create_graph))


def _is_edge(value: Any) -> bool:
    """Whether it is a GradientEdge of a real node."""
    is_edge = isinstance(value, torch.autograd.graph.GradientEdge)
    return is_edge and hasattr(type(value[0]), "next_functions")


def why_not() -> str | None:
    """Why a pass cannot be recorded node by node; None if it can."""
    compiled = sys.modules.get("torch._dynamo.compiled_autograd")
    if compiled is not None and getattr(compiled, "compiled_autograd_enabled", False):
        return COMPILED
    return None
