"""Updates by hand that make a new tensor, in the place of changing the leaf."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autograd_tutor.analysis.diagnosis.edits import segment
from autograd_tutor.analysis.diagnosis.expressions import after, before, recorded
from autograd_tutor.analysis.diagnosis.finding import Fact, Finding, Mend
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import Line, Run, spoken
from autograd_tutor.analysis.statements import code_line
from autograd_tutor.recording.model import Tensor

_LINES_LOOKED_AT = 1000
"""Lines after an update that are looked at: in a loop the next turn shows the mistake."""


def rebind(run: Run) -> Iterator[Finding]:
    """`w = w - lr * w.grad`: the name stands for a new tensor, which is no leaf."""
    seen: set[tuple[int, int, str]] = set()
    for index, line in enumerate(run.lines):
        for name in _updated(line):
            place = line.trace.step, line.number, name
            was, now = before(line, name), after(line, name)
            if place in seen or was is None or now is None or was.leaf is None:
                continue
            if now.leaf is not None or now.identity == was.identity:
                continue
            other = _other_name(line, name, was)
            if _is_read(run, index, name, now) != bool(other):
                seen.add(place)
                yield _finding(line, name, now, other)


def _updated(line: Line) -> list[str]:
    """The names that a line sets and whose `.grad` it reads."""
    source = line.source
    if source is None or not isinstance(source.statement, ast.Assign):
        return []
    read = {call.on.replace("'", '"') for call in source.calls if call.name == "grad"}
    if not read:
        return []
    targets = [
        each
        for target in source.statement.targets
        for each in (target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target])
    ]
    return [name for each in targets if (name := recorded(each)) in read]


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
        if base in source.reads and (
            named or any(call.on.replace("'", '"') == name for call in source.calls_of("grad"))
        ):
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
