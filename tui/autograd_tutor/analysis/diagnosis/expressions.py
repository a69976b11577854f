"""Which tensors an expression of a line stands for, as far as its text says."""

from __future__ import annotations

import ast

from autograd_tutor.analysis.diagnosis.naming import recorded, under
from autograd_tutor.analysis.diagnosis.run import Line
from autograd_tutor.recording.model import Tensor


def tensors_of(line: Line, node: ast.AST) -> dict[str, Tensor]:
    """The tensors in what an expression names: `w`, `model.parameters()`, `[a, *self.parts]`."""
    if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
        found = _under(line, recorded(node))
        if found or isinstance(node, ast.Name):
            return found
        return tensors_of(line, node.value)
    found = {}
    for child in ast.iter_child_nodes(node):
        found |= tensors_of(line, child)
    return found


def before(line: Line, name: str) -> Tensor | None:
    """The tensor that an expression stood for when a line began; `self.w` of a method, too."""
    return line.before(name)


def after(line: Line, name: str) -> Tensor | None:
    """The one that it stands for afterwards."""
    return line.after(name)


def _under(line: Line, name: str) -> dict[str, Tensor]:
    return under(line.trace, line.index, name, line.since - 1) or under(
        line.trace, line.index, name
    )
