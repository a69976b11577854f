"""Tensors that were changed after a node had kept them, and memory that is shared."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from autograd_tutor.analysis.diagnosis.finding import Fact, Finding
from autograd_tutor.analysis.diagnosis.kept import Changed, changed_since, failed_pass
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import Line, Moment, Run, RunPass

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
        "name": changed.name,
        "node": node.name,
        "made": failed.trace.line_number(node.line, node.step),
        "was": changed.kept.version or 0,
        "now": int(versions[1]) if versions else changed.version or 0,
        "by": changed.line.in_file,
        "text": changed.line.text,
        "line": failed.line.in_file,
    }
    found = run.found.get(node.id)
    made = run.line_of(found) if found is not None else None
    proofs = [] if made is None else [made.proof]
    yield Finding(
        "step-between" if _is_step(changed.line) else "in-place",
        (*proofs, changed.line.proof, failed.line.proof),
        facts,
        about=(changed.name,),
        nodes=(node.id,),
        mark=changed.line.proof,
    )


def _changed(run: Run, failed: RunPass, node: int, expected: int | None) -> Changed | None:
    for kept in failed.trace.kept(node):
        if expected is None or kept.version in (expected, None):
            changed = changed_since(run, kept, failed.line.moment)
            if changed is not None:
                return changed
    return None


def _is_step(line: Line) -> bool:
    evidence = line.snapshot.evidence
    return evidence is not None and bool(evidence.stepped)


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
                    "name": changed.name,
                    "node": node.name,
                    "made": run_pass.trace.line_number(node.line, node.step),
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
                "alias", proofs, facts, certainty="suspicion", about=(name, other), mark=line.proof
            )
            return


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
        if now.version != tensor.version and change is None:
            if name in reads:
                return None
            change = line
    return None


RULES: tuple[Rule, ...] = (in_place, data_edit, alias)
