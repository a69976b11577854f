"""How large is what arrives at the nodes of a backward pass."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from autograd_tutor.analysis.norms import grad_norm
from autograd_tutor.analysis.trace_cache import cached_per_trace
from autograd_tutor.recording.model import Backward
from autograd_tutor.recording.nonfinite import NonFinite, combined
from autograd_tutor.recording.trace import Trace


def arrived_size(record: Backward) -> float | None:
    """The Euclidean norm over everything that arrived at a node."""
    norms = [grad_norm(grad) for grad in record.grad_outputs if grad is not None]
    known = [norm for norm in norms if norm is not None]
    if not known:
        return None
    return math.nan if any(map(math.isnan, known)) else math.hypot(*known)


class Sizes(NamedTuple):
    """Norms of what arrived, as far as it is known."""

    by_node: Mapping[int, float]
    largest: float | None
    nonfinite: Mapping[int, NonFinite]
    """By node the NaN and inf in what arrived, where there are any."""


@cached_per_trace(most=8)
def sizes_of(trace: Trace, call: int, count: int) -> Sizes:
    """The size of what arrived in a pass, of which `count` nodes were recorded by then."""
    sizes: dict[int, float] = {}
    nonfinite: dict[int, NonFinite] = {}
    for number, at in trace.ran.get(call, {}).items():
        record = trace.snapshots[at].backward
        size = None if record is None else arrived_size(record)
        if record is None or size is None:
            continue
        sizes[number] = size
        found = None if math.isfinite(size) else combined(record.grad_outputs)
        if found is not None and found.any:  # else only the size is beyond what is finite
            nonfinite[number] = found
    return Sizes(sizes, max(filter(math.isfinite, sizes.values()), default=None), nonfinite)
