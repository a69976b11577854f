"""Two names for the same memory, where a copy was meant."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from autograd_tutor.analysis.changes import looks
from autograd_tutor.analysis.diagnosis.edits import replaced, segment
from autograd_tutor.analysis.diagnosis.fills import differs, moved
from autograd_tutor.analysis.diagnosis.finding import Fact, Finding, Mend
from autograd_tutor.analysis.diagnosis.naming import recorded
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import Line, Run
from autograd_tutor.analysis.diagnosis.source import Call, written
from autograd_tutor.recording.model import Tensor


def second_names(run: Run) -> Iterator[Finding]:
    """A second name for the same memory was read after the memory had been changed."""
    for line in run.lines:
        second = _second_name(line)
        if second is None:
            continue
        name, other = second
        tensor, whole = line.after(name), line.after(other)
        if tensor is None or whole is None or tensor.storage is None:
            continue
        if tensor.storage != whole.storage:
            continue
        use = _use_after_change(run, line, name, other)
        if use is not None:
            change, read = use
            facts: dict[str, Fact] = {
                "name": name, "other": other, "made": line.in_file, "text": line.text,
                "by": change.in_file, "line": read.in_file,
            }  # fmt: skip
            proofs = (line.proof, change.proof, read.proof)
            yield Finding(
                "alias", proofs, facts, certainty="suspicion", about=(name, other),
                mark=line.proof, mend=_cloned(line),
            )  # fmt: skip
            return


def _cloned(line: Line) -> Mend | None:
    statement = line.source.statement if line.source is not None else None
    if not isinstance(statement, ast.Assign):
        return None
    return replaced(line, statement.value, f"{segment(line, statement.value)}.clone()")


def _second_name(line: Line) -> tuple[str, str] | None:
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
        second = _second_name(line)
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
                mark=origin.line.proof, mend=_cloned(origin.line),
            )  # fmt: skip
            return


def _subtracted(line: Line) -> Iterator[tuple[str, str]]:
    """The variables of which a line computes a difference."""
    for node in line.source.nodes if line.source is not None else ():
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
            one, other = node.left, node.right
            if isinstance(one, _PLAIN) and isinstance(other, _PLAIN):
                yield written(one), written(other)


_PLAIN = (ast.Name, ast.Attribute)


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
        if not _is_one_memory(first, second) or first is None or first.identity is None:
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
        if isinstance(value, _PLAIN):
            yield call


def _is_one_memory(first: Tensor | None, second: Tensor | None) -> bool:
    return (
        first is not None
        and second is not None
        and first.storage == second.storage is not None
        and looks(first) == looks(second)
    )


def states(run: Run) -> Iterator[Finding]:
    """A module gets back a state that lies in its own memory, and has changed with it."""
    made: dict[str, Line] = {}
    """By name the line that took a state."""
    for line in run.lines:
        source = line.source
        for call in source.calls_of("load_state_dict") if source is not None and made else ():
            value = call.arguments[0] if call.arguments else None
            taken = made.get(written(value)) if isinstance(value, _PLAIN) else None
            if value is None or taken is None:
                continue
            own = {each.storage for each in line.tensors_of(call.on).values()} - {None}
            kept = line.tensors_of(written(value)).values()
            shared = [each for each in kept if each.storage in own and each.identity is not None]
            by = _changed(run, shared, taken, line)
            if by is None:
                continue
            facts: dict[str, Fact] = {
                "name": written(value), "other": call.on, "made": taken.in_file,
                "text": taken.text, "by": by.in_file, "line": line.in_file,
            }  # fmt: skip
            yield Finding(
                "alias", (taken.proof, by.proof, line.proof), facts, "state", "suspicion",
                about=(written(value), call.on), mark=taken.proof,
            )  # fmt: skip
            return
        if source is not None and isinstance(source.statement, ast.Assign):
            target = source.statement.targets[0]
            if isinstance(target, ast.Tuple):
                continue
            made.pop(written(target), None)
            if "state_dict" in written(source.statement.value):
                made[written(target)] = line


def restored(run: Run) -> Iterator[Finding]:
    """A tensor is filled with what was kept of it, and that lies in its own memory."""
    for line in run.lines:
        for call in line.source.calls_of("copy_", "set_") if line.source is not None else ():
            value = call.arguments[0] if len(call.arguments) == 1 else None
            if not isinstance(value, (*_PLAIN, ast.Subscript)) or call.receiver is None:
                continue
            own = line.before(recorded(call.receiver).removesuffix(".data"))
            kept = _in_memory_of(line, own, value)
            taken = run.maker(kept.identity) if kept is not None else None
            if taken is None or own is None or kept is None:
                continue
            by = _changed(run, (own, kept), taken, line)
            if by is None:
                continue
            facts: dict[str, Fact] = {
                "name": segment(line, value), "other": segment(line, call.receiver),
                "made": taken.in_file, "text": taken.text, "by": by.in_file,
                "line": line.in_file,
            }  # fmt: skip
            yield Finding(
                "alias", (taken.proof, by.proof, line.proof), facts, "restored",
                about=(recorded(value), recorded(call.receiver)), mark=taken.proof,
            )  # fmt: skip
            return


def _in_memory_of(line: Line, own: Tensor | None, value: ast.expr) -> Tensor | None:
    """Another tensor in the memory of one, that an expression of a line stands for."""
    exact = line.before(recorded(value).removesuffix(".data"))
    # Where the text does not say which (`best[name]`), the one of the same memory is meant.
    found = [exact] if exact is not None else line.tensors_read(value).values()
    return next(
        (
            each
            for each in found
            if own is not None and each.identity != own.identity and _is_one_memory(own, each)
        ),
        None,
    )


def _changed(run: Run, tensors: Sequence[Tensor], taken: Line, until: Line) -> Line | None:
    """The line that changed one of some tensors since a line."""
    for each in tensors:
        change = moved(run, each.identity or 0, taken.moment, until.moment)
        if change is not None:
            return run.line_of(change)
    return None


RULES: tuple[Rule, ...] = (second_names, differences, collected, states, restored)
