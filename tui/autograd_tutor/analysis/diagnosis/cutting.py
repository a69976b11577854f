"""Lines that turn tensors which require grad into values that do not, and which call does it."""

from __future__ import annotations

import ast
from typing import NamedTuple

from autograd_tutor.analysis.diagnosis.edits import replaced, segment, without_method
from autograd_tutor.analysis.diagnosis.finding import Fact, Mend
from autograd_tutor.analysis.diagnosis.run import Line, Run, spoken
from autograd_tutor.analysis.diagnosis.source import Call, SourceLine, names_in
from autograd_tutor.recording.model import Tensor

COPIES = (
    "tensor",
    "as_tensor",
    "Tensor",
    "FloatTensor",
    "from_numpy",
    "array",
    "asarray",
    "Variable",
)
"""Calls that make a tensor or an array of numbers."""
NUMBERS = ("item", "tolist", "numpy", "float", "int", "bool")
DETACHES = ("detach", "detach_", "data")
PLACES = ("argmax", "argmin", "argsort", "nonzero", "searchsorted", "bucketize", "multinomial")
"""Calls whose results are positions, which have no slope."""
TO_INTEGERS = ("long", "int", "bool", "short", "byte", "char")
COMPARISONS = (
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "isclose",
    "sign_bit",
    "logical_and",
    "logical_not",
)

_KINDS = (
    ("detach", DETACHES),
    ("copy", COPIES),
    ("number", NUMBERS),
    ("place", PLACES),
    ("comparison", COMPARISONS),
    ("integer", TO_INTEGERS),
)


class Cut(NamedTuple):
    """A line behind which no gradient comes to what it has read."""

    line: Line
    how: str
    """`detach`, `copy`, `number`, `place`, `comparison`, `integer`, `mode`; `` if unknown."""
    node: ast.expr | None
    """What cuts in the text of the line."""
    call: Call | None
    names: tuple[str, ...]
    """The tensors that require grad and that it has read."""
    made: tuple[str, ...]
    """What it has made of them."""


def cut_in(run: Run, line: Line) -> Cut | None:
    """What a line cuts off: it read tensors that require grad, and made a value that does not."""
    source = line.source
    if source is None or isinstance(source.statement, ast.With):
        return None
    requiring = {name: each for name, each in line.tensors_read().items() if each.requires_grad}
    if not requiring:
        return None
    made = {name: each for name, each in line.tensors_made().items() if name not in requiring}
    kind, node, call = _way(source, line)
    if any(each.requires_grad for each in made.values()) and kind not in (
        "detach",
        "copy",
        "number",
    ):
        return None
    if not kind and (not made or any(each.requires_grad for each in made.values())):
        return None
    if not kind and not line.grad_mode:
        kind = "mode"
    if not kind:
        return None
    if node is not None and not _reads_one(node, requiring, line):
        return None
    values = tuple(name for name in line.snapshot.values if name not in made)
    return Cut(line, kind, node, call, tuple(requiring), (*made, *values))


def _way(source: SourceLine, line: Line) -> tuple[str, ast.expr | None, Call | None]:
    """The first thing in a line that cuts, in the order in which Python does it."""
    for call in source.calls:
        for kind, names in _KINDS:
            is_attribute = isinstance(call.node, ast.Attribute)
            if call.name in names and is_attribute == (call.name == "data"):
                return kind, call.node, call
    for node in source.nodes:
        if isinstance(node, ast.Compare) and line.tensors_made():
            return "comparison", node, None
    return "", None, None


def _reads_one(node: ast.expr, requiring: dict[str, Tensor], line: Line) -> bool:
    """Whether what cuts reads one of the tensors, as far as its text says."""
    names = names_in(node)
    bases = {name.rpartition("().")[2].split(".")[0].split("[")[0] for name in requiring}
    return bool(names & bases) or not names


def cut_facts(cut: Cut) -> dict[str, Fact]:
    """What words need of a cut."""
    return {
        "cut": cut.line.in_file,
        "call": segment(cut.line, cut.node) if cut.node is not None else cut.line.text,
        "of": spoken(cut.names[0]),
        "made": spoken(cut.made[0]) if cut.made else "its result",
    }


def without(cut: Cut) -> Mend | None:
    """The line without what cuts, where that leaves what was meant."""
    call, line = cut.call, cut.line
    if call is None or cut.node is None:
        return None
    if cut.how in ("detach", "number") and call.receiver is not None and call.name != "numpy":
        return without_method(line, call)
    if cut.how == "copy" and call.name == "tensor" and call.arguments:
        [first, *_] = call.arguments
        if isinstance(first, (ast.List, ast.Tuple, ast.ListComp, ast.Name)) and len(cut.names) > 0:
            return replaced(line, cut.node, f"torch.stack({segment(line, first)})")
    return None
