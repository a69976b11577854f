"""Functions of a script's own, as they are asked for with every key."""

from __future__ import annotations

from autograd_tutor.analysis.custom import has_custom_functions
from autograd_tutor.recording.model import Node
from autograd_tutor.recording.trace import Trace


def node(number: int, name: str, custom: bool) -> Node:
    return Node(number, name, (), None, 1, 0, custom, (), number)


def test_what_comes_later_is_noticed() -> None:
    trace = Trace(0, "")
    assert not has_custom_functions(trace)

    trace.nodes[1] = node(1, "CheckpointFunctionBackward", True)
    trace.nodes[2] = node(2, "MulBackward0", False)
    assert not has_custom_functions(trace)

    trace.nodes[3] = node(3, "SquareBackward", True)
    assert has_custom_functions(trace)
    assert not has_custom_functions(Trace(0, ""))
