"""How numbers round in the dtypes that gradients are computed in."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import NamedTuple


class Precision(NamedTuple):
    """How finely and how far a dtype counts."""

    epsilon: float
    """The distance from 1 to the next number."""
    largest: float
    smallest: float

    @property
    def lost(self) -> float:
        """A difference that says nothing: kernels may take numbers that small for 0."""
        return max(8 * self.smallest, min(self.smallest / self.epsilon, 2.0**-126))


PRECISION = {
    "torch.float64": Precision(2.0**-52, (2 - 2.0**-52) * 2.0**1023, 2.0**-1074),
    "torch.float32": Precision(2.0**-23, (2 - 2.0**-23) * 2.0**127, 2.0**-149),
    "torch.float16": Precision(2.0**-10, (2 - 2.0**-10) * 2.0**15, 2.0**-24),
    "torch.bfloat16": Precision(2.0**-7, (2 - 2.0**-7) * 2.0**127, 2.0**-133),
}
"""Of the dtypes that gradients are computed in."""

Rounding = Callable[[float], float]


def as_float32(value: float) -> float:
    """The nearest number of float32."""
    return _packed("<f", value)


def _as_float16(value: float) -> float:
    return _packed("<e", value)


def _as_bfloat16(value: float) -> float:
    if not math.isfinite(value):
        return value
    fraction, exponent = math.frexp(value)
    return as_float32(math.ldexp(round(fraction * 256), exponent - 8))


def _packed(code: str, value: float) -> float:
    try:
        (rounded,) = struct.unpack(code, struct.pack(code, value))
    except OverflowError:
        return math.copysign(math.inf, value)
    return float(rounded)


COMPARED_IN: dict[str, tuple[Rounding, ...]] = {
    "torch.float64": (float,),
    "torch.float32": (as_float32,),
    "torch.float16": (_as_float16, as_float32),
    "torch.bfloat16": (_as_bfloat16, as_float32),
}
"""How a limit such as 0.1 is rounded before a number of that dtype is compared with it: of the
16-bit types some kernels compare in float32."""
