"""Under which names a recording has what an expression of a line stands for.

An object has the names of its parts once: `train(model)` calls it `net`, `forward` calls it `self`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from autograd_tutor.analysis.diagnosis.source import Call, base_of, names_in, source_line, written
from autograd_tutor.analysis.loops import parsed
from autograd_tutor.recording.local_names import local_prefix
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.trace import Trace

_MOST_ALIASES = 8
"""How many names after one another are gone through: of parts of parts."""


def recorded(node: ast.AST) -> str:
    """An expression as recordings name it: `opts["d"]`."""
    return written(node).replace("'", '"')


def is_part(name: str, whole: str) -> bool:
    """Whether a recorded name is another one, or of something that this holds."""
    return name == whole or (name.startswith(whole) and name[len(whole)] in ".[(")


def wholes(trace: Trace, index: int, name: str) -> Iterator[str]:
    """The names that an expression may have in a recording after a snapshot, the nearest first."""
    function = trace.snapshots[index].function
    if function:
        yield resolved(trace, index, local_prefix(function) + name)
    yield resolved(trace, index, name)


def resolved(trace: Trace, index: int, name: str) -> str:
    """A name with that of an object in the place of the other names that it has."""
    for _ in range(_MOST_ALIASES):
        ends = [at for at, each in enumerate(name) if each in ".["]
        heads = (name[:end] for end in (len(name), *reversed(ends)))
        found = next(
            ((head, other) for head in heads if (other := trace.alias(index, head)) is not None),
            None,
        )
        if found is None:
            break
        head, other = found
        name = other + name[len(head) :]
    return name


def under(trace: Trace, index: int, name: str, at: int | None = None) -> dict[str, Tensor]:
    """By name the tensors that an expression and its parts stand for at a snapshot.

    `index`: the end of the line whose expression it is; `at`: the snapshot, None: the same.
    """
    for whole in wholes(trace, index, name):
        tensors = trace.tensors_under(index if at is None else at, whole)
        found = {each: tensor for each, tensor in tensors.items() if is_part(each, whole)}
        if found:
            return found
    return {}


def named(trace: Trace, index: int, name: str, at: int) -> Tensor | None:
    """The tensor that an expression of a line, which ends at `index`, stands for at a snapshot."""
    found = (trace.tensor(at, whole) for whole in wholes(trace, index, name))
    return next((each for each in found if each is not None), None)


def argument(trace: Trace, index: int, before: int, name: str) -> dict[str, Tensor]:
    """What an argument was that the first line of a function sets anew: `x = x.detach()`.

    `index`: that line's snapshot, `before`: the last one before the call. By the name that the
    calling line gives it, of an expression what that is made of; nothing where the call is not
    clear.
    """
    depth, function = trace.snapshots[index].depth, trace.snapshots[index].function
    later = range(index + 1, len(trace.snapshots))
    calling = next((at for at in later if trace.snapshots[at].depth < depth), None)
    if calling is None or not function or trace.snapshots[before].depth >= depth:
        return {}
    source = source_line(trace.source, trace.snapshots[calling].line)
    own = resolved(trace, index, local_prefix(function) + "self")
    calls = [
        call
        for call in (source.calls if source is not None else ())
        if isinstance(call.node, ast.Call)
        and (
            call.name == function.rpartition(".")[2]
            or own in wholes(trace, calling, recorded(call.node.func))
        )
    ]
    code = trace.part(trace.snapshots[index].line).code
    given = _given(code, calls[0], function, name) if len(calls) == 1 else None
    found: dict[str, Tensor] = {}
    is_plain = isinstance(given, (ast.Name, ast.Attribute, ast.Subscript))
    for each in [recorded(given)] if given is not None and is_plain else _names(given):
        found |= under(trace, calling, each, before)
    return found


def _names(node: ast.AST | None) -> list[str]:
    return sorted(names_in(node)) if node is not None else []


def _given(code: str, call: Call, function: str, name: str) -> ast.expr | None:
    """The expression that a call gives for an argument of the only function of that name."""
    tree = parsed(code)
    made = [
        node
        for node in (ast.walk(tree) if tree is not None else ())
        if isinstance(node, ast.FunctionDef) and node.name == function.rpartition(".")[2]
    ]
    if len(made) != 1:
        return None
    names = [each.arg for each in made[0].args.args]
    names = names[1:] if names[:1] == ["self"] else names
    by_place = dict(zip(names, call.arguments, strict=False))
    return call.keyword(name) or by_place.get(name)


def of_parts(trace: Trace, index: int, name: str, nodes: Sequence[ast.AST]) -> dict[str, Tensor]:
    """The tensors in what a line reads of a variable's parts: `self.net` of `self.net(x)`."""
    found: dict[str, Tensor] = {}
    inner = {id(n.value) for n in nodes if isinstance(n, (ast.Attribute, ast.Subscript))}
    for node in nodes:
        part: ast.AST = node
        while id(node) not in inner and isinstance(part, (ast.Attribute, ast.Subscript)):
            tensors = under(trace, index, recorded(part)) if base_of(part) == name else {}
            if tensors:
                found |= tensors
                break
            part = part.value
    return found
