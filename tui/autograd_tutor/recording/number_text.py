"""Numbers as torch writes them: aligned in a printed tensor, and each by itself anywhere else."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from autograd_tutor.recording import numbers
from autograd_tutor.recording.numbers import Number

Write = Callable[[float], str]


def number_text(value: Number) -> str:
    """A number that stands by itself: the digits that print() gives of it alone.

    Zeros at the end of its decimals are left out: `0.3333`, `-2`, `2.5`, `1e-08`, `1+0.5j`.
    """
    if isinstance(value, int):
        return str(value)
    if isinstance(value, complex):
        return _complex(number_text(value.real), number_text(value.imag))
    write, _ = _float_writer([value])
    return _without_zeros(write(value))


def short_number_text(value: float, room: int) -> str:
    """The same in at most `room` characters, 7 or more: where it has too many, with less digits."""
    text = number_text(value)
    if len(text) <= room:
        return text
    form = "f" if abs(value) >= 1 and len(f"{value:.0f}") <= room else "e"
    shorter = (_without_zeros(f"{value:.{digits}{form}}") for digits in (3, 2, 1, 0))
    return next(each for each in shorter if len(each) <= room)


def _without_zeros(text: str) -> str:
    decimals, e, power = text.partition("e")
    if "." in decimals:
        decimals = decimals.rstrip("0").rstrip(".")
    return f"{decimals}{e}{power}"


def each_alone(raw: bytes, dtype: str) -> list[str]:
    """Every element as a number by itself."""
    return [number_text(value) for value in numbers.decode(raw, dtype)]


def aligned(raw: bytes, dtype: str) -> tuple[list[str], int]:
    """Every element as print() aligns them, and the width it reckons with when it breaks lines."""
    if numbers.is_complex(dtype):
        parts = numbers.decode_parts(raw, dtype)
        write_real, real_width = _float_writer(parts[0::2])
        write_imag, imag_width = _float_writer(parts[1::2])
        pairs = zip(parts[0::2], parts[1::2], strict=True)
        written = [_complex(write_real(real), write_imag(imag)) for real, imag in pairs]
        return written, real_width + imag_width + 1
    elements = numbers.decode(raw, dtype)
    if numbers.is_floating(dtype):
        floats = [float(value.real) for value in elements]
        write, width = _float_writer(floats)
        return [write(value) for value in floats], width
    plain = [str(value) for value in elements]
    width = max(map(len, plain))
    return [item.rjust(width) for item in plain], width


def _complex(real: str, imag: str) -> str:
    imag = imag.lstrip() + "j"
    return real + imag if imag[0] in "+-" else f"{real}+{imag}"


def _float_writer(floats: Sequence[float]) -> tuple[Write, int]:
    """How torch writes these numbers (all whole, scientific or 4 digits), and in which width.

    Zeros, NaN and infinities take no part in the choice, nor in the width.
    """
    decisive = [value for value in floats if value and math.isfinite(value)]
    if not decisive:
        return _whole(1), 1
    sizes = list(map(abs, decisive))
    low, high = min(sizes), max(sizes)
    if high / low > 1000.0 or high > 1.0e8 or low < 1.0e-4:
        width = max([len(f"{value:.4e}") for value in _ends(decisive)])
        return f"{{:{width}.4e}}".format, width
    # The longest of whole or 4-digit numbers is the least or the greatest of them.
    ends = min(decisive), max(decisive)
    if all(map(float.is_integer, decisive)):
        width = max([len(f"{value:.0f}") for value in ends]) + 1
        return _whole(width), width
    width = max([len(f"{value:.4f}") for value in ends])
    return f"{{:{width}.4f}}".format, width


def _ends(decisive: Sequence[float]) -> list[float]:
    """The least and the greatest on either side of zero: one of them has the longest exponent."""
    sides = [value for value in decisive if value > 0], [value for value in decisive if value < 0]
    return [end for side in sides if side for end in (min(side), max(side))]


def _whole(width: int) -> Write:
    def write(value: float) -> str:
        return (f"{value:.0f}." if math.isfinite(value) else f"{value:.0f}").rjust(width)

    return write
