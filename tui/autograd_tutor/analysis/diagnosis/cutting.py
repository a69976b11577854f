"""Lines that turn tensors which require grad into values that do not, and which call does it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from autograd_tutor.analysis.diagnosis.edits import replaced, segment, without_methods
from autograd_tutor.analysis.diagnosis.finding import Fact, Mend
from autograd_tutor.analysis.diagnosis.naming import is_part
from autograd_tutor.analysis.diagnosis.run import Line, Run, spoken
from autograd_tutor.analysis.diagnosis.source import Call, SourceLine, names_in
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.numbers import is_complex, is_floating

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
NUMBERS = ("item", "tolist", "numpy")
CASTS = ("float", "int", "bool", "complex")
"""Functions of Python; the methods of tensors with these names make tensors."""
DETACHES = ("detach", "detach_", "data")
PLACES = ("argmax", "argmin", "argsort", "nonzero", "searchsorted", "bucketize", "multinomial")
"""Calls whose results are positions, which have no slope."""
TO_INTEGERS = ("long", "int", "bool", "short", "byte", "char")
COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge", "isclose", "logical_and", "logical_not")
WITHOUT_SLOPE = ("place", "comparison", "integer")
"""How a line cuts whose results have no derivative."""
_OUTSIDE = ("shape", "size", "dtype", "device", "ndim", "dim", "numel", "requires_grad", "grad_fn",
            "is_leaf", "new_zeros", "new_ones", "new_tensor", "zero_")  # fmt: skip
"""What can be read of a tensor without its numbers."""
_ASKS = ("len", "isinstance", "type", "id", "hasattr")
_IDENTITIES = (ast.Is, ast.IsNot, ast.In, ast.NotIn)

_KINDS = (
    ("detach", DETACHES),
    ("copy", COPIES),
    ("number", NUMBERS),
    ("place", PLACES),
    ("comparison", COMPARISONS),
    ("integer", TO_INTEGERS),
)


_LONG, _ENDS = 60, 24
"""Characters of an expression that a sentence has room for, and those of its ends otherwise."""


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
    if not any(each.requires_grad for each in line.tensors_read().values()):
        return None
    failed = run.failure is not None and run.failure[0] is line
    kind, node, call = _way(source, failed or bool(line.tensors_made()))
    read = _used(line, source, node if node is not None and names_in(node) else None)
    requiring = {name: each for name, each in read.items() if each.requires_grad}
    made = _made(line, source, requiring)
    has_graph = any(each.requires_grad for each in made.values())
    if not requiring or (has_graph and kind not in ("detach", "copy", "number")):
        return None
    if not kind and (made or failed or isinstance(source.statement, ast.Return)):
        kind = _how_unnamed(line, made)
    if not kind:
        return None
    values = tuple(name for name in line.snapshot.values if name not in made)
    return Cut(line, kind, node, call, tuple(requiring), (*made, *values))


def _made(line: Line, source: SourceLine, requiring: dict[str, Tensor]) -> dict[str, Tensor]:
    """What a line has made: no arguments, which are recorded with a function's first line."""
    old = {each.identity for each in requiring.values()}
    return {
        name: tensor
        for name, tensor in line.tensors_made().items()
        if tensor.identity not in old
        and (not source.sets or re.split(r"[.\[]", spoken(name))[0] in source.sets)
    }


def _how_unnamed(line: Line, made: dict[str, Tensor]) -> str:
    """How a line cuts that calls nothing which is known to: by the mode, or by the dtype."""
    if not line.grad_mode:
        return "mode"
    whole = all(
        not is_floating(each.dtype) and not is_complex(each.dtype) for each in made.values()
    )
    return "integer" if made and whole else ""


def _used(line: Line, source: SourceLine, part: ast.expr | None) -> dict[str, Tensor]:
    """The tensors whose numbers a line or a part of it reads, and not only their shapes."""
    nodes = source.nodes if part is None else tuple(ast.walk(part))
    aside = [each for node in nodes for each in _aside(node)]
    used = {id(n) for n in nodes if isinstance(n, ast.Name)} - set(map(id, aside))
    names = {n.id for n in nodes if isinstance(n, ast.Name) and id(n) in used}
    unused = {n.id for n in aside if isinstance(n, ast.Name)} - names
    return {
        name: tensor
        for name, tensor in line.tensors_read(part).items()
        if not any(is_part(spoken(name), each) for each in unused)
    }


def _aside(node: ast.AST) -> Iterator[ast.expr]:
    """What a node looks at without reading its numbers: `x` of `x.shape`, `len(x)`, `x is None`."""
    if isinstance(node, ast.Attribute) and node.attr in _OUTSIDE:
        yield node.value
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _ASKS:
        yield from node.args
    elif isinstance(node, ast.Compare) and isinstance(node.ops[0], _IDENTITIES):
        yield from (node.left, *node.comparators)


