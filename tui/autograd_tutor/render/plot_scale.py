"""Scales of a plot: where a number is on an axis, and the round numbers that are written there."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

_ROUND = 1e-9
"""Of a step: what is so near to a tick is at it."""

_PARTS = 5
"""Into how many parts the distance of two ticks is cut: an axis ends at one of these."""

_LARGEST = 1e300
"""Numbers beyond are drawn here, so that the distance of any two is finite."""

_SMALLEST = 1e-290
"""What differs by less is drawn as one number: a step of an axis is still above 0."""


class Scale(NamedTuple):
    """From the lowest to the highest number of an axis; the ticks are the round numbers on it."""

    low: float
    high: float
    ticks: tuple[float, ...]
    is_log: bool = False

    def share(self, value: float) -> float | None:
        """How far up a number is, 0 to 1; None where the axis has no place for it."""
        return self.shares((value,))[0]

    def shares(self, values: Iterable[float]) -> list[float | None]:
        """The same for many."""
        if self.is_log:
            low = math.log10(self.low)
            span, log10 = math.log10(self.high) - low, math.log10
            return [(log10(each) - low) / span if 0 < each < math.inf else None for each in values]
        low, span, largest = self.low, self.high - self.low, _LARGEST
        return [
            (each - low) / span
            if -largest <= each <= largest
            else (_bounded(each) - low) / span
            if math.isfinite(each)
            else None
            for each in values
        ]

    def texts(self) -> list[str]:
        """The ticks as they are written."""
        if self.is_log:
            return [f"{tick:g}" for tick in self.ticks]
        step = self.ticks[1] - self.ticks[0]
        decimals = max(0, -math.floor(math.log10(step) + _ROUND))
        largest = max(abs(self.low), abs(self.high))
        if largest >= 1e6 or decimals > 4:
            return [f"{tick:.{_digits(largest, step)}g}" for tick in self.ticks]
        return [f"{tick:.{decimals}f}" for tick in self.ticks]


def scale_of(values: Iterable[float], most: int, is_log: bool = False) -> Scale:
    """A scale for the finite numbers among these, with about `most` ticks, 2 or more."""
    finite = [_bounded(value) for value in values if math.isfinite(value)]
    if is_log:
        return _log_scale([value for value in finite if value > 0], most)
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    return linear_scale(*_apart(low, high), most)


def linear_scale(low: float, high: float, most: int, *, exact: bool = False) -> Scale:
    """A scale from `low` to `high`, both moved out a little unless they are to stay `exact`."""
    step = _round_step((high - low) / max(1, most - 1))
    ticks = _multiples(step, low, high)
    while len(ticks) < 2:
        step = _round_step(step / 2.5)
        ticks = _multiples(step, low, high)
    if exact:
        return Scale(low, high, ticks)
    part = step / _PARTS
    low = part * math.floor(low / part + _ROUND)
    high = part * math.ceil(high / part - _ROUND)
    return Scale(low, high, _multiples(step, low, high))


def _multiples(step: float, low: float, high: float) -> tuple[float, ...]:
    first, last = math.ceil(low / step - _ROUND), math.floor(high / step + _ROUND)
    return tuple([float(f"{number * step:.12g}") for number in range(first, last + 1)])


def _log_scale(values: list[float], most: int) -> Scale:
    low, high = min(values, default=1.0), max(values, default=10.0)
    if high / 100 <= low:
        return _short_log_scale(low, high, most)
    first, last = math.floor(math.log10(low) + _ROUND), math.ceil(math.log10(high) - _ROUND)
    every = math.ceil((last - first) / max(1, most - 1))
    ticks = [_power(each) for each in range(first, last + 1) if each % every == 0]
    return Scale(_power(first), _power(last), tuple(ticks), True)


def _short_log_scale(low: float, high: float, most: int) -> Scale:
    """Of at most two powers of ten: with 1, 2 and 5 times each, or all that begin with 1 to 9."""
    exponent = math.floor(math.log10(low) + _ROUND)
    powers = [_power(each) for each in range(exponent, exponent + 4)]
    ticks: list[float] = []
    for times in ((1, 2, 5), range(1, 10)):
        steps = [each * power for power in powers for each in times]
        first = max((n for n, step in enumerate(steps) if step <= low * (1 + _ROUND)), default=0)
        last = next(n for n, step in enumerate(steps) if step >= high * (1 - _ROUND))
        ticks = steps[first : max(last, first + 1) + 1]
        if len(ticks) >= 4:
            break
    shown = [tick for tick in ticks if f"{tick:e}"[0] in "125"] if len(ticks) > most else ticks
    if len(shown) < 2:
        shown = [ticks[0], ticks[-1]]
    return Scale(ticks[0], ticks[-1], tuple([float(f"{tick:.6g}") for tick in shown]), True)


def _power(exponent: int) -> float:
    return float(f"1e{max(-323, min(exponent, 308))}")


def _apart(low: float, high: float) -> tuple[float, float]:
    """Both, or a range around them where they are one number as far as one can draw."""
    size = max(abs(low), abs(high))
    if high - low > max(1e-9 * size, _SMALLEST):
        return low, high
    margin = size / 10 if size > _SMALLEST else 1.0
    return low - margin, high + margin


def _round_step(least: float) -> float:
    """The least of 1, 2 or 5 times a power of ten that is not less."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(times * power for times in (1, 2, 5, 10) if times * power >= least * (1 - _ROUND))


def _digits(largest: float, step: float) -> int:
    """How many digits tell neighbours apart."""
    first, last = math.floor(math.log10(largest)), math.floor(math.log10(step) + _ROUND)
    return min(12, max(1, first - last + 1))


def _bounded(value: float) -> float:
    return max(-_LARGEST, min(value, _LARGEST))
