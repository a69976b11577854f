"""What a check of gradients has shown: which numbers agree, and how those that do not are off."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

from autograd_tutor.limits.checks import (
    ABSOLUTE_TOLERANCE,
    RELATIVE_TOLERANCE,
    ROUNDING_OF_SLOPE,
    ROUNDINGS,
)
from autograd_tutor.recording.checks import Checked, CheckedEntry, CheckedFunction, CheckedLeaf
from autograd_tutor.recording.followed import Place

Verdict = Literal["agrees", "rounding", "kink", "differs", "unknown"]
"""`rounding`: in float64 it agrees; `kink`: the slopes on both sides differ; `unknown`: nothing
could be compared."""

Off = Literal["", "none", "sign", "factor", "unscaled", "range", "steep", "not-finite"]
"""How what differs is off. `unscaled`: a backward gives the same for every incoming gradient. Of
NaN and infinities: `range`: in float64 it is finite; `steep`: the slopes on both sides differ."""

Rounded = Literal["usual", "grown", "zero", "unknown"]
"""How far a gradient is from the one in float64. `zero`: that one is 0, next to all others."""

_RANK: Sequence[Verdict] = ("agrees", "unknown", "rounding", "kink", "differs")
_SPACING = {"torch.float16": 2.0**-10, "torch.bfloat16": 2.0**-7, "torch.float32": 2.0**-23}
_SAME_FACTOR = 1e-2


class Judged(NamedTuple):
    """A leaf, or an input of a Function, with what its entries show."""

    verdict: Verdict
    """The worst of them."""
    entries: tuple[Verdict, ...]
    worst: CheckedEntry | None = None
    """The entry that is furthest off, of those with that verdict."""
    off: Off = ""
    factor: float = 1.0
    """What autograd gives, in units of the slope."""


class Rounding(NamedTuple):
    """How far the gradient of a leaf is from the one in float64."""

    kind: Rounded
    difference: float = 0.0
    """In units of the largest entry."""
    spacing: float = 0.0
    """Of the dtype: between 1 and the next number."""
    dtype: str = ""
    """The coarsest that was computed in; else the leaf's."""

    @property
    def digits(self) -> int:
        """How many of the largest entry's are right."""
        return max(0, math.floor(-math.log10(self.difference))) if self.difference > 0 else 16


def judge_leaf(leaf: CheckedLeaf, checked: Checked) -> Judged:
    """What the slopes at a leaf show."""
    if leaf.problem or not leaf.entries:
        return Judged("unknown", ())
    known = [abs(each.grad) for each in leaf.entries if each.grad is not None]
    largest = max([leaf.largest, *known], default=0.0)
    noise = ROUNDING_OF_SLOPE * max(1.0, abs(checked.value))
    least = noise + (ABSOLUTE_TOLERANCE * largest if math.isfinite(largest) else 0.0)
    found = [_verdict(each, least) if _is_finite(each.grad) else "differs" for each in leaf.entries]
    judged = _judged(leaf.entries, found)
    if judged.worst is None or _is_finite(judged.worst.grad):
        return judged
    return judged._replace(off=_not_finite(judged.worst, least), factor=1.0)


def judge_function(function: CheckedFunction) -> list[Judged]:
    """What the inputs of a Function show, one after the other."""
    return [_judge_input(each.entries) for each in function.inputs]


def rounding(leaf: CheckedLeaf, checked: Checked) -> Rounding:
    """How far the gradient of a leaf is from the one in float64."""
    dtype = max(leaf.dtype, checked.coarsest, key=_spacing)
    spacing = _spacing(dtype)
    if leaf.difference is None or not math.isfinite(leaf.difference):
        return Rounding("unknown", 0.0, spacing, dtype)
    largest = max(each.largest for each in checked.leaves)
    if leaf.largest <= spacing * largest and leaf.difference <= ROUNDINGS * spacing * largest:
        return Rounding("zero" if leaf.difference else "usual", 0.0, spacing, dtype)
    difference = leaf.difference / leaf.largest if leaf.largest else math.inf
    kind: Rounded = "usual" if difference <= ROUNDINGS * spacing else "grown"
    return Rounding(kind, difference, spacing, dtype)


def _spacing(dtype: str) -> float:
    return _SPACING.get(dtype, 2.0**-52)


def number_of(each: Checked | CheckedFunction, first_line: int) -> int:
    """The number of its line in its file. `first_line`: that of the first line of the step."""
    return each.line if each.file else each.line + first_line - 1


def place_of(each: Checked | CheckedFunction, first_line: int) -> int | Place:
    """The same; with the file where that is not the step's."""
    number = number_of(each, first_line)
    return Place(number, each.file) if each.file else number


