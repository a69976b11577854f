"""Which tensors an expression of a line stands for, as far as its text says."""

from __future__ import annotations

import ast

from autograd_tutor.analysis.diagnosis.run import Line, is_part
from autograd_tutor.analysis.diagnosis.source import written
from autograd_tutor.recording.local_names import is_local, local_prefix
from autograd_tutor.recording.model import Tensor


def recorded(node: ast.AST) -> str:
    """An expression as recordings name it: `opts["d"]`."""
    return written(node).replace("'", '"')


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
    tensor = line.before(name)
    return tensor if tensor is not None else _one(_of_owner(line, name, line.since - 1), name)


def after(line: Line, name: str) -> Tensor | None:
    """The one that it stands for afterwards."""
    tensor = line.after(name)
    return tensor if tensor is not None else _one(_of_owner(line, name, line.index), name)


def _under(line: Line, name: str) -> dict[str, Tensor]:
    for index in (line.since - 1, line.index):
        tensors = line.trace.state(index).tensors
        prefix = local_prefix(line.snapshot.function) if line.snapshot.function else ""
        for whole in (prefix + name, name) if prefix else (name,):
            found = {each: tensors[each] for each in tensors if is_part(each, whole)}
            if found:
                return found
    return _of_owner(line, name, line.index)


def _of_owner(line: Line, name: str, index: int) -> dict[str, Tensor]:
    """What a method has in its `self`, whose tensors are recorded under a name outside of it.

    Nothing where several objects have it.
    """
    base, dot, rest = name.partition(".")
    function = line.snapshot.function
    if not dot or "." not in function or base in line.trace.state(index).tensors:
        return {}
    tensors = line.trace.state(index).tensors
    found: dict[str, Tensor] = {}
    owners: set[str] = set()
    for each, tensor in tensors.items():
        begin = each.find(f".{rest}")
        is_outside = begin > 0 and " " not in each and not is_local(each)
        if is_outside and is_part(each[begin + 1 :], rest):
            owners.add(each[:begin])
            found[each] = tensor
    return found if len(owners) == 1 else {}


def _one(found: dict[str, Tensor], name: str) -> Tensor | None:
    rest = name.partition(".")[2]
    return next((each for key, each in found.items() if key.endswith(f".{rest}")), None)
