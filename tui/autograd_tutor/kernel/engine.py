"""What torch's engine does with a graph: where it begins, what it runs, where it raised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import torch
import torch.autograd

from autograd_tutor.kernel.failure import OutOfTime
from autograd_tutor.kernel.graph import KEY
from autograd_tutor.kernel.torch_print import unobserved

if TYPE_CHECKING:
    from autograd_tutor.kernel.passes import Watched

ENGINE = "_engine_run_backward"
"""The function in torch.autograd through which `backward` and `grad` reach the engine."""
_engine: Any = getattr(torch.autograd, ENGINE, None)
_ENGINE_CODE = getattr(_engine, "__code__", None)

_Base: Any = torch._C.TensorBase
_grad_fn = vars(_Base)["grad_fn"].__get__
_requires_grad = vars(_Base)["requires_grad"].__get__


def node_of(tensor: Any) -> Any:
    """The node at which the engine begins: of a leaf, the one that accumulates its gradient.

    None where there is none, and for a leaf of a class that would see how that node is found.
    """
    node = _grad_fn(tensor)
    if node is not None or not _requires_grad(tensor) or _sees_operations(tensor):
        return node
    with unobserved(), torch.inference_mode(False), torch.enable_grad():
        made = tensor.view_as(tensor).grad_fn
    return None if made is None else made.next_functions[0][0]


def _sees_operations(tensor: Any) -> bool:
    kind: Any = type(tensor)
    return kind.__torch_dispatch__ is not torch.Tensor.__torch_dispatch__


def reachable(roots: Iterable[Any], most: int) -> Mapping[int, Any]:
    """The numbered nodes that `roots` lead to, by id, at most so many.

    Nodes beyond the node limit have no number and are passed by, with all that lies behind them.
    """
    found: dict[int, Any] = {}
    waiting = list(roots)
    for root in waiting:
        if (number := root.metadata.get(KEY)) is not None:
            found[number] = root
    place = 0
    while place < len(waiting) and len(found) < most:
        for child, _ in waiting[place].next_functions:
            if child is None:
                continue
            number = child.metadata.get(KEY)
            if number is not None and number not in found and len(found) < most:
                found[number] = child
                waiting.append(child)
        place += 1
    return found


def are_more_than(most: int, roots: Iterable[Any]) -> bool:
    """Whether more nodes than `most` lie behind `roots`, with these."""
    found = dict.fromkeys(roots)
    waiting = list(found)
    while waiting and len(found) <= most:
        for child, _ in waiting.pop().next_functions:
            if child is not None and child not in found:
                found[child] = None
                waiting.append(child)
    return len(found) > most


def node_of_failure(watched: Watched, failure: BaseException) -> int | None:
    """The node that the engine was at when the pass raised; None: at none, or it is not known."""
    if isinstance(failure, OutOfTime) or not (watched.task is not None or _in_engine(failure)):
        return None
    if watched.last is not None and _finds_nan(failure, watched.nodes[watched.last]):
        return watched.last
    return _next_to_run(watched)


def _in_engine(failure: BaseException) -> bool:
    """Whether it comes out of Python code that the engine called.

    A tensor's hooks run before those of its node: the first one may raise before ours is asked.
    """
    trace = failure.__traceback__
    while trace is not None and trace.tb_frame.f_code is not _ENGINE_CODE:
        trace = trace.tb_next
    return trace is not None and trace.tb_next is not None


def _finds_nan(failure: BaseException, node: Any) -> bool:
    """Whether anomaly detection is discontent with what a node sent, when its hooks have run."""
    if type(failure) is not RuntimeError or not torch.is_anomaly_check_nan_enabled():
        return False
    name = type(node).name(node)
    return str(failure).startswith(f"Function '{name}' returned nan values in its ")


def _next_to_run(watched: Watched) -> int | None:
    """The node that comes after those that have run.

    Of the nodes whose consumers have all run, the engine takes the one with the highest sequence
    number (torch/csrc/autograd/engine.cpp, CompareNodeTaskTime). Unless all nodes are watched, it
    may have been at another one.
    """
    nodes = watched.nodes
    needed = _needed(watched)
    waiting_for = dict.fromkeys(needed, 0)
    children = {}
    for number in needed:
        following = (child for child, _ in nodes[number].next_functions if child is not None)
        known = [child.metadata.get(KEY) for child in following]
        if not nodes.keys() >= set(known):
            return None
        children[number] = [child for child in known if child in waiting_for]
        for child in children[number]:
            waiting_for[child] += 1
    for number in needed & watched.ran:
        for child in children[number]:
            waiting_for[child] -= 1
    ready = [n for n, left in waiting_for.items() if left == 0 and n not in watched.ran]
    return max(ready, key=lambda n: type(nodes[n])._sequence_nr(nodes[n]), default=None)


def _needed(watched: Watched) -> set[int]:
    """The nodes that the engine runs: all, or those that lead to the inputs it was limited to.

    `grad` takes the gradient of an input off before the input's own node, `backward` runs that too.
    """
    nodes, start = watched.nodes, watched.start
    if start is None or start.inputs is None:
        return set(nodes)
    given = [node_of(each) if isinstance(each, torch.Tensor) else each[0] for each in start.inputs]
    wanted = {node.metadata.get(KEY) for node in given if node is not None} - {None}
    consumers: dict[int, list[int]] = {}
    for number, node in nodes.items():
        for child, _ in node.next_functions:
            if child is not None:
                consumers.setdefault(child.metadata.get(KEY), []).append(number)
    needed: set[int] = set()
    waiting = list(wanted)
    while waiting:
        for consumer in consumers.get(waiting.pop(), ()):
            if consumer not in needed:
                needed.add(consumer)
                waiting.append(consumer)
    return (needed if start.grads_returned else needed | wanted) & nodes.keys()
