"""Whether rounding in a tensor's dtype accounts for what was sent in place of a formula's value."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from typing import NamedTuple

from autograd_tutor.formulas.arrays import Array, Number
from autograd_tutor.formulas.evaluation import Evaluator
from autograd_tutor.formulas.rounding import Precision

_CONSTANTS = 1e-7
"""torch computes a few functions of float64 with constants of float32."""

_TRIES = 8

_COARSEST = 1_000
"""How many times as coarsely as is known here some of torch's kernels may round, at most."""


class Rounding(NamedTuple):
    """How far what was sent is from the exact value, at the element where that fits worst."""

    difference: float
    """Infinite where one of the two is nan or infinite and the other is not the same."""
    allowed: float
    """How far the dtype's arithmetic may lead away from the exact value."""

    @property
    def explains(self) -> bool:
        """Whether rounding accounts for the difference."""
        return self.difference <= self.allowed

    @property
    def is_excluded(self) -> bool:
        """Whether the difference is so large that no coarser rounding would lead there."""
        return self.difference > _COARSEST * self.allowed


def rounding(
    evaluator: Evaluator,
    expression: str,
    names: Mapping[str, Array],
    total: Array,
    known: Array,
    precision: Precision,
) -> Rounding:
    """How far `known` is from `total`, the exact value, and how far rounding may lead there.

    The latter is seen from how the value moves when each step does by a rounding error: a
    difference of nearly equal numbers loses digits, a product does not. Beyond the largest number
    of the dtype any step may be infinite, and what follows it anything.
    """
    room = [precision.lost] * len(total.values)
    beyond = [False] * len(total.values)
    for seed in range(_TRIES):
        noise = _Noise(seed, precision)
        moved = evaluator.value(expression, names, noise)
        value = evaluator.summed(moved, known.shape)
        for at, (there, here) in enumerate(zip(value.values, total.values, strict=True)):
            distance = abs(there - here)
            if math.isfinite(distance):
                room[at] = max(room[at], distance)
            else:
                beyond[at] |= math.isfinite(here)
    relative = max(16 * precision.epsilon, _CONSTANTS)
    each = zip(known.values, total.values, room, beyond, strict=True)
    found = [
        Rounding(
            _distance(sent, given),
            math.inf if lost and not math.isfinite(sent) else _room(given, relative, 8 * slack),
        )
        for sent, given, slack, lost in each
    ]
    return max(found, key=_misfit, default=Rounding(0.0, 0.0))


def close(left: Number, right: Number, relative: float, room: float = 0.0) -> bool:
    """Whether they are both nan, equal, or no further apart than a part of `right` and `room`."""
    return _distance(left, right) <= _room(right, relative, room)


def _distance(left: Number, right: Number) -> float:
    """How far apart they are; infinitely where only one is nan or where one is infinite."""
    if left == right or (math.isnan(left) and math.isnan(right)):
        return 0.0
    distance = abs(left - right)
    return distance if math.isfinite(distance) else math.inf


def _room(value: Number, relative: float, room: float) -> float:
    """How far a number may be from the value; not at all where that is nan or infinite."""
    return relative * abs(value) + room if math.isfinite(value) else 0.0


def _misfit(found: Rounding) -> tuple[bool, float]:
    """Ranks those that rounding does not explain behind all others, then by how far they are."""
    share = found.difference / found.allowed if found.allowed else math.inf
    return not found.explains, 0.0 if math.isnan(share) or not found.difference else share


class _Noise:
    """Moves each number it is given by a rounding error; a seed always gives the same errors."""

    def __init__(self, seed: int, precision: Precision) -> None:
        self._dice = random.Random(seed)
        self._precision = precision

    def __call__(self, value: Number, magnitude: Number) -> Number:
        """`magnitude`: of the largest number on the way to the value, in whose digits it rounds."""
        if isinstance(value, bool) or not magnitude or not math.isfinite(value):
            return value
        if 0 < abs(value) < self._precision.smallest:
            return math.copysign(self._dice.choice((0.0, self._precision.smallest)), value)
        error = self._precision.epsilon * abs(magnitude) + self._precision.smallest
        moved = value + self._dice.choice((-1, 1)) * error
        if abs(moved) > self._precision.largest * (1 - self._precision.epsilon):
            return math.copysign(math.inf, moved)
        return moved
