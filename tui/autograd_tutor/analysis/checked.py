"""What a check of gradients has shown: which numbers agree, and how those that do not are off."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

from msgspec.structs import replace

from autograd_tutor.limits.checks import (
    ABSOLUTE_TOLERANCE,
    NEGLIGIBLE,
    NOISE,
    RELATIVE_TOLERANCE,
    ROUNDINGS,
    STEADY,
)
from autograd_tutor.recording.checks import (
    Checked,
    CheckedEntry,
    CheckedFunction,
    CheckedInput,
    CheckedLeaf,
)
from autograd_tutor.recording.followed import Place

Verdict = Literal["agrees", "rounding", "kink", "cut", "differs", "unknown"]
"""`rounding`: in float64 it agrees; `kink`: the slopes on both sides differ; `cut`: it agrees where
what autograd does not follow (detach, no_grad, numbers in Python) keeps its numbers; `unknown`:
nothing could be compared."""

Off = Literal[
    "",
    "none",
    "sign",
    "factor",
    "unscaled",
    "range",
    "steep",
    "not-finite",
    "edge",
    "small",
    "unsteady",
    "no-value",
    "lost",
]
"""How what differs is off. `unscaled`: a backward gives the same for every incoming gradient. Of
NaN and infinities: `range`: in float64 it is finite; `steep`: the slopes on both sides differ. Of
kinks: `edge`: on one side there is no value. Of what is not known: `small`: rounding hides the
slope; `unsteady`: another step gives another slope; `no-value`: the value is not finite;
`lost`: its float64 numbers are not known."""

Rounded = Literal["usual", "grown", "zero", "unknown"]
"""How far a gradient is from the one in float64. `zero`: that one is 0, next to all others."""

_RANK: Sequence[Verdict] = ("agrees", "unknown", "rounding", "kink", "cut", "differs")
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
    least = ABSOLUTE_TOLERANCE * _size(leaf)
    negligible = NEGLIGIBLE * max(map(_size, checked.leaves))
    found = [_verdict(each, least, negligible) for each in leaf.entries]
    return _judged(leaf.entries, found)


def judge_function(function: CheckedFunction) -> list[Judged]:
    """What the inputs of a Function show, one after the other."""
    return [_judge_input(each) for each in function.inputs]


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


def _size(leaf: CheckedLeaf) -> float:
    """The largest absolute value of its gradient that is known and finite; else 0."""
    known = [abs(each.grad) for each in leaf.entries if each.grad is not None]
    return max(filter(math.isfinite, [leaf.largest, *known]), default=0.0)


def _verdict(entry: CheckedEntry, least: float, negligible: float) -> tuple[Verdict, Off]:
    """`least`: what a gradient may be off; `negligible`: rounding that hides no slope."""
    grad = 0.0 if entry.grad is None else entry.grad
    exact = grad if entry.double is None else entry.double
    if not math.isfinite(grad):
        return _not_finite(entry, exact, least)
    if entry.slope is None or entry.problem:
        return "unknown", ""
    if entry.lost and not _close(grad, entry.slope, least + entry.noise):
        return "unknown", "lost"
    slope, most = entry.slope, least + entry.noise
    if _close(grad, slope, most) or _close(exact, slope, most):
        sure = max(NOISE * max(abs(grad), abs(slope)), least, negligible)
        if entry.noise > sure and slope not in (grad, exact):
            return "unknown", "small"
        return ("agrees" if _close(grad, slope, most) else "rounding"), ""
    if entry.cut is not None and _close(exact, entry.cut, most):
        return "cut", ""
    if _is_edge(entry):
        return "kink", "edge"
    if _is_kink(exact, entry, most):
        return "kink", ""
    if not math.isfinite(slope):
        return "unknown", "no-value"
    distance = abs(exact - slope)
    if distance < STEADY * entry.noise:
        return "unknown", "small"
    return ("unknown", "unsteady") if distance < STEADY * entry.spread else ("differs", "")


def _is_edge(entry: CheckedEntry) -> bool:
    """Whether there is no value on one side."""
    return math.isnan(entry.below) is not math.isnan(entry.above)


def _not_finite(entry: CheckedEntry, exact: float, least: float) -> tuple[Verdict, Off]:
    if entry.double is not None and math.isfinite(exact):
        return "differs", "range"
    known = entry.slope is not None
    if known and math.isinf(exact) and _is_edge(entry):
        return "kink", "edge"
    sides = entry.below, entry.above
    steep = known and any(map(math.isfinite, sides)) and not _close(*sides, least + entry.noise)
    return "differs", "steep" if steep else "not-finite"


def _judge_input(given: CheckedInput) -> Judged:
    """As torch.autograd.gradcheck does, for both incoming gradients."""
    least = ABSOLUTE_TOLERANCE * given.scale
    verdicts: list[tuple[Verdict, Off]] = []
    for each in given.entries:
        plain = _verdict(replace(each, double=None), least, 0.0)
        second = CheckedEntry(each.index, each.other, each.double, noise=each.noise)
        other = _verdict(replace(second, spread=each.spread), least, 0.0)
        verdicts.append(other if other[0] == "differs" and plain[0] != "kink" else plain)
    return _judged(given.entries, verdicts, of_function=True)


def _judged(
    entries: Sequence[CheckedEntry],
    found: Sequence[tuple[Verdict, Off]],
    of_function: bool = False,
) -> Judged:
    verdicts = tuple(verdict for verdict, _ in found)
    worst: Verdict = max(verdicts, key=_RANK.index, default="unknown")
    those = [e for e, verdict in zip(entries, verdicts, strict=True) if verdict == worst]
    if worst == "agrees" or not those:
        return Judged(worst, verdicts)
    furthest = max(those, key=_distance_of_function if of_function else _distance)
    off = next(o for e, (_, o) in zip(entries, found, strict=True) if e is furthest)
    if worst == "unknown" and not off:
        return Judged(worst, verdicts)
    if worst != "differs" or off:
        return Judged(worst, verdicts, furthest, off)
    return Judged(worst, verdicts, furthest, *_off(those, of_function))


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
    if not (math.isfinite(one) and math.isfinite(other)):
        return False
    return abs(one - other) <= least + RELATIVE_TOLERANCE * abs(other)


def _is_kink(exact: float, entry: CheckedEntry, least: float) -> bool:
    """Whether the slopes on both sides differ, and autograd's lies between them."""
    low, high = sorted((entry.below, entry.above))
    if entry.closing or not math.isfinite(high - low) or _close(low, high, least):
        return False
    room = least + RELATIVE_TOLERANCE * max(abs(low), abs(high))
    return low - room <= exact <= high + room
