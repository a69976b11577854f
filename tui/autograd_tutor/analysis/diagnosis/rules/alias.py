"""Two names for the same memory, where a copy was meant."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from autograd_tutor.analysis.changes import looks
from autograd_tutor.analysis.diagnosis.edits import replaced, segment
from autograd_tutor.analysis.diagnosis.fills import differs, moved
from autograd_tutor.analysis.diagnosis.finding import Fact, Finding, Mend
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import Line, Run
from autograd_tutor.analysis.diagnosis.source import Call, written
from autograd_tutor.recording.model import Tensor


def second_names(run: Run) -> Iterator[Finding]:
    """A second name for the same memory was read after the memory had been changed."""
    for line in run.lines:
        second = second_name(line)
        if second is None:
            continue
        name, other = second
        tensor, whole = line.after(name), line.after(other)
        if tensor is None or whole is None or tensor.storage is None:
            continue
        if tensor.storage != whole.storage:
            continue
        use = _use_after_change(run, line, name, other)
        if use is not None and not any(filled(use[1])):
            change, read = use
            facts: dict[str, Fact] = {
                "name": name, "other": other, "made": line.in_file, "text": line.text,
                "by": change.in_file, "line": read.in_file,
            }  # fmt: skip
            proofs = (line.proof, change.proof, read.proof)
            yield Finding(
                "alias", proofs, facts, certainty="suspicion", about=(name, other),
                mark=line.proof, mend=cloned(line),
            )  # fmt: skip
            return


def cloned(line: Line) -> Mend | None:
    """The line that gave a second name, with a copy instead."""
    statement = line.source.statement if line.source is not None else None
    if not isinstance(statement, ast.Assign):
        return None
    return replaced(line, statement.value, f"{segment(line, statement.value)}.clone()")


def second_name(line: Line) -> tuple[str, str] | None:
    """The two names of `old = w`, `old = w.detach()` and `old = w.data`."""
    statement = line.source.statement if line.source is not None else None
    if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
        return None
    value: ast.expr = statement.value
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and not value.args:
        if value.func.attr != "detach":
            return None
        value = value.func.value
    elif isinstance(value, ast.Attribute) and value.attr == "data":
        value = value.value
    elif isinstance(value, ast.Attribute):
        return None
    if not isinstance(value, (ast.Name, ast.Attribute)):
        return None
    return statement.targets[0].id, ast.unparse(value)


def _use_after_change(run: Run, made: Line, name: str, other: str) -> tuple[Line, Line] | None:
    """The line that changed the memory without its second name, and one that read that then."""
    tensor = made.after(name)
    assert tensor is not None
    change = None
    for line in run.lines_between(made.moment, run.lines[-1].moment):
        now = line.after(name)
        if now is None or now.identity != tensor.identity:
            return None
        source = line.source
        reads = source.reads if source is not None else frozenset()
        if change is not None and name in reads and other.split(".")[0] in reads:
            return change, line
        if change is None and differs(tensor, now):
            if name in reads:
                return None
            change = line
    return None


class _Second(NamedTuple):
    """A line that gave a tensor's memory a second name."""

    line: Line
    identity: int


def differences(run: Run) -> Iterator[Finding]:
    """A difference of two names for the same memory, which has changed since it has both: 0."""
    made: dict[int, _Second] = {}
    """By storage the first line that gave it a second name."""
    for line in run.lines:
        second = second_name(line)
        tensor = line.after(second[0]) if second is not None else None
        whole = line.after(second[1]) if second is not None else None
        if tensor is not None and whole is not None and tensor.storage == whole.storage is not None:
            made.setdefault(whole.storage, _Second(line, whole.identity or 0))
        for one, other in _subtracted(line) if made else ():
            first, last = line.before(one), line.before(other)
            if first is None or last is None or first.storage not in made:
                continue
            if first.storage != last.storage or looks(first) != looks(last):
                continue
            origin = made[first.storage or 0]
            change = moved(run, origin.identity, origin.line.moment, line.moment)
            by = run.line_of(change) if change is not None else None
            if by is None or origin.line.moment >= line.moment:
                continue
            facts: dict[str, Fact] = {
                "name": one, "other": other, "made": origin.line.in_file,
                "text": origin.line.text, "by": by.in_file, "line": line.in_file,
            }  # fmt: skip
            proofs = (origin.line.proof, by.proof, line.proof)
            yield Finding(
                "alias", proofs, facts, certainty="suspicion", about=(one, other),
                mark=origin.line.proof, mend=cloned(origin.line),
            )  # fmt: skip
            return


def _subtracted(line: Line) -> Iterator[tuple[str, str]]:
    """The variables of which a line computes a difference."""
    for node in line.source.nodes if line.source is not None else ():
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
            one, other = node.left, node.right
            if isinstance(one, PLAIN) and isinstance(other, PLAIN):
                yield written(one), written(other)


PLAIN = (ast.Name, ast.Attribute)


def collected(run: Run) -> Iterator[Finding]:
    """A line puts the same memory into a list again and again: all have the last numbers."""
    by_place: dict[tuple[int, int], list[Line]] = defaultdict(list)
    for line in run.lines:
        if line.source is not None and "append" in line.source.called:
            by_place[line.trace.step, line.number].append(line)
    for lines in by_place.values():
        call = next(_appended(lines[0]), None)
        if call is None or len(lines) < 2:
            continue
        first, second = (lines[-1].after(f"{call.on}[{at}]") for at in (0, 1))
        if not is_one_memory(first, second) or first is None or first.identity is None:
            continue
        change = moved(run, first.identity, lines[0].moment, lines[-1].moment)
        by = run.line_of(change) if change is not None else None
        if by is None:
            continue
        facts: dict[str, Fact] = {
            "name": call.on, "made": lines[0].in_file, "text": lines[0].text, "by": by.in_file,
        }  # fmt: skip
        value = call.arguments[0]
        yield Finding(
            "alias", (lines[0].proof, by.proof, lines[-1].proof), facts, "list", "suspicion",
            about=(call.on,), mark=lines[0].proof,
            mend=replaced(lines[0], value, f"{segment(lines[0], value)}.clone()"),
        )  # fmt: skip
        return


def _appended(line: Line) -> Iterator[Call]:
    """The call that appends a tensor, or what has its memory, to a list."""
    for call in line.source.calls_of("append") if line.source is not None else ():
        value = call.arguments[0] if len(call.arguments) == 1 else None
        if isinstance(value, ast.Call):
            function = value.func
            name = function.attr if isinstance(function, ast.Attribute) else ""
            value = function if name in ("detach", "from_numpy") else None
        elif isinstance(value, ast.Attribute) and value.attr != "data":
            value = None  # a parameter is listed as what it is
        if isinstance(value, PLAIN):
            yield call


def is_one_memory(first: Tensor | None, second: Tensor | None) -> bool:
    """Whether two tensors are the same elements of the same memory."""
    return (
        first is not None
        and second is not None
        and first.storage == second.storage is not None
        and looks(first) == looks(second)
    )


def filled(line: Line) -> list[tuple[ast.expr, ast.expr]]:
    """What a line fills with what: `w.copy_(best)`."""
    return [
        (call.receiver, call.arguments[0])
        for call in (line.source.calls_of("copy_", "set_") if line.source is not None else ())
        if call.receiver is not None and len(call.arguments) == 1
        if isinstance(call.arguments[0], (*PLAIN, ast.Subscript))
    ]


RULES: tuple[Rule, ...] = (second_names, differences, collected)
