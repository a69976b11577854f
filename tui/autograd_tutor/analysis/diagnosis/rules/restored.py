"""What was kept of tensors to be compared or restored, and lies in their own memory."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from autograd_tutor.analysis.diagnosis.edits import segment
from autograd_tutor.analysis.diagnosis.fills import moved
from autograd_tutor.analysis.diagnosis.finding import Fact, Finding
from autograd_tutor.analysis.diagnosis.naming import recorded
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.rules.alias import (
    PLAIN,
    cloned,
    filled,
    is_one_memory,
    second_name,
)
from autograd_tutor.analysis.diagnosis.run import Line, Run
from autograd_tutor.analysis.diagnosis.source import written
from autograd_tutor.recording.model import Tensor


def states(run: Run) -> Iterator[Finding]:
    """A module gets back a state that lies in its own memory, and has changed with it."""
    made: dict[str, Line] = {}
    """By name the line that took a state."""
    for line in run.lines:
        source = line.source
        for call in source.calls_of("load_state_dict") if source is not None and made else ():
            value = call.arguments[0] if call.arguments else None
            taken = made.get(written(value)) if isinstance(value, PLAIN) else None
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
    """A tensor is filled with what was kept of it, or subtracted from it: its own memory."""
    for line in run.lines:
        for target, value in (*filled(line), *_subtracted_parts(line)):
            own = line.before(recorded(target).removesuffix(".data"))
            kept = _in_memory_of(line, own, value)
            taken = run.maker(kept.identity) if kept is not None else None
            if taken is None or own is None or kept is None:
                continue
            by = _changed(run, (own, kept), taken, line)
            if by is None:
                continue
            facts: dict[str, Fact] = {
                "name": segment(line, value), "other": segment(line, target),
                "made": taken.in_file, "text": taken.text, "by": by.in_file,
                "line": line.in_file,
            }  # fmt: skip
            is_filled = (target, value) in filled(line)
            yield Finding(
                "alias", (taken.proof, by.proof, line.proof), facts,
                *(("restored", "finding") if is_filled else ("", "suspicion")),
                about=(recorded(value), recorded(target)), mark=taken.proof,
                mend=cloned(taken) if second_name(taken) is not None else None,
            )  # fmt: skip
            return


def _subtracted_parts(line: Line) -> Iterator[tuple[ast.expr, ast.expr]]:
    """The differences in a line to what lies in a list or dict: `p - old[name]`."""
    for node in line.source.nodes if line.source is not None else ():
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
            one, other = node.left, node.right
            if isinstance(one, PLAIN) and isinstance(other, ast.Subscript):
                yield one, other
            elif isinstance(one, ast.Subscript) and isinstance(other, PLAIN):
                yield other, one


def _in_memory_of(line: Line, own: Tensor | None, value: ast.expr) -> Tensor | None:
    """Another tensor in the memory of one, that an expression of a line stands for."""
    exact = line.before(recorded(value).removesuffix(".data"))
    # Where the text does not say which (`best[name]`), the one of the same memory is meant.
    found = [exact] if exact is not None else line.tensors_read(value).values()
    return next(
        (
            each
            for each in found
            if own is not None and each.identity != own.identity and is_one_memory(own, each)
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


RULES: tuple[Rule, ...] = (states, restored)
