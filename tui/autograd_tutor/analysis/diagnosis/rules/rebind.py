"""Updates by hand that make a new tensor, in the place of changing the leaf."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autograd_tutor.analysis.diagnosis.edits import segment
from autograd_tutor.analysis.diagnosis.expressions import after, before
from autograd_tutor.analysis.diagnosis.finding import Fact, Finding, Mend
from autograd_tutor.analysis.diagnosis.naming import recorded
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.rules.cuts import NO_GRAPH
from autograd_tutor.analysis.diagnosis.run import Line, Run, spoken
from autograd_tutor.analysis.statements import code_line
from autograd_tutor.recording.model import Tensor

_LINES_LOOKED_AT = 1000
"""Lines after an update that are looked at: in a loop the next turn shows the mistake."""


def rebind(run: Run) -> Iterator[Finding]:
    """`w = w - lr * w.grad`: the name stands for a new tensor, which is no leaf."""
    seen: set[tuple[int, int, str]] = set()
    found: set[int | None] = set()
    """The new tensors: a function's local, and the name that its caller gives it."""
    for index, line in enumerate(run.lines):
        for name in _updated(run, line):
            place = line.trace.step, line.number, name
            was, now = before(line, name), after(line, name)
            if place in seen or was is None or now is None or was.leaf is None:
                continue
            if now.identity in found:
                continue
            if now.leaf is not None or now.identity == was.identity:
                continue
            if now.grad_fn is not None and was.leaf not in run.leaves_behind([now.grad_fn]):
                continue
            other = _other_name(line, name, was)
            is_taken = _is_taken(run, now) or _is_read(run, index, name, now)
            if is_taken != bool(other):
                seen.add(place)
                found.add(now.identity)
                yield _finding(line, name, now, other)


def _updated(run: Run, line: Line) -> list[str]:
    """The names that a line sets anew and whose `.grad` is read: by it, or in what it calls."""
    source = line.source
    if source is None or not isinstance(source.statement, ast.Assign):
        return []
    names = [
        recorded(each)
        for target in source.statement.targets
        for each in (target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target])
    ]
    read = {recorded(call.receiver) for call in source.calls_of("grad") if call.receiver}
    found = [name for name in names if name in read]
    found = [each for name in found for each in _items(line, name) or [name]]
    if found or not source.sets & source.reads:
        return found
    read_inside = {tensor.identity for inner in run.lines_in(line) for tensor in _whose_grad(inner)}
    return [
        name
        for name in names
        if (was := before(line, name)) is not None and was.identity in read_inside
    ]


def _items(line: Line, name: str) -> list[str]:
    """The items that a line has set anew, where its text has a variable for an index: `p[name]`."""
    base, bracket, _ = name.partition("[")
    if not bracket or after(line, name) is not None:
        return []
    whole = next(iter(line.tensors_of(base)), "").partition("[")[0]
    return [each for each in line.tensors_made() if whole and each.startswith(f"{whole}[")]


def _whose_grad(line: Line) -> Iterator[Tensor]:
    """The tensors whose `.grad` a line reads."""
    for call in line.source.calls_of("grad") if line.source is not None else ():
        if isinstance(call.node, ast.Attribute) and call.receiver is not None:
            name = recorded(call.receiver)
            tensor = before(line, name)
            if tensor is not None:
                yield tensor
            elif "[" in name:
                yield from line.tensors_read(call.receiver).values()


def _is_taken(run: Run, now: Tensor) -> bool:
    """Whether a pass failed, as the new tensor has no graph, and was made to learn by it."""
    if run.failure is None or NO_GRAPH not in run.failure[1].message or now.grad_fn is not None:
        return False
    story = run.stories.get(now.identity or 0, ())
    reads = (each for each in run.lines_between(story[0].moment, run.failure[0].moment)
             for tensor in each.tensors_read().values()
             if tensor.identity == now.identity and each.grad_mode)  # fmt: skip
    return not any(each.tensor.requires_grad for each in story) and next(reads, None) is not None


def _finding(line: Line, name: str, now: Tensor, other: str) -> Finding:
    form = "loop" if other else ("constant" if now.grad_fn is None else "")
    facts: dict[str, Fact] = {
        "name": name, "line": line.in_file, "text": line.text, "other": other,
    }  # fmt: skip
    about = (name, other) if other else (name,)
    return Finding("rebind", (line.proof,), facts, form, about=about, mend=_in_place(line, name))


def _other_name(line: Line, name: str, was: Tensor) -> str:
    """A name that the leaf still has after the line: of the module whose parameters a loop goes
    through."""
    tensors = line.trace.state(line.index).tensors
    for other, tensor in tensors.items():
        if tensor.identity == was.identity and spoken(other) != name and " " not in other:
            return spoken(other)
    return ""


def _is_read(run: Run, index: int, name: str, now: Tensor) -> bool:
    """Whether a later line takes the new tensor for the leaf: it reads its `.grad`.

    Where the leaf has another name: whether any line reads the new one.
    """
    base = name.split(".")[0].split("[")[0]
    line = run.lines[index]
    named = _other_name(line, name, before(line, name) or now)
    for later in run.lines[index + 1 : index + 1 + _LINES_LOOKED_AT]:
        source = later.source
        read = [each for each in _whose_grad(later) if each.identity == now.identity]
        if any(not (each.is_leaf and each.requires_grad) for each in read):
            return True
        if source is None or base not in source.reads | source.sets:
            continue
        tensor = before(later, name)
        if tensor is None or tensor.identity != now.identity:
            is_rebound = named or tensor is not None
            if is_rebound and later.snapshot.function == line.snapshot.function:
                return False
            continue
        if tensor.requires_grad and tensor.is_leaf:
            return False
        if named and base in source.reads:
            return True
    return False


def _in_place(line: Line, name: str) -> Mend | None:
    """`w -= …` in the place of `w = w - …`, with grad mode off."""
    statement = line.source.statement if line.source is not None else None
    if not isinstance(statement, ast.Assign) or statement.end_lineno != statement.lineno:
        return None
    value = statement.value
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Sub):
        return None
    code = code_line(line.trace.source, statement.lineno)
    indent = code[: statement.col_offset]
    whole = code.encode()[statement.end_col_offset :].split(b"#")[0].strip()
    if recorded(value.left) != name or indent.strip() or whole:
        return None
    update = f"{segment(line, value.left)} -= {segment(line, value.right)}"
    begin = f"{indent}with torch.no_grad():\n{indent}    " if line.grad_mode else indent
    return Mend(line.trace.step, statement.lineno, statement.lineno, begin + update)


RULES: tuple[Rule, ...] = (rebind,)