def _way(source: SourceLine, makes: bool) -> tuple[str, ast.expr | None, Call | None]:
    """The first thing in a line that cuts, in the order in which Python does it."""
    for call in source.calls:
        kind = _kind(call)
        if kind:
            outer = _outer(source, call) if kind == "detach" else None
            return ("number", outer.node, outer) if outer is not None else (kind, call.node, call)
    for node in source.nodes:
        if isinstance(node, ast.Compare) and makes:
            return "comparison", node, None
    return "", None, None


def _kind(call: Call) -> str:
    if call.name in CASTS and call.receiver is None:
        return "number"
    is_attribute = isinstance(call.node, ast.Attribute)
    return next(
        (
            kind
            for kind, names in _KINDS
            if call.name in names and is_attribute == (call.name == "data")
        ),
        "",
    )


def _outer(source: SourceLine, inner: Call) -> Call | None:
    """What takes the numbers out of what was detached: `detach().numpy()`."""
    return next((each for each in source.calls_of(*NUMBERS) if each.receiver is inner.node), None)


def leaves_behind(run: Run, cut: Cut) -> set[int]:
    """The leaves that lead to what a line has cut off."""
    read = cut.line.tensors_read()
    leaves: set[int] = set()
    for name in cut.names:
        tensor = read[name]
        if tensor.grad_fn is not None:
            leaves |= run.leaves_behind([tensor.grad_fn])
        elif tensor.leaf is not None:
            leaves.add(tensor.leaf)
    return leaves


def cut_facts(cut: Cut) -> dict[str, Fact]:
    """What words need of a cut."""
    return {
        "cut": cut.line.in_file,
        "call": _short(segment(cut.line, cut.node) if cut.node is not None else cut.line.text),
        "of": _short(_subject(cut) or spoken(cut.names[0])),
        "made": spoken(cut.made[0]) if cut.made else "its result",
    }


def _short(text: str) -> str:
    """A long expression by its begin and its end."""
    return text if len(text) <= _LONG else f"{text[:_ENDS]}…{text[-_ENDS:]}"


def _subject(cut: Cut) -> str:
    """The expression whose graph a call leaves behind."""
    call = cut.call
    if call is None:
        return ""
    at = call.receiver
    if at is None or not cut.line.tensors_read(at):
        at = next(iter(call.arguments), None)
    while _is_detached(at):  # `w` of `w.detach().numpy()`
        way = at.func if isinstance(at, ast.Call) else at
        at = way.value if isinstance(way, ast.Attribute) else None
    return "" if at is None else segment(cut.line, at)


def without(cut: Cut) -> Mend | None:
    """The line without what cuts, where that leaves what was meant."""
    call, line = cut.call, cut.line
    if call is None or cut.node is None:
        return None
    if cut.how == "detach" or (cut.how == "number" and call.name == "item"):
        if _is_detached(call.receiver) or _is_in_list(line, call.node):
            return None
        around = _copying(line, call.node)
        if around is not None and call.receiver is not None:
            alone = around.arguments == (call.node,) and not around.keywords
            return replaced(line, around.node, segment(line, call.receiver)) if alone else None
        calls = line.source.calls if line.source is not None else ()
        return without_methods(line, [each for each in calls if each.name == call.name])
    if cut.how == "copy" and call.name == "tensor" and len(call.arguments) == 1:
        [first] = call.arguments
        is_list = isinstance(first, (ast.List, ast.Tuple, ast.ListComp))
        if is_list or all("[" in each for each in cut.names):
            return replaced(line, cut.node, f"torch.stack({segment(line, first)})")
        return replaced(line, cut.node, segment(line, first))
    return None


def _copying(line: Line, node: ast.AST) -> Call | None:
    """The call that makes a new tensor of a number: without `item()` it would copy it as well."""
    calls = line.source.calls if line.source is not None else ()
    around = [each for each in calls if _kind(each) == "copy" and each.node is not node]
    return next((each for each in around if node in ast.walk(each.node)), None)


def _is_in_list(line: Line, node: ast.AST) -> bool:
    """Whether a number goes into a list, of which a line behind makes a tensor without a graph."""
    holders = (ast.ListComp, ast.GeneratorExp, ast.List)
    nodes = line.source.nodes if line.source is not None else ()
    outer: list[ast.AST] = [each for each in nodes if isinstance(each, holders)]
    outer += [each for each in nodes if isinstance(each, ast.Call) and _name_of(each) == "append"]
    return any(node in ast.walk(each) for each in outer)


def _name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _is_detached(node: ast.expr | None) -> bool:
    called = node.func if isinstance(node, ast.Call) else node
    return isinstance(called, ast.Attribute) and called.attr in DETACHES
