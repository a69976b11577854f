"""Leaves, and views, that a line changes in place and must not: what it changes."""

from __future__ import annotations

import ast

from autograd_tutor.analysis.diagnosis.edits import out_of_place, segment, without_grad
from autograd_tutor.analysis.diagnosis.finding import Explained, Fact
from autograd_tutor.analysis.diagnosis.nodes import line_of
from autograd_tutor.analysis.diagnosis.run import Line, Run, spoken
from autograd_tutor.analysis.diagnosis.source import written
from autograd_tutor.recording.model import Tensor

OF_LEAF = "a view of a leaf Variable that requires grad is being used in an in-place"
_SEVERAL = ("SplitBackward", "SplitWithSizesBackward", "UnbindBackward", "ChunkBackward",
            "UnsafeSplitBackward", "TensorSplitBackward")  # fmt: skip
"""Operations that give several views at once."""


def leaf_in_place(run: Run, line: Line) -> Explained | None:
    """A leaf was changed while grad mode was on."""
    name = _name(_changed(line))
    return "", {"name": name or "a leaf"}, (name,) if name else (), without_grad(line)


def views(run: Run, line: Line) -> Explained | None:
    """A view that must not be changed in place was."""
    changed = _changed(line)
    name = _name(changed)
    tensor = line.before(name) if name else None
    is_of_leaf = run.failure is not None and OF_LEAF in run.failure[1].message
    if is_of_leaf and tensor is not None and tensor.leaf is not None and changed is not None:
        facts: dict[str, Fact] = {"name": segment(line, changed), "whole": name}
        return "leaf", facts, (name,), without_grad(line)
    several = _several(run, tensor)
    if not is_of_leaf and several is not None:
        facts = {"name": name, "made": several.in_file, "text": several.text}
        return "several", facts, (name,), out_of_place(line, name)
    whole = _whole_of(line, tensor)
    about = tuple(filter(None, (name, whole)))
    facts = {"name": name or "a view", "whole": spoken(whole)}
    if whole and is_of_leaf:
        return "leaf", facts, about, without_grad(line)
    return ("" if whole else "unknown"), facts, about, out_of_place(line, name)


def _several(run: Run, tensor: Tensor | None) -> Line | None:
    """The line that made a tensor as one of several views."""
    if tensor is None or not (tensor.grad_fn_name or "").startswith(_SEVERAL):
        return None
    return line_of(run, tensor.grad_fn or 0)


def _whole_of(line: Line, tensor: Tensor | None) -> str:
    """Another tensor in the same memory."""
    if tensor is None or tensor.storage is None:
        return ""
    for other, each in line.trace.state(line.since - 1).tensors.items():
        if each.storage == tensor.storage and each.identity != tensor.identity:
            return other
    return ""


def _changed(line: Line) -> ast.expr | None:
    """What a line changes in place: a tensor, or a part of one."""
    source = line.source
    if source is None:
        return None
    statement = source.statement
    if isinstance(statement, ast.AugAssign):
        return statement.target
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Subscript):
        return statement.targets[0]
    for call in source.calls:
        if call.name.endswith("_") and not call.name.endswith("__") and call.receiver is not None:
            return call.receiver
    return None


def _name(node: ast.expr | None) -> str:
    """The tensor that something is a part of."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return written(node) if node is not None else ""
