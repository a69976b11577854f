"""Records made by hand, for tests that need no torch."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from autograd_tutor.recording.model import (
    Backward,
    Error,
    Node,
    Pass,
    Root,
    Saved,
    Snapshot,
    StepResult,
    Tensor,
)
from autograd_tutor.recording.trace import Trace


def tensor(*elements: float, shape: tuple[int, ...] | None = None, **changes: Any) -> Tensor:
    """A float32 constant; what else it is, `changes` say."""
    shape = (len(elements),) if shape is None else shape
    assert math.prod(shape) == len(elements)
    fields: dict[str, Any] = {
        "shape": shape,
        "dtype": "torch.float32",
        "device": "cpu",
        "requires_grad": False,
        "is_leaf": True,
        "retains_grad": False,
        "kind": "constant",
        "grad_fn": None,
        "grad_fn_name": None,
        "output_nr": 0,
        "version": 0,
        "raw": struct.pack(f"<{len(elements)}f", *elements),
        "shown": None,
        "stats": None,
        "grad": None,
    }
    return Tensor(**(fields | changes))


def parameter(*elements: float, grad: Tensor | None = None) -> Tensor:
    return tensor(*elements, kind="parameter", requires_grad=True, grad=grad)


def node(number: int, name: str, *following: int | None, **changes: Any) -> Node:
    fields: dict[str, Any] = {
        "id": number,
        "name": name,
        "next": tuple(None if id_ is None else (id_, 0) for id_ in following),
        "variable": None,
        "line": 1,
        "step": 0,
        "custom": False,
        "shape": None,
    }
    return Node(**(fields | changes))


def scalar(value: float, **changes: Any) -> Tensor:
    return tensor(value, shape=(), **changes)


def result_of(number: int, value: float, **changes: Any) -> Tensor:
    """A scalar that the node made."""
    fields: dict[str, Any] = {
        "kind": "intermediate",
        "requires_grad": True,
        "is_leaf": False,
        "grad_fn": number,
    }
    return scalar(value, **(fields | changes))


def backward(
    number: int,
    arrived: tuple[Tensor | None, ...] | Tensor | None,
    sent: tuple[Tensor | None, ...] = (),
    **changes: Any,
) -> Backward:
    """The node ran, in the first pass; an `arrived` that is no tuple is that of its one output."""
    fields: dict[str, Any] = {
        "call": 1,
        "node": number,
        "grad_outputs": arrived if isinstance(arrived, tuple) else (arrived,),
        "grad_inputs": sent,
    }
    return Backward(**(fields | changes))


def ran(index: int, record: Backward, **changes: Any) -> Snapshot:
    """Right after that node ran."""
    fields: dict[str, Any] = {
        "event": "backward",
        "depth": 1,
        "backward": record,
        "line": 1,
        "next_line": 0,
    }
    return snapshot(index, **(fields | changes))


def root(number: int, name: str | None = None, seed: Tensor | None = None) -> Root:
    return Root(name, number, 0, scalar(1.0) if seed is None else seed)


def ended(*roots: Root, **changes: Any) -> Pass:
    """The first pass of a step, which `backward()` asked for."""
    fields: dict[str, Any] = {
        "call": 1,
        "function": "backward",
        "roots": roots,
        "inputs": None,
        "retain_graph": False,
        "create_graph": False,
        "nodes": 0,
    }
    return Pass(**(fields | changes))


def snapshot(index: int = 0, **changes: Any) -> Snapshot:
    fields: dict[str, Any] = {
        "step": 0,
        "index": index,
        "event": "line" if index else "start",
        "line": index,
        "next_line": index + 1,
        "depth": 0,
        "function": "",
        "stdout": "",
        "tensors": {},
        "values": {},
        "gone": (),
        "nodes": (),
        "error": None,
    }
    return Snapshot(**(fields | changes))


def result(**changes: Any) -> StepResult:
    fields: dict[str, Any] = {
        "step": 0,
        "ok": True,
        "snapshots": 1,
        "nodes": 0,
        "truncated": None,
        "failed": (),
        "error": None,
        "seconds": 0.25,
    }
    return StepResult(**(fields | changes))


def trace(*snapshots: Snapshot, code: str = "a = 1\nb = 2\nc = 3\n") -> Trace:
    made = Trace(0, code)
    for each in snapshots:
        made.add(each)
    return made


def doubled(retains: bool = False, before: Tensor | None = None) -> Trace:
    """`a = 1; b = a + a; c = b + b; c.backward()`: nodes 1 (c), 2 (b) and 3 (a), snapshots 4 to 6.

    Snapshot 7 is that of the last line. `retains`: b keeps its gradient, which was `before`.
    """
    one, two, four = scalar(1.0), scalar(2.0), scalar(4.0)
    leaf = scalar(1.0, kind="leaf", requires_grad=True)
    filled = replace(leaf, grad=four)
    b, c = result_of(2, 2.0, retains_grad=retains, grad=before), result_of(1, 4.0)
    total = two if before is None else four
    kept = {"b": replace(b, grad=total)} if retains else {}
    b_node = node(2, "AddBackward0", 3, 3, variable="b", line=2, shape=(), order=0)
    nodes = b_node, node(3, "AccumulateGrad", variable="a", line=2, shape=())
    c_node = node(1, "AddBackward0", 2, 2, variable="c", line=3, shape=(), order=1)
    saved = (Saved("alpha", "1"),)
    return trace(
        snapshot(0),
        snapshot(1, tensors={"a": leaf}),
        snapshot(2, tensors={"b": b}, nodes=nodes),
        snapshot(3, tensors={"c": c}, nodes=(c_node,)),
        ran(4, backward(1, one, (one, one), saved=saved), line=4),
        ran(5, backward(2, two, (two, two), saved=saved), line=4, tensors=kept),
        ran(6, backward(3, four, leaf="a"), line=4, tensors={"a": filled}),
        snapshot(7, line=4, next_line=0, passes=(ended(root(1, "c"), nodes=3),)),
        code="a = one()\nb = a + a\nc = b + b\nc.backward()\n",
    )


def used(
    sent: Sequence[Tensor | None], arrived: Tensor | None, seed: Tensor | None = None
) -> tuple[Trace, int]:
    """Node 9, which nodes 1, 2, … send something to, has run; with a seed it is a root as well.

    And the index of the snapshot in which it ran.
    """
    one = scalar(1.0)
    nodes = [node(9, "ExpBackward0", None)]
    nodes += [node(at, f"N{at}Backward0", 9) for at in range(1, len(sent) + 1)]
    moments = [snapshot(0, nodes=tuple(nodes))]
    moments += [ran(at, backward(at, one, (grad,))) for at, grad in enumerate(sent, 1)]
    moments.append(ran(len(moments), backward(9, arrived, (None,))))
    roots = [root(at) for at in range(1, len(sent) + 1)]
    if seed is not None:
        roots.append(root(9, "h", seed))
    index = len(moments)
    moments.append(snapshot(index, passes=(ended(*roots),)))
    return trace(*moments), index - 1


def hub(uses: int, arrived: float | None = None) -> Trace:
    """A leaf `w` that the nodes 1 to `uses` send a one to, each made ready by node 0."""
    leaf, one = uses + 1, scalar(1.0)
    many = [node(n, "NegBackward0", leaf) for n in range(1, uses + 1)]
    nodes = node(0, "StackBackward0", *range(1, uses + 1)), *many
    total = scalar(float(uses) if arrived is None else arrived)
    return trace(
        snapshot(0, nodes=(*nodes, node(leaf, "AccumulateGrad", variable="w"))),
        ran(1, backward(0, one, (one,) * uses)),
        *[ran(n + 1, backward(n, one, (one,))) for n in range(1, uses + 1)],
        ran(uses + 2, backward(leaf, total, leaf="w")),
        snapshot(uses + 3, passes=(ended(root(0)),)),
    )


def layers(count: int = 8, ran_nodes: int = 0, **changes: object) -> Trace:
    """A chain of tanh and exp; each is a quarter of what it receives."""
    names = ["TanhBackward0", "ExpBackward0"]
    nodes = [node(n, names[n % 2], n + 1, order=2 * count - n) for n in range(2 * count)]
    nodes.append(node(2 * count, "AccumulateGrad", variable="x"))
    moments = []
    for at in range(ran_nodes):
        arrived = scalar(4.0**-at)
        moments.append(ran(at + 1, backward(at, arrived, (scalar(4.0 ** -(at + 1)),))))
    last = snapshot(
        ran_nodes + 1,
        passes=(ended(root(0, "y"), **changes),),
        error=Error("RuntimeError", "no", 1, "") if changes.get("failed") else None,
    )
    return trace(snapshot(0, nodes=tuple(nodes)), *moments, last)


def beside_layers() -> Trace:
    """A pass that is limited to another input than the layers lead to: it does not reach them."""
    one = scalar(1.0)
    nodes = node(90, "AddBackward0", 0, 91, variable="y"), node(91, "NegBackward0", None)
    return trace(
        snapshot(0, nodes=(*nodes, *layers(ran_nodes=1).snapshots[0].nodes)),
        ran(1, backward(90, one, (None, one))),
        snapshot(2, passes=(ended(root(90, "y"), inputs=("w",)),)),
    )
