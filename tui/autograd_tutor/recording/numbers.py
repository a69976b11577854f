"""The numbers in a tensor's raw bytes, decoded without torch or numpy."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from functools import lru_cache
from itertools import starmap
from typing import Any

from autograd_tutor.limits.records import NESTED_LISTS
from autograd_tutor.recording.model import EDGE_ITEMS, Tensor

Number = int | float | bool | complex
Nested = Number | list["Nested"]
Json = int | float | bool | str | list["Json"]

_CODES = {
    "torch.float64": "d",
    "torch.float32": "f",
    "torch.float16": "e",
    "torch.int64": "q",
    "torch.int32": "i",
    "torch.int16": "h",
    "torch.int8": "b",
    "torch.uint64": "Q",
    "torch.uint32": "I",
    "torch.uint16": "H",
    "torch.uint8": "B",
    "torch.bool": "?",
}
_COMPLEX_CODES = {"torch.complex128": "d", "torch.complex64": "f", "torch.complex32": "e"}

_FLOAT8 = {
    "torch.float8_e4m3fn": (4, 3, 7),
    "torch.float8_e4m3fnuz": (4, 3, 8),
    "torch.float8_e5m2": (5, 2, 15),
    "torch.float8_e5m2fnuz": (5, 2, 16),
}
"""Exponent bits, mantissa bits, bias; as in "FP8 Formats for Deep Learning" (2022), and for the
`fnuz` forms as in "8-bit Numerical Formats for Deep Neural Networks" (2022)."""

_SIZES = {
    **{dtype: struct.calcsize("<" + code) for dtype, code in _CODES.items()},
    **{dtype: 2 * struct.calcsize("<" + code) for dtype, code in _COMPLEX_CODES.items()},
    **dict.fromkeys(_FLOAT8, 1),
    "torch.bfloat16": 2,
}

DTYPES = frozenset(_SIZES)
"""The dtypes whose raw bytes can be decoded."""


def is_floating(dtype: str) -> bool:
    """Whether torch calls the dtype floating point (complex ones are not)."""
    return dtype.startswith(("torch.float", "torch.bfloat"))


def is_complex(dtype: str) -> bool:
    """Whether the dtype has a real and an imaginary part."""
    return dtype.startswith("torch.complex")


def elements(tensor: Tensor) -> bytes | None:
    """The tensor's `raw`, or None where it has none, or one that does not fit dtype and shape.

    Records come from a process that runs anything, so a wrong one must do no harm.
    """
    return _fitting(tensor.raw, tensor.dtype, tensor.shape)


def edges(tensor: Tensor) -> bytes | None:
    """The tensor's `edges`, of the shape `edges_shape`; None as for `elements`."""
    shape = None if tensor.shape is None else edges_shape(tensor.shape)
    return _fitting(tensor.edges, tensor.dtype, shape)


def edges_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """What is left of a shape when each dimension is cut down to its edges."""
    return tuple([min(size, 2 * EDGE_ITEMS) for size in shape])


def _fitting(raw: bytes | None, dtype: str, shape: tuple[int, ...] | None) -> bytes | None:
    if raw is None or shape is None or dtype not in _SIZES or min(shape, default=0) < 0:
        return None
    return raw if len(raw) == math.prod(shape) * _SIZES[dtype] else None


def decode(raw: bytes, dtype: str) -> tuple[Number, ...]:
    """All elements, flat and row-major.

    Raises ValueError for a dtype that is not in DTYPES or bytes that are no whole number of
    elements.
    """
    if dtype not in _SIZES:
        raise ValueError(f"elements of {dtype} cannot be decoded")
    if len(raw) % _SIZES[dtype]:
        raise ValueError(f"{len(raw)} bytes are no whole number of elements of {dtype}")
    if dtype in _COMPLEX_CODES:
        parts = decode_parts(raw, dtype)
        return tuple(starmap(complex, zip(parts[0::2], parts[1::2], strict=True)))
    if dtype == "torch.bfloat16":
        wide = bytearray(2 * len(raw))
        wide[2::4], wide[3::4] = raw[0::2], raw[1::2]
        return _unpack(bytes(wide), "f")
    if dtype in _FLOAT8:
        table = _float8_table(dtype)
        return tuple([table[byte] for byte in raw])
    return _unpack(raw, _CODES[dtype])


