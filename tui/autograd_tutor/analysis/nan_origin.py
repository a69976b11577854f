"""Where NaN and inf come from: what makes them of finite numbers, and when a step has the first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import NamedTuple

from autograd_tutor.analysis.pass_state import PassState
from autograd_tutor.analysis.trace_cache import cached_per_trace
from autograd_tutor.limits import MOST_PARTS
from autograd_tutor.recording.model import Backward, Saved, Tensor
from autograd_tutor.recording.nonfinite import NonFinite, combined, nonfinite
from autograd_tutor.recording.trace import Trace

_BLOCK = 256
"""Snapshots that are searched at once."""


class Maker(Enum):
    """What made NaN or inf at a node of a pass."""

    NODE = "node"
    """The node: what arrived at it was finite."""
    SUM = "sum"
    """The sum of what the consumers sent."""
    HOOK = "hook"
    """A hook, before the node ran."""
    ACCUMULATION = "accumulation"
    """Adding to a finite `.grad`."""


class Origin(NamedTuple):
    """NaN and inf that came out of a calculation and did not go into it.

    NaN that is made of inf counts; inf beside a NaN that went in does not.
    """

    maker: Maker
    made: NonFinite
    of_inf: bool = False
    """Whether inf went in."""
    saved: tuple[tuple[str, NonFinite], ...] = ()
    """Of a node, the names of the saved tensors that hold NaN or inf since the forward pass."""


def pass_origin(at: PassState, number: int) -> Origin | None:
    """Whether NaN or inf was made at a node of a pass that has run; None also where unknown."""
    return _origins(at).get(number) if at.record(number) is not None else None


def _origins(at: PassState) -> Mapping[int, Origin]:
    return _origins_of(at.trace, at.call, len(at.ran), at.ended is not None)


@cached_per_trace(most=8)
def _origins_of(trace: Trace, call: int, count: int, ended: bool) -> Mapping[int, Origin]:
    """By node; `count` nodes of the pass were recorded when this was asked for."""
    at = PassState(trace, call, len(trace) - 1, failing=True)
    found = {}
    for number in at.ran:
        arrived = at.nonfinite(number)
        if arrived is not None or _may_send(at, number):
            origin = _origin_at(at, number, arrived)
            if origin is not None:
                found[number] = origin
    return found


def _may_send(at: PassState, number: int) -> bool:
    """Whether NaN or inf may leave a node.

    Of most nodes, what they sent is what arrived at others, and is known from there.
    """
    node = at.trace.nodes.get(number)
    if node is None:
        return False
    return node.name == "AccumulateGrad" or any(
        edge is not None and (at.record(edge[0]) is None or at.nonfinite(edge[0]) is not None)
        for edge in node.next
    )


def _origin_at(at: PassState, number: int, arrived: NonFinite | None) -> Origin | None:
    record = at.record(number)
    assert record is not None
    if arrived is not None:
        origin = _arrival_origin(at, record, arrived)
        if origin is not None:
            return origin
    if record.leaf is not None:
        return _accumulation_origin(at, record, record.leaf)
    made = _origin(Maker.NODE, record.grad_outputs, record.grad_inputs)
    if made is None:
        return None
    found = [(each.name, saved_nonfinite(at.trace, at.ran[number], each)) for each in record.saved]
    return made._replace(saved=tuple([(name, held) for name, held in found if held is not None]))


def _arrival_origin(at: PassState, record: Backward, arrived: NonFinite) -> Origin | None:
    """NaN or inf that arrived, though nobody sent it."""
    if at.ended is None or at.count_arrived(record.node)[1] > MOST_PARTS:
        return None
    parts = tuple(at.contributions(record.node))
    if not all(part.arrived for part in parts):
        return None
    several = max(Counter(part.output_nr for part in parts).values(), default=0) > 1
    maker = Maker.SUM if several else Maker.HOOK
    return _origin(maker, [part.grad for part in parts], record.grad_outputs)


def _accumulation_origin(at: PassState, record: Backward, leaf: str) -> Origin | None:
    index = at.ran[record.node]
    was, now = at.trace.tensor(index - 1, leaf), at.trace.tensor(index, leaf)
    before = [*record.grad_outputs, None if was is None else was.grad]
    return _origin(Maker.ACCUMULATION, before, [None if now is None else now.grad])


def _origin(
    maker: Maker, before: Iterable[Tensor | None], after: Iterable[Tensor | None]
) -> Origin | None:
    """What is in `after` of a kind that is not in `before`."""
    went_in, came_out = combined(before), combined(after)
    if went_in is None or came_out is None or went_in.nan or went_in.is_sample:
        return None
    made = came_out._replace(inf=0) if went_in.inf else came_out
    return Origin(maker, made, went_in.inf > 0) if made.any else None


def saved_nonfinite(trace: Trace, index: int, saved: Saved) -> NonFinite | None:
    """The NaN and inf in what the node of snapshot `index` saved; None where none are known.

    Large saved tensors have no statistics of their own; of a variable's they are the variable's.
    """
    value = saved.value
    if isinstance(value, str):
        return None
    variable = trace.tensor(index, saved.variable) if saved.variable is not None else None
    if variable is not None and value.stats is None and _same_elements(variable, value):
        return nonfinite(variable)
    return nonfinite(value)


def _same_elements(variable: Tensor, value: Tensor) -> bool:
    """Whether a saved tensor, which is bound to the variable, has not changed since."""
    kinds = [(each.shape, each.dtype, each.version, each.edges) for each in (variable, value)]
    return kinds[0] == kinds[1]


class FirstMoments(NamedTuple):
    """The snapshots of a step after which the first NaN, the first inf is there; None: no such.

    None also where there was one before the step.
    """

    nan: int | None
    inf: int | None


def first_moments(trace: Trace, index: int) -> FirstMoments:
    """The first NaN and the first inf of the step up to snapshot `index`."""
    return FirstMoments(*(_first(trace, index, kind) for kind in ("nan", "inf")))


def _first(trace: Trace, index: int, kind: str) -> int | None:
    if _base_kinds(trace) & {kind}:
        return None
    whole = (index + 1) // _BLOCK
    for block in range(whole):
        found = _first_in_block(trace, block).get(kind)
        if found is not None:
            return found
    return _found(trace, whole * _BLOCK, index + 1).get(kind)


@cached_per_trace(most=64)
def _first_in_block(trace: Trace, block: int) -> dict[str, int]:
    return _found(trace, block * _BLOCK, (block + 1) * _BLOCK)


@cached_per_trace(most=16)
def _base_kinds(trace: Trace) -> frozenset[str]:
    """What was there before the step."""
    return frozenset(_kinds(_with_grads(trace.state(-1).tensors.values())))


def _found(trace: Trace, start: int, stop: int) -> dict[str, int]:
    """By kind the first snapshot from `start` to before `stop` that brings it."""
    found: dict[str, int] = {}
    for snapshot in trace.snapshots[start:stop]:
        tensors: list[Tensor | None] = list(_with_grads(snapshot.tensors.values()))
        if snapshot.backward is not None:
            tensors += (*snapshot.backward.grad_outputs, *snapshot.backward.grad_inputs)
        for kind in _kinds(tensors):
            found.setdefault(kind, snapshot.index)
        if len(found) == 2:
            break
    return found


def _with_grads(tensors: Iterable[Tensor]) -> Iterator[Tensor | None]:
    for tensor in tensors:
        yield from (tensor, tensor.grad)


def _kinds(tensors: Iterable[Tensor | None]) -> set[str]:
    """`nan`, `inf`: which of them are in the tensors."""
    kinds = set()
    for found in map(nonfinite, tensors):
        if found is not None:
            kinds |= {kind for kind, number in (("nan", found.nan), ("inf", found.inf)) if number}
    return kinds
