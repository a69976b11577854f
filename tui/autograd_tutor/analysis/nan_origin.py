"""Where NaN and inf come from: what makes them of finite numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import NamedTuple

from autograd_tutor.analysis.pass_state import PassState
from autograd_tutor.limits.interface import MOST_PARTS
from autograd_tutor.recording.model import Backward, Saved, Tensor
from autograd_tutor.recording.nonfinite import NonFinite, combined, nonfinite
from autograd_tutor.recording.trace import Trace


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
    record = at.record(number)
    if record is None:
        return None
    arrived = at.nonfinite(number)
    if arrived is not None:
        origin = _arrival_origin(at, record)
        if origin is not None:
            return origin
    if record.leaf is not None:
        return _accumulation_origin(at, record, record.leaf)
    made = _origin(Maker.NODE, record.grad_outputs, record.grad_inputs)
    if made is None:
        return None
    found = [(each.name, saved_nonfinite(at.trace, at.ran[number], each)) for each in record.saved]
    return made._replace(saved=tuple([(name, held) for name, held in found if held is not None]))


def first_origin(at: PassState, numbers: Sequence[int]) -> Origin | None:
    """The origin at one of many nodes, if NaN or inf arrived at a node that they send to.

    Only where there may be one is looked closer: a graph may have 100,000 nodes.
    """
    received = at.received_nonfinite
    for number in numbers if received else ():
        node = at.trace.nodes.get(number)
        came = received.get(number)
        for edge in node.next if node is not None else ():
            sent = None if edge is None else received.get(edge[0])
            if edge is None or sent is None or (came is not None and came.nan >= min(sent.nan, 1)):
                continue
            origin = pass_origin(at, number)
            if origin is None and edge[0] in numbers:
                origin = pass_origin(at, edge[0])
            if origin is not None:
                return origin
    return None


def _arrival_origin(at: PassState, record: Backward) -> Origin | None:
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
