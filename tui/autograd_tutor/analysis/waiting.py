"""Why a node has not run in a pass, and what has come to it by now."""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum
from itertools import islice
from typing import NamedTuple

from autograd_tutor.analysis.pass_state import Contribution, PassState, Stage
from autograd_tutor.limits.interface import MOST_PARTS
from autograd_tutor.recording.model import Tensor


class Reason(Enum):
    """Why a node has not run, or what else became of it."""

    FAILED = "failed"
    """The pass raised an error at it, before or after it ran."""
    HANDED_BACK = "handed back"
    """It is an input of `grad`, which returns what arrives there."""
    IS_INPUT = "is input"
    """The same, but what was returned is not known."""
    LIMITED = "limited"
    """The pass was limited to inputs that it does not lead to."""
    NOT_REACHED = "not reached"
    NOT_RECORDED = "not recorded"
    READY = "ready"
    """All that it waits for has arrived."""
    WAITING = "waiting"


class Waiting(NamedTuple):
    """A node without a record at one moment of a pass, or one at which the pass failed."""

    reason: Reason
    parts: tuple[Contribution, ...]
    """The first MOST_PARTS of what it receives; some may have yet to arrive."""
    arrived: int
    part_count: int
    """How much it receives in all."""
    returned: Tensor | None
    """What `grad` returns for it."""

    @property
    def unlisted(self) -> int:
        """How many contributions there are beyond `parts`."""
        return self.part_count - len(self.parts)


def waiting(at: PassState, number: int, names: Collection[str]) -> Waiting:
    """Why a node has not run; `names`: what it is called, to find it among the inputs of `grad`."""
    arrived, count = at.count_arrived(number)
    returned = at.handed_back(number)
    reason = _reason(at, number, names)
    if reason is Reason.WAITING and arrived == count:
        reason = Reason.READY
    parts = tuple(islice(at.contributions(number), MOST_PARTS))
    return Waiting(reason, parts, arrived, count, returned)


def _reason(at: PassState, number: int, names: Collection[str]) -> Reason:
    stage = at.stage(number)
    if stage is Stage.FAILED:
        return Reason.FAILED
    if at.handed_back(number) is not None:
        return Reason.HANDED_BACK
    if stage is Stage.NOT_RECORDED:
        return Reason.NOT_RECORDED
    if stage is not Stage.UNREACHED:
        return Reason.WAITING
    ended = at.ended
    if ended is None or ended.inputs is None:
        return Reason.NOT_REACHED
    is_input = ended.function == "grad" and any(name in names for name in ended.inputs)
    return Reason.IS_INPUT if is_input else Reason.LIMITED
