"""Backward passes as torch itself shows them, without the recorder: what tests compare with."""

from __future__ import annotations

import random
import warnings
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import torch
from recorded import Recorded

from autograd_tutor.recording.model import Backward, Pass, Snapshot, Tensor

EVALUATED = "autograd::engine::evaluate_function: "
"""How torch's profiler names the run of a node."""


@dataclass
class Untraced:
    """A run without a recorder, and how it ended."""

    space: dict[str, Any]
    error: BaseException | None = None
    warned: list[tuple[type, str]] = field(default_factory=list)
    rng: bytes = b""


def untraced(code: str, setup: str = "import torch") -> Untraced:
    """Run a snippet as it is, on one thread as a recorded one."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    random.seed(0)
    np.random.seed(0)
    run = Untraced({"__name__": "untraced"})
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        try:
            exec(compile(setup, "setup", "exec"), run.space)
            exec(compile(code, "untraced", "exec"), run.space)
        except Exception as error:  # noqa: BLE001 - it is compared with the recorded one
            run.error = error
    run.warned = [(each.category, str(each.message)) for each in found]
    run.rng = bytes(torch.get_rng_state().tolist())
    return run


def engine_order(code: str) -> list[str]:
    """The nodes that the engine runs, by when they end: by torch's profiler, without any hook."""
    with torch.autograd.profiler.profile() as profile:
        run = untraced(code)
    assert run.error is None, run.error
    events = sorted(profile.function_events, key=lambda event: event.time_range.end)
    # The engine comes also to nodes whose gradient it only captures; those do not run.
    ran = [
        event.name.removeprefix(EVALUATED).removeprefix("torch::autograd::")
        for event in events
        if event.name.startswith(EVALUATED)
        and any(
            inner.name == event.name.removeprefix(EVALUATED)
            and event.time_range.start <= inner.time_range.start
            and inner.time_range.end <= event.time_range.end
            for inner in events
        )
    ]
    # Its own node, which leads to several roots, is no node of the snippet's.
    return [name for name in ran if name != "GraphRoot"]


def engine_ends_at(code: str) -> str:
    """The node that the engine comes to last, in a run that fails, by torch's profiler."""
    with torch.autograd.profiler.profile() as profile:
        run = untraced(code)
    assert run.error is not None
    nodes = [event for event in profile.function_events if event.name.startswith(EVALUATED)]
    last = max(nodes, key=lambda event: event.time_range.start)
    return last.name.removeprefix(EVALUATED).removeprefix("torch::autograd::")


class Seen(NamedTuple):
    """A node as its hooks see it."""

    call: int
    name: str
    grad_outputs: tuple[bytes | None, ...]
    grad_inputs: tuple[bytes | None, ...]


