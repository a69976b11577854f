"""Whether rounding in a tensor's dtype accounts for what was sent in place of a formula's value."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping

from autograd_tutor.formulas.arrays import Array, Number
from autograd_tutor.formulas.evaluation import Evaluator
from autograd_tutor.formulas.rounding import Precision

_CONSTANTS = 1e-7
"""torch computes a few functions of float64 with constants of float32."""

_TRIES = 8


def agree(
    evaluator: Evaluator,
    expression: str,
    names: Mapping[str, Array],
    total: Array,
    known: Array,
    precision: Precision,
) -> bool:
    """Whether `known` is what the dtype's arithmetic can give for `total`, the exact value.

    How much that can differ is seen from how the value moves when each step does by a rounding
    error: a difference of nearly equal numbers loses digits, a product does not. Beyond the largest
    number of the dtype any step may be infinite, and what follows it anything.
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
    return all(
        close(its, mine, relative, 8 * slack) or (lost and not math.isfinite(its))
        for its, mine, slack, lost in each
    )


def close(left: Number, right: Number, relative: float, room: float = 0.0) -> bool:
    """Whether they are both nan, equal, or no further apart than a part of `right` and `room`."""
    if math.isnan(left) or math.isnan(right):
        return math.isnan(left) and math.isnan(right)
    if math.isinf(left) or math.isinf(right):
        return left == right
    return left == right or abs(left - right) <= relative * abs(right) + room


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
