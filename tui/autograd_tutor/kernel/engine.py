"""Follows torch's autograd engine: where it begins, what it runs, at which node it raised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import CodeType
from typing import Any

import torch
import torch.autograd

from autograd_tutor.kernel.grad_fns import grad_fn_of
from autograd_tutor.kernel.graph import ACCUMULATE_GRAD, KEY
from autograd_tutor.kernel.interrupts import OutOfTime
from autograd_tutor.kernel.running_pass import RunningPass
from autograd_tutor.kernel.torch_print import unobserved

_is_wrapped: Any = torch._C._functorch.is_functorch_wrapped_tensor

ENGINE = "_engine_run_backward"
"""The function in torch.autograd through which `backward` and `grad` reach the engine."""
_engine: Any = getattr(torch.autograd, ENGINE, None)
_ENGINE_FILE = getattr(getattr(_engine, "__code__", None), "co_filename", None)

_Base: Any = torch._C.TensorBase
_grad_fn = vars(_Base)["grad_fn"].__get__
_requires_grad = vars(_Base)["requires_grad"].__get__


def node_of(tensor: Any) -> Any:
    """The node at which the engine begins: of a leaf, the one that accumulates its gradient.

    None where there is none, where torch refuses to say, and for a leaf whose class has a
    __torch_dispatch__: finding that node takes an operation, which such a class would notice.
    """
    try:
        node = _grad_fn(tensor)
    except RuntimeError:  # a view that was edited in a way autograd refuses
        return None
    if node is not None or not _requires_grad(tensor) or _has_dispatch(tensor):
        return node
    transformed = _is_wrapped(tensor)
    try:
        with unobserved(transformed), torch.inference_mode(False), torch.enable_grad():
            view = tensor.view_as(tensor).grad_fn
    except RuntimeError:  # its transform has ended
        return None
    return None if view is None else view.next_functions[0][0]


def begins_nowhere(tensor: Any) -> bool:
    """Whether the engine refuses to begin at a tensor of which `node_of` knows no node."""
    try:
        return not _requires_grad(tensor) or _grad_fn(tensor) is not None
    except RuntimeError:  # a view that was edited in a way autograd refuses
        return True


def _has_dispatch(tensor: Any) -> bool:
    tensor_class: Any = type(tensor)
    return tensor_class.__torch_dispatch__ is not torch.Tensor.__torch_dispatch__


def reachable(roots: Iterable[Any], limit: int) -> Mapping[int, Any]:
    """The nodes with an id that `roots` lead to, by id, at most `limit`, breadth first.

    Nodes beyond the node limit have no id: they and all that lies behind them are left out.
    """
    found: dict[int, Any] = {}
    waiting = list(roots)
    for root in waiting:
        if (number := root.metadata.get(KEY)) is not None:
            found[number] = root
    index = 0
    while index < len(waiting) and len(found) < limit:
        for child, _ in waiting[index].next_functions:
            if child is None:
                continue
            number = child.metadata.get(KEY)
            if number is not None and number not in found and len(found) < limit:
                found[number] = child
                waiting.append(child)
        index += 1
    return found


def targets_of(nodes: Mapping[int, Any], inputs: Iterable[Any]) -> list[int | None]:
    """The ids of the nodes of a pass's inputs, tensors or GradientEdges; None where not known."""
    leaves = {
        id(node.variable): number
        for number, node in nodes.items()
        if type(node).__name__ == ACCUMULATE_GRAD
    }
    found: list[int | None] = []
    for each in inputs:
        node = grad_fn_of(each) if isinstance(each, torch.Tensor) else each[0]
        found.append(leaves.get(id(each)) if node is None else node.metadata.get(KEY))
    return found


def has_more_nodes(roots: Iterable[Any], limit: int) -> bool:
    """Whether the graph behind `roots`, with these, has more than `limit` nodes."""
    found = dict.fromkeys(roots)
    waiting = list(found)
    while waiting and len(found) <= limit:
        for child, _ in waiting.pop().next_functions:
            if child is not None and child not in found:
                found[child] = None
                waiting.append(child)
    return len(found) > limit


def node_of_failure(running: RunningPass, failure: BaseException) -> int | None:
    """The id of the node at which a pass raised; None: at none, or it is not known."""
    if isinstance(failure, OutOfTime) or not (running.task is not None or _in_engine(failure)):
        return None
    if running.last is not None and _is_anomaly(failure, running.nodes[running.last]):
        return running.last
    return _next_to_run(running)


def _in_engine(failure: BaseException) -> bool:
    """Whether it was raised in Python code that the engine called.

    A tensor's hooks run before those of its node: the first one may raise before ours runs.
    """
    trace = failure.__traceback__
    while trace is not None and not _is_engine(trace.tb_frame.f_code):
        trace = trace.tb_next
    return trace is not None and trace.tb_next is not None


def _is_engine(code: CodeType) -> bool:
    return code.co_name == ENGINE and code.co_filename == _ENGINE_FILE


def _is_anomaly(failure: BaseException, node: Any) -> bool:
    """Whether anomaly detection raised for what `node` returned, after its hooks had run."""
    if type(failure) is not RuntimeError or not torch.is_anomaly_check_nan_enabled():
        return False
    name = type(node).name(node)
    return str(failure).startswith(f"Function '{name}' returned nan values in its ")


def _next_to_run(running: RunningPass) -> int | None:
    """The id of the node that comes after those that have run.

    Of the nodes whose consumers have all run, the engine takes the one with the highest sequence
    number (torch/csrc/autograd/engine.cpp, CompareNodeTaskTime). None where some nodes are not
    recorded: it may have been at one of those.
    """
    nodes = running.nodes
    needed = _needed(running)
    consumers_left = dict.fromkeys(needed, 0)
    children = {}
    for number in needed:
        following = (child for child, _ in nodes[number].next_functions if child is not None)
        known = [child.metadata.get(KEY) for child in following]
        if not nodes.keys() >= set(known):
            return None
        children[number] = [child for child in known if child in consumers_left]
        for child in children[number]:
            consumers_left[child] += 1
    for number in needed & running.ran:
        for child in children[number]:
            consumers_left[child] -= 1
    ready = [n for n, left in consumers_left.items() if left == 0 and n not in running.ran]
    return max(ready, key=lambda n: type(nodes[n])._sequence_nr(nodes[n]), default=None)


def _needed(running: RunningPass) -> set[int]:
    """The ids of the nodes that the engine runs: all, or those that lead to the pass's inputs.

    `grad` captures the gradient of an input before the input's own node; `backward` runs that too.
    """
    nodes, request = running.nodes, running.request
    if request is None or request.inputs is None:
        return set(nodes)
    targets = {number for number in targets_of(nodes, request.inputs) if number is not None}
    consumers: dict[int, list[int]] = {}
    for number, node in nodes.items():
        for child, _ in node.next_functions:
            if child is not None:
                consumers.setdefault(child.metadata.get(KEY), []).append(number)
    needed: set[int] = set()
    waiting = list(targets)
    while waiting:
        for consumer in consumers.get(waiting.pop(), ()):
            if consumer not in needed:
                needed.add(consumer)
                waiting.append(consumer)
    return (needed if request.is_grad else needed | targets) & nodes.keys()
