"""Whether a number is taken from what a line has made, as a validation does and a sampler not."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping

from autograd_tutor.analysis.diagnosis.run import Line, Moment, Run, spoken
from autograd_tutor.recording.local_names import is_local, local_prefix
from autograd_tutor.recording.model import Tensor

_MEASURES = frozenset(
    ("allclose", "argmax", "eq", "equal", "item", "mean", "norm", "std", "sum", "tolist", "topk")
)
_LOOKS_AWAY = ("dtype", "shape", "size")
_PART = re.compile(r"[.\[(]")
_LOOKED_THROUGH = 200
"""Lines after it that are looked through."""


def is_measured(run: Run, line: Line, until: Moment) -> bool:
    """Whether a line before a moment makes a scalar of what a line has made, or prints that."""
    made = _identities(line.tensors_made())
    if _measures(line, frozenset()):
        return True
    for later in run.lines_between(line.moment, until)[:_LOOKED_THROUGH]:
        is_around = later.trace is line.trace and later.since <= line.index
        read = {name: each for name, each in later.tensors_read().items() if each.identity in made}
        if not read and not is_around:
            continue
        if _measures(later, None if is_around else _variables(read)):
            return True
        new = {name: each for name, each in later.tensors_made().items() if _is_own(later, name)}
        if read and any(not each.shape for each in new.values()):
            return True
        made |= _identities(new)
    return False


def _measures(line: Line, variables: frozenset[str] | None) -> bool:
    """`variables`: those whose values are meant, None: that of any call."""
    source = line.source
    if source is None:
        return False
    if source.called & _MEASURES:
        return True
    return any(
        variables is None or name in variables
        for call in source.calls_of("print")
        for argument in call.arguments
        for name in _printed(argument)
    )


def _printed(node: ast.AST) -> Iterator[str]:
    """The variables in an argument, without those of which only a size is read."""
    if isinstance(node, ast.Attribute) and node.attr in _LOOKS_AWAY:
        return
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len":
        return
    if isinstance(node, ast.Name):
        yield node.id
    for child in ast.iter_child_nodes(node):
        yield from _printed(child)


def _variables(names: Iterable[str]) -> frozenset[str]:
    """As the code calls them: `out` of `validate().out[0]`."""
    return frozenset(_PART.split(spoken(each), maxsplit=1)[0] for each in names)


def _is_own(line: Line, name: str) -> bool:
    """Whether a name is one of the line's own frame, or none of a function at all."""
    function = line.snapshot.function
    return not is_local(name) or bool(function and name.startswith(local_prefix(function)))


def _identities(tensors: Mapping[str, Tensor]) -> set[int]:
    return {each.identity for each in tensors.values() if each.identity is not None}
