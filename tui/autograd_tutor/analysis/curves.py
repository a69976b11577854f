"""Numbers over time: what a scalar, or the norm of a tensor or gradient, was at each moment."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Literal, NamedTuple

from autograd_tutor.analysis.named import GRAD, tensor_named
from autograd_tutor.analysis.pass_sizes import sizes_of
from autograd_tutor.analysis.scalars import figure, is_scalar, number_of
from autograd_tutor.analysis.trace_cache import cached_per_trace
from autograd_tutor.analysis.watch import is_watched
from autograd_tutor.limits.interface import MOST_CURVE_ELEMENTS
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.trace import Trace

ACCUMULATE_GRAD = "AccumulateGrad"

_VIEWS = frozenset(
    f"{name}Backward0" for name in ("T", "Transpose", "Permute", "View", "Reshape", "Unsqueeze")
)
"""Operations that a weight goes through on its way into a layer."""

Point = tuple[int, float | None]
"""From which place on, and what; None: there is no number from there on."""

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
    identity: int | None
    """The number of the tensor that it stood for last, as in `Tensor.identity`."""


class Curve(NamedTuple):
    """Numbers at growing places from 0: moments, or nodes of a pass."""

    name: str
    kind: CurveKind
    is_norm: bool
    points: tuple[Point, ...]
    last: int
    """The last place that there is."""
    every: int = 1
    """Of norms that take long to work out only each so-many-th is there."""
    is_held: bool = True
    """Whether a number stays as it is up to the next one."""

    def value_at(self, place: int) -> float | None:
        """What the number is at a place; of what is not held, only where there is a point."""
        at = bisect_right(self.points, place, key=lambda point: point[0])
        if not at or not (self.is_held or self.points[at - 1][0] == place):
            return None
        return self.points[at - 1][1]


def curve_names(trace: Trace, watch: Sequence[str] = ()) -> tuple[CurveName, ...]:
    """All that a curve can be drawn of: what is drawn first, then numbers, norms, gradients.

    Of the names of one tensor only the first is there.
    """
    found = _curve_names(trace, len(trace))
    first = _shown_first(trace, found, watch)
    ordered = sorted(found, key=lambda each: _rank(each, first, watch))
    seen: set[tuple[int | None, bool]] = set()
    return tuple(
        [
            each
            for each in ordered
            if each.identity is None or _is_new(seen, (each.identity, each.kind == "grad"))
        ]
    )


def _rank(each: CurveName, first: Sequence[str], watch: Sequence[str]) -> tuple[bool, ...]:
    """What sorts names; those that are alike keep their order."""
    watched = is_watched(each.name, watch)
    return each.name not in first, not watched, each.is_norm, each.kind == "grad", each.is_whole


def _is_new(seen: set[tuple[int | None, bool]], key: tuple[int | None, bool]) -> bool:
    new = key not in seen
    seen.add(key)
    return new


def shown_first(trace: Trace, watch: Sequence[str]) -> tuple[str, ...]:
    """Of which to draw a curve as long as nobody has chosen.

    The numbers that are watched, else what the newest pass began at, else what changes most.
    Counters of turns only where there is nothing else.
    """
    return _shown_first(trace, _curve_names(trace, len(trace)), watch)


def _shown_first(trace: Trace, names: Sequence[CurveName], watch: Sequence[str]) -> tuple[str, ...]:
    scalars = [each for each in names if not each.is_norm and each.kind != "grad"]
    for group in ([each for each in scalars if not each.is_whole], scalars, names):
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
    kind: CurveKind = "grad" if of_grad else "number"
    every = _every(tensors)
    points: dict[int, float | None] = {}
    is_norm = False
    for number, (moment, tensor) in enumerate(tensors):
        if tensor is None:
            points[max(0, moment)] = None
        elif number % every == 0 or number == len(tensors) - 1:
            points[max(0, moment)] = figure(tensor)
            is_norm = is_norm or not is_scalar(tensor)
            kind = kind if of_grad else _kind(tensor)
    if not of_grad:
        for moment, value in _values(trace, name, count):
            if value is not None or moment not in points:
                points[max(0, moment)] = value
    if all(value is None for value in points.values()):
        return None
    return Curve(name, kind, is_norm, tuple(sorted(points.items())), max(0, count - 1), every)


def number_at(trace: Trace, index: int, name: str) -> float | None:
    """What the curve of a name is made of at one moment."""
    if (text := trace.value(index, name)) is not None:
        return number_of(text)
    tensor = tensor_named(trace, index, name)
    return None if tensor is None else figure(tensor)


def pass_curves(trace: Trace, call: int) -> list[Curve]:
    """How large what arrived was at the nodes of a pass, in the order in which they ran.

    Leaves have a curve of their own: a weight's gradient has another size than what flows on.
    """
    ran = trace.ran.get(call, {})
    sizes = sizes_of(trace, call, len(ran)).by_node
    found: dict[bool, list[Point]] = {False: [], True: []}
    for place, node in enumerate(ran):
        if node in sizes:
            found[_is_at_leaf(trace, node)].append((place, sizes[node]))
    kinds: tuple[CurveKind, CurveKind] = "operation", "leaf"
    names = "norm at operations", "norm at leaves"
    return [
        Curve(name, kind, False, tuple(points), len(ran) - 1, is_held=False)
        for name, kind, points in zip(names, kinds, found.values(), strict=True)
        if points
    ]


def _is_at_leaf(trace: Trace, number: int) -> bool:
    """Whether a node is that of a leaf, or one that hands it on to a leaf in another shape."""
    node = trace.nodes.get(number)
    if node is not None and node.name in _VIEWS and node.next[0] is not None:
        node = trace.nodes.get(node.next[0][0])
    return node is not None and node.name == ACCUMULATE_GRAD


@cached_per_trace(most=4)
def _curve_names(trace: Trace, count: int) -> tuple[CurveName, ...]:
    found: list[CurveName] = []
    for name in trace.names:
        entries = [tensor for _, tensor in trace.history(count - 1, name) if tensor is not None]
        texts = [text for _, text in trace.value_history(count - 1, name) if text is not None]
        plain = [text for text in texts if number_of(text) is not None]
        identity = entries[0].identity if entries else None
        if (changes := _changes(entries) + len(plain)) > 1:
            norm = any(not is_scalar(tensor) for tensor in entries)
            kind = _kind(entries[0]) if entries else "number"
            whole = not entries and all(text.lstrip("-").isdigit() for text in plain)
            found.append(CurveName(name, kind, norm, whole, changes, identity))
        grads = [tensor.grad for tensor in entries if tensor.grad is not None]
        if (changes := _changes(grads)) > 1:
            norm = any(not is_scalar(grad) for grad in grads)
            found.append(CurveName(name + GRAD, "grad", norm, False, changes, identity))
    return tuple(found)


def _changes(tensors: Sequence[Tensor]) -> int:
    """How often there were other numbers than before."""
    changes, before = 0, None
    for tensor in tensors:
        now = tensor.raw if tensor.stats is None else tensor.stats
        changes += now is not None and now != before
        before = now
    return changes


def _tensors(trace: Trace, name: str, count: int) -> tuple[bool, list[tuple[int, Tensor | None]]]:
    """Whether a name is that of a gradient, and the tensors that it stood for, in order."""
    found = list(trace.history(count - 1, name))
    if found or not name.endswith(GRAD):
        return False, found[::-1]
    owners = trace.history(count - 1, name.removesuffix(GRAD))
    grads = [(at, None if tensor is None else tensor.grad) for at, tensor in owners]
    return True, grads[::-1]


def _values(trace: Trace, name: str, count: int) -> list[tuple[int, float | None]]:
    found = list(trace.value_history(count - 1, name))
    return [(at, None if text is None else number_of(text)) for at, text in found[::-1]]


def _every(tensors: Sequence[tuple[int, Tensor | None]]) -> int:
    """Of how many tensors one is looked at, so that no key waits for norms."""
    raw = [tensor.raw for _, tensor in tensors if tensor is not None and tensor.raw is not None]
    elements = sum(map(len, raw)) // 4
    return 1 + elements // MOST_CURVE_ELEMENTS


def _kind(tensor: Tensor) -> CurveKind:
    if tensor.kind == "intermediate":
        return "operation"
    return "constant" if tensor.kind == "constant" else "leaf"
