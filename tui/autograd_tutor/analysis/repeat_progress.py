"""How far a pass is with a repeated block of nodes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from autograd_tutor.analysis.nan_origin import first_origin
from autograd_tutor.analysis.pass_state import PassState, Stage
from autograd_tutor.analysis.repeats import Repeat
from autograd_tutor.recording.nonfinite import NonFinite

_FIRST_SEEN = (
    Stage.NOW,
    Stage.FAILED,
    Stage.WAITING,
    Stage.NOT_RECORDED,
    Stage.DONE,
    Stage.UNREACHED,
)
"""Of nodes that share a row, the stage of which counts."""


class RepeatProgress(NamedTuple):
    """How far a pass is with the nodes of a repeat."""

    stage: Stage
    ran: int
    """How many of its nodes have run."""
    total: int
    sizes: tuple[float, ...]
    """Of what arrived at the first and at the last block that has begun; none before that."""
    nonfinite: int = 0
    """At how many of its nodes NaN or inf arrived."""
    kind: str = ""
    """`nan` where it arrived at one of them or was made there, else `inf`; empty for neither."""
    made: bool = False
    """Whether any of them made it."""


def repeat_progress(at: PassState, repeat: Repeat, order: Sequence[int]) -> RepeatProgress:
    """`order`: the nodes of the graph, of which the repeat is a part."""
    inside = order[repeat.start : repeat.stop]
    stages = Counter(map(at.stage, inside))
    stage = next(each for each in _FIRST_SEEN if each in stages)
    # The first node of each block: they are of one operation, so that sizes compare.
    sizes = [at.size(number) for number in inside[:: repeat.period]]
    known = [size for size in sizes if size is not None]
    ends = tuple(known[:1] + known[1:][-1:])
    ran = stages[Stage.DONE] + stages[Stage.NOW]
    received = at.received_nonfinite
    found = [received[each] for each in inside if each in received and at.record(each) is not None]
    origin = first_origin(at, inside)
    held = found if origin is None else [*found, origin.made]
    return RepeatProgress(
        stage, ran, len(inside), ends, len(found), _kind(held), origin is not None
    )


def _kind(found: Sequence[NonFinite]) -> str:
    return "" if not found else "nan" if any(each.nan for each in found) else "inf"
