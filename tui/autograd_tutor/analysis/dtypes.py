"""How torch combines the dtypes of operands, and rounds numbers to a dtype."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from functools import lru_cache

from autograd_tutor.recording.numbers import is_complex, is_floating

Number = bool | int | float | complex

BOOL, INT64, FLOAT32 = "torch.bool", "torch.int64", "torch.float32"
_INTS = {
    "torch.uint8": (8, False), "torch.int8": (8, True), "torch.int16": (16, True),
    "torch.int32": (32, True), INT64: (64, True),
}  # fmt: skip
_FLOATS = ("torch.float16", "torch.bfloat16", FLOAT32, "torch.float64")
_COMPLEX = {"torch.float16": "torch.complex32", FLOAT32: "torch.complex64"}
_COMPLEXES = ("torch.complex32", "torch.complex64", "torch.complex128")

CALCULATED = frozenset({BOOL, *_INTS, *_FLOATS, *_COMPLEXES})
"""The dtypes with which anything is calculated here."""


@lru_cache(maxsize=64)
def category(dtype: str) -> int:
    """0: bool, 1: integers, 2: floating point, 3: complex."""
    return 3 if is_complex(dtype) else 2 if is_floating(dtype) else 0 if dtype == BOOL else 1


def of_number(number: Number) -> str:
    """The dtype that torch gives to a number of Python."""
    if isinstance(number, bool):
        return BOOL
    if isinstance(number, int):
        return INT64
    return FLOAT32 if isinstance(number, float) else "torch.complex64"


@lru_cache(maxsize=256)
def promoted(one: str, other: str) -> str:
    """`torch.promote_types`."""
    if one == other:
        return one
    low, high = sorted((one, other), key=category)
    if category(low) < category(high):
        if category(high) == 3 and category(low) == 2:
            return promoted(_COMPLEX.get(low, low.replace("bfloat16", "complex64")), high)
        return high
    if category(low) == 1:
        return _common_integer(low, high)
    if {low, high} == {"torch.float16", "torch.bfloat16"}:
        return FLOAT32
    order = _FLOATS if category(low) == 2 else _COMPLEXES
    return max(low, high, key=order.index)


def _common_integer(one: str, other: str) -> str:
    bits, signed = max(_INTS[one], _INTS[other])
    if signed or _INTS[one][1] == _INTS[other][1]:
        return one if _INTS[one][0] == bits and _INTS[one][1] == signed else other
    return "torch.int16"  # uint8 and int8


def combined(stronger: str, weaker: str) -> str:
    """The dtype of operands of which the first has more dimensions, or is a tensor at all."""
    return promoted(stronger, weaker) if category(weaker) > category(stronger) else stronger


@lru_cache(maxsize=64)
def rounding(dtype: str) -> Callable[[Number], Number]:
    """What makes an element of a dtype of a number."""
    if dtype == BOOL:
        return bool
    if dtype in _INTS:
        bits, signed = _INTS[dtype]
        half = 1 << (bits - 1) if signed else 0
        return lambda number: (int(number.real) + half) % (1 << bits) - half
    if is_complex(dtype):
        part = _float_rounding("f" if dtype == "torch.complex64" else "d")
        return lambda number: complex(part(number.real), part(number.imag))
    to_float = _FLOAT_ROUNDINGS[dtype]
    return lambda number: to_float(float(number.real))


def _float_rounding(code: str) -> Callable[[float], float]:
    packing = struct.Struct(f"<{code}")
    pack, unpack = packing.pack, packing.unpack

    def rounded(number: float) -> float:
        try:
            return float(unpack(pack(number))[0])
        except OverflowError:
            return math.copysign(math.inf, number)

    return rounded


_single = _float_rounding("f")


def _brain(number: float) -> float:
    """To bfloat16: the upper half of a float32, the nearest even one."""
    number = _single(number)
    if not math.isfinite(number):
        return number
    (bits,) = struct.unpack("<I", struct.pack("<f", number))
    bits += 0x7FFF + ((bits >> 16) & 1)
    return float(struct.unpack("<f", struct.pack("<I", bits & 0xFFFF0000))[0])


_FLOAT_ROUNDINGS: dict[str, Callable[[float], float]] = {
    "torch.float64": lambda number: number,
    FLOAT32: _single,
    "torch.float16": _float_rounding("e"),
    "torch.bfloat16": _brain,
}