def seen(code: str) -> list[Seen]:
    """What the nodes of an untraced run's passes receive and return, in order.

    What they receive is taken by pre-hooks: at a post-hook it may have changed already, as a
    `.grad` can be that very tensor.
    """
    found: list[Seen] = []
    running: list[int] = []
    calls = 0
    original = torch.autograd._engine_run_backward

    def run_backward(outputs: Any, *arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        running.append(calls)
        nodes = behind([root_of(output) for output in outputs])
        handles = [each for node in nodes for each in add_hooks(node, calls, running, found)]
        try:
            return original(outputs, *arguments, **named)
        finally:
            running.pop()
            for handle in handles:
                handle.remove()

    torch.autograd._engine_run_backward = run_backward  # type: ignore[assignment]
    try:
        run = untraced(code)
    finally:
        torch.autograd._engine_run_backward = original
    assert run.error is None, run.error
    return found


def add_hooks(node: Any, call: int, running: list[int], found: list[Seen]) -> tuple[Any, Any]:
    """Append to `found` what the node does in that call, and not in a pass inside of it."""
    received: list[Any] = []

    def prehook(grad_outputs: Any) -> None:
        if running[-1] == call:
            received[:] = [all_bits(grad_outputs)]

    def posthook(grad_inputs: Any, grad_outputs: Any) -> None:
        if running[-1] == call:
            name = node.name().removeprefix("torch::autograd::")
            found.append(Seen(call, name, received[0], all_bits(grad_inputs)))

    return node.register_prehook(prehook), node.register_hook(posthook)


def root_of(output: Any) -> Any:
    return torch.autograd.graph._get_grad_fn_or_grad_acc(output)


def behind(roots: list[Any]) -> list[Any]:
    """All nodes of the graph behind `roots`, each once."""
    found: dict[Any, None] = dict.fromkeys(roots)
    waiting = list(found)
    while waiting:
        for child, _ in waiting.pop().next_functions:
            if child is not None and child not in found:
                found[child] = None
                waiting.append(child)
    return list(found)


def graph_behind(output: torch.Tensor) -> list[tuple[str, list[tuple[int, int]]]]:
    """The graph behind a tensor in the order of the sequence numbers, with its edges."""
    nodes = sorted(behind([output.grad_fn]), key=lambda node: node._sequence_nr())
    place = {node: index for index, node in enumerate(nodes)}
    return [
        (node.name(), [(place[child], nr) for child, nr in node.next_functions if child])
        for node in nodes
    ]


def all_bits(tensors: Any) -> tuple[bytes | None, ...]:
    return tuple(
        None if tensor is None or _has_own_dispatch(tensor) else bits(tensor) for tensor in tensors
    )


def has_dispatch(tensor: torch.Tensor) -> bool:
    """Whether it has no elements itself: by a __torch_dispatch__ of its class, or left by vmap."""
    return _has_own_dispatch(tensor) or "Batched" in str(torch._C._dispatch_keys(tensor))


def _has_own_dispatch(tensor: torch.Tensor) -> bool:
    return type(tensor).__torch_dispatch__ is not torch.Tensor.__torch_dispatch__


def bits(tensor: torch.Tensor) -> bytes:
    """The elements in row-major order, as bytes."""
    with torch.no_grad(), torch._C.DisableTorchFunction():
        plain = whole_batch(tensor).detach()
        if plain.layout is not torch.strided:
            plain = plain.to_dense()
        plain = plain.resolve_conj().resolve_neg().reshape(-1)
        plain = torch.empty(plain.numel(), dtype=plain.dtype).copy_(plain)
        return bytes(plain.view(torch.uint8).tolist())


def whole_batch(tensor: torch.Tensor) -> torch.Tensor:
    """What is behind the wrappers of transforms, if it has any."""
    while torch._C._functorch.is_functorch_wrapped_tensor(tensor):
        tensor = torch._C._functorch.get_unwrapped(tensor)
    if "Batched" in str(torch._C._dispatch_keys(tensor)):  # by the one vmap that may run
        tensor = torch._remove_batch_dim(tensor, 1, 1, 0)
    return tensor


def recorded_bits(tensors: tuple[Tensor | None, ...]) -> tuple[bytes | None, ...]:
    return tuple(None if tensor is None else tensor.raw for tensor in tensors)


def backwards(recorded: Recorded) -> list[Backward]:
    """The nodes that were recorded, in order."""
    return [s.backward for s in recorded.snapshots if s.backward is not None]


def walked(recorded: Recorded) -> list[Snapshot]:
    """The snapshots of nodes, in order."""
    return [snapshot for snapshot in recorded.snapshots if snapshot.backward is not None]


def passes(recorded: Recorded) -> list[Pass]:
    """The passes, in the order in which they were recorded."""
    return [each for snapshot in recorded.snapshots for each in snapshot.passes]


def name_of(recorded: Recorded, node: int | None) -> str | None:
    return None if node is None else recorded.recording.nodes[node].name


def order(recorded: Recorded) -> list[str]:
    """The names of the nodes that were recorded, in order."""
    return [recorded.recording.nodes[backward.node].name for backward in backwards(recorded)]
