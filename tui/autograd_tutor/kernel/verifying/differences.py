"""Which entries of a gradient are compared with finite differences, and by how much each moves."""

from __future__ import annotations

from typing import Any

import torch

from autograd_tutor.limits.checks import STEP_SIZE


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


def step_at(value: float) -> float:
    """How far an entry with this value is moved, in units of its own."""
    return STEP_SIZE * max(1.0, abs(value))


def _index(flat: int, shape: torch.Size) -> tuple[int, ...]:
    """As torch.unravel_index, which imports much."""
    found: list[int] = []
    for length in reversed(shape):
        flat, index = divmod(flat, length)
        found.append(index)
    return tuple(reversed(found))