def worst_of(checked: Checked) -> Verdict:
    """Of all leaves and Functions; `unknown` where nothing was compared."""
    found = [judge_leaf(each, checked).verdict for each in checked.leaves]
    found += [judged.verdict for each in checked.functions for judged in judge_function(each)]
    return max(found, key=_RANK.index, default="unknown")


def agrees(checked: Checked) -> bool:
    """Whether something was compared, and nothing is wrong but by rounding or at a kink.

    Where there are passes, but not the one that was asked for, it does not.
    """
    if checked.problem == "no-pass" and checked.passes:
        return False
    verdicts = [
        verdict
        for judged in (
            *[judge_leaf(each, checked) for each in checked.leaves],
            *[judged for each in checked.functions for judged in judge_function(each)],
        )
        for verdict in judged.entries
    ]
    return "differs" not in verdicts and any(each != "unknown" for each in verdicts)


def _verdict(entry: CheckedEntry, least: float) -> Verdict:
    if entry.slope is None or entry.problem:
        return "unknown"
    grad = 0.0 if entry.grad is None else entry.grad
    exact = grad if entry.double is None else entry.double
    if _close(grad, entry.slope, least):
        return "agrees"
    if _close(exact, entry.slope, least):
        return "rounding"
    return "kink" if _is_kink(exact, entry, least) else "differs"


def _is_finite(number: float | None) -> bool:
    return number is None or math.isfinite(number)


def _not_finite(entry: CheckedEntry, least: float) -> Off:
    if entry.double is not None and math.isfinite(entry.double):
        return "range"
    sides = entry.below, entry.above
    known = entry.slope is not None and any(map(math.isfinite, sides))
    return "steep" if known and not _close(*sides, least) else "not-finite"


def _judge_input(entries: Sequence[CheckedEntry]) -> Judged:
    """As torch.autograd.gradcheck does, for both incoming gradients."""
    verdicts: list[Verdict] = []
    for each in entries:
        plain = _verdict(CheckedEntry(each.index, each.grad, each.slope), ABSOLUTE_TOLERANCE)
        if plain == "differs" and _is_kink(each.grad or 0.0, each, ABSOLUTE_TOLERANCE):
            plain = "kink"
        other = _verdict(CheckedEntry(each.index, each.other, each.double), ABSOLUTE_TOLERANCE)
        verdicts.append("differs" if other == "differs" and plain != "kink" else plain)
    return _judged(entries, verdicts, of_function=True)


def _judged(
    entries: Sequence[CheckedEntry], verdicts: Sequence[Verdict], of_function: bool = False
) -> Judged:
    worst: Verdict = max(verdicts, key=_RANK.index, default="unknown")
    those = [e for e, verdict in zip(entries, verdicts, strict=True) if verdict == worst]
    if worst not in ("rounding", "kink", "differs"):
        return Judged(worst, tuple(verdicts))
    furthest = max(those, key=_distance_of_function if of_function else _distance)
    off, factor = _off(those, of_function) if worst == "differs" else ("", 1.0)
    return Judged(worst, tuple(verdicts), furthest, off, factor)


def _off(those: Sequence[CheckedEntry], of_function: bool) -> tuple[Off, float]:
    if all(each.grad is None for each in those):
        return "none", 0.0
    if of_function and all(
        each.grad == each.other and _close(each.grad or 0.0, each.slope or 0.0, ABSOLUTE_TOLERANCE)
        for each in those
    ):
        return "unscaled", 1.0
    pairs = [(each.grad, each.slope) for each in those]
    factors = [grad / slope for grad, slope in pairs if grad is not None and slope]
    if len(factors) < len(those) or not all(map(math.isfinite, factors)):
        return "", 1.0
    first = factors[0]
    if abs(first - 1) < _SAME_FACTOR or any(
        abs(each - first) > _SAME_FACTOR * abs(first) for each in factors
    ):
        return "", 1.0
    return ("sign" if abs(first + 1) < _SAME_FACTOR else "factor"), first


def _distance(entry: CheckedEntry) -> float:
    distance = abs((entry.grad or 0.0) - (entry.slope or 0.0))
    return math.inf if math.isnan(distance) else distance


def _distance_of_function(entry: CheckedEntry) -> float:
    """That of the incoming gradient for which it is larger."""
    other = CheckedEntry(entry.index, entry.other, entry.double)
    return max(_distance(entry), _distance(other))


def _close(one: float, other: float, least: float) -> bool:
    if one == other or (math.isnan(one) and math.isnan(other)):
        return True
    return abs(one - other) <= least + RELATIVE_TOLERANCE * abs(other)


def _is_kink(exact: float, entry: CheckedEntry, least: float) -> bool:
    """Whether the slopes on both sides differ, and autograd's lies between them."""
    low, high = sorted((entry.below, entry.above))
    if not math.isfinite(high - low) or _close(low, high, least):
        return False
    room = least + RELATIVE_TOLERANCE * max(abs(low), abs(high))
    return low - room <= exact <= high + room