def decode_parts(raw: bytes, dtype: str) -> tuple[float, ...]:
    """The elements of a complex dtype as real, imaginary, real, …"""
    return _unpack(raw, _COMPLEX_CODES[dtype])


def nested(tensor: Tensor) -> Nested | None:
    """The elements as torch's `tolist()` gives them; None where there is no list to give."""
    raw, shape = elements(tensor), tensor.shape
    if raw is None or shape is None:
        return None
    if not raw and math.prod(shape[: shape.index(0)]) > NESTED_LISTS:
        return None
    return _fold(decode(raw, tensor.dtype), shape)


def to_json(value: Nested) -> Json:
    """What JSON can hold: NaN and infinities as strings, a complex number as a pair."""
    if isinstance(value, list):
        return [to_json(item) for item in value]
    if isinstance(value, complex):
        return [_json_float(value.real), _json_float(value.imag)]
    if isinstance(value, float):
        return _json_float(value)
    return value


def magnitudes(raw: bytes, dtype: str) -> Sequence[float]:
    """The absolute value of each element; of a complex one infinite where either part is."""
    if is_complex(dtype):
        parts = decode_parts(raw, dtype)
        return list(map(math.hypot, parts[0::2], parts[1::2]))
    return [abs(float(value.real)) for value in decode(raw, dtype)]


def norm(tensor: Tensor) -> float | None:
    """The Euclidean norm as torch gives it; of a very large tensor, of the elements looked at.

    None where no elements were recorded.
    """
    raw = elements(tensor)
    if raw is None:
        return tensor.stats.norm if tensor.stats is not None else None
    parts: Sequence[Any] = decode(raw, tensor.dtype)
    if is_complex(tensor.dtype):
        parts = magnitudes(raw, tensor.dtype)
    size = math.hypot(*parts)
    # hypot() calls a NaN beside an infinity infinite; torch calls it NaN.
    return math.nan if math.isinf(size) and any(map(math.isnan, parts)) else size


def _unpack(raw: bytes, code: str) -> tuple[Any, ...]:
    return struct.unpack(f"<{len(raw) // struct.calcsize('<' + code)}{code}", raw)


def _fold(values: tuple[Number, ...], shape: tuple[int, ...]) -> Nested:
    if not shape:
        return values[0]
    if not values:
        return _hollow(shape)
    level: list[Nested] = list(values)
    for size in reversed(shape[1:]):
        level = [level[start : start + size] for start in range(0, len(level), size)]
    return level


def _hollow(shape: tuple[int, ...]) -> list[Nested]:
    return [_hollow(shape[1:]) for _ in range(shape[0])] if len(shape) > 1 else []


def _json_float(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"


@lru_cache
def _float8_table(dtype: str) -> tuple[float, ...]:
    exponent_bits, mantissa_bits, bias = _FLOAT8[dtype]
    return tuple(_float8(byte, dtype, exponent_bits, mantissa_bits, bias) for byte in range(256))


def _float8(byte: int, dtype: str, exponent_bits: int, mantissa_bits: int, bias: int) -> float:
    sign = -1.0 if byte & 0x80 else 1.0
    exponent = (byte & 0x7F) >> mantissa_bits
    mantissa = byte & ((1 << mantissa_bits) - 1)
    highest = exponent == (1 << exponent_bits) - 1
    if dtype.endswith("fnuz"):
        if byte == 0x80:
            return math.nan
    elif dtype.endswith("fn"):
        if byte & 0x7F == 0x7F:
            return math.nan
    elif highest:
        return math.nan if mantissa else sign * math.inf
    fraction = mantissa / (1 << mantissa_bits)
    if exponent == 0:
        return sign * math.ldexp(fraction, 1 - bias)
    return sign * math.ldexp(1 + fraction, exponent - bias)
