"""The `.grad` of every tensor that can have one, in figures that can be compared."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from autograd_tutor.analysis.changes import Grad, grads
from autograd_tutor.analysis.identity import NOTHING_KNOWN, Identity, identity_at
from autograd_tutor.analysis.norms import grad_norm
from autograd_tutor.analysis.watch import is_watched, sort_watched
from autograd_tutor.limits.interface import MOST_EARLIER
from autograd_tutor.recording import numbers
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.nonfinite import nonfinite
from autograd_tutor.recording.trace import State, Trace


class GradientRow(NamedTuple):
    """One tensor and its `.grad`."""

    grad: Grad
    tensor: Tensor
    size: float | None
    """Euclidean norm of the `.grad`; None without one, or without values."""
    ratio: float | None
    """That norm to the tensor's own; None where that is not known, or no finite number."""
    update: float | None = None
    """Norm of the last change of the tensor's elements, where this step has recorded it."""
    watched: bool = False

    @property
    def is_odd(self) -> bool:
        """Whether there is no `.grad`, or one that is 0 or holds NaN or inf."""
        now = self.grad.now
        return now is None or self.size == 0 or nonfinite(now) is not None


def gradient_rows_at(
    trace: Trace,
    index: int,
    previous: int,
    watch: Sequence[str] = (),
    first: Sequence[str] = (),
) -> list[GradientRow]:
    """The gradients at snapshot `index`; what differs does so from snapshot `previous`.

    What the lesson watches comes first, then `first`; explained by the names that are watched.
    """
    return gradient_rows(
        trace.state_changed_first(index),
        trace.state(previous),
        watch,
        identity_at(trace, index, watch),
        first,
        lambda name: last_update(trace, index, name),
    )


def gradient_rows(
    state: State,
    before: State,
    watch: Sequence[str] = (),
    identity: Identity = NOTHING_KNOWN,
    first: Sequence[str] = (),
    update_of: Callable[[str], float | None] = lambda _: None,
) -> list[GradientRow]:
    """The same of any two states."""
    found = {grad.name: grad for grad in grads(state, before, identity)}
    rows = []
    for name in sort_watched(found, (*watch, *first)):
        grad, tensor = found[name], state.tensors[name]
        size = None if grad.now is None else grad_norm(grad.now)
        own = grad_norm(tensor)
        ratio = size / own if size is not None and own and math.isfinite(size / own) else None
        rows.append(
            GradientRow(grad, tensor, size, ratio, update_of(name), is_watched(name, watch))
        )
    return rows


def by_size(rows: Sequence[GradientRow]) -> list[GradientRow]:
    """NaN and inf first, then the largest; what has no `.grad` last."""

    def rank(row: GradientRow) -> tuple[int, float]:
        if row.grad.now is None:
            return 3, 0.0
        if row.size is None:
            return 2, 0.0
        return (1, -row.size) if math.isfinite(row.size) else (0, 0.0)

    return sorted(rows, key=rank)


def last_update(trace: Trace, index: int, name: str) -> float | None:
    """How far the elements of a tensor moved when they last changed, as a Euclidean norm."""
    now = trace.tensor(index, name)
    if now is None:
        return None
    for _, was in islice(trace.history(index, name), MOST_EARLIER):
        if was is None or was.identity != now.identity or was.shape != now.shape:
            return None
        if was.raw != now.raw:
            return _distance(was.raw, now.raw, now.dtype) if was.dtype == now.dtype else None
    return None


@lru_cache(maxsize=512)
def _distance(was: bytes | None, now: bytes | None, dtype: str) -> float | None:
    if was is None or now is None or len(was) != len(now) or dtype not in numbers.DTYPES:
        return None
    pairs = zip(numbers.decode(was, dtype), numbers.decode(now, dtype), strict=True)
    return math.hypot(*(abs(complex(new) - complex(old)) for old, new in pairs))
