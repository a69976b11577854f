"""The custom Functions that a run has applied, whose backward nothing but `verify` can check."""

from __future__ import annotations

from collections.abc import Iterable

from autograd_tutor.recording.model import Node

_OF_TORCH = frozenset(
    {"CheckpointFunction", "BackwardHookFunction", "NoopSaveInputs", "CompiledFunction"}
)
_OF_LIBRARIES = "GeneratedBackwardFor"


def custom_functions(nodes: Iterable[Node]) -> list[str]:
    """The names of those that are not torch's own, in the order of their nodes."""
    names = dict.fromkeys(each.name.removesuffix("Backward") for each in nodes if each.custom)
    return [each for each in names if each not in _OF_TORCH and not each.startswith(_OF_LIBRARIES)]
