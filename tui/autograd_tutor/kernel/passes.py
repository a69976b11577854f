"""Watches backward passes: which nodes run, in which order, and what each receives and sends."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple, Protocol

import torch
import torch.autograd

from autograd_tutor.kernel.engine import ENGINE, node_of, node_of_failure
from autograd_tutor.kernel.failure import Gate
from autograd_tutor.kernel.tracer import SPARE_FRAMES

_Base: Any = torch._C.TensorBase
_output_nr = vars(_Base)["output_nr"].__get__
_transforms: Any = getattr(torch._C._functorch, "peek_interpreter_stack", lambda: None)
_task: Callable[[], int] = getattr(torch._C, "_current_graph_task_id", lambda: -1)
"""Which pass the engine is at, on the thread that asks."""

ACCUMULATES = "AccumulateGrad"

_UNTRACED = sys.version_info < (3, 12)
"""Whether to switch tracing off meanwhile: a trace function is asked at every call, ours too. From
3.12 on switching costs more than that, as all code is instrumented anew."""

TRANSFORMED = "it ran inside of a torch.func transform or vmap, whose tensors have no values"
COMPILED = "compiled autograd runs the pass as one function"


class Start(NamedTuple):
    """What a pass was asked to do. Holds live tensors and nodes: gone when the pass ends."""

    grads_returned: bool
    roots: list[tuple[Any, Any, int, Any]]
    """Tensor (None for a GradientEdge), node, output_nr and seed gradient of each."""
    inputs: tuple[Any, ...] | None
    retain_graph: bool
    create_graph: bool


class Listener(Protocol):
    """Told of the passes of a step; every call comes with the gate closed."""

    def pass_begins(self, watched: Watched) -> bool:
        """A pass is about to run: set the `nodes` to watch. False: nothing is to be told of it."""

    def arrives(self, gradients: Any) -> Any:
        """What is to be told of gradients that arrive. They must not be held on to."""

    def node_ran(self, watched: Watched, node: Any, number: int, sent: Any, arrived: Any) -> None:
        """A node has run; `arrived` is what `arrives` has made of it."""

    def pass_ended(self, watched: Watched, failed: int | None) -> None:
        """The pass is over; `failed`: the node at which it raised, if it did so at one."""

    def pass_failed(self, fault: Exception) -> None:
        """The bookkeeping raised."""


class Watched:
    """One pass while it runs."""

    def __init__(self, in_thread: bool, tracing: Any = None) -> None:
        self.in_thread = in_thread
        """Whether another thread of the snippet than its main one asked for it."""
        self.tracing = tracing
        """The trace function at that time."""
        self.start: Start | None = None
        """What was asked for; None: something that the engine refuses."""
        self.nodes: Mapping[int, Any] = {}
        """The nodes that are watched, by id."""
        self.listened = False
        self.task: int | None = None
        """The engine's number for the pass; None: it has not come to a node yet."""
        self.ran: set[int] = set()
        """The nodes that have run."""
        self.snapshots = 0
        """How many of those were recorded."""
        self.last: int | None = None
        """The node that ran last."""
        self.handles: list[Any] = []
        self.arrived: dict[int, Any] = {}
        """What has come to nodes that have not run yet and may edit it."""
        self.returned: Any = None
        """What the engine gave back: of `grad`, the gradients."""
        self.bytes_sent: Any = None
        """The listener's own."""

    def release(self) -> None:
        """Let go of the nodes, leaf-first: freeing a chain of them from its root is a recursion."""
        nodes = list(self.nodes.values())
        self.nodes, self.start, self.bytes_sent, self.returned = {}, None, None, None
        while nodes:
            nodes.pop()


