"""Real torch tensors and the records that stand for them."""

from __future__ import annotations

from typing import Any

import torch
from torch import _tensor_str

from autograd_tutor.limits.kernel import RAW_ELEMENTS
from autograd_tutor.recording.kinds import TensorKind
from autograd_tutor.recording.model import Tensor

_summarized: Any = _tensor_str.get_summarized_data

DTYPES = (
    torch.float64,
    torch.float32,
    torch.float16,
    torch.bfloat16,
    torch.int64,
    torch.int32,
    torch.int16,
    torch.int8,
    torch.uint64,
    torch.uint32,
    torch.uint16,
    torch.uint8,
    torch.bool,
    torch.complex128,
    torch.complex64,
    torch.complex32,
    torch.float8_e4m3fn,
    torch.float8_e4m3fnuz,
    torch.float8_e5m2,
    torch.float8_e5m2fnuz,
)


def raw_bytes(tensor: torch.Tensor) -> bytes:
    """The elements row-major, as they lie in memory (little-endian here)."""
    flat = tensor.detach().resolve_conj().resolve_neg().contiguous().reshape(-1)
    dense = flat.as_strided(flat.shape, (1,))  # one repeated element has no stride of its own
    return bytes(dense.view(torch.uint8).numpy()) if flat.numel() else b""


def kind_of(tensor: torch.Tensor) -> TensorKind:
    if isinstance(tensor, torch.nn.Parameter):
        return "parameter"
    if not tensor.requires_grad:
        return "constant"
    return "leaf" if tensor.is_leaf else "intermediate"


def record(tensor: torch.Tensor) -> Tensor:
    """What the recorder says of a strided CPU tensor."""
    grad_fn = tensor.grad_fn
    large = tensor.numel() > RAW_ELEMENTS
    return Tensor(
        shape=tuple(tensor.shape),
        dtype=str(tensor.dtype),
        device=str(tensor.device),
        requires_grad=tensor.requires_grad,
        is_leaf=tensor.is_leaf,
        retains_grad=tensor.retains_grad,
        kind=kind_of(tensor),
        grad_fn=None if grad_fn is None else 1,
        grad_fn_name=None if grad_fn is None else type(grad_fn).__name__,
        output_nr=tensor.output_nr,
        version=tensor._version,
        raw=None if large or tensor._is_zerotensor() else raw_bytes(tensor),
        shown=None,
        stats=None,
        grad=None,
        edges=raw_bytes(_summarized(tensor.detach().resolve_conj())) if large else None,
    )
