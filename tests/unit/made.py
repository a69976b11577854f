"""Records made by hand, for tests that need no torch."""

from __future__ import annotations

import math
import struct
from typing import Any

from autograd_tutor.trace.model import Node, Snapshot, StepResult, Tensor
from autograd_tutor.trace.trace import Trace


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