class Passes:
    """A context manager that has every backward pass of the process watched by a `Listener`.

    Each node of a pass gets a post-hook that returns None and is removed when the pass is over,
    however it ends. What is computed, and what raises, stays the same.
    """

    def __init__(self, listener: Listener, gate: Gate) -> None:
        self._listener = listener
        self._gate = gate
        self._main = threading.get_ident()
        self._under_way: dict[int, list[Watched]] = {}
        """The passes that each thread has asked for and that go on, the innermost last."""
        self._original: Any = None
        self._mine: Any = None

    def __enter__(self) -> Passes:
        original = self._original = getattr(torch.autograd, ENGINE, None)
        if original is None:  # a torch of another make: passes run unwatched
            return self

        def run_backward(t_outputs: Any, *arguments: Any, **named: Any) -> Any:
            watched = Watched(threading.get_ident() != self._main, sys.gettrace())
            failure: BaseException | None = None
            try:
                self._begin(watched, t_outputs, arguments, named)
                returned = watched.returned = original(t_outputs, *arguments, **named)
            except BaseException as error:
                failure = error
                if error.__traceback__ is not None:  # this frame is not the snippet's to see
                    error.__traceback__ = error.__traceback__.tb_next
                raise
            finally:
                self._end(watched, failure)
                del failure  # it would form a circle with this frame
            return returned

        self._mine = run_backward
        setattr(torch.autograd, ENGINE, run_backward)
        return self

    def __exit__(self, *_: object) -> None:
        if self._mine is not None and getattr(torch.autograd, ENGINE) is self._mine:
            setattr(torch.autograd, ENGINE, self._original)

    def _begin(self, watched: Watched, t_outputs: Any, arguments: Any, named: Any) -> None:
        def begin() -> None:
            watched.start = _start(t_outputs, arguments, named)
            if watched.start is None or not self._listener.pass_begins(watched):
                return
            watched.listened = True
            self._under_way.setdefault(threading.get_ident(), []).append(watched)
            for number, node in watched.nodes.items():
                ran = partial(self._ran, watched, node, number)
                watched.handles.append(node.register_hook(ran))
                if edits_what_arrives(node):
                    comes = partial(self._comes, watched, number)
                    watched.handles.append(node.register_prehook(comes))
            for _, root, _, _ in watched.start.roots:
                watched.handles.append(root.register_prehook(partial(self._begun, watched)))

        self._aside(begin)

    def _begun(self, watched: Watched, _: Any) -> None:
        """The engine comes to a root. In a pass inside of this one it may be the same node."""
        if (
            watched.task is None
            and self._under_way.get(threading.get_ident(), [watched])[-1] is watched
        ):
            watched.task = _task()

    def _comes(self, watched: Watched, number: int, arrived: Any) -> None:
        def note() -> None:
            watched.arrived[number] = self._listener.arrives(arrived)

        if watched.listened and watched.task in (None, _task()):
            self._aside(note)

    def _ran(self, watched: Watched, node: Any, number: int, sent: Any, arrived: Any) -> None:
        def tell() -> None:
            watched.ran.add(number)
            watched.last = number
            told = watched.arrived.pop(number, None)
            if told is None:
                told = self._listener.arrives(arrived)
            self._listener.node_ran(watched, node, number, sent, told)

        if watched.listened and watched.task == _task():  # else: a pass inside of this one
            self._aside(tell)

    def _end(self, watched: Watched, failure: BaseException | None) -> None:
        def end() -> None:
            for handle in watched.handles:
                handle.remove()
            watched.handles.clear()
            if watched.listened:
                watched.listened = False
                self._leave(watched)
                failed = None if failure is None else node_of_failure(watched, failure)
                self._listener.pass_ended(watched, failed)
            watched.release()

        self._aside(end)

    def _leave(self, watched: Watched) -> None:
        here = threading.get_ident()
        under_way = self._under_way[here]
        under_way.remove(watched)
        if not under_way:
            del self._under_way[here]

    def _aside(self, work: Callable[[], None]) -> None:
        """Do what is not the snippet's, out of reach of its overrides and of its deadline.

        Hooks of an accelerator run on a thread of its own; the deadline is the main thread's.
        """
        gate = self._gate if threading.get_ident() == self._main else None
        if gate is not None:
            gate.busy = True
        following = sys.gettrace() if _UNTRACED else None
        if following is not None:
            sys.settrace(None)
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(limit + SPARE_FRAMES)
        try:
            with torch._C.DisableTorchFunction():
                work()
        except Exception as error:  # noqa: BLE001 - a fault of ours is not the snippet's
            self._listener.pass_failed(error)
        finally:
            sys.setrecursionlimit(limit)
            if following is not None:
                sys.settrace(following)
            if gate is not None:
                gate.busy = False
        if gate is not None and gate.wanted:
            gate.open()


def edits_what_arrives(node: Any) -> bool:
    """Whether a node may change the gradient itself that comes to it.

    A leaf's `.grad` may become that very tensor, and hooks on it edit it; so may Python code.
    """
    return type(node).__name__ == ACCUMULATES or isinstance(node, torch._C._FunctionBase)


def _start(t_outputs: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> Start | None:
    """What the engine is asked to do; None for what it is going to refuse."""
    seeds, retain_graph, create_graph, inputs = arguments[:4]
    roots: list[tuple[Any, Any, int, Any]] = []
    for place, output in enumerate(t_outputs):
        seed = seeds[place] if place < len(seeds) else None
        if isinstance(output, torch.Tensor):
            node = node_of(output)
            if node is None:
                return None
            roots.append((output, node, _output_nr(output), seed))
        else:  # a GradientEdge
            roots.append((None, output[0], output[1], seed))
    returned = not named.get("accumulate_grad", False)
    limited = tuple(inputs) if inputs else None
    return Start(returned, roots, limited, bool(retain_graph), bool(create_graph))


def why_not(start: Start) -> str | None:
    """Why a pass cannot be watched node by node, if it cannot."""
    if _transforms() is not None or any(_batched(seed) for *_, seed in start.roots):
        return TRANSFORMED
    compiled = sys.modules.get("torch._dynamo.compiled_autograd")
    if compiled is not None and getattr(compiled, "compiled_autograd_enabled", False):
        return COMPILED
    return None


def _batched(seed: Any) -> bool:
    functorch: Any = torch._C._functorch
    return seed is not None and (
        functorch.is_batchedtensor(seed) or "Batched" in str(torch._C._dispatch_keys(seed))
    )
