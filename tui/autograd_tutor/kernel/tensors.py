"""Reads tensors without running an operation on them, and tells which of them have changed."""

from __future__ import annotations

import ctypes
from operator import attrgetter
from typing import Any

import torch

from autograd_tutor.kernel.graph import Graph
from autograd_tutor.kernel.sorts import kind_of
from autograd_tutor.trace.model import RAW_ELEMENTS, Kind, Tensor

_FIELDS = ("shape", "dtype", "requires_grad", "is_leaf", "retains_grad", "output_nr", "nbytes")
_read_fields = attrgetter(*_FIELDS, "_version")
_keys_of = torch._C._dispatch_keys
_string_at = ctypes.string_at

Reading = tuple[Any, ...]
"""What a tensor was at one moment; equal readings mean that nothing has changed."""


class TensorReader:
    """Turns tensors into readings, and readings that are new into `Tensor`s."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def read(self, name: str, tensor: Any) -> Reading:
        """Everything about a tensor that the learner may see change."""
        fields = _read_fields(tensor)
        node = None
        made_by = None
        if not fields[3]:
            node = tensor.grad_fn
            made_by = type(node).__name__
            node = self._graph.identify(node, name)
        grad = None
        if fields[3] or fields[4]:
            grad = tensor.grad
            if grad is not None:
                grad = self.read(f"{name}.grad", grad)
        raw = None
        if tensor.numel() <= RAW_ELEMENTS:
            raw = _string_at(tensor.detach().contiguous().data_ptr(), fields[6])
        return (fields, kind_of(tensor).is_parameter, node, made_by, raw, grad)

    def build(self, reading: Reading) -> Tensor:
        """The tensor as it goes over the wire."""
        fields, is_parameter, node, made_by, raw, grad = reading
        shape, dtype, requires_grad, is_leaf, retains_grad, output_nr, _, version = fields
        kind: Kind = "constant"
        if is_parameter:
            kind = "parameter"
        elif not is_leaf:
            kind = "intermediate"
        elif requires_grad:
            kind = "leaf"
        return Tensor(
            shape=tuple(shape),
            dtype=str(dtype),
            device="cpu",
            requires_grad=requires_grad,
            is_leaf=is_leaf,
            retains_grad=retains_grad,
            kind=kind,
            grad_fn=node,
            grad_fn_name=made_by,
            output_nr=output_nr,
            version=version,
            raw=raw,
            shown=None,
            stats=None,
            grad=None if grad is None else self.build(grad),
        )
