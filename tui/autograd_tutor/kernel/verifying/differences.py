"""Which entries of a gradient are compared with finite differences, and by how much each moves."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch

from autograd_tutor.limits.checks import (
    CLOSING,
    LARGER_STEP,
    RELATIVE_TOLERANCE,
    ROUNDING_OF_VALUE,
    STEADY,
    STEP_SIZE,
)


class Slopes(NamedTuple):
    """Finite differences at one entry."""

    slope: float
    below: float
    above: float
    step: float
    """By how much the entry was moved."""
    noise: float
    """How far the slope may be off by what float64 rounds by."""
    spread: float = 0.0
    """How far the slopes by other steps are from it, at most."""
    closing: bool = False
    """Whether both sides come closer to each other as the step becomes smaller."""
    cut: float | None = None
    """The slope where what autograd does not follow keeps its numbers; None: not measured."""


def chosen(gradient: Any, shape: torch.Size, most: int) -> list[tuple[int, ...]]:
    """The indexes of the entry with the largest gradient, and of some evenly spaced ones."""
    count = shape.numel()
    if not count:
        return []
    spaced = [round(each * (count - 1) / max(1, most - 1)) for each in range(most)]
    if gradient is not None:
        largest = int(torch.nan_to_num(gradient.detach().abs(), nan=torch.inf).argmax())
        spaced.insert(0, largest)
    flat = list(dict.fromkeys(spaced))[:most]
    return [_index(at, shape) for at in flat]


def slopes(
    value_at: Callable[[float], float | None],
    here: float,
    entry: float,
    gradient: float,
    least: float = 0.0,
    size: float = 0.0,
) -> Slopes | None:
    """The slope at an entry; None where `value_at`, which moves it, gives None.

    Where it is not `gradient`, other steps are tried: one that is small beside the entry, and a
    larger one, over which rounding counts less. Differences up to `least` do not count. `size`: how
    large the numbers are of which the value is made, where they are larger.
    """
    size = max(size, abs(here)) if math.isfinite(here) else 0.0
    usual = STEP_SIZE * max(1.0, abs(entry))
    small = STEP_SIZE * abs(entry)
    fine = small if 0 < small < usual / 2 else usual / 2
    steps = [usual, fine, fine * LARGER_STEP, usual * LARGER_STEP]
    hidden = _rounding(size, usual) > max(least, RELATIVE_TOLERANCE * abs(gradient))
    if hidden and math.isfinite(gradient):
        steps = [steps[3], *steps[:3]]
    found: list[Slopes] = []
    for step in steps:
        measured = _slopes(value_at, here, step, size)
        if measured is None or is_close(measured, gradient, least):
            return measured
        found.append(measured)
    fines = [each for each in found if each.step in (fine, fine * LARGER_STEP)]
    if _is_steady(fines, gradient):
        return _compared(fines[0], fines, gradient)
    best = next((each for each in found if math.isfinite(each.slope)), found[0])
    return _compared(best, found, gradient)


def _rounding(size: float, step: float) -> float:
    """How far a slope may be off by what float64 rounds a value of this size by."""
    return ROUNDING_OF_VALUE * size / step


def _slopes(
    value_at: Callable[[float], float | None], here: float, step: float, size: float
) -> Slopes | None:
    up = value_at(step)
    down = None if up is None else value_at(-step)
    if up is None or down is None:
        return None
    below, above = (here - down) / step, (up - here) / step
    return Slopes((up - down) / (2 * step), below, above, step, _rounding(size, step))


def is_close(found: Slopes, gradient: float, least: float) -> bool:
    """Whether it is the gradient, but for rounding."""
    difference = abs(found.slope - gradient)
    return difference <= RELATIVE_TOLERANCE / 2 * abs(found.slope) + least + found.noise


def _is_steady(fines: Sequence[Slopes], gradient: float) -> bool:
    """Whether small steps show the same slope; one of 0 may as well be what rounding leaves."""
    one, other = fines
    most = abs(gradient - one.slope) / STEADY
    return one.slope != 0 and _distance(one.slope, other.slope) < most and one.noise < most


def _compared(best: Slopes, found: Sequence[Slopes], gradient: float) -> Slopes:
    """With what other steps show, as far as rounding lets them."""
    most = abs(gradient - best.slope) / 8
    others = [each for each in found if each is not best and not each.noise > most]
    spread = max((_distance(best.slope, each.slope) for each in others), default=0.0)
    closer = [each for each in others if each.step < best.step]
    closing = any(_gap(each) < CLOSING * _gap(best) for each in closer)
    return best._replace(spread=spread, closing=closing)


def _gap(found: Slopes) -> float:
    return abs(found.above - found.below)


def _distance(one: float, other: float) -> float:
    return abs(one - other) if math.isfinite(one) and math.isfinite(other) else math.inf


def _index(flat: int, shape: torch.Size) -> tuple[int, ...]:
    """As torch.unravel_index, which imports much."""
    found: list[int] = []
    for length in reversed(shape):
        flat, index = divmod(flat, length)
        found.append(index)
    return tuple(reversed(found))
