"""Tensors that were changed after a node had kept them, and memory that is shared."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from autograd_tutor.analysis.diagnosis.edits import replaced, segment
from autograd_tutor.analysis.diagnosis.fills import differs
from autograd_tutor.analysis.diagnosis.finding import Fact, Finding, Mend
from autograd_tutor.analysis.diagnosis.kept import (
    Changed,
    changed_at_once,
    changed_since,
    failed_pass,
)
from autograd_tutor.analysis.diagnosis.nodes import line_of
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import Line, Moment, Run, RunPass, spoken
from autograd_tutor.recording.local_names import is_local

_MODIFIED = "has been modified by an inplace operation"
_VERSIONS = re.compile(r"is at version (\d+); expected version (\d+)")


def in_place(run: Run) -> Iterator[Finding]:
    """A pass failed at a node, as a tensor that this had kept was changed: by which line."""
    failed = failed_pass(run)
    if run.failure is None or _MODIFIED not in run.failure[1].message or failed is None:
        return
    node = run.nodes.get(failed.ended.failed or 0)
    if node is None:
        return
    versions = _VERSIONS.search(run.failure[1].message)
    expected = int(versions[2]) if versions else None
    changed = _changed(run, failed, node.id, expected)
    if changed is None:
        return
    facts: dict[str, Fact] = {
        "name": spoken(changed.name),
        "node": node.name,
        "made": failed.trace.place(node.line, node.step),
        "was": changed.kept.version or expected or 0,
        "now": int(versions[1]) if versions else changed.version or 0,
        "by": changed.line.in_file,
        "text": changed.line.text,
        "line": failed.line.in_file,
    }
    made = line_of(run, node.id)
    at_once = made is changed.line
    is_step = _is_step(run, changed)
    yield Finding(
        "step-between" if is_step else "in-place",
        (*([] if made is None or at_once else [made.proof]), changed.line.proof, failed.line.proof),
        facts,
        "once" if at_once and not is_step else "",
        about=(changed.name,),
        nodes=(node.id,),
        mark=changed.line.proof,
        mend=None if is_step else _out_of_place(changed),
    )


def _out_of_place(changed: Changed) -> Mend | None:
    """`y += 1` as `y = y + 1`, where no other variable stands for the tensor."""
    line = changed.line
    statement = line.source.statement if line.source is not None else None
    if not isinstance(statement, ast.AugAssign) or not isinstance(statement.target, ast.Name):
        return None
    name, operator = statement.target.id, _OPERATORS.get(type(statement.op))
    is_own = spoken(changed.name) == name and is_local(changed.name) == bool(line.snapshot.depth)
    if not is_own or operator is None:
        return None
    value = segment(line, statement.value)
    if not isinstance(statement.value, (ast.Name, ast.Constant, ast.Call, ast.Attribute)):
        value = f"({value})"
    return replaced(line, statement, f"{name} = {name} {operator} {value}")


_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**",
}  # fmt: skip


def _changed(run: Run, failed: RunPass, node: int, expected: int | None) -> Changed | None:
    for kept in failed.trace.kept(node):
        if expected is None or kept.version in (expected, None):
            changed = changed_since(run, kept, failed.line.moment) or changed_at_once(run, kept)
            if changed is not None:
                return changed
    return None


def _is_step(run: Run, changed: Changed) -> bool:
    """Whether an optimizer has changed a tensor; or a line has, by hand, without its graph."""
    line, evidence = changed.line, changed.line.snapshot.evidence
    if evidence is not None and evidence.stepped:
        return True
    tensor = line.after(changed.name)
    is_leaf = tensor is not None and tensor.leaf is not None
    source = line.source
    return is_leaf and not line.grad_mode and source is not None and any(source.calls_of("grad"))


def data_edit(run: Run) -> Iterator[Finding]:
    """A node ran with other numbers than it had kept, and their version says that nothing changed.

    What goes round the counter (`.data`, NumPy) is seen by its numbers alone.
    """
    for run_pass in run.passes:
        begun = Moment(run_pass.trace.step, run_pass.line.since - 1)
        for number in run_pass.nodes:
            for kept in run_pass.trace.kept(number):
                changed = changed_since(run, kept, begun, silently=True)
                if changed is None:
                    continue
                node = run.nodes[number]
                facts: dict[str, Fact] = {
                    "name": spoken(changed.name),
                    "node": node.name,
                    "made": run_pass.trace.place(node.line, node.step),
                    "by": changed.line.in_file,
                    "text": changed.line.text,
                    "line": run_pass.line.in_file,
                }
                proofs = (changed.line.proof, run_pass.line.proof)
                yield Finding(
                    "data-edit", proofs, facts, about=(changed.name,), nodes=(number,),
                    mark=changed.line.proof,
                )  # fmt: skip
                return


def alias(run: Run) -> Iterator[Finding]:
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


RULES: tuple[Rule, ...] = (in_place, data_edit, alias)
