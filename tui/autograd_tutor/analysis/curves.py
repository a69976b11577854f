"""Numbers over time: what a scalar, or the norm of a tensor or gradient, was at each moment."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

from autograd_tutor.analysis.pass_sizes import sizes_of
from autograd_tutor.analysis.trace_cache import cached_per_trace
from autograd_tutor.analysis.watch import is_watched
from autograd_tutor.limits import MOST_CURVE_ELEMENTS
from autograd_tutor.recording import numbers
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.trace import Trace

GRAD = ".grad"
"""What the name of a gradient's curve ends in, behind that of its tensor."""

Point = tuple[int, float]
"""At which place, and what."""

CurveKind = Literal["leaf", "operation", "constant", "grad", "number"]
"""What a curve is of: a tensor by its part in autograd, a gradient, or a plain number."""


class CurveName(NamedTuple):
    """Something that has a number at two moments of a step or more."""

    name: str
    kind: CurveKind
    is_norm: bool
    """Whether the number is the Euclidean norm of many elements."""
    is_whole: bool
    """Whether it counts: a plain whole number."""
    changes: int
    """At how many moments it was recorded."""


class Curve(NamedTuple):
    """Numbers at growing places, moments or nodes of a pass, from 0; those between are joined."""

    name: str
    kind: CurveKind
    is_norm: bool
    points: tuple[Point, ...]
    last: int
    """The last place that there is."""
    every: int = 1
    """Of norms that take long to work out only each so-many-th is there."""

    def value_at(self, place: int) -> Point | None:
        """The last point up to a place."""
        low, high = 0, len(self.points)
        while low < high:
            middle = (low + high) // 2
            if self.points[middle][0] <= place:
                low = middle + 1
            else:
                high = middle
        return self.points[low - 1] if low else None


def curve_names(trace: Trace, watch: Sequence[str] = ()) -> tuple[CurveName, ...]:
    """All that a curve can be drawn of: what is watched first, then numbers, norms, gradients."""
    found = _curve_names(trace, len(trace))
    ranks = {each.name: rank for rank, each in enumerate(found)}

    def key(each: CurveName) -> tuple[bool, bool, bool, bool, int, int]:
        watched = is_watched(each.name, tuple(watch))
        return (
            not watched,
            each.is_norm,
            each.kind == "grad",
            each.is_whole,
            -each.changes,
            ranks[each.name],
        )

    return tuple(sorted(found, key=key))


def shown_first(trace: Trace, names: Sequence[CurveName], watch: Sequence[str]) -> tuple[str, ...]:
    """Of which to draw a curve as long as nobody has chosen.

    The numbers that are watched, else what the newest pass began at, else what changes most.
    Counters of turns only where there is nothing else.
    """
    scalars = [each for each in names if not each.is_norm and each.kind != "grad"]
    for group in ([each for each in scalars if not each.is_whole], scalars, list(names)):
        if watched := [each.name for each in group if is_watched(each.name, watch)]:
            return tuple(watched)
        roots = _roots(trace)
        if begun := [each.name for each in group if each.name in roots]:
            return tuple(begun)
        if group:
            return (max(group, key=lambda each: each.changes).name,)
    return ()


def _roots(trace: Trace) -> set[str | None]:
    newest = max(trace.passes, default=None)
    return set() if newest is None else {root.name for root in trace.passes[newest].roots}


@cached_per_trace(most=32)
def curve_of(trace: Trace, name: str, count: int) -> Curve | None:
    """The curve of a name, or of a gradient, over the first `count` moments of a step.

    None where there is no number. The state before the step stands at moment 0.
    """
    of_grad, tensors = _tensors(trace, name, count)
    values = {} if of_grad else _values(trace, name, count)
    kind: CurveKind = "grad" if of_grad else "number"
    every = _every(tensors)
    points: dict[int, float] = {}
    is_norm = False
    for number, (moment, tensor) in enumerate(tensors):
        if number % every and number != len(tensors) - 1:
            continue
        size = _number(tensor)
        if size is not None:
            points[max(0, moment)] = size
            is_norm = is_norm or not _is_scalar(tensor)
            kind = kind if of_grad else _kind(tensor)
    points |= values
    ordered = tuple(sorted(points.items()))
    return Curve(name, kind, is_norm, ordered, max(0, count - 1), every) if ordered else None


