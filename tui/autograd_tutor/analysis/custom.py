"""The custom Functions that a run has applied, whose backward nothing but `verify` can check."""

from __future__ import annotations

from collections.abc import Iterable

from autograd_tutor.analysis.trace_cache import cached_per_trace
from autograd_tutor.recording.model import Node
from autograd_tutor.recording.trace import Trace

_OF_TORCH = frozenset(
    {"CheckpointFunction", "BackwardHookFunction", "NoopSaveInputs", "CompiledFunction"}
)
_OF_LIBRARIES = "GeneratedBackwardFor"


def custom_functions(nodes: Iterable[Node]) -> list[str]:
    """The names of those that are not torch's own, in the order of their nodes."""
    names = dict.fromkeys(each.name.removesuffix("Backward") for each in nodes if each.custom)
    return [each for each in names if each not in _OF_TORCH and not each.startswith(_OF_LIBRARIES)]


def has_custom_functions(trace: Trace) -> bool:
    """Whether a run has applied any, up to the step of this trace. Asked for with every key."""
    return _has_any(trace, len(trace.nodes))


@cached_per_trace(4)
def _has_any(trace: Trace, _count: int) -> bool:
    return bool(custom_functions(trace.nodes.values()))