def pass_curve(trace: Trace, call: int) -> Curve | None:
    """How large what arrived was at each node of a pass, in the order in which they ran."""
    ran = trace.ran.get(call, {})
    sizes = sizes_of(trace, call, len(ran)).by_node
    points = [(place, sizes[node]) for place, node in enumerate(ran) if node in sizes]
    if not points:
        return None
    return Curve("norm of what arrives", "grad", True, tuple(points), len(ran) - 1)


@cached_per_trace(most=4)
def _curve_names(trace: Trace, count: int) -> tuple[CurveName, ...]:
    found: list[CurveName] = []
    for name in trace.names:
        entries = [tensor for _, tensor in trace.history(count - 1, name) if tensor is not None]
        texts = [text for _, text in trace.value_history(count - 1, name) if text is not None]
        plain = [text for text in texts if _plain_number(text) is not None]
        with_number = sum(map(_has_number, entries))
        if with_number + len(plain) > 1:
            norm = any(not _is_scalar(tensor) for tensor in entries)
            kind = _kind(entries[0]) if entries else "number"
            whole = not entries and all(text.lstrip("-").isdigit() for text in plain)
            found.append(CurveName(name, kind, norm, whole, with_number + len(plain)))
        grads = [tensor.grad for tensor in entries if tensor.grad is not None]
        if (changes := sum(map(_has_number, grads))) > 1:
            norm = any(not _is_scalar(grad) for grad in grads)
            found.append(CurveName(name + GRAD, "grad", norm, False, changes))
    return tuple(found)


def _tensors(trace: Trace, name: str, count: int) -> tuple[bool, list[tuple[int, Tensor]]]:
    """Whether a name is that of a gradient, and the tensors that it stood for, in order."""
    found = [(at, tensor) for at, tensor in trace.history(count - 1, name) if tensor is not None]
    if found or not name.endswith(GRAD):
        return False, found[::-1]
    owner = name.removesuffix(GRAD)
    grads = [
        (at, tensor.grad)
        for at, tensor in trace.history(count - 1, owner)
        if tensor is not None and tensor.grad is not None
    ]
    return True, grads[::-1]


def _values(trace: Trace, name: str, count: int) -> dict[int, float]:
    found: dict[int, float] = {}
    for moment, text in trace.value_history(count - 1, name):
        number = None if text is None else _plain_number(text)
        if number is not None:
            found[max(0, moment)] = number
    return found


def _every(tensors: Sequence[tuple[int, Tensor]]) -> int:
    """Of how many tensors one is looked at, so that no key waits for norms."""
    elements = sum(len(tensor.raw) for _, tensor in tensors if tensor.raw is not None) // 4
    return 1 + elements // MOST_CURVE_ELEMENTS


def _is_scalar(tensor: Tensor) -> bool:
    shape = tensor.shape
    return shape is not None and math.prod(shape) == 1 and not numbers.is_complex(tensor.dtype)


def _has_number(tensor: Tensor) -> bool:
    return tensor.raw is not None or tensor.stats is not None


def _number(tensor: Tensor) -> float | None:
    """The number of a tensor of one element, the norm of any other."""
    if not _is_scalar(tensor):
        return numbers.norm(tensor)
    raw = numbers.elements(tensor)
    return None if raw is None else float(numbers.decode(raw, tensor.dtype)[0].real)


def _plain_number(text: str) -> float | None:
    if not text[:1].isdigit() and text[:1] not in "-nif.":
        return None
    try:
        return float(text)
    except ValueError:
        return None


def _kind(tensor: Tensor) -> CurveKind:
    if tensor.kind == "intermediate":
        return "operation"
    return "constant" if tensor.kind == "constant" else "leaf"
